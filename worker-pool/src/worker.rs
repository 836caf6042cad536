//! Running jobs: the loop of a worker, and the two ways a job runs elsewhere.

use crate::context;
use crate::queue::Queue;
use crate::task::{Claim, Outcome};

/// Runs jobs until the queue says that it is time to leave.
pub(crate) fn work(queue: &Queue, index: usize) {
    let _mark = context::become_worker(queue.id(), index);
    while let Some(claim) = queue.next(index) {
        run(queue, claim);
    }
}

/// Runs a job on the thread that joins it; the claim came from the job's promise.
pub(crate) fn run_joined(queue: &Queue, claim: Claim) {
    queue.start_joined();
    queue.counters.inlined.add(1);
    run(queue, claim);
    queue.end();
}

/// Runs a job on the thread that submitted it; the queue has booked it.
pub(crate) fn run_unqueued(queue: &Queue, claim: Claim) {
    queue.counters.caller_ran.add(1);
    run(queue, claim);
    queue.end();
}

/// Runs a job and shows its result. Nothing foreign unwinds from here, so the bookings around it happen.
fn run(queue: &Queue, claim: Claim) {
    let _frame = context::enter(queue.id(), claim.id());
    let done = claim.run();
    // Counted before the result is shown: who has joined a job finds it counted.
    match done.outcome() {
        Outcome::Returned => queue.counters.completed.add(1),
        Outcome::Panicked => queue.counters.panicked.add(1),
    }
    drop(done);
}
