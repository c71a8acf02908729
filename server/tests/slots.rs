//! When an agent can be met: one test per rule, on dates where clocks do strange things.

use engine::ids::{DAY, MINUTE, Timestamp};
use usher_server::meetings::{Diary, Length, Offer, Span, Terms, Unbookable, Zone, offer};

const LONG_AGO: Timestamp = Timestamp(1_700_000_000_000);

/// A moment written as `2027-03-12T14:00Z`.
fn at(text: &str) -> Timestamp {
    let full = text.replace('Z', ":00Z");
    let moment: jiff::Timestamp = full.parse().expect("a moment");
    Timestamp(moment.as_millisecond())
}

fn written(starts: &[Timestamp]) -> Vec<String> {
    let one = |start: &Timestamp| {
        let moment = jiff::Timestamp::from_millisecond(start.0).expect("a moment");
        moment.strftime("%Y-%m-%dT%H:%MZ").to_string()
    };
    starts.iter().map(one).collect()
}

fn length(minutes: u16) -> Length {
    Length::minutes(minutes).expect("a length")
}

/// Terms without notice, horizon or limit.
fn terms(zone: &str, hours: &str) -> Terms {
    Terms {
        zone: Zone::parse(zone).expect("a zone"),
        hours: hours.parse().expect("hours"),
        step: None,
        before: Length::NONE,
        after: Length::NONE,
        notice_minutes: 0,
        horizon_days: u16::MAX,
        daily_limit: None,
    }
}

fn span(text: &str) -> Span {
    let (start, end) = text.split_once('/').expect("start/end");
    Span {
        start: at(start),
        end: at(end),
    }
}

fn busy(spans: &[&str]) -> Diary {
    Diary {
        meetings: Vec::new(),
        busy: spans.iter().map(|text| span(text)).collect(),
    }
}

fn booked(spans: &[&str]) -> Diary {
    Diary {
        meetings: spans.iter().map(|text| span(text)).collect(),
        busy: Vec::new(),
    }
}

fn starts(terms: &Terms, minutes: u16, diary: &Diary, range: &str) -> Vec<String> {
    let offer = Offer::new(terms, length(minutes), diary, LONG_AGO, span(range));
    written(&offer.starts().collect::<Vec<_>>())
}

fn free(terms: &Terms, minutes: u16, range: &str) -> Vec<String> {
    starts(terms, minutes, &Diary::default(), range)
}

#[test]
fn a_new_york_week_keeps_its_wall_clock_when_summer_time_begins() {
    let terms = terms("America/New_York", "mon-fri 09:00-17:00");
    let friday = free(&terms, 30, "2027-03-12T05:00Z/2027-03-13T05:00Z");
    let monday = free(&terms, 30, "2027-03-15T04:00Z/2027-03-16T04:00Z");
    assert_eq!(
        (friday.len(), friday[0].as_str()),
        (16, "2027-03-12T14:00Z")
    );
    assert_eq!(
        (monday.len(), monday[0].as_str()),
        (16, "2027-03-15T13:00Z")
    );
}

#[test]
fn a_skipped_hour_holds_nothing_and_a_repeated_hour_counts_twice() {
    let new_york = terms("America/New_York", "sun 01:00-04:00");
    assert_eq!(
        free(&new_york, 30, "2027-03-14T05:00Z/2027-03-15T04:00Z"),
        [
            "2027-03-14T06:00Z",
            "2027-03-14T06:30Z",
            "2027-03-14T07:00Z",
            "2027-03-14T07:30Z"
        ]
    );
    let autumn = free(&new_york, 30, "2027-11-07T04:00Z/2027-11-08T05:00Z");
    assert_eq!((autumn.len(), autumn[0].as_str()), (8, "2027-11-07T05:00Z"));

    let stockholm = terms("Europe/Stockholm", "sun 01:00-04:00");
    assert_eq!(
        free(&stockholm, 30, "2027-03-27T23:00Z/2027-03-28T22:00Z").len(),
        4
    );
    let autumn = free(&stockholm, 30, "2027-10-30T22:00Z/2027-10-31T23:00Z");
    assert_eq!(autumn.len(), 8);
    assert_eq!(autumn[0], "2027-10-30T23:00Z");
    assert_eq!(autumn[7], "2027-10-31T02:30Z");
}

