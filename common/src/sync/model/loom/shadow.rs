//! The shadow of a location: what makes loom's search complete; `sync`'s head says why.

use loom::sync::atomic::{AtomicUsize, Ordering};
use std::mem::ManuallyDrop;

/// One location that all accesses of another have in common as writers.
///
/// loom takes the end of an atomic for a write; a shadow orders nothing, so its end is none.
#[derive(Debug, Default)]
pub(in crate::sync::model) struct Shadow(ManuallyDrop<AtomicUsize>);

impl Shadow {
    /// Before an access of the checker's: makes it depend on every other access of the location.
    pub(in crate::sync::model) fn touch(&self) {
        // ORDERING: Relaxed. The shadow exists to make accesses dependent for the search, never to order anything.
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// After a load of the checker's, as a part of it: makes it depend on the other loads of the location.
    pub(in crate::sync::model) fn follow(&self) {
        // No switch is tried in between, so the two are one step of the search.
        loom::stop_exploring();
        self.touch();
        loom::explore();
    }

    /// Before an access to plain memory: a switch point that depends on every other one of the location.
    pub(in crate::sync::model) fn switch(&self) {
        self.touch();
    }
}
