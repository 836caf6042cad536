//! What a pool counts.

use common::sync::atomic::{AtomicU64, Ordering};

/// A pool's numbers at one moment.
///
/// A job is counted as ended before its handle shows the result, and as running until after that: so a handle that was
/// joined is counted, and a pool that is idle adds up. In between, one job can be in both columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// Worker threads the pool was built with.
    pub workers: usize,
    /// Jobs that were accepted and not started.
    pub queued: usize,
    /// The most that `queued` has been.
    pub peak_queued: usize,
    /// Jobs that are running, on workers or on those who join them.
    pub running: usize,
    /// Jobs that returned a value.
    pub completed: u64,
    /// Jobs that panicked.
    pub panicked: u64,
    /// Jobs that were cancelled before they started.
    pub cancelled: u64,
    /// Jobs that a full queue dropped, old or new, as its policy says.
    pub dropped: u64,
    /// Jobs that a shutdown handed back unstarted.
    pub handed_back: u64,
    /// Submits that got their job back because the queue was full.
    pub rejected: u64,
    /// Jobs that ran on the thread that joined them.
    pub inlined: u64,
    /// Jobs that ran on the thread that submitted them ([`Full::CallerRuns`](crate::Full::CallerRuns)).
    pub caller_ran: u64,
    /// Times a worker went to sleep for lack of jobs.
    pub parks: u64,
}

/// A count that many threads add to.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, amount: u64) {
        // ORDERING: Relaxed: a count publishes nothing; a joiner sees it by the edge that brings it the result.
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        // ORDERING: Relaxed, as in `add`.
        self.0.load(Ordering::Relaxed)
    }
}

/// The counts that are not kept under the queue's lock.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) completed: Count,
    pub(crate) panicked: Count,
    pub(crate) cancelled: Count,
    pub(crate) dropped: Count,
    pub(crate) handed_back: Count,
    pub(crate) rejected: Count,
    pub(crate) inlined: Count,
    pub(crate) caller_ran: Count,
}

impl Counters {
    pub(crate) fn snapshot(&self) -> Metrics {
        Metrics {
            completed: self.completed.get(),
            panicked: self.panicked.get(),
            cancelled: self.cancelled.get(),
            dropped: self.dropped.get(),
            handed_back: self.handed_back.get(),
            rejected: self.rejected.get(),
            inlined: self.inlined.get(),
            caller_ran: self.caller_ran.get(),
            ..Metrics::default()
        }
    }
}
