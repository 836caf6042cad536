//! The channel on real threads, and the job queue on real files and processes.
#![cfg(not(any(loom, shuttle)))]

mod broadcast;
mod close;
mod closed;
mod doorbell;
mod future;
mod history;
#[cfg(feature = "jobs")]
mod jobs;
mod lane;
mod many;
mod overflow;
mod permit;
mod rendezvous;
mod select;
mod send;
mod send_many;
mod spsc;
mod stats;
#[cfg(feature = "futures")]
mod stream;
mod task;
mod weak;
mod weight;

use std::time::{Duration, Instant};
use task::{Count, Trap, block_on};

/// A deadline that only a broken build reaches.
fn soon() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

/// A deadline that has passed.
fn past() -> Instant {
    Instant::now()
}
