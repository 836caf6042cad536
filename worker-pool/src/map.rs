//! Results in order: a window of jobs in flight, read from its oldest end.

use crate::error::JoinError;
use crate::join::JoinHandle;
use crate::pool::Pool;
use crate::queue::OnFull;
use common::sync::Arc;
use std::collections::VecDeque;
use std::fmt;
use std::iter::{Fuse, FusedIterator};

/// Jobs in flight for each worker, unless set.
const WINDOW_PER_WORKER: usize = 4;

/// The results of [`Pool::map`], in the order of the items.
///
/// At most a window of items is alive between being taken from the source and being returned: four for each worker
/// unless [`window`](Self::window) is set. Items are taken while the results are being read, and a full queue is waited
/// for, whatever the pool's [`Full`](crate::Full) is. Inside a job, where nothing waits for room, the window goes
/// beyond it.
///
/// A result is an error if its job panicked, and [`JoinError::Dropped`] for each item that was not accepted or was
/// given up: the pool is shut down, or holds all the jobs from inside that it may, or made room for others. Dropping
/// the iterator cancels the jobs that have not started.
#[must_use = "items are taken while the results are being read"]
pub struct Map<'p, I, F, T> {
    pool: &'p Pool,
    items: Fuse<I>,
    job: Arc<F>,
    window: usize,
    /// `None` for an item that the pool did not accept.
    flight: VecDeque<Option<JoinHandle<T>>>,
}

impl<'p, I, F, T> Map<'p, I, F, T>
where
    I: Iterator,
    T: Send + 'static,
{
    pub(crate) fn new(pool: &'p Pool, items: I, job: F) -> Self {
        let window = WINDOW_PER_WORKER * pool.metrics().workers;
        Self { pool, items: items.fuse(), job: Arc::new(job), window, flight: VecDeque::new() }
    }

    /// Keeps at most `jobs` items in flight.
    ///
    /// # Panics
    ///
    /// Panics if `jobs` is 0.
    pub fn window(mut self, jobs: usize) -> Self {
        assert!(jobs > 0, "a window has room for at least one job");
        self.window = jobs;
        self
    }
}

impl<I, F, T> Iterator for Map<'_, I, F, T>
where
    I: Iterator,
    I::Item: Send + 'static,
    F: Fn(I::Item) -> T + Send + Sync + 'static,
    T: Send + 'static,
{
    type Item = Result<T, JoinError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.flight.len() < self.window
            && let Some(item) = self.items.next()
        {
            let job = self.job.clone();
            self.flight.push_back(self.pool.submit_as(move || job(item), OnFull::Wait(None)).ok());
        }
        let oldest = self.flight.pop_front()?;
        Some(oldest.map_or(Err(JoinError::Dropped), JoinHandle::join))
    }
}

impl<I, F, T> FusedIterator for Map<'_, I, F, T>
where
    I: Iterator,
    I::Item: Send + 'static,
    F: Fn(I::Item) -> T + Send + Sync + 'static,
    T: Send + 'static,
{
}

impl<I, F, T> Drop for Map<'_, I, F, T> {
    fn drop(&mut self) {
        for handle in self.flight.iter().flatten() {
            handle.cancel();
        }
    }
}

impl<I, F, T> fmt::Debug for Map<'_, I, F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map")
            .field("window", &self.window)
            .field("in_flight", &self.flight.len())
            .finish_non_exhaustive()
    }
}
