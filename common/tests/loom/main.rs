//! The primitives in every schedule: one source, run by loom and by shuttle.
#![cfg(any(loom, shuttle))]

mod contract;
mod door;
mod harness;
mod heap;
mod history;
mod latch;
mod lifecycle;
mod park;
mod ring;
mod semaphore;
#[cfg(loom)]
mod shadow;
mod slot;
mod wait;

use std::time::Instant;

/// A deadline that has passed: in a model, a time-out that fires at whatever moment the schedule says.
fn past() -> Instant {
    Instant::now()
}
