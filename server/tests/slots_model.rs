//! Slots against a slow reference: a walk over minutes that asks the wall clock of each.

use engine::ids::{DAY, MINUTE, Timestamp};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::OnceLock;
use usher_server::meetings::{Diary, Hours, Length, Offer, Span, Terms, Zone, zone};

/// One question: everything that decides about slots, as plain numbers of minutes.
#[derive(Clone, Debug)]
struct Case {
    zone: String,
    week: Vec<Vec<(i64, i64)>>,
    minutes: u16,
    step: Option<u16>,
    before: u16,
    after: u16,
    notice: u32,
    horizon: u16,
    limit: Option<u16>,
    now: i64,
    from: i64,
    to: i64,
    meetings: Vec<(i64, i64)>,
    busy: Vec<(i64, i64)>,
}

fn zones() -> &'static [String] {
    static ZONES: OnceLock<Vec<String>> = OnceLock::new();
    ZONES.get_or_init(|| zone::names().collect())
}

fn time_zone(name: &str) -> TimeZone {
    static BUNDLED: OnceLock<TimeZoneDatabase> = OnceLock::new();
    BUNDLED
        .get_or_init(TimeZoneDatabase::bundled)
        .get(name)
        .expect("a zone")
}

/// The slots by the rules read aloud.
fn slots_by_walking(case: &Case) -> BTreeSet<Timestamp> {
    let zone = time_zone(&case.zone);
    let wall = |minute: i64| {
        let local = jiff::Timestamp::from_second(minute * 60)
            .expect("in range")
            .to_zoned(zone.clone());
        let weekday = usize::try_from(local.weekday().to_monday_zero_offset()).expect("0 to 6");
        (
            local.date(),
            weekday,
            i64::from(local.hour()) * 60 + i64::from(local.minute()),
        )
    };
    let block = |minute: i64| {
        let (_, weekday, of_day) = wall(minute);
        case.week[weekday]
            .iter()
            .copied()
            .find(|(start, end)| *start <= of_day && of_day < *end)
    };
    let step = i64::from(case.step.unwrap_or(case.minutes));
    let length = i64::from(case.minutes);
    let gap = i64::from(case.before.max(case.after));
    let today = wall(case.now).0;
    let mut slots = BTreeSet::new();
    for start in case.from..case.to {
        let Some((anchor, _)) = block(start) else {
            continue;
        };
        let (date, _, of_day) = wall(start);
        let on_grid = start % 5 == 0 && (of_day - anchor).rem_euclid(step) == 0;
        let inside = || (start..start + length).all(|minute| block(minute).is_some());
        let in_time = start >= case.now + i64::from(case.notice);
        let days_ahead = i64::from(date.since(today).expect("near").get_days());
        let near = days_ahead <= i64::from(case.horizon);
        let clear = || {
            let all = case.meetings.iter().chain(&case.busy);
            let real = all.filter(|(from, to)| from < to);
            !real
                .into_iter()
                .any(|(from, to)| start < to + gap && from - gap < start + length)
        };
        let room = || {
            case.limit.is_none_or(|limit| {
                let that_day = case
                    .meetings
                    .iter()
                    .filter(|(from, _)| wall(*from).0 == date);
                that_day.count() < usize::from(limit)
            })
        };
        if on_grid && in_time && near && inside() && clear() && room() {
            slots.insert(Timestamp(start * MINUTE));
        }
    }
    slots
}

fn hours(week: &[Vec<(i64, i64)>]) -> Hours {
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let clock = |minute: &i64| format!("{:02}:{:02}", minute / 60, minute % 60);
    let rule = |(name, blocks): (&str, &Vec<(i64, i64)>)| {
        let written: Vec<String> = blocks
            .iter()
            .map(|(start, end)| format!("{}-{}", clock(start), clock(end)))
            .collect();
        if written.is_empty() {
            format!("{name} closed")
        } else {
            format!("{name} {}", written.join(", "))
        }
    };
    let rules: Vec<String> = names.into_iter().zip(week).map(rule).collect();
    rules.join("; ").parse().expect("hours")
}

