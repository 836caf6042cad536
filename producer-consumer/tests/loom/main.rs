//! The channel and the bell in every schedule: one source, run by loom and by shuttle.
#![cfg(any(loom, shuttle))]

mod array;
mod batch;
mod bell;
mod broadcast;
mod chain;
mod close;
mod closed;
mod control;
#[cfg(shuttle)]
mod crowd;
mod doorbell;
mod future;
mod lane;
mod order;
mod overflow;
mod permit;
mod rendezvous;
mod select;
mod spsc;
mod task;
mod timeout;
mod weight;

use std::time::{Duration, Instant};

/// A deadline that has passed: in a model, a time-out that fires at whatever moment the schedule says.
fn past() -> Instant {
    Instant::now()
}

/// A deadline that never passes: in a model, a wait for its notification only.
fn never() -> Instant {
    Instant::now() + Duration::from_secs(1 << 30)
}
