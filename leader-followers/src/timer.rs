//! Deadlines: one a handle, moved for nothing, fired by whoever leads.
//!
//! A server moves a deadline with every request and almost none ever passes. So moving one later writes a field and
//! tells nobody: the entry that is already in the leader's heap fires early, sees the later deadline and goes back in.
//! Only a deadline that comes before that entry is posted to the leader. Ancestor: the lazy timers of nginx and of
//! Linux.
//!
//! # Invariants
//!
//! - I1: if a deadline is set, then an entry that is due no later is in the heap or on its way to it.
//! - I2: of several entries of one handle only the one that `armed` names counts.
//! - I3: an entry of an earlier generation does nothing.
//!
//! # Limits
//!
//! The kernel's wait is rounded up to a millisecond. A handle has one live entry, and a new one is made only by a
//! deadline earlier than that. Stale ones leave the heap when their time comes, or all at once when there are more than
//! two a handle and [`SLACK`], so that handles that come and go with far deadlines don't fill the memory.

use crate::slab::Token;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// Entries beyond two a handle that are not worth a sweep.
const SLACK: usize = 256;

/// The leader's heap.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, Token)>>,
}

impl Timers {
    pub(crate) fn insert(&mut self, at: Instant, token: Token) {
        self.heap.push(Reverse((at, token)));
    }

    /// Drops the entries that don't count once there are too many for `handles`, each of which has one that does.
    ///
    /// Half of them go, or nearly, so the cost of a sweep is shared by as many inserts.
    pub(crate) fn sweep(&mut self, handles: usize, counts: impl Fn(Instant, Token) -> bool) {
        if self.heap.len() > 2 * handles + SLACK {
            self.heap.retain(|Reverse((at, token))| counts(*at, *token));
        }
    }

    /// When the first entry is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes the first entry if it is due.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<(Instant, Token)> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| entry)
    }
}

/// One handle's deadline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Timing {
    generation: u32,
    deadline: Option<Instant>,
    /// When the entry that counts is due.
    armed: Option<Instant>,
}

/// What an entry that came due has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an entry that fired early goes back into the heap"]
pub(crate) enum Fired {
    /// The deadline has passed.
    Due,
    /// The deadline was moved to then.
    Later(Instant),
    /// Nothing.
    Stale,
}

impl Timing {
    pub(crate) fn new(generation: u32) -> Self {
        Self { generation, deadline: None, armed: None }
    }

    /// Sets or clears the deadline; returns when a new entry has to fire, if one is needed.
    #[must_use = "a new entry has to reach the leader"]
    pub(crate) fn set(&mut self, deadline: Option<Instant>) -> Option<Instant> {
        self.deadline = deadline;
        let at = deadline?;
        if self.armed.is_some_and(|armed| armed <= at) {
            return None;
        }
        self.armed = Some(at);
        Some(at)
    }

    /// Whether the entry made for `at` is the one that counts.
    pub(crate) fn is_armed(&self, generation: u32, at: Instant) -> bool {
        self.generation == generation && self.armed == Some(at)
    }

    /// The entry made for `at` came due.
    pub(crate) fn fire(&mut self, generation: u32, at: Instant, now: Instant) -> Fired {
        if !self.is_armed(generation, at) {
            return Fired::Stale;
        }
        self.armed = None;
        match self.deadline {
            None => Fired::Stale,
            Some(deadline) if deadline <= now => Fired::Due,
            Some(deadline) => {
                self.armed = Some(deadline);
                Fired::Later(deadline)
            }
        }
    }

    /// Clears the deadline if it has passed: true for whoever has to act on it.
    pub(crate) fn take_due(&mut self, now: Instant) -> bool {
        let due = self.deadline.is_some_and(|deadline| deadline <= now);
        if due {
            self.deadline = None;
        }
        due
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_deadline_that_moves_later_needs_no_new_entry() {
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        let mut timing = Timing::new(3);
        assert_eq!(timing.set(Some(after(10))), Some(after(10)));
        assert_eq!(timing.set(Some(after(60))), None);
        assert_eq!(timing.fire(3, after(10), after(10)), Fired::Later(after(60)));
        assert_eq!(timing.set(Some(after(20))), Some(after(20)));
        assert_eq!(timing.fire(3, after(60), after(60)), Fired::Stale, "only the armed entry counts");
        assert_eq!(timing.fire(2, after(20), after(20)), Fired::Stale, "another generation's entry");
        assert_eq!(timing.fire(3, after(20), after(20)), Fired::Due);
        assert!(timing.take_due(after(20)));
        assert!(!timing.take_due(after(20)), "a deadline passes once");
    }

    #[test]
    fn a_cleared_deadline_does_not_fire() {
        let now = Instant::now();
        let mut timing = Timing::new(0);
        assert_eq!(timing.set(Some(now)), Some(now));
        assert_eq!(timing.set(None), None);
        assert_eq!(timing.fire(0, now, now), Fired::Stale);
        assert_eq!(timing.set(Some(now)), Some(now), "after that an entry is needed again");
    }

    #[test]
    fn stale_entries_are_swept_before_they_pile_up() {
        const GENERATIONS: u32 = if cfg!(miri) { 500 } else { 10_000 };
        let (mut timers, mut timing) = (Timers::default(), Timing::default());
        let far = Instant::now() + Duration::from_secs(1 << 30);
        for generation in 0..GENERATIONS {
            timing = Timing::new(generation);
            let at = timing.set(Some(far)).expect("the first deadline of a handle needs an entry");
            timers.insert(at, Token { index: 0, generation });
            timers.sweep(1, |at, token| timing.is_armed(token.generation, at));
            assert!(timers.heap.len() <= SLACK + 2, "{} entries for one handle", timers.heap.len());
        }
        timers.sweep(0, |at, token| timing.is_armed(token.generation, at));
        let last = timers.heap.into_iter().map(|Reverse((_, token))| token.generation).max();
        assert_eq!(last, Some(GENERATIONS - 1), "the one that counts is kept");
    }

    #[test]
    fn the_heap_gives_entries_in_order_and_only_when_due() {
        let now = Instant::now();
        let mut timers = Timers::default();
        let later = now + Duration::from_secs(1);
        timers.insert(later, Token { index: 1, generation: 0 });
        timers.insert(now, Token { index: 2, generation: 0 });
        assert_eq!(timers.next(), Some(now));
        assert_eq!(timers.pop_due(now).map(|(_, token)| token.index), Some(2));
        assert_eq!(timers.pop_due(now), None);
        assert_eq!(timers.pop_due(later).map(|(_, token)| token.index), Some(1));
    }
}
