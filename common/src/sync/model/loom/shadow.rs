//! The shadow of a location: what makes loom's search complete; `sync`'s head says why.

use loom::sync::atomic::{AtomicUsize, Ordering};

/// One location that all accesses of another have in common as writers.
#[derive(Debug, Default)]
pub(in crate::sync::model) struct Shadow(AtomicUsize);

impl Shadow {
    /// Before an access of the checker's: makes it depend on every other access of the location.
    pub(in crate::sync::model) fn touch(&self) {
        // ORDERING: Relaxed. The shadow exists to make accesses dependent for the search, never to order anything.
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Before plain memory is written that a later [`take_over`](Self::take_over) reads.
    pub(in crate::sync::model) fn hand_over(&self) {
        // ORDERING: Release: pairs with the one in `take_over`; publishes the objects of loom's that are handed over.
        self.0.fetch_add(1, Ordering::Release);
    }

    /// Before plain memory is read that a [`hand_over`](Self::hand_over) came before.
    pub(in crate::sync::model) fn take_over(&self) {
        // ORDERING: Acquire: pairs with the one in `hand_over`.
        self.0.fetch_add(1, Ordering::Acquire);
    }

    /// Before an access to plain memory: a switch point that depends on every other one of the location.
    pub(in crate::sync::model) fn switch(&self) {
        self.touch();
    }
}
