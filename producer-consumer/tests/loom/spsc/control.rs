//! Known-bad variants that the models have to be able to see fail.

use common::model::model;
use common::sync::atomic::{AtomicUsize, Ordering};
use common::sync::cell::UnsafeCell;

/// A ring of one slot that publishes as the shipped one does, but for the bug.
struct Bad {
    tail: AtomicUsize,
    end: AtomicUsize,
    slot: UnsafeCell<usize>,
    publish: Ordering,
}

// SAFETY: the tail says whose the slot is, or is the bug.
unsafe impl Sync for Bad {}

const OPEN: usize = usize::MAX;

impl Bad {
    fn new(publish: Ordering) -> Self {
        Self { tail: AtomicUsize::new(0), end: AtomicUsize::new(OPEN), slot: UnsafeCell::new(0), publish }
    }

    fn push(&self, value: usize) {
        // SAFETY: it is free, and nobody reads it before the tail says so.
        self.slot.with_mut(|slot| unsafe { *slot = value });
        self.tail.store(1, self.publish);
    }

    fn pop(&self) -> Option<usize> {
        // ORDERING: Acquire, with the store in `push`.
        let is_there = self.tail.load(Ordering::Acquire) == 1;
        // SAFETY: it is there, and was written before.
        is_there.then(|| self.slot.with(|slot| unsafe { *slot }))
    }
}

#[test]
fn control_a_tail_that_publishes_nothing_races() {
    model("spsc/control_tail").must_fail_in_weak_memory("Causality violation", |seen| {
        // ORDERING: Relaxed is the bug.
        let ring = Bad::new(Ordering::Relaxed);
        let ((), got) = seen.race((|| ring.push(7), || ring.pop()));
        assert!(got.is_none_or(|got| got == 7));
    });
}

/// The close without its barriers: the sender looks at the end before its message is to be seen, and the receiver at the
/// tail before its close is.
#[test]
fn control_a_close_without_a_barrier_loses_an_accepted_message() {
    model("spsc/control_close").must_fail_in_weak_memory("accepted and lost", |seen| {
        let ring = Bad::new(Ordering::Release);
        let send = || {
            ring.push(7);
            // ORDERING: Acquire, and no barrier before it, which is the bug.
            ring.end.load(Ordering::Acquire) == OPEN
        };
        let close = || {
            // ORDERING: Release, and no barrier after it, which is the bug.
            ring.end.store(0, Ordering::Release);
            ring.pop()
        };
        let (is_accepted, got) = seen.race((send, close));
        assert!(!is_accepted || got == Some(7), "accepted and lost");
    });
}

/// The producer looks at the end before it publishes instead of after.
#[test]
fn control_a_look_before_the_publication_loses_an_accepted_message() {
    model("spsc/control_look").must_fail("accepted and lost", |seen| {
        let ring = Bad::new(Ordering::Release);
        let send = || {
            // ORDERING: Acquire, and it is too early, which is the bug.
            let is_open = ring.end.load(Ordering::Acquire) == OPEN;
            if is_open {
                ring.push(7);
            }
            is_open
        };
        let close = || {
            // ORDERING: Release, as the shipped close.
            ring.end.store(0, Ordering::Release);
            ring.pop()
        };
        let (is_accepted, got) = seen.race((send, close));
        assert!(!is_accepted || got == Some(7), "accepted and lost");
    });
}
