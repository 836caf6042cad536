//! A pool: what all of them can do, each as its users would have it done.

use anyhow::Result;
use barometer::{Outcome, Placement};
use std::collections::VecDeque;
use std::sync::{Arc, Barrier};

/// Workers of every pool.
pub(crate) const WORKERS: usize = 2;

/// A pool of [`WORKERS`] threads.
pub(crate) trait Pool: Sized + 'static {
    /// What a submitted job leaves behind.
    type Handle;

    /// A pool whose workers run where the calling thread does.
    fn build() -> Result<Self>;

    /// Runs a job; nobody waits for it.
    fn spawn(&self, job: impl FnOnce() + Send + 'static);

    /// Runs a job; its result is kept.
    fn submit(&self, job: impl FnOnce() -> u64 + Send + 'static) -> Self::Handle;

    /// The result of a job.
    fn join(&self, handle: Self::Handle) -> u64;

    /// The results of jobs, in their order.
    fn join_all(&self, handles: Vec<Self::Handle>) -> Outcome {
        handles.into_iter().map(|handle| self.join(handle)).collect()
    }

    /// The results of `work` on all numbers up to `items`, in their order, with `window` jobs on the way.
    fn map(&self, items: u64, window: usize, work: impl Fn(u64) -> u64 + Copy + Send + Sync + 'static) -> Outcome {
        let (mut outcome, mut flight) = (Outcome::default(), VecDeque::with_capacity(window));
        for item in 0..items {
            if flight.len() == window {
                outcome.add(self.join(flight.pop_front().expect("a window has room for one")));
            }
            flight.push_back(self.submit(move || work(item)));
        }
        flight.into_iter().for_each(|handle| outcome.add(self.join(handle)));
        outcome
    }
}

/// A pool whose workers have all begun, and run where a second thread belongs.
///
/// Some pools start a thread only when there is a job for it, and it inherits where it may run from the submitter.
pub(crate) fn started<P: Pool>(placement: Placement) -> Result<P> {
    placement.pin(1);
    let pool = P::build()?;
    let meeting = Arc::new(Barrier::new(WORKERS + 1));
    for _ in 0..WORKERS {
        let meeting = meeting.clone();
        pool.spawn(move || {
            meeting.wait();
        });
    }
    meeting.wait();
    placement.pin(0);
    Ok(pool)
}