#[test]
fn a_block_wholly_inside_a_skipped_hour_offers_nothing() {
    let terms = terms("America/New_York", "sun 02:00-03:00");
    assert!(free(&terms, 30, "2027-03-14T00:00Z/2027-03-15T00:00Z").is_empty());
}

#[test]
fn both_half_past_twos_of_a_repeated_hour_are_slots_of_their_own() {
    let terms = terms("Europe/Stockholm", "sun 02:30-03:00");
    let day = "2027-10-31T00:00Z/2027-10-31T03:00Z";
    assert_eq!(
        free(&terms, 30, day),
        ["2027-10-31T00:30Z", "2027-10-31T01:30Z"]
    );
    let second = booked(&["2027-10-31T01:30Z/2027-10-31T02:00Z"]);
    assert_eq!(starts(&terms, 30, &second, day), ["2027-10-31T00:30Z"]);
}

#[test]
fn between_two_clock_changes_the_agents_wall_clock_decides() {
    let terms = terms("Europe/Stockholm", "mon-fri 09:00-10:00");
    let new_york = Zone::parse("America/New_York").expect("a zone");
    for (day, wall) in [
        ("2026-10-23", "03:00"),
        ("2026-10-26", "04:00"),
        ("2026-10-30", "04:00"),
        ("2026-11-02", "03:00"),
    ] {
        let range = span(&format!("{day}T00:00Z/{day}T23:55Z"));
        let offer = Offer::new(&terms, length(60), &Diary::default(), LONG_AGO, range);
        let walls: Vec<String> = offer
            .starts()
            .map(|start| new_york.wall(start).strftime("%H:%M").to_string())
            .collect();
        assert_eq!(walls, [wall], "{day}");
    }
}

#[test]
fn a_los_angeles_monday_is_a_tokyo_tuesday_and_the_same_instant() {
    let terms = terms("America/Los_Angeles", "mon 16:00-17:00");
    let range = span("2027-01-04T00:00Z/2027-01-06T00:00Z");
    let offer = Offer::new(&terms, length(60), &Diary::default(), LONG_AGO, range);
    let start = offer.starts().next().expect("a slot");
    let tokyo = Zone::parse("Asia/Tokyo").expect("a zone");
    assert_eq!(
        tokyo.wall(start).strftime("%a %H:%M").to_string(),
        "Tue 09:00"
    );
    assert_eq!(
        terms.zone.wall(start).strftime("%a %H:%M").to_string(),
        "Mon 16:00"
    );
    assert_eq!(offer.bookable(start), Ok(()));
}

#[test]
fn zones_of_half_and_quarter_hours_keep_their_own_grid() {
    let kolkata = terms("Asia/Kolkata", "mon-sun 09:00-11:00");
    let day = "2027-01-04T00:00Z/2027-01-05T00:00Z";
    assert_eq!(
        free(&kolkata, 60, day),
        ["2027-01-04T03:30Z", "2027-01-04T04:30Z"]
    );
    let kathmandu = terms("Asia/Kathmandu", "mon-sun 09:00-11:00");
    assert_eq!(
        free(&kathmandu, 60, day),
        ["2027-01-04T03:15Z", "2027-01-04T04:15Z"]
    );
}

#[test]
fn a_date_of_its_own_replaces_the_whole_weekday() {
    let terms = terms(
        "UTC",
        "mon-fri 09:00-17:00; 2027-01-05 13:00-15:00; 2027-01-06 closed; 2027-01-09 10:00-11:00",
    );
    assert_eq!(
        free(&terms, 60, "2027-01-05T00:00Z/2027-01-06T00:00Z"),
        ["2027-01-05T13:00Z", "2027-01-05T14:00Z"]
    );
    assert!(free(&terms, 60, "2027-01-06T00:00Z/2027-01-07T00:00Z").is_empty());
    assert_eq!(
        free(&terms, 60, "2027-01-09T00:00Z/2027-01-10T00:00Z"),
        ["2027-01-09T10:00Z"]
    );
}

