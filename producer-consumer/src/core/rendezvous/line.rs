//! A line of those who wait on one side, and how far it has been served.

use super::sleeper::Sleeper;
use common::sync::atomic::{AtomicU64, Ordering};
use std::collections::VecDeque;

/// So many places have room at least, before memory is given back.
const KEPT: usize = 64;

/// A place's number; the places of a line have ascending ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

impl Ticket {
    /// Beyond all that are ever given out.
    const LAST: Self = Self(u64::MAX);
}

/// Places in the order in which they were taken, each with what its owner brought.
pub(super) struct Line<V> {
    places: VecDeque<Place<V>>,
    next: Ticket,
}

struct Place<V> {
    ticket: Ticket,
    value: V,
    sleeper: Option<Sleeper>,
}

impl<V> Line<V> {
    pub(super) fn new() -> Self {
        Self { places: VecDeque::new(), next: Ticket(0) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The ticket of whoever is served next, or would be.
    pub(super) fn front(&self) -> Ticket {
        self.places.front().map_or(self.next, |place| place.ticket)
    }

    /// Takes a place at the end.
    pub(super) fn join(&mut self, value: V) -> Ticket {
        let ticket = self.next;
        self.next = Ticket(ticket.0 + 1);
        self.places.push_back(Place { ticket, value, sleeper: None });
        ticket
    }

    /// Takes the front place off the line.
    pub(super) fn serve(&mut self) -> Option<(Ticket, V, Option<Sleeper>)> {
        let Place { ticket, value, sleeper } = self.places.pop_front()?;
        self.shrink();
        Some((ticket, value, sleeper))
    }

    /// Takes the owner's own place off the line, unless it was served.
    pub(super) fn leave(&mut self, ticket: Ticket) -> Option<(V, Option<Sleeper>)> {
        let at = self.find(ticket)?;
        let Place { value, sleeper, .. } = self.places.remove(at)?;
        self.shrink();
        Some((value, sleeper))
    }

    /// Leaves a sleeper in the owner's place, and gives back the one that was there; or gives back this one, if the place
    /// was served.
    pub(super) fn settle(&mut self, ticket: Ticket, sleeper: Sleeper) -> Result<Option<Sleeper>, Sleeper> {
        match self.find(ticket) {
            Some(at) => Ok(self.places[at].sleeper.replace(sleeper)),
            None => Err(sleeper),
        }
    }

    /// Takes the sleepers out of their places.
    pub(super) fn sleepers(&mut self) -> impl Iterator<Item = Sleeper> {
        self.places.iter_mut().filter_map(|place| place.sleeper.take())
    }

    fn find(&self, ticket: Ticket) -> Option<usize> {
        self.places.binary_search_by_key(&ticket, |place| place.ticket).ok()
    }

    fn shrink(&mut self) {
        let needed = self.places.len().max(KEPT / 2) * 2;
        if self.places.capacity() > needed * 2 {
            self.places.shrink_to(needed);
        }
    }
}

/// How far a line has been served, for owners who look without the lock; written under it.
pub(super) struct Served(AtomicU64);

impl Served {
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Everybody before `front` who has not left was served.
    pub(super) fn set(&self, front: Ticket) {
        // ORDERING: Release, E1.
        self.0.store(front.0, Ordering::Release);
    }

    /// Nobody is served any more, and nobody waits.
    pub(super) fn close(&self) {
        self.set(Ticket::LAST);
    }

    /// Whether the owner of a place has to wait; if not, it was served or the line was closed.
    pub(super) fn has_to_wait(&self, ticket: Ticket) -> bool {
        self.front() <= ticket
    }

    /// Whether the owner of a place was served for certain.
    pub(super) fn has_served(&self, ticket: Ticket) -> bool {
        let front = self.front();
        front > ticket && front != Ticket::LAST
    }

    fn front(&self) -> Ticket {
        // ORDERING: Acquire, E1.
        Ticket(self.0.load(Ordering::Acquire))
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_served_from_the_front_past_those_who_left() {
        let (mut line, served) = (Line::new(), Served::new());
        let tickets = ['a', 'b', 'c'].map(|value| line.join(value));
        assert!(line.leave(tickets[1]).is_some_and(|(value, _)| value == 'b'));
        assert!(line.leave(tickets[1]).is_none());
        assert!(line.serve().is_some_and(|(ticket, value, _)| (ticket, value) == (tickets[0], 'a')));
        served.set(line.front());
        assert!(served.has_served(tickets[0]) && served.has_to_wait(tickets[2]));
        assert!(line.serve().is_some_and(|(_, value, _)| value == 'c'));
        served.set(line.front());
        assert!(served.has_served(tickets[2]) && line.is_empty());
        let late = line.join('d');
        served.close();
        assert!(!served.has_served(late) && !served.has_to_wait(late));
    }

    #[test]
    fn the_memory_of_a_long_line_is_given_back() {
        let mut line = Line::new();
        let tickets: Vec<_> = (0..10_000).map(|value| line.join(value)).collect();
        tickets.into_iter().for_each(|ticket| assert!(line.leave(ticket).is_some()));
        assert!(line.places.capacity() <= 4 * KEPT, "{}", line.places.capacity());
    }
}
