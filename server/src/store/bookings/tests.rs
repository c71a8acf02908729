use super::*;
use crate::clock::Clock;
use crate::meetings::{Terms, Zone};
use crate::store::db::Optional;
use crate::store::{Agent, Change, Offered, Store, StoreError};
use engine::ids::{HOUR, MINUTE};
use std::collections::BTreeSet;

/// A Monday, 00:00 UTC.
const MONDAY: Timestamp = Timestamp(1_798_761_600_000 + 3 * DAY);

/// An office of agents whose clock stands a day before `MONDAY`.
struct Office {
    store: Store,
    scope: Scope,
    keys: Keys,
    clock: Clock,
    _folder: tempfile::TempDir,
}

fn length(minutes: u16) -> Length {
    Length::lasting(minutes).expect("a length")
}

fn agent(name: &str) -> Agent {
    Agent {
        name: name.into(),
        email: format!("{}@acme.example", name.to_lowercase()),
        picture: String::new(),
        terms: Terms {
            zone: Zone::utc(),
            hours: "mon-fri 09:00-17:00".parse().expect("hours"),
            step: None,
            before: Length::NONE,
            after: Length::NONE,
            notice_minutes: 0,
            horizon_days: 60,
            daily_limit: None,
        },
        length: length(30),
        active: true,
    }
}

async fn office(agents: &[Agent]) -> Office {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Clock::default();
    clock.advance(MONDAY.plus(-DAY).since(clock.now()));
    let store = Store::for_test(folder.path(), clock.clone());
    let keys = Keys::open(folder.path()).expect("keys");
    let scope = store
        .create_workspace("acme".into(), "Acme".into())
        .await
        .expect("a workspace");
    for agent in agents {
        store
            .put_agent(&scope, agent.clone())
            .await
            .expect("an agent");
    }
    Office {
        store,
        scope,
        keys,
        clock,
        _folder: folder,
    }
}

fn five() -> Vec<Agent> {
    ["A1", "A2", "A3", "A4", "A5"].map(agent).into()
}

fn guest(n: usize) -> Guest {
    Guest {
        email: format!("guest{n}@visitor.example"),
        name: String::new(),
        trusted: false,
        language: "en".into(),
        zone: "Europe/Stockholm".into(),
        visitor: format!("v{n}"),
        person: None,
        test: false,
    }
}

fn wish(n: usize, start: Timestamp) -> Wish {
    Wish {
        host: Host::Pool(String::new()),
        start,
        minutes: 30,
        guest: guest(n),
        conversation: format!("c{n}"),
        card: 1,
    }
}

/// The n-th half hour of the Monday's working day.
fn slot(n: i64) -> Timestamp {
    MONDAY.plus(9 * HOUR + n * 30 * MINUTE)
}

impl Office {
    async fn book(&self, wish: Wish) -> Answer<Meeting> {
        let (scope, keys, now) = (self.scope.clone(), self.keys.clone(), self.store.now());
        let work = move |db: &Connection| book(db, &scope, &keys, &wish, now);
        self.store.write(work).await.expect("the database works")
    }

    async fn booked(&self, wish: Wish) -> Meeting {
        match self.book(wish).await {
            Answer::Booked(meeting) => meeting,
            other => panic!("{other:?}"),
        }
    }

    /// Books one slot after the other, and says who took them.
    async fn takers(&self, from: usize, count: usize) -> Vec<String> {
        let mut takers = Vec::new();
        for n in from..from + count {
            let slot = slot(i64::try_from(n % 16).expect("small"));
            takers.push(self.booked(wish(n, slot)).await.agent);
        }
        takers
    }

    async fn starts(&self) -> Vec<Timestamp> {
        let offered = self
            .store
            .slots(&self.scope, Host::Pool(String::new()), Timestamp(0))
            .await;
        offered.expect("slots").starts
    }

