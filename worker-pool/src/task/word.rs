//! The task's word: each transition is one read-modify-write, and its answer names the caller's duty.

use common::sync::atomic::{AtomicU32, Ordering};

const CLAIMED: u32 = 1 << 0;
const FINISHED: u32 = 1 << 1;
const WAITING: u32 = 1 << 2;
const ORPHANED: u32 = 1 << 3;

/// The word that `task`'s head describes.
#[derive(Debug)]
pub(super) struct Word(AtomicU32);

/// What the claimer found when it set FINISHED.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the waiter has to be woken, or the orphaned result dropped"]
pub(super) struct AtFinish {
    pub(super) waiting: bool,
    pub(super) orphaned: bool,
}

impl Word {
    pub(super) fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// The word of a task that never had a promise.
    pub(super) fn orphaned() -> Self {
        Self(AtomicU32::new(ORPHANED))
    }

    /// Sets CLAIMED; true for the one caller that set it.
    #[must_use = "whoever claims a task has to finish it"]
    pub(super) fn claim(&self) -> bool {
        // ORDERING: Relaxed: it decides who goes on and publishes nothing; the job came with the ticket or the promise.
        self.0.fetch_or(CLAIMED, Ordering::Relaxed) & CLAIMED == 0
    }

    pub(super) fn is_claimed(&self) -> bool {
        // ORDERING: Relaxed: CLAIMED is never cleared, and a stale answer only keeps a tombstone a little longer.
        self.0.load(Ordering::Relaxed) & CLAIMED != 0
    }

    /// Sets FINISHED.
    pub(super) fn finish(&self) -> AtFinish {
        // ORDERING: Release, E1, publishes the result; Acquire, E2, makes the waiter visible.
        let before = self.0.fetch_or(FINISHED, Ordering::AcqRel);
        assert_eq!(before & (CLAIMED | FINISHED), CLAIMED, "a task finishes once, and by its claimer");
        AtFinish { waiting: before & WAITING != 0, orphaned: before & ORPHANED != 0 }
    }

    /// Whether the result is there; if so, it is visible.
    pub(super) fn is_finished(&self) -> bool {
        // ORDERING: Acquire, E1.
        self.0.load(Ordering::Acquire) & FINISHED != 0
    }

    /// Sets WAITING; false if the task has finished, so that the waiter is the caller's still.
    #[must_use = "a refused waiter has to be taken back"]
    pub(super) fn register(&self) -> bool {
        // ORDERING: Release, E2, publishes the waiter. Who is refused looks at the result by `is_finished`.
        self.0.fetch_or(WAITING, Ordering::Release) & FINISHED == 0
    }

    /// Clears WAITING; false if the task has finished, so that the waiter is the claimer's.
    #[must_use = "a retracted waiter has to be taken back"]
    pub(super) fn retract(&self) -> bool {
        // ORDERING: Relaxed: the promise gets back what it wrote itself, and looks at a result by `is_finished`.
        self.0.fetch_and(!WAITING, Ordering::Relaxed) & FINISHED == 0
    }

    /// Sets ORPHANED; true if the task has finished, so that the result is the caller's to drop.
    #[must_use = "a result that is there has to be dropped"]
    pub(super) fn orphan(&self) -> bool {
        // ORDERING: Acquire, E1, for the result that the caller drops.
        self.0.fetch_or(ORPHANED, Ordering::Acquire) & FINISHED != 0
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_claimed_once() {
        let word = Word::new();
        assert!(!word.is_claimed());
        assert!(word.claim());
        assert!(!word.claim());
        assert!(word.is_claimed());
    }

    #[test]
    fn the_finisher_learns_who_waits_and_who_left() {
        let word = Word::new();
        assert!(word.claim() && word.register());
        assert_eq!(word.finish(), AtFinish { waiting: true, orphaned: false });
        assert!(!word.register(), "a finished task takes no waiter");
        assert!(!word.retract(), "the waiter of a finished task is the claimer's");

        let word = Word::orphaned();
        assert!(word.claim());
        assert_eq!(word.finish(), AtFinish { waiting: false, orphaned: true });
    }

    #[test]
    fn a_retracted_waiter_is_not_woken() {
        let word = Word::new();
        assert!(word.register() && word.retract() && word.claim());
        assert_eq!(word.finish(), AtFinish { waiting: false, orphaned: false });
        assert!(word.orphan(), "who leaves after the end drops the result");
    }
}
