//! Those who wait for the end of a channel, and for nothing else: in the set of those who wait for room they would take wakes
//! that they have no use for.
//!
//! A set is 48 bytes, and few channels need this one, so it is made by the first who waits.
//!
//! # Protocol
//!
//! Who waits takes the set, or makes one and exchanges it for null; who loses that exchange takes the winner's. Then it waits
//! there for the channel to be closed. Who closes does so, fences, and looks whether there is a set; if so, it tells all of it.
//!
//! # Invariants
//!
//! - F1: a set that is there stays until the channel is freed.
//! - F2: a close is seen by the attempt of everybody who waits, or its closer sees the set.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | exchange for null | load of the set, a failed exchange | what it was made of |
//! | E2 | the set's SeqCst fence between link and attempt | SeqCst fence between close and look | F2 |

use common::sync::atomic::{AtomicPtr, Ordering, fence};
use common::wait::WaitSet;
use std::ptr;

/// The set, or null.
pub(crate) struct Ended(AtomicPtr<WaitSet>);

impl Ended {
    pub(crate) fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// Those who wait, for one more.
    pub(crate) fn set(&self) -> &WaitSet {
        self.look().unwrap_or_else(|| self.make())
    }

    /// Tells all who wait, after a close.
    pub(crate) fn tell(&self) {
        // ORDERING: SeqCst, E2.
        fence(Ordering::SeqCst);
        if let Some(set) = self.look() {
            set.notify_all();
        }
    }

    fn look(&self) -> Option<&WaitSet> {
        // ORDERING: Acquire, E1.
        let set = self.0.load(Ordering::Acquire);
        // SAFETY: F1, and E1 has made it visible.
        unsafe { set.as_ref() }
    }

    #[cold]
    fn make(&self) -> &WaitSet {
        let made = Box::into_raw(Box::new(WaitSet::new()));
        // ORDERING: Release on success, E1; Acquire on failure, E1.
        match self.0.compare_exchange(ptr::null_mut(), made, Ordering::Release, Ordering::Acquire) {
            // SAFETY: F1.
            Ok(_) => unsafe { &*made },
            Err(others) => {
                // SAFETY: nobody else has seen it.
                drop(unsafe { Box::from_raw(made) });
                // SAFETY: F1, and E1 has made it visible.
                unsafe { &*others }
            }
        }
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        // ORDERING: Relaxed: whoever drops the channel has it alone.
        let set = self.0.load(Ordering::Relaxed);
        if !set.is_null() {
            // SAFETY: F1: it was made by `make`, and is freed here only.
            drop(unsafe { Box::from_raw(set) });
        }
    }
}
