//! The task's word and small pools in every schedule: one source, run by loom and by shuttle.
#![cfg(any(loom, shuttle))]

#[cfg(shuttle)]
mod crowd;
mod pool;
mod shutdown;
mod task;

use common::latch::Latch;
use common::model::Seen;
use std::time::Instant;

/// A deadline that has passed: in a model, a time-out that fires at whatever moment the schedule says.
fn past() -> Instant {
    Instant::now()
}

/// [`Seen::race`] of two roles of which one may end a pool.
///
/// Under shuttle neither of them ends before both have done their part: when the last thread of its scope ends, shuttle
/// wakes the scope's owner out of whatever join it is in, and here that may be the join of a pool's workers.
fn race_to_end<A: Send, B: Send>(
    seen: &Seen,
    first: impl FnOnce() -> A + Send,
    last: impl FnOnce() -> B + Send,
) -> (A, B) {
    if cfg!(not(shuttle)) {
        return seen.race((first, last));
    }
    let done = [Latch::new(), Latch::new()];
    let first = || {
        let output = first();
        done[0].open();
        done[1].wait();
        output
    };
    let last = || {
        let output = last();
        done[1].open();
        done[0].wait();
        output
    };
    seen.race((first, last))
}