    /// No two live meetings of an agent overlap, and the claims are exactly their quanta.
    async fn is_sound(&self) {
        let meetings = self
            .store
            .meetings(&self.scope, 0, 100_000)
            .await
            .expect("meetings");
        let mut expected = BTreeSet::new();
        for meeting in meetings.iter().filter(|meeting| !meeting.is_cancelled()) {
            for quantum in claimed(meeting.start, meeting.length()) {
                let free = expected.insert((meeting.agent_id.clone(), quantum, meeting.id.clone()));
                assert!(free);
            }
        }
        let per_agent: BTreeSet<(String, i64)> = expected
            .iter()
            .map(|(agent, quantum, _)| (agent.clone(), *quantum))
            .collect();
        assert_eq!(
            per_agent.len(),
            expected.len(),
            "two meetings of an agent overlap"
        );
        let claims = self.store.read(|db| {
            let claims = "SELECT agent, quantum, meeting FROM claims";
            let rows = db.query_map(claims, (), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
            Ok(rows.collect::<std::result::Result<BTreeSet<(String, i64, String)>, _>>()?)
        });
        assert_eq!(claims.await.expect("claims"), expected);
    }
}

#[tokio::test]
async fn meetings_go_round_and_a_busy_agent_is_passed_over() {
    let office = office(&five()).await;
    assert_eq!(
        office.takers(0, 6).await,
        ["A1", "A2", "A3", "A4", "A5", "A1"]
    );
    let named = Wish {
        host: Host::Agent("A2".into()),
        ..wish(50, slot(10))
    };
    assert_eq!(office.booked(named).await.agent, "A2");
    assert_eq!(office.booked(wish(51, slot(10))).await.agent, "A3");
    let pools = office.store.pools(&office.scope).await.expect("pools");
    let skipped: Vec<u32> = pools[0].seats.iter().map(|seat| seat.skipped).collect();
    assert_eq!(skipped, [0, 1, 0, 0, 0]);
    assert_eq!(pools[0].next.as_deref(), Some("A4"));
    office.is_sound().await;
}

#[tokio::test]
async fn resting_joining_leaving_and_reordering_keep_the_turn() {
    let office = office(&five()).await;
    office.takers(0, 3).await;
    office
        .store
        .switch_agent(&office.scope, "A4".into(), false)
        .await
        .expect("switched");
    assert_eq!(office.takers(3, 1).await, ["A5"]);
    office
        .store
        .switch_agent(&office.scope, "A4".into(), true)
        .await
        .expect("switched");
    office
        .store
        .put_agent(&office.scope, agent("A6"))
        .await
        .expect("an agent");
    assert_eq!(office.takers(4, 2).await, ["A6", "A1"]);
    office
        .store
        .remove_agent(&office.scope, "A1".into())
        .await
        .expect("removed");
    assert_eq!(office.takers(6, 1).await, ["A2"]);
    let order = ["A6", "A5", "A4", "A3", "A2"].map(String::from).into();
    office
        .store
        .put_pool(&office.scope, "default".into(), length(30), order)
        .await
        .expect("a pool");
    assert_eq!(office.takers(7, 2).await, ["A6", "A5"]);
    let gone = office.store.remove_agent(&office.scope, "A1".into()).await;
    assert!(matches!(gone, Err(StoreError::Missing(_))));
}

#[tokio::test]
async fn pools_have_pointers_of_their_own() {
    let office = office(&five()).await;
    let west = ["A1", "A3"].map(String::from).into();
    office
        .store
        .put_pool(&office.scope, "west".into(), length(60), west)
        .await
        .expect("a pool");
    let wish_west = |n: usize, start| Wish {
        host: Host::Pool("west".into()),
        minutes: 60,
        ..wish(n, start)
    };
    assert_eq!(office.booked(wish_west(90, slot(0))).await.agent, "A1");
    assert_eq!(office.booked(wish(91, slot(4))).await.agent, "A1");
    assert_eq!(office.booked(wish_west(92, slot(6))).await.agent, "A3");
    office.is_sound().await;
}

#[tokio::test]
async fn fifty_at_once_are_served_in_the_order_of_commits_without_overlap() {
    let office = office(&five()).await;
    let wishes = (0..50).map(|n| wish(n, slot(i64::try_from(n / 5).expect("small"))));
    let answers = at_once(wishes.map(|wish| office.book(wish)).collect()).await;
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer, Answer::Booked(_)))
    );
    let meetings = office
        .store
        .meetings(&office.scope, 0, 100)
        .await
        .expect("meetings");
    // The ring by its rules alone: from the seat behind the pointer, the first agent who is free then.
    let (mut pointer, mut taken) = (0, BTreeSet::new());
    for meeting in &meetings {
        let free = |seat: &u8| !taken.contains(&(*seat, meeting.start));
        let seat = (pointer + 1..=pointer + 5)
            .map(|n| (n - 1) % 5 + 1)
            .find(free);
        let seat = seat.expect("somebody is free");
        assert_eq!(meeting.agent, format!("A{seat}"));
        taken.insert((seat, meeting.start));
        pointer = seat;
    }
    assert_eq!(taken.len(), 50);
    office.is_sound().await;
}

