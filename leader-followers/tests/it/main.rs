//! Leaders and followers on real threads and real sockets.
#![cfg(not(any(loom, shuttle)))]

mod crew;
mod promotion;
#[cfg(feature = "net")]
mod reactor;
#[cfg(feature = "http")]
mod server;
mod task;

use std::time::{Duration, Instant};

/// A deadline that only a broken build reaches.
fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// A deadline that has passed.
fn past() -> Instant {
    Instant::now()
}
