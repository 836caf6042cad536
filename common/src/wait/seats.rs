//! Seats in several sets, within the waiter while they are few.

use super::waiter::Seat;
use std::array;
use std::fmt;

/// The seats of [`Waiter::few`](super::Waiter::few): up to `N` are a part of the waiter.
pub struct Seats<W, const N: usize>(Place<W, N>);

enum Place<W, const N: usize> {
    /// So many of them; the others are never linked.
    Within([Seat<W>; N], usize),
    Heap(Box<[Seat<W>]>),
}

impl<W: Clone, const N: usize> Seats<W, N> {
    pub(super) fn new(sets: impl IntoIterator<Item = W>) -> Self {
        let mut sets = sets.into_iter().fuse().peekable();
        let Some(spare) = sets.peek().cloned() else {
            return Self(Place::Heap(Box::default()));
        };
        let mut count = 0;
        let within = array::from_fn(|_| {
            let set = sets.next();
            count += usize::from(set.is_some());
            Seat::new(set.unwrap_or_else(|| spare.clone()))
        });
        Self(match sets.peek() {
            None => Place::Within(within, count),
            Some(_) => Place::Heap(within.into_iter().chain(sets.map(Seat::new)).collect()),
        })
    }
}

impl<W, const N: usize> AsRef<[Seat<W>]> for Seats<W, N> {
    fn as_ref(&self) -> &[Seat<W>] {
        match &self.0 {
            Place::Within(seats, count) => &seats[..*count],
            Place::Heap(seats) => seats,
        }
    }
}

impl<W, const N: usize> fmt::Debug for Seats<W, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seats").field("count", &self.as_ref().len()).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use crate::wait::WaitSet;

    #[test]
    fn there_are_as_many_seats_as_sets_and_few_are_within() {
        let set = WaitSet::new();
        for count in 0..5 {
            let seats = Seats::<_, 3>::new(std::iter::repeat_n(&set, count));
            assert_eq!(seats.as_ref().len(), count);
            assert_eq!(matches!(seats.0, Place::Within(..)), (1..=3).contains(&count));
        }
    }
}