#[test]
fn a_break_cannot_be_met_over_but_touching_blocks_can() {
    let day = "2027-01-04T00:00Z/2027-01-05T00:00Z";
    let lunch = terms("UTC", "mon 08:00-12:00, 13:00-17:00");
    let offered = free(&lunch, 60, day);
    assert_eq!(offered.len(), 8);
    assert!(!offered.contains(&"2027-01-04T12:00Z".to_owned()));

    let mut touching = terms("UTC", "mon 08:00-12:00, 12:00-13:00");
    touching.step = Some(length(30));
    let offered = free(&touching, 60, day);
    assert!(offered.contains(&"2027-01-04T11:30Z".to_owned()));
    assert_eq!(
        offered.last().map(String::as_str),
        Some("2027-01-04T12:00Z")
    );
}

#[test]
fn a_meeting_may_run_over_midnight_where_the_agent_works_on() {
    let terms = terms("Europe/Stockholm", "mon 23:00-24:00; tue 00:00-01:00");
    assert_eq!(
        free(&terms, 60, "2027-01-04T12:00Z/2027-01-05T12:00Z"),
        ["2027-01-04T22:00Z", "2027-01-04T23:00Z"]
    );
    let mut half = terms.clone();
    half.step = Some(length(30));
    assert!(
        free(&half, 60, "2027-01-04T12:00Z/2027-01-05T12:00Z")
            .contains(&"2027-01-04T22:30Z".to_owned())
    );
}

#[test]
fn a_buffer_keeps_its_distance_on_both_sides() {
    let day = "2027-01-04T08:00Z/2027-01-04T12:00Z";
    let mut after = terms("UTC", "mon 08:00-12:00");
    after.after = length(30);
    let ten = booked(&["2027-01-04T10:00Z/2027-01-04T10:30Z"]);
    assert_eq!(
        starts(&after, 30, &ten, day),
        [
            "2027-01-04T08:00Z",
            "2027-01-04T08:30Z",
            "2027-01-04T09:00Z",
            "2027-01-04T11:00Z",
            "2027-01-04T11:30Z"
        ]
    );
    let mut mixed = after.clone();
    mixed.before = length(10);
    assert_eq!(starts(&mixed, 30, &ten, day), starts(&after, 30, &ten, day));
}

#[test]
fn a_buffer_may_lie_outside_working_hours() {
    let mut terms = terms("UTC", "mon 09:00-17:00");
    terms.after = length(30);
    let offered = free(&terms, 30, "2027-01-04T00:00Z/2027-01-05T00:00Z");
    assert_eq!(
        offered.last().map(String::as_str),
        Some("2027-01-04T16:30Z")
    );
}

#[test]
fn what_is_elsewhere_in_the_diary_blocks_with_its_buffer_and_never_shifts_the_grid() {
    let mut terms = terms("UTC", "mon 09:00-12:00");
    terms.after = length(15);
    let foreign = busy(&["2027-01-04T10:05Z/2027-01-04T10:20Z"]);
    assert_eq!(
        starts(&terms, 30, &foreign, "2027-01-04T00:00Z/2027-01-05T00:00Z"),
        [
            "2027-01-04T09:00Z",
            "2027-01-04T11:00Z",
            "2027-01-04T11:30Z"
        ]
    );
}

#[test]
fn notice_is_kept_to_the_millisecond() {
    let mut terms = terms("UTC", "mon 09:00-17:00");
    terms.notice_minutes = 120;
    let range = span("2027-01-04T00:00Z/2027-01-05T00:00Z");
    let two = at("2027-01-04T14:00Z");
    let noon = at("2027-01-04T12:00Z");
    let diary = Diary::default();
    let punctual = Offer::new(&terms, length(30), &diary, noon, range);
    assert_eq!(punctual.bookable(two), Ok(()));
    let late = Offer::new(&terms, length(30), &diary, noon.plus(1), range);
    assert_eq!(late.bookable(two), Err(Unbookable::TooSoon));
}

#[test]
fn the_horizon_includes_its_last_local_day_to_its_last_minute() {
    let mut terms = terms("America/New_York", "mon-sun 00:00-24:00");
    terms.horizon_days = 5;
    let now = at("2027-01-05T03:00Z");
    let range = span("2027-01-09T00:00Z/2027-01-12T00:00Z");
    let diary = Diary::default();
    let offer = Offer::new(&terms, length(30), &diary, now, range);
    let last = offer.starts().last().expect("a slot");
    assert_eq!(written(&[last]), ["2027-01-10T04:30Z"]);
    assert_eq!(
        offer.bookable(last.plus(30 * MINUTE)),
        Err(Unbookable::TooFar)
    );
}

