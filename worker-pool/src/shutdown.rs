//! The end of a pool: how it is asked for, and what it reports.

use crate::error::Panic;
use crate::task::{Claim, Detached};
use std::time::Duration;

/// How a pool ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Finish all that was accepted, and what those jobs submit in turn; then end the workers.
    Drain,
    /// Hand back what has not started, and do not wait for what has.
    Now,
    /// Drain for this long, then do as [`Now`](Self::Now).
    Within(Duration),
}

/// What a shutdown left behind.
#[derive(Debug, Default)]
#[non_exhaustive]
#[must_use = "it holds the jobs that were not started: dropping it drops them"]
pub struct Report {
    /// Jobs that returned a value since the pool was built; [`Pool::metrics`](crate::Pool::metrics) has the other
    /// numbers.
    pub completed: u64,
    /// Jobs that panicked.
    pub panicked: u64,
    /// Jobs that were cancelled before they started.
    pub cancelled: u64,
    /// Jobs that had not started, in the order in which they were submitted.
    pub unstarted: Vec<Unstarted>,
    /// Names of the workers that are still in the middle of a job; each ends after it.
    pub busy: Vec<String>,
    /// Jobs that are still in the hands of threads that joined, submitted or cancelled them.
    pub elsewhere: usize,
}

impl Report {
    /// Whether every accepted job has ended and every worker is gone.
    pub fn is_clean(&self) -> bool {
        self.unstarted.is_empty() && self.busy.is_empty() && self.elsewhere == 0
    }
}

/// A job that a shutdown handed back.
///
/// Its handle has been told [`JoinError::Dropped`](crate::JoinError::Dropped), so that nobody waits for a pool that is
/// gone; the job itself can still be run for what it does.
#[derive(Debug)]
#[must_use = "a job that is not run is dropped"]
pub struct Unstarted(Detached);

impl Unstarted {
    pub(crate) fn new(claim: Claim) -> Self {
        Self(claim.detach())
    }

    /// Runs the job on this thread and drops its value.
    ///
    /// # Errors
    ///
    /// The job's panic.
    pub fn run(self) -> Result<(), Panic> {
        self.0.run()
    }
}
