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
#[cfg(loom)]
mod search;
mod semaphore;
#[cfg(loom)]
mod shadow;
mod slot;
mod turn;
mod wait;

use std::sync::Arc;
// No atomic of the model: to count is no step.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;
use std::time::Instant;

/// A deadline that has passed: in a model, a time-out that fires at whatever moment the schedule says.
fn past() -> Instant {
    Instant::now()
}

/// Counts how often it was rung.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Bell {
    fn rung(&self) -> usize {
        // ORDERING: Relaxed: a count.
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        // ORDERING: Relaxed, as above.
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