/// Polls all at once.
async fn at_once<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut answers: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, answer) in futures.iter_mut().zip(&mut answers) {
            if answer.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *answer = Some(value);
            }
        }
        if answers.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    answers.into_iter().flatten().collect()
}

#[tokio::test]
async fn five_hundred_want_one_slot_and_one_gets_it() {
    let office = office(&[agent("A1")]).await;
    let answers = at_once((0..500).map(|n| office.book(wish(n, slot(3)))).collect()).await;
    let won = answers
        .iter()
        .filter(|answer| matches!(answer, Answer::Booked(_)))
        .count();
    let lost = answers
        .iter()
        .filter(|answer| matches!(answer, Answer::Taken))
        .count();
    assert_eq!((won, lost), (1, 499));
    let near = office
        .store
        .alternatives(&office.scope, Host::Pool(String::new()), slot(3))
        .await
        .expect("alternatives");
    assert!(near.len() >= 3 && !near.contains(&slot(3)));
    for (n, start) in near.iter().enumerate() {
        assert!(matches!(
            office.book(wish(600 + n, *start)).await,
            Answer::Booked(_)
        ));
    }
    office.is_sound().await;
}

#[tokio::test]
async fn meetings_of_unequal_length_exclude_each_other() {
    let mut long = agent("A1");
    long.length = length(60);
    long.terms.step = Some(length(30));
    let office = office(&[long]).await;
    let short = vec!["A1".to_owned()];
    office
        .store
        .put_pool(&office.scope, "short".into(), length(30), short)
        .await
        .expect("a pool");
    let sixty = Wish {
        minutes: 60,
        ..wish(1, slot(2))
    };
    let thirty = Wish {
        host: Host::Pool("short".into()),
        ..wish(2, slot(3))
    };
    let answers = at_once(vec![office.book(sixty), office.book(thirty)]).await;
    assert_eq!(
        answers
            .iter()
            .filter(|answer| matches!(answer, Answer::Booked(_)))
            .count(),
        1
    );
    office.is_sound().await;
}

#[tokio::test]
async fn what_was_listed_can_be_booked_and_a_forged_wish_cannot() {
    let office = office(&[agent("A1")]).await;
    let starts = office.starts().await;
    assert_eq!(starts.first(), Some(&slot(0)));
    assert!(matches!(
        office.book(wish(1, starts[7])).await,
        Answer::Booked(_)
    ));
    assert!(!office.starts().await.contains(&starts[7]));
    for forged in [
        Wish {
            minutes: 240,
            ..wish(2, starts[0])
        },
        wish(3, starts[0].plus(7 * MINUTE)),
        wish(4, MONDAY.plus(-7 * DAY)),
        Wish {
            host: Host::Pool("nobody".into()),
            ..wish(5, starts[0])
        },
        Wish {
            host: Host::Agent("Nobody".into()),
            ..wish(6, starts[0])
        },
    ] {
        assert_eq!(office.book(forged).await, Answer::Taken);
    }
}

