//! Whose turn it is: an ordered ring of seats, and a pointer to the seat that was served last.

/// A place in a ring. Positions are stable: a deleted seat leaves a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat<A> {
    /// Where it stands; unique in its ring, ascending round the table.
    pub position: u32,
    /// Who sits there.
    pub agent: A,
    /// Whether the agent takes part at present.
    pub active: bool,
}

/// The seats of a pool and the position of the one who took the last meeting through it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring<A> {
    seats: Vec<Seat<A>>,
    pointer: Option<u32>,
}

/// Who takes a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn<A> {
    /// The agent.
    pub agent: A,
    /// Where the pointer rests from now on.
    pub position: u32,
    /// Who takes part, was nearer, and could not. They are not owed a meeting.
    pub skipped: Vec<A>,
}

impl<A: Clone + PartialEq> Ring<A> {
    /// A ring of `seats` in any order; `pointer` may rest on a position that nobody has any more.
    #[must_use]
    pub fn new(mut seats: Vec<Seat<A>>, pointer: Option<u32>) -> Self {
        seats.sort_by_key(|seat| seat.position);
        Self { seats, pointer }
    }

    /// The seats in the order in which they would be asked now; the one served last comes last.
    pub fn order(&self) -> impl Iterator<Item = &Seat<A>> {
        let first = match self.pointer {
            None => 0,
            Some(pointer) => self.seats.partition_point(|seat| seat.position <= pointer),
        };
        let (served, waiting) = self.seats.split_at(first);
        waiting.iter().chain(served)
    }

    /// The first in order that takes part and for whom `bookable` holds; none when nobody can.
    /// `bookable` is asked once for each agent passed over and for nobody behind the one chosen.
    pub fn turn(&self, mut bookable: impl FnMut(&A) -> bool) -> Option<Turn<A>> {
        let mut skipped = Vec::new();
        for seat in self.order().filter(|seat| seat.active) {
            if bookable(&seat.agent) {
                return Some(Turn {
                    agent: seat.agent.clone(),
                    position: seat.position,
                    skipped,
                });
            }
            skipped.push(seat.agent.clone());
        }
        None
    }

    /// The position a new seat gets: behind all others, and behind the pointer when it rests on a gap there.
    #[must_use]
    pub fn next_position(&self) -> u32 {
        let last = self.seats.last().map(|seat| seat.position);
        last.max(self.pointer).map_or(0, |position| position + 1)
    }

    /// The same seats in another order, named by their agents; agents not named keep their order
    /// behind the others. The pointer goes with the agent it rests on; when it rests on a gap,
    /// whoever was next stays next.
    #[must_use]
    pub fn reordered(&self, agents: &[A]) -> Self {
        let rank = |seat: &Seat<A>| {
            let named = agents.iter().position(|agent| *agent == seat.agent);
            named.unwrap_or(agents.len())
        };
        let mut seats = self.seats.clone();
        seats.sort_by_key(rank);
        let holder = self.pointer.and_then(|pointer| {
            let seat = self.seats.iter().find(|seat| seat.position == pointer);
            seat.map(|seat| seat.agent.clone())
        });
        let next = self.order().next().map(|seat| seat.agent.clone());
        for (position, seat) in (0..).zip(&mut seats) {
            seat.position = position;
        }
        let place = |agent: &A| {
            seats
                .iter()
                .find(|seat| seat.agent == *agent)
                .map(|seat| seat.position)
        };
        let pointer = self.pointer.and(match &holder {
            Some(agent) => place(agent),
            None => next
                .as_ref()
                .and_then(place)
                .and_then(|position| position.checked_sub(1)),
        });
        Self { seats, pointer }
    }

    /// The seats by position.
    #[must_use]
    pub fn seats(&self) -> &[Seat<A>] {
        &self.seats
    }

    /// Where the pointer rests; nowhere before the first meeting.
    #[must_use]
    pub fn pointer(&self) -> Option<u32> {
        self.pointer
    }
}
