//! The pool: submitting and waiting.

mod end;

use crate::builder::{Builder, Full};
use crate::error::{SubmitError, SubmitErrorKind};
use crate::join::JoinHandle;
use crate::map::Map;
use crate::metrics::Metrics;
use crate::queue::{Offer, OnFull, Queue};
use crate::task::{self, Claim, Ticket};
use crate::worker;
use common::sync::{Arc, Mutex, thread};
use std::time::{Duration, Instant};

/// A fixed number of threads that run jobs from one bounded queue.
///
/// Share it by reference or in an `Arc`. Dropping it drains it, as [`Shutdown::Drain`](crate::Shutdown::Drain) does,
/// unless it was stopped before ([`stop`](Self::stop)) or is dropped by one of its own jobs or workers: then the
/// workers are left to finish by themselves.
#[derive(Debug)]
pub struct Pool {
    queue: Arc<Queue>,
    full: Full,
    names: Vec<String>,
    workers: Vec<thread::Thread>,
    threads: Mutex<Vec<Option<thread::JoinHandle<()>>>>,
}

impl Pool {
    /// How to build one.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(queue: Arc<Queue>, full: Full, names: Vec<String>, threads: Vec<thread::JoinHandle<()>>) -> Self {
        let workers = threads.iter().map(|thread| thread.thread().clone()).collect();
        Self { queue, full, names, workers, threads: Mutex::new(threads.into_iter().map(Some).collect()) }
    }

    /// Queues a job and returns the handle that its result comes back through.
    ///
    /// When the queue is full, the pool does as its [`Full`] says. Inside a job it neither waits nor runs the new one:
    /// it is queued beyond the bound. One allocation, the job and its result in it.
    ///
    /// ```
    /// let pool = worker_pool::Pool::builder().workers(2).build()?;
    /// assert_eq!(pool.submit(|| 6 * 7)?.join()?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the job back, with the [`SubmitErrorKind`], when the pool is shut down or the queue full.
    pub fn submit<F, T>(&self, job: F) -> Result<JoinHandle<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.submit_as(job, self.on_full())
    }

    /// Queues a job if there is room for it now; whatever the pool's [`Full`] is, it neither waits nor runs or drops a
    /// job.
    ///
    /// # Errors
    ///
    /// Gives the job back, with the [`SubmitErrorKind`], when the pool is shut down or the queue full.
    pub fn try_submit<F, T>(&self, job: F) -> Result<JoinHandle<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.submit_as(job, OnFull::Refuse)
    }

    /// Queues a job, waiting at most `timeout` for room, whatever the pool's [`Full`] is.
    ///
    /// # Errors
    ///
    /// Gives the job back, with the [`SubmitErrorKind`], when the pool is shut down or the queue stayed full.
    pub fn submit_timeout<F, T>(&self, job: F, timeout: Duration) -> Result<JoinHandle<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.submit_as(job, OnFull::Wait(Instant::now().checked_add(timeout)))
    }

    /// Queues a job that nobody waits for. Its panic is counted in [`Metrics::panicked`], and goes no further.
    ///
    /// # Errors
    ///
    /// As for [`submit`](Self::submit).
    pub fn spawn<F>(&self, job: F) -> Result<(), SubmitError<F>>
    where
        F: FnOnce() + Send + 'static,
    {
        self.place(task::detached(job), self.on_full()).map_err(|(ticket, kind)| give_back(ticket, kind))
    }

    /// Runs `job` on each item and gives the results in the items' order, a window of jobs at a time.
    ///
    /// See [`Map`] for the window and for what happens to panics.
    ///
    /// ```
    /// let pool = worker_pool::Pool::builder().workers(2).build()?;
    /// let squares: Result<Vec<u32>, _> = pool.map(1..=5, |n: u32| n * n).collect();
    /// assert_eq!(squares?, [1, 4, 9, 16, 25]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn map<I, F, T>(&self, items: I, job: F) -> Map<'_, I::IntoIter, F, T>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: Fn(I::Item) -> T + Send + Sync + 'static,
        T: Send + 'static,
    {
        Map::new(self, items.into_iter(), job)
    }

    /// Blocks until nothing is queued and nothing runs. Jobs that others submit meanwhile are waited for, too.
    ///
    /// # Panics
    ///
    /// Panics inside one of the pool's own jobs, which would wait for itself.
    pub fn wait_idle(&self) {
        self.wait_idle_until(None);
    }

    /// [`wait_idle`](Self::wait_idle) for at most `timeout`; false if something is still queued or running.
    ///
    /// # Panics
    ///
    /// As [`wait_idle`](Self::wait_idle).
    pub fn wait_idle_timeout(&self, timeout: Duration) -> bool {
        self.wait_idle_until(Instant::now().checked_add(timeout))
    }

    /// [`wait_idle`](Self::wait_idle) until `deadline` at most; false if something is still queued or running.
    ///
    /// # Panics
    ///
    /// As [`wait_idle`](Self::wait_idle).
    pub fn wait_idle_deadline(&self, deadline: Instant) -> bool {
        self.wait_idle_until(Some(deadline))
    }

    /// The pool's numbers now. Takes the queue's lock.
    pub fn metrics(&self) -> Metrics {
        self.queue.metrics()
    }

    /// [`submit`](Self::submit) with the caller's own idea of what to do when the queue is full.
    pub(crate) fn submit_as<F, T>(&self, job: F, on_full: OnFull) -> Result<JoinHandle<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (ticket, promise) = task::pair(job);
        match self.place(ticket, on_full) {
            Ok(()) => Ok(JoinHandle::new(promise, self.queue.clone())),
            Err((ticket, kind)) => Err(give_back(ticket, kind)),
        }
    }

    fn place(&self, ticket: Ticket, on_full: OnFull) -> Result<(), (Ticket, SubmitErrorKind)> {
        let counters = &self.queue.counters;
        match self.queue.offer(ticket, on_full) {
            Offer::Accepted => {}
            Offer::Dropped(claim) => {
                counters.dropped.add(1);
                drop(claim);
            }
            Offer::RunHere(claim) => worker::run_unqueued(&self.queue, claim),
            Offer::Refused(ticket, kind) => {
                if kind != SubmitErrorKind::Closed {
                    counters.rejected.add(1);
                }
                return Err((ticket, kind));
            }
        }
        Ok(())
    }

    fn wait_idle_until(&self, deadline: Option<Instant>) -> bool {
        assert!(!self.queue.is_inside(), "a job of a pool cannot wait for the pool to be idle");
        self.queue.wait_idle(deadline)
    }

    fn on_full(&self) -> OnFull {
        match self.full {
            Full::Block => OnFull::Wait(None),
            Full::Reject => OnFull::Refuse,
            Full::CallerRuns => OnFull::RunHere,
            Full::DropOldest => OnFull::DropOldest,
            Full::DropNewest => OnFull::DropNewest,
        }
    }
}

/// Undoes a submit that was refused.
fn give_back<F: 'static>(ticket: Ticket, kind: SubmitErrorKind) -> SubmitError<F> {
    let job = ticket.claim().and_then(Claim::into_job).expect("a refused job is still its submitter's");
    SubmitError::new(job, kind)
}