#[tokio::test]
async fn a_cancelled_meeting_gives_its_time_back_and_leaves_the_turn() {
    let office = office(&five()).await;
    let before = office.starts().await;
    let meeting = office.booked(wish(1, slot(0))).await;
    let cancelled = office
        .store
        .cancel_meeting(&office.scope, meeting.id.clone(), 0)
        .await
        .expect("cancelled");
    assert!(
        matches!(cancelled, Change::Done(ref meeting) if meeting.is_cancelled() && meeting.sequence == 1)
    );
    let again = office
        .store
        .cancel_meeting(&office.scope, meeting.id.clone(), 0)
        .await
        .expect("cancelled");
    assert_eq!(again, cancelled);
    assert_eq!(office.starts().await, before);
    assert_eq!(office.booked(wish(2, slot(0))).await.agent, "A2");
    let totals = office.store.pools(&office.scope).await.expect("pools");
    assert_eq!(totals[0].seats[0].total, 0);
    office.is_sound().await;
}

#[tokio::test]
async fn a_moved_meeting_keeps_its_agent_and_may_overlap_its_old_time() {
    let mut free = agent("A1");
    free.terms.step = Some(length(15));
    let office = office(&[free]).await;
    let meeting = office.booked(wish(1, slot(0))).await;
    let moved = office
        .store
        .move_meeting(
            &office.scope,
            meeting.id.clone(),
            0,
            slot(0).plus(15 * MINUTE),
        )
        .await;
    let Ok(Change::Done(moved)) = moved else {
        panic!("{moved:?}")
    };
    assert_eq!((moved.agent.as_str(), moved.sequence), ("A1", 1));
    let stale = office
        .store
        .move_meeting(&office.scope, meeting.id.clone(), 0, slot(9))
        .await;
    assert!(matches!(stale, Ok(Change::Overtaken(_))));
    office.is_sound().await;
}

#[tokio::test]
async fn two_who_move_to_one_slot_do_not_both_get_it() {
    let office = office(&[agent("A1")]).await;
    let one = office.booked(wish(1, slot(0))).await;
    let two = office.booked(wish(2, slot(1))).await;
    let answers = at_once(vec![
        office
            .store
            .move_meeting(&office.scope, one.id.clone(), 0, slot(5)),
        office
            .store
            .move_meeting(&office.scope, two.id.clone(), 0, slot(5)),
    ])
    .await;
    // Whichever came first; the other stays where it was.
    let first = usize::from(!matches!(answers[0], Ok(Change::Done(_))));
    let stayed = [slot(1), slot(0)][first];
    assert!(matches!(answers[first], Ok(Change::Done(_))));
    assert!(matches!(&answers[1 - first], Ok(Change::Taken(meeting)) if meeting.start == stayed));
    office.is_sound().await;
}

#[tokio::test]
async fn a_move_and_a_cancellation_at_once_leave_one_of_them() {
    let office = office(&[agent("A1")]).await;
    let meeting = office.booked(wish(1, slot(0))).await;
    let (moved, cancelled) = tokio::join!(
        office
            .store
            .move_meeting(&office.scope, meeting.id.clone(), 0, slot(5)),
        office
            .store
            .cancel_meeting(&office.scope, meeting.id.clone(), 0),
    );
    let won = [&moved, &cancelled].map(|change| matches!(change, Ok(Change::Done(_))));
    let lost = [&moved, &cancelled].map(|change| matches!(change, Ok(Change::Overtaken(_))));
    assert!(won[0] != won[1] && lost == [won[1], won[0]]);
    office.is_sound().await;
}

