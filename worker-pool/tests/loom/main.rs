//! The task's word and small pools in every schedule: one source, run by loom and by shuttle.
#![cfg(any(loom, shuttle))]

#[cfg(shuttle)]
mod crowd;
mod pool;
mod shutdown;
mod task;

use std::time::Instant;

/// A deadline that has passed: in a model, a time-out that fires at whatever moment the schedule says.
fn past() -> Instant {
    Instant::now()
}
