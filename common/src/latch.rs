//! A latch: closed at first, opened once, and everybody who waits goes through.
//!
//! A condition variable alone remembers nothing: whoever comes after the notification waits for ever. A latch is a flag
//! and a [`WaitSet`] that belong together, with a fast path of one load.
//!
//! # Protocol
//!
//! Waiter: wait in the set until the flag is set. Opener: set the flag, then notify all.
//!
//! # Invariants
//!
//! - I1: the flag goes from clear to set once and never back.
//! - I2: the flag is set before the set is notified, so whoever waits is told or sees it (I1 of [`wait`](crate::wait)).
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | store in `open` | load in `is_open` | all that the opener did before |
//!
//! # Limits
//!
//! `is_open` and a wait on an open latch: one load. A latch is 56 bytes on x86-64.

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::wait::WaitSet;
use std::time::Instant;

/// A gate that opens once.
///
/// ```
/// use common::latch::Latch;
///
/// let latch = Latch::new();
/// std::thread::scope(|scope| {
///     scope.spawn(|| latch.wait());
///     scope.spawn(|| latch.wait());
///     latch.open();
/// });
/// assert!(latch.is_open());
/// ```
#[derive(Debug, Default)]
pub struct Latch {
    flag: AtomicBool,
    waiting: WaitSet,
}

impl Latch {
    /// A closed latch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens the latch and wakes everybody who waits; opening it again does nothing.
    pub fn open(&self) {
        // ORDERING: Release, E1.
        self.flag.store(true, Ordering::Release);
        self.waiting.notify_all();
    }

    /// Whether the latch is open; if so, all that its opener did before is visible.
    #[inline]
    pub fn is_open(&self) -> bool {
        // ORDERING: Acquire, E1: pairs with the store in `open`.
        self.flag.load(Ordering::Acquire)
    }

    /// Blocks until the latch is open.
    #[inline]
    pub fn wait(&self) {
        if self.is_open() {
            return;
        }
        self.waiting.wait(|| self.is_open().then_some(()));
    }

    /// Blocks until the latch is open or `deadline` has passed; false if it is still closed.
    pub fn wait_deadline(&self, deadline: Instant) -> bool {
        self.waiting.wait_deadline(deadline, || self.is_open().then_some(())).is_some()
    }

    /// [`wait`](Self::wait) as a future, which can be dropped at any time.
    pub fn wait_async(&self) -> impl Future<Output = ()> {
        self.waiting.wait_async(|| self.is_open().then_some(()))
    }
}