#[tokio::test]
async fn what_has_begun_is_not_changed() {
    let office = office(&[agent("A1")]).await;
    let meeting = office.booked(wish(1, slot(0))).await;
    office.clock.advance(DAY + 9 * HOUR);
    let cancelled = office
        .store
        .cancel_meeting(&office.scope, meeting.id.clone(), 0)
        .await;
    assert!(matches!(cancelled, Ok(Change::Passed(_))));
    let moved = office
        .store
        .move_meeting(&office.scope, meeting.id.clone(), 0, slot(9))
        .await;
    assert!(matches!(moved, Ok(Change::Passed(_))));
}

#[tokio::test]
async fn an_unproven_address_books_three_times_a_day() {
    let office = office(&five()).await;
    let same = |n: i64| Wish {
        guest: guest(1),
        ..wish(1, slot(n))
    };
    for n in 0..3 {
        office.booked(same(n)).await;
    }
    assert_eq!(office.book(same(4)).await, Answer::TooMany);
    let mut known = same(4);
    known.guest.trusted = true;
    assert!(matches!(office.book(known).await, Answer::Booked(_)));
}

#[tokio::test]
async fn a_meetings_link_leads_to_it_and_any_other_leads_nowhere() {
    let office = office(&[agent("A1")]).await;
    let meeting = office.booked(wish(1, slot(0))).await;
    let token = meetings::manage_token(&office.keys, &office.scope, &meeting.id);
    let (scope, found) = office
        .store
        .meeting_by_link(token.to_vec())
        .await
        .expect("a meeting");
    assert_eq!(
        (scope.workspace(), &found.id),
        (office.scope.workspace(), &meeting.id)
    );
    for wrong in [vec![], vec![0; 16], token[..15].to_vec()] {
        assert!(office.store.meeting_by_link(wrong).await.is_err());
    }
}

#[tokio::test]
async fn a_meetings_links_lead_to_it_under_a_new_key_and_the_one_before() {
    let office = office(&[agent("A1")]).await;
    let meeting = office.booked(wish(1, slot(0))).await;
    let token = || meetings::manage_token(&office.keys, &office.scope, &meeting.id);
    let before = token();
    office.keys.add().expect("written");
    office.keys.promote().expect("written");
    let after = token();
    assert_ne!(before, after);
    assert!(office.store.meeting_by_link(after.to_vec()).await.is_err());
    let sealed = office.store.reseal(&office.keys, |_, _| {});
    sealed.await.expect("sealed");
    for token in [before, after] {
        let (_, found) = office
            .store
            .meeting_by_link(token.to_vec())
            .await
            .expect("a meeting");
        assert_eq!(found.id, meeting.id);
    }
}

#[tokio::test]
async fn a_booking_that_fails_later_in_its_transaction_leaves_nothing() {
    let office = office(&[agent("A1")]).await;
    let (scope, keys, now) = (
        office.scope.clone(),
        office.keys.clone(),
        office.store.now(),
    );
    let failed: Result<()> = office
        .store
        .write(move |db| {
            book(db, &scope, &keys, &wish(1, slot(0)), now)?;
            Err(StoreError::Conflict("as a test".into()))
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(office.starts().await.first(), Some(&slot(0)));
    let waiting = office.store.read(|db| {
        Ok(db
            .query_row("SELECT 1 FROM outbox", (), |row| row.get::<i64>(0))
            .optional()?)
    });
    assert_eq!(waiting.await.expect("read"), None);
    office.is_sound().await;
}

#[tokio::test]
async fn another_workspace_sees_neither_agents_nor_slots_nor_meetings() {
    let office = office(&[agent("A1")]).await;
    office.booked(wish(1, slot(0))).await;
    let other = office
        .store
        .create_workspace("other".into(), "Other".into())
        .await
        .expect("a workspace");
    assert!(
        office
            .store
            .agents(&other)
            .await
            .expect("agents")
            .is_empty()
    );
    assert!(
        office
            .store
            .meetings(&other, 0, 10)
            .await
            .expect("meetings")
            .is_empty()
    );
    let offered = office
        .store
        .slots(&other, Host::Agent("A1".into()), MONDAY)
        .await
        .expect("slots");
    assert_eq!(offered, Offered::default());
}
