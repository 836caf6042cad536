//! The primitives on real threads.
#![cfg(not(any(loom, shuttle)))]

mod contract;
#[cfg(feature = "history")]
mod history;
mod latch;
mod lifecycle;
mod park;
mod semaphore;
mod slot;
mod wait;

use std::time::{Duration, Instant};

/// A deadline that only a broken build reaches.
fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// A deadline that has passed.
fn past() -> Instant {
    Instant::now()
}