#[test]
fn the_daily_limit_counts_local_days_and_only_meetings_of_ours() {
    let mut terms = terms("America/New_York", "mon-sun 00:00-24:00");
    terms.daily_limit = Some(2);
    let day = "2027-01-05T05:00Z/2027-01-06T05:00Z";
    let split = booked(&[
        "2027-01-05T04:00Z/2027-01-05T04:30Z",
        "2027-01-05T06:00Z/2027-01-05T06:30Z",
    ]);
    assert_eq!(starts(&terms, 30, &split, day).len(), 47);
    let full = booked(&[
        "2027-01-05T06:00Z/2027-01-05T06:30Z",
        "2027-01-06T04:00Z/2027-01-06T04:30Z",
    ]);
    assert!(starts(&terms, 30, &full, day).is_empty());
    let foreign = busy(&[
        "2027-01-05T06:00Z/2027-01-05T06:30Z",
        "2027-01-06T04:00Z/2027-01-06T04:30Z",
    ]);
    assert_eq!(starts(&terms, 30, &foreign, day).len(), 46);
}

#[test]
fn a_start_nobody_offered_is_refused_with_its_reason() {
    let terms = terms("UTC", "mon 09:00-17:00");
    let diary = booked(&["2027-01-04T10:00Z/2027-01-04T10:30Z"]);
    let now = at("2027-01-04T09:30Z");
    let range = span("2027-01-04T00:00Z/2027-01-06T00:00Z");
    let offer = Offer::new(&terms, length(30), &diary, now, range);
    for (start, reason) in [
        ("2027-01-04T10:10Z", Unbookable::OffGrid),
        ("2027-01-04T10:07Z", Unbookable::OffGrid),
        ("2027-01-04T17:00Z", Unbookable::Closed),
        ("2027-01-05T10:00Z", Unbookable::Closed),
        ("2027-01-04T09:00Z", Unbookable::TooSoon),
        ("2027-01-04T10:00Z", Unbookable::Taken),
        ("2027-01-07T10:00Z", Unbookable::OffGrid),
    ] {
        assert_eq!(offer.bookable(at(start)), Err(reason), "{start}");
    }
    let forged = Offer::new(&terms, length(24 * 60), &Diary::default(), now, range);
    assert_eq!(
        forged.bookable(at("2027-01-04T10:00Z")),
        Err(Unbookable::OffGrid)
    );
    assert_eq!(
        forged.bookable(at("2027-01-04T09:00Z")),
        Err(Unbookable::Closed)
    );
}

#[test]
fn leap_days_and_years_after_2038_are_days_like_others() {
    let terms = terms("Europe/Stockholm", "mon-sun 09:00-10:00");
    assert_eq!(
        free(&terms, 60, "2028-02-29T00:00Z/2028-03-01T00:00Z"),
        ["2028-02-29T08:00Z"]
    );
    assert_eq!(
        free(&terms, 60, "2040-07-02T00:00Z/2040-07-03T00:00Z"),
        ["2040-07-02T07:00Z"]
    );
}

#[test]
fn several_agents_offer_what_any_of_them_can() {
    let (early, late) = (
        terms("UTC", "mon 09:00-10:00"),
        terms("UTC", "mon 09:30-10:30"),
    );
    let range = span("2027-01-04T00:00Z/2027-01-05T00:00Z");
    let diary = Diary::default();
    let offers =
        [&early, &late].map(|terms| Offer::new(terms, length(30), &diary, LONG_AGO, range));
    assert_eq!(
        written(&offer::union(&offers)),
        [
            "2027-01-04T09:00Z",
            "2027-01-04T09:30Z",
            "2027-01-04T10:00Z"
        ]
    );
}

#[test]
fn alternatives_are_the_nearest_and_never_the_slot_itself() {
    let starts: Vec<Timestamp> = (0..10).map(|n| Timestamp(n * DAY)).collect();
    let near = offer::nearest(&starts, Timestamp(4 * DAY), 3);
    assert_eq!(near, [2, 3, 5].map(|n| Timestamp(n * DAY)));
    assert_eq!(
        offer::nearest(&starts[..2], Timestamp(DAY), 3),
        [Timestamp(0)]
    );
}
