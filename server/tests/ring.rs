//! Whose turn it is: the rules of the ring.

use proptest::prelude::*;
use usher_server::meetings::{Ring, Seat};

type Agent = u32;

fn seats(agents: &[Agent]) -> Vec<Seat<Agent>> {
    let seat = |(position, agent): (u32, &Agent)| Seat {
        position,
        agent: *agent,
        active: true,
    };
    (0..).zip(agents).map(seat).collect()
}

/// Agents 1 to 5 at the positions 0 to 4; the pointer rests on the last taker.
fn five(last: Option<Agent>) -> Ring<Agent> {
    Ring::new(seats(&[1, 2, 3, 4, 5]), last.map(|agent| agent - 1))
}

/// Books `count` meetings for which `free` agents can be had, and says who took them.
fn book(ring: &mut Ring<Agent>, count: usize, free: impl Fn(&Agent) -> bool) -> Vec<Agent> {
    let mut takers = Vec::new();
    for _ in 0..count {
        let turn = ring.turn(&free).expect("somebody is free");
        *ring = Ring::new(ring.seats().to_vec(), Some(turn.position));
        takers.push(turn.agent);
    }
    takers
}

#[test]
fn after_the_third_come_the_fourth_the_fifth_and_the_first() {
    assert_eq!(book(&mut five(Some(3)), 3, |_| true), [4, 5, 1]);
}

#[test]
fn a_fresh_pool_starts_at_its_first_position() {
    assert_eq!(book(&mut five(None), 6, |_| true), [1, 2, 3, 4, 5, 1]);
}

#[test]
fn who_was_busy_is_passed_over_counted_and_not_owed() {
    let mut ring = five(Some(3));
    let turn = ring.turn(|agent| *agent != 4).expect("a turn");
    assert_eq!((turn.agent, turn.skipped), (5, vec![4]));
    book(&mut ring, 1, |agent| *agent != 4);
    assert_eq!(book(&mut ring, 1, |_| true), [1]);
}

#[test]
fn the_last_taker_takes_again_when_nobody_else_can() {
    let turn = five(Some(3)).turn(|agent| *agent == 3).expect("a turn");
    assert_eq!((turn.agent, turn.skipped), (3, vec![4, 5, 1, 2]));
}

#[test]
fn nobody_free_is_nobodys_turn() {
    assert_eq!(five(Some(3)).turn(|_| false), None);
    assert_eq!(Ring::<Agent>::new(Vec::new(), None).turn(|_| true), None);
}

#[test]
fn who_takes_no_part_is_not_asked_and_keeps_the_seat() {
    let mut resting = seats(&[1, 2, 3, 4, 5]);
    resting[3].active = false;
    let turn = Ring::new(resting.clone(), Some(2))
        .turn(|_| true)
        .expect("a turn");
    assert_eq!((turn.agent, turn.skipped), (5, vec![]));
    let on_the_resting = Ring::new(resting, Some(3));
    assert_eq!(
        on_the_resting.turn(|_| true).map(|turn| turn.agent),
        Some(5)
    );
    assert_eq!(five(Some(5)).turn(|_| true).map(|turn| turn.agent), Some(1));
}

#[test]
fn a_new_agent_sits_behind_the_others() {
    let ring = five(Some(5));
    let mut seats = ring.seats().to_vec();
    seats.push(Seat {
        position: ring.next_position(),
        agent: 6,
        active: true,
    });
    assert_eq!(
        book(&mut Ring::new(seats, ring.pointer()), 2, |_| true),
        [6, 1]
    );
}

#[test]
fn when_the_pointers_agent_leaves_the_next_stays_next() {
    let mut seats = seats(&[1, 2, 3, 4, 5]);
    seats.remove(2);
    assert_eq!(
        Ring::new(seats, Some(2))
            .turn(|_| true)
            .map(|turn| turn.agent),
        Some(4)
    );
}

#[test]
fn a_new_agent_behind_a_pointer_on_a_gap_at_the_end_is_next() {
    let mut four = seats(&[1, 2, 3, 4]);
    let position = Ring::new(four.clone(), Some(4)).next_position();
    four.push(Seat {
        position,
        agent: 6,
        active: true,
    });
    assert_eq!(
        Ring::new(four, Some(4))
            .turn(|_| true)
            .map(|turn| turn.agent),
        Some(6)
    );
}

#[test]
fn a_reordered_ring_goes_on_behind_the_last_taker() {
    let ring = five(Some(3)).reordered(&[5, 4, 3, 2, 1]);
    assert_eq!(ring.turn(|_| true).map(|turn| turn.agent), Some(2));
    let never_used = five(None).reordered(&[5, 4, 3, 2, 1]);
    assert_eq!(never_used.turn(|_| true).map(|turn| turn.agent), Some(5));
}

#[test]
fn reordering_round_a_gap_keeps_who_was_next() {
    let mut seats = seats(&[1, 2, 3, 4, 5]);
    seats.remove(2);
    let gap = Ring::new(seats, Some(2));
    assert_eq!(
        gap.reordered(&[5, 4, 2, 1])
            .turn(|_| true)
            .map(|turn| turn.agent),
        Some(4)
    );
    assert_eq!(
        gap.reordered(&[4, 5, 2, 1])
            .turn(|_| true)
            .map(|turn| turn.agent),
        Some(4)
    );
}

#[test]
fn ten_thousand_meetings_go_round_exactly() {
    let mut ring = Ring::new(seats(&[1, 2, 3, 4, 5, 6, 7]), None);
    let takers = book(&mut ring, 10_000, |_| true);
    let cyclic: Vec<Agent> = (0..10_000).map(|n| n % 7 + 1).collect();
    assert_eq!(takers, cyclic);
}

/// What can happen to a pool.
#[derive(Clone, Debug)]
enum Event {
    Book(u8),
    Switch(u32),
    Join,
    Leave(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => any::<u8>().prop_map(Event::Book),
        2 => (0..8_u32).prop_map(Event::Switch),
        1 => Just(Event::Join),
        1 => (0..8_usize).prop_map(Event::Leave),
    ]
}

proptest! {
    /// Against the rule read aloud: walk the positions upwards from the pointer, wrap, and take the first that can.
    #[test]
    fn every_assignment_is_the_one_the_rule_read_aloud_gives(events in prop::collection::vec(event(), 1..60)) {
        let mut table = seats(&[1, 2, 3]);
        let mut pointer: Option<u32> = None;
        let mut newest = 3;
        for event in events {
            let ring = Ring::new(table.clone(), pointer);
            match event {
                Event::Switch(agent) => for seat in &mut table {
                    seat.active ^= seat.agent == agent;
                },
                Event::Join => {
                    newest += 1;
                    table.push(Seat { position: ring.next_position(), agent: newest, active: true });
                }
                Event::Leave(at) => if at < table.len() { table.remove(at); },
                Event::Book(mask) => {
                    let free = |agent: &Agent| mask >> (agent % 8) & 1 == 1;
                    let last = table.iter().map(|seat| seat.position).max().unwrap_or(0);
                    let begin = pointer.map_or(0, |pointer| pointer + 1);
                    let walk = (begin..=last.max(begin)).chain(0..begin);
                    let expected = walk
                        .filter_map(|position| table.iter().find(|seat| seat.position == position))
                        .find(|seat| seat.active && free(&seat.agent));
                    let turn = ring.turn(free);
                    prop_assert_eq!(turn.as_ref().map(|turn| turn.agent), expected.map(|seat| seat.agent));
                    pointer = turn.map(|turn| turn.position).or(pointer);
                }
            }
        }
    }
}
