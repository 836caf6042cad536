//! A latch: closed at first, opened once, and everybody who waits goes through.
//!
//! A condition variable alone remembers nothing: whoever comes after the notification waits for ever. A latch is the
//! flag, the lock and the condition variable that belong together, with a fast path of one load.
//!
//! # Protocol
//!
//! Waiter: return if the flag is set; else take the lock and wait on the condition variable while the flag is clear.
//! Opener: set the flag under the lock, unlock, notify all.
//!
//! # Invariants
//!
//! - I1: the flag goes from clear to set once and never back.
//! - I2: the flag is set under the lock, so no waiter can test it, miss the notification and sleep.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | store in `open` | load in `is_open` | all that the opener did before |
//!
//! # Limits
//!
//! `is_open` and a wait on an open latch: one load. A latch is 16 bytes on x86-64.

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Condvar, Mutex};
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
    lock: Mutex<()>,
    opened: Condvar,
}

impl Latch {
    /// A closed latch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens the latch and wakes everybody who waits; opening it again does nothing.
    pub fn open(&self) {
        {
            let _guard = self.lock.lock();
            // ORDERING: Release, E1: pairs with the load in `is_open`, which a waiter may do without the lock.
            self.flag.store(true, Ordering::Release);
        }
        self.opened.notify_all();
    }

    /// Whether the latch is open; if so, all that its opener did before is visible.
    pub fn is_open(&self) -> bool {
        // ORDERING: Acquire, E1: pairs with the store in `open`.
        self.flag.load(Ordering::Acquire)
    }

    /// Blocks until the latch is open.
    pub fn wait(&self) {
        if self.is_open() {
            return;
        }
        let mut guard = self.lock.lock();
        while !self.is_open() {
            self.opened.wait(&mut guard);
        }
    }

    /// Blocks until the latch is open or `deadline` has passed; false if it is still closed.
    pub fn wait_deadline(&self, deadline: Instant) -> bool {
        if self.is_open() {
            return true;
        }
        let mut guard = self.lock.lock();
        while !self.is_open() {
            if self.opened.wait_until(&mut guard, deadline).timed_out() {
                return self.is_open();
            }
        }
        true
    }
}