impl Case {
    fn terms(&self) -> Terms {
        let length = |minutes| Length::minutes(minutes).expect("a length");
        Terms {
            zone: Zone::parse(&self.zone).expect("a zone"),
            hours: hours(&self.week),
            step: self.step.map(length),
            before: length(self.before),
            after: length(self.after),
            notice_minutes: self.notice,
            horizon_days: self.horizon,
            daily_limit: self.limit,
        }
    }

    fn diary(&self) -> Diary {
        Diary {
            meetings: spans(&self.meetings),
            busy: spans(&self.busy),
        }
    }

    fn starts(&self, diary: &Diary, from: i64, to: i64) -> BTreeSet<Timestamp> {
        let terms = self.terms();
        let offer = self.offer(&terms, diary, from, to);
        let listed: Vec<Timestamp> = offer.starts().collect();
        assert!(
            listed.windows(2).all(|pair| pair[0] < pair[1]),
            "ascending, each once"
        );
        listed.into_iter().collect()
    }

    fn offer<'a>(&self, terms: &'a Terms, diary: &Diary, from: i64, to: i64) -> Offer<'a> {
        let length = Length::minutes(self.minutes).expect("a length");
        let range = Span {
            start: Timestamp(from * MINUTE),
            end: Timestamp(to * MINUTE),
        };
        Offer::new(terms, length, diary, Timestamp(self.now * MINUTE), range)
    }
}

fn spans(minutes: &[(i64, i64)]) -> Vec<Span> {
    let span = |(from, to): &(i64, i64)| Span {
        start: Timestamp(from * MINUTE),
        end: Timestamp(to * MINUTE),
    };
    minutes.iter().map(span).collect()
}

/// A day's blocks from sorted cut points, in multiples of five minutes.
fn day() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop_oneof![
        1 => Just(vec![]),
        1 => Just(vec![(0, 1_440)]),
        4 => prop::collection::btree_set(0..=288_i64, 0..=6).prop_map(|cuts| {
            let cuts: Vec<i64> = cuts.into_iter().map(|cut| cut * 5).collect();
            let touching = cuts.len() % 2 == 1;
            let chunks: Vec<(i64, i64)> = if touching {
                cuts.windows(2).map(|pair| (pair[0], pair[1])).collect()
            } else {
                cuts.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
            };
            chunks
        }),
    ]
}

/// A minute within 36 hours of an offset change of the zone, where it has one after a random moment.
fn interesting_minute(name: &str, second: i64, around: i64) -> i64 {
    let random = jiff::Timestamp::from_second(second).expect("in range");
    let change = time_zone(name)
        .following(random)
        .next()
        .map(|change| change.timestamp());
    let last = jiff::Timestamp::from_second(1_924_905_600).expect("2030-12-31");
    let near = change.filter(|change| *change < last).unwrap_or(random);
    near.as_second() / 60 + around
}

