//! The primitives in every schedule.
#![cfg(loom)]

mod harness;
mod history;
mod latch;
mod lifecycle;
mod park;
mod shadow;
mod slot;

use std::time::Instant;

/// A deadline that has passed: in a model, a time-out that fires at whatever moment the schedule says.
fn past() -> Instant {
    Instant::now()
}
