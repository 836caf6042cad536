//! The protocols in every schedule: one source, run by loom and by shuttle.
#![cfg(any(loom, shuttle))]

mod bell;
mod crew;
#[cfg(shuttle)]
mod crowd;
mod handle;
mod notify;
mod promotion;
mod task;
mod watched;

use std::time::{Duration, Instant};

/// A deadline that has passed: in a model, a time-out that fires at whatever moment the schedule says.
fn past() -> Instant {
    Instant::now()
}

/// A deadline that never comes, in a model and outside.
fn far() -> Instant {
    Instant::now() + Duration::from_secs(1 << 20)
}