fn case() -> impl Strategy<Value = Case> {
    let place = (
        0..zones().len(),
        1_704_067_200_i64..1_893_456_000,
        -2_160..2_160_i64,
    );
    let lengths = (
        1..=48_u16,
        prop::option::of(1..=24_u16),
        0..=12_u16,
        0..=12_u16,
    );
    let limits = (0..3_000_u32, 0..6_u16, prop::option::of(0..3_u16));
    let taken = |most| {
        prop::collection::vec(
            (
                -3_000..4_500_i64,
                prop_oneof![Just(0), 1..90_i64, 600..1_500_i64],
            ),
            0..most,
        )
    };
    (
        place,
        prop::collection::vec(day(), 7),
        lengths,
        limits,
        0..2_880_i64,
        taken(5),
        taken(16),
    )
        .prop_map(
            |(
                (zone, second, around),
                week,
                (minutes, step, before, after),
                (notice, horizon, limit),
                lead,
                meetings,
                busy,
            )| {
                let zone = zones()[zone].clone();
                let from = interesting_minute(&zone, second, around);
                let shifted = |all: Vec<(i64, i64)>| {
                    all.into_iter()
                        .map(|(start, long)| (from + start, from + start + long))
                        .collect()
                };
                Case {
                    zone,
                    week,
                    minutes: minutes * 5,
                    step: step.map(|step| step * 5),
                    before: before * 5,
                    after: after * 5,
                    notice,
                    horizon,
                    limit,
                    now: from - lead,
                    from,
                    to: from + 2_160,
                    meetings: shifted(meetings),
                    busy: shifted(busy),
                }
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn slots_are_those_a_walk_over_minutes_finds(case in case()) {
        let expected = slots_by_walking(&case);
        prop_assert_eq!(case.starts(&case.diary(), case.from, case.to), expected);
    }

    #[test]
    fn what_is_listed_can_be_booked_and_what_can_be_booked_is_listed(case in case()) {
        let (terms, diary) = (case.terms(), case.diary());
        let offer = case.offer(&terms, &diary, case.from, case.to);
        let listed = case.starts(&diary, case.from, case.to);
        let every_minute = (case.from..case.to).map(|minute| Timestamp(minute * MINUTE));
        let bookable: BTreeSet<Timestamp> = every_minute.filter(|start| offer.bookable(*start).is_ok()).collect();
        prop_assert_eq!(listed, bookable);
    }

    #[test]
    fn booking_asks_about_one_start_and_gets_the_answer_of_the_listing(case in case()) {
        let (terms, diary) = (case.terms(), case.diary());
        let listing = case.offer(&terms, &diary, case.from, case.to);
        for minute in (case.from..case.to).step_by(5) {
            let start = Timestamp(minute * MINUTE);
            let alone = case.offer(&terms, &diary, minute, minute + 1);
            prop_assert_eq!(alone.bookable(start), listing.bookable(start));
        }
    }

    #[test]
    fn more_to_do_never_adds_a_slot(case in case(), start in -600..2_700_i64, long in 0..600_i64) {
        let mut busier = case.diary();
        busier.busy.extend(spans(&[(case.from + start, case.from + start + long)]));
        let before = case.starts(&case.diary(), case.from, case.to);
        prop_assert!(case.starts(&busier, case.from, case.to).is_subset(&before));
    }

    #[test]
    fn two_halves_of_a_range_hold_what_the_whole_holds(case in case(), cut in 0..2_160_i64) {
        let diary = case.diary();
        let mut halves = case.starts(&diary, case.from, case.from + cut);
        halves.extend(case.starts(&diary, case.from + cut, case.to));
        prop_assert_eq!(halves, case.starts(&diary, case.from, case.to));
    }

    #[test]
    fn the_order_in_a_diary_means_nothing(case in case()) {
        let mut reversed = case.diary();
        reversed.busy.reverse();
        reversed.meetings.reverse();
        prop_assert_eq!(case.starts(&reversed, case.from, case.to), case.starts(&case.diary(), case.from, case.to));
    }

    #[test]
    fn a_booked_meeting_takes_its_slot_and_adds_none(case in case(), pick in any::<prop::sample::Index>()) {
        let before = case.starts(&case.diary(), case.from, case.to);
        if !before.is_empty() {
            let start = *pick.get(&before.iter().copied().collect::<Vec<_>>());
            let mut diary = case.diary();
            diary.meetings.push(Span::lasting(start, i64::from(case.minutes) * MINUTE));
            let during = case.starts(&diary, case.from, case.to);
            prop_assert!(!during.contains(&start) && during.is_subset(&before));
        }
    }
}

#[test]
fn a_whole_week_later_is_the_same_week_where_no_clock_changes() {
    let week = vec![vec![(540, 1_020)]; 7];
    let january = 1_798_761_600 / 60;
    let case = |from: i64| Case {
        zone: "Europe/Stockholm".into(),
        week: week.clone(),
        minutes: 30,
        step: Some(15),
        before: 10,
        after: 20,
        notice: 0,
        horizon: 400,
        limit: None,
        now: january,
        from,
        to: from + 2_880,
        meetings: vec![(from + 700, from + 730)],
        busy: vec![(from + 900, from + 917)],
    };
    let (this, next) = (case(january), case(january + 7 * 1_440));
    let later: BTreeSet<Timestamp> = this
        .starts(&this.diary(), this.from, this.to)
        .iter()
        .map(|start| start.plus(7 * DAY))
        .collect();
    assert!(!later.is_empty());
    assert_eq!(next.starts(&next.diary(), next.from, next.to), later);
}
