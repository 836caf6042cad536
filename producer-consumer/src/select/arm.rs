//! What a select is put together of: a list of operations in its type, so that it needs no memory and no indirect call.
//!
//! The operations are numbered in the order in which they were named. Those that are on have seats, in the same order.

use common::wait::WaitSet;
use std::ops::Range;

/// Operations whose handlers return an `R`; what [`Select`](super::Select) puts together, and nobody else.
pub trait Arms<'a, R>: Operations {
    /// What an operation that was done gives to its handler.
    #[doc(hidden)]
    type Given;

    /// How many there are.
    #[doc(hidden)]
    fn count(&self) -> usize;

    /// Where to wait for those that are on.
    #[doc(hidden)]
    fn sets(&self) -> impl Iterator<Item = &'a WaitSet>;

    /// The number of the chosen one's set among these.
    #[doc(hidden)]
    fn seat_of(&self, given: &Self::Given) -> usize;

    /// Tries those with these numbers until one of them has been done; those that are off are not.
    #[doc(hidden)]
    fn attempt(&mut self, numbers: Range<usize>) -> Option<Self::Given>;

    /// Tries all, from the one with that number on and around.
    #[doc(hidden)]
    #[inline]
    fn attempt_around(&mut self, start: usize) -> Option<Self::Given> {
        self.attempt(start..self.count()).or_else(|| self.attempt(0..start))
    }

    /// All that are on hear that they have to be waited for; once.
    #[doc(hidden)]
    fn begin_wait(&self);

    /// After a wait: tells the next in the chosen one's set what lies behind.
    #[doc(hidden)]
    fn pass_on(&self, given: &Self::Given);

    /// Runs the handler.
    #[doc(hidden)]
    fn finish(self, given: Self::Given) -> R;
}

/// Nobody else's.
pub trait Operations {}

/// No operation.
#[derive(Debug)]
pub struct Nothing;

/// Operations, and one more or several.
#[derive(Debug)]
pub struct And<A, B> {
    pub(super) before: A,
    pub(super) here: B,
}

/// Which of two it was.
#[derive(Debug)]
pub enum Either<A, B> {
    Before(A),
    Here(B),
}

impl Operations for Nothing {}

impl<'a, R> Arms<'a, R> for Nothing {
    type Given = std::convert::Infallible;

    #[inline]
    fn count(&self) -> usize {
        0
    }

    fn sets(&self) -> impl Iterator<Item = &'a WaitSet> {
        std::iter::empty()
    }

    fn seat_of(&self, given: &Self::Given) -> usize {
        match *given {}
    }

    #[inline]
    fn attempt(&mut self, _: Range<usize>) -> Option<Self::Given> {
        None
    }

    fn begin_wait(&self) {}

    fn pass_on(&self, given: &Self::Given) {
        match *given {}
    }

    #[inline]
    fn finish(self, given: Self::Given) -> R {
        match given {}
    }
}

impl<A, B> Operations for And<A, B> {}

impl<'a, R, A: Arms<'a, R>, B: Arms<'a, R>> Arms<'a, R> for And<A, B> {
    type Given = Either<A::Given, B::Given>;

    #[inline]
    fn count(&self) -> usize {
        self.before.count() + self.here.count()
    }

    fn sets(&self) -> impl Iterator<Item = &'a WaitSet> {
        self.before.sets().chain(self.here.sets())
    }

    fn seat_of(&self, given: &Self::Given) -> usize {
        match given {
            Either::Before(given) => self.before.seat_of(given),
            Either::Here(given) => self.before.sets().count() + self.here.seat_of(given),
        }
    }

    #[inline]
    fn attempt(&mut self, numbers: Range<usize>) -> Option<Self::Given> {
        let before = self.before.count();
        if numbers.start < before
            && let Some(given) = self.before.attempt(numbers.start..numbers.end.min(before))
        {
            return Some(Either::Before(given));
        }
        if numbers.end <= before {
            return None;
        }
        self.here.attempt(numbers.start.saturating_sub(before)..numbers.end - before).map(Either::Here)
    }

    #[inline]
    fn attempt_around(&mut self, start: usize) -> Option<Self::Given> {
        if self.before.count() == 0 {
            return self.here.attempt_around(start).map(Either::Here);
        }
        self.attempt(start..self.count()).or_else(|| self.attempt(0..start))
    }

    fn begin_wait(&self) {
        self.before.begin_wait();
        self.here.begin_wait();
    }

    fn pass_on(&self, given: &Self::Given) {
        match given {
            Either::Before(given) => self.before.pass_on(given),
            Either::Here(given) => self.here.pass_on(given),
        }
    }

    #[inline]
    fn finish(self, given: Self::Given) -> R {
        match given {
            Either::Before(given) => self.before.finish(given),
            Either::Here(given) => self.here.finish(given),
        }
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use crate::{Receiver, Select, Sender, bounded};
    use std::ptr;

    type Sets = Vec<*const WaitSet>;

    /// What is done first of all that is ready, from `start` on: its name, and where it says that it has waited.
    fn chosen<'a, A: Arms<'a, &'static str>>(
        mut select: Select<'a, &'static str, A>,
        start: usize,
    ) -> Option<(&'static str, *const WaitSet)> {
        let sets: Sets = select.arms.sets().map(ptr::from_ref).collect();
        let given = select.arms.attempt_around(start)?;
        let set = sets[select.arms.seat_of(&given)];
        Some((select.arms.finish(given), set))
    }

    #[test]
    fn operations_are_numbered_with_those_that_are_off_and_have_seats_without() {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..4).map(|_| bounded(8)).unzip();
        let all = |mut value: Option<u32>, start| {
            let mut none = None;
            let some = [Some(&receivers[1]), None, Some(&receivers[2])];
            let select = Select::new()
                .recv(None::<&Receiver<u32>>, |_| "off")
                .recv(&receivers[0], |_| "one")
                .recv_any(some, |at, _| ["any 0", "any 1", "any 2"][at])
                .send(None::<&Sender<u32>>, &mut none, |_| "off")
                .send(&senders[3], &mut value, |_| "send");
            assert_eq!(select.arms.count(), 7);
            chosen(select, start)
        };
        assert_eq!(all(None, 0), None);
        senders[..3].iter().for_each(|sender| sender.send(0).unwrap());
        let of = |at: usize| ptr::from_ref(receivers[at].flavor().not_empty());
        let room = ptr::from_ref(senders[3].flavor().not_full());
        for (start, expected) in [(2, ("any 0", of(1))), (6, ("send", room)), (3, ("any 2", of(2)))] {
            assert_eq!(all(Some(1), start), Some(expected), "from {start}");
        }
        assert_eq!(all(None, 5), Some(("one", of(0))), "around");
        assert_eq!(all(None, 0), None);
    }
}
