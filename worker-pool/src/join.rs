//! Handles: how a result comes back, and how a job is called off.
//!
//! The waiting rule is the same for [`join`](JoinHandle::join), its variants with a deadline, and `.await`: a thread
//! that is itself running a job claims the task it waits for if nobody has started it, and runs it on the spot. It
//! never runs any other. Every other thread just sleeps. So a wait, blocked or stacked, is always a dependency between
//! jobs, and waits can only form a ring if the dependencies do.

use crate::context;
use crate::error::JoinError;
use crate::queue::Queue;
use crate::task::{Claim, Promise, Remote};
use crate::worker;
use common::sync::Arc;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// The result of a job that was submitted, once there is one.
///
/// Dropping it lets the job run and drops its result. Awaiting it needs no runtime of its own:
///
/// ```
/// use std::pin::pin;
/// use std::task::{Context, Poll, Waker};
///
/// let pool = worker_pool::Pool::builder().workers(1).build()?;
/// let mut handle = pin!(pool.submit(|| 6 * 7)?);
/// pool.wait_idle();
/// let mut cx = Context::from_waker(Waker::noop());
/// let Poll::Ready(answer) = handle.as_mut().poll(&mut cx) else { unreachable!("the pool is idle") };
/// assert_eq!(answer?, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "a handle that is dropped drops the job's result; `spawn` is the cheaper way to say that"]
pub struct JoinHandle<T> {
    promise: Promise<T>,
    queue: Arc<Queue>,
}

/// Calls a job off from anywhere, while somebody else has its handle.
#[derive(Clone, Debug)]
pub struct Canceller {
    remote: Remote,
    queue: Arc<Queue>,
}

impl<T: 'static> JoinHandle<T> {
    pub(crate) fn new(promise: Promise<T>, queue: Arc<Queue>) -> Self {
        Self { promise, queue }
    }

    /// Blocks until the job has ended, and returns its value. Inside a job, an unstarted job runs right here.
    ///
    /// # Errors
    ///
    /// [`JoinError`] says why there is no value.
    pub fn join(mut self) -> Result<T, JoinError> {
        match self.join_until(None) {
            Some(result) => result,
            None => unreachable!("a wait without a deadline ends with a result"),
        }
    }

    /// [`join`](Self::join) for at most `timeout`; `None` means that the job has not ended.
    ///
    /// Inside a job, an unstarted job runs right here, however long it takes.
    ///
    /// # Errors
    ///
    /// [`JoinError`] says why there is no value; after a value was returned, it is [`JoinError::Taken`].
    ///
    /// # Cancellation
    ///
    /// A wait that ends by its time-out changes nothing: the job goes on, and the handle can be joined again.
    pub fn join_timeout(&mut self, timeout: Duration) -> Option<Result<T, JoinError>> {
        self.join_until(Instant::now().checked_add(timeout))
    }

    /// [`join_timeout`](Self::join_timeout), with the moment at which to give up.
    ///
    /// # Errors
    ///
    /// As for [`join_timeout`](Self::join_timeout).
    ///
    /// # Cancellation
    ///
    /// As for [`join_timeout`](Self::join_timeout).
    pub fn join_deadline(&mut self, deadline: Instant) -> Option<Result<T, JoinError>> {
        self.join_until(Some(deadline))
    }

    /// How the job ended, if it has. It never runs the job, nor waits.
    ///
    /// The outer `None` means "not yet", and the handle is as good as before; the inner result is what a join would
    /// have returned. So a loop asks `is_some`, and only what has ended can be an error.
    ///
    /// # Errors
    ///
    /// As for [`join_timeout`](Self::join_timeout).
    pub fn try_join(&mut self) -> Option<Result<T, JoinError>> {
        self.promise.take().map(|result| result.unwrap_or(Err(JoinError::Taken)))
    }

    fn join_until(&mut self, deadline: Option<Instant>) -> Option<Result<T, JoinError>> {
        if self.prepare() {
            return Some(Err(JoinError::SelfJoin));
        }
        self.promise.wait(deadline);
        self.try_join()
    }

    /// Inside a job, runs the task if nobody has started it. True if the caller would wait for itself.
    fn prepare(&self) -> bool {
        if !context::is_inside() || self.is_finished() {
            return false;
        }
        if let Some(claim) = self.promise.claim() {
            worker::run_joined(&self.queue, claim);
        }
        context::is_running(self.promise.id())
    }
}

impl<T> JoinHandle<T> {
    /// Whether the job has ended, so that a join returns at once.
    pub fn is_finished(&self) -> bool {
        self.promise.is_finished()
    }

    /// Calls the job off if it has not started; true if this call did it. The job is dropped, and a join says
    /// [`JoinError::Cancelled`]. A job that has started goes on.
    pub fn cancel(&self) -> bool {
        cancel(self.promise.claim(), &self.queue)
    }

    /// What can call the job off while somebody waits on this handle.
    pub fn canceller(&self) -> Canceller {
        Canceller { remote: self.promise.remote(), queue: self.queue.clone() }
    }
}

impl<T: 'static> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.prepare() {
            return Poll::Ready(Err(JoinError::SelfJoin));
        }
        if self.promise.poll(cx).is_pending() {
            return Poll::Pending;
        }
        Poll::Ready(self.try_join().expect("a promise that is ready has a result, or had one"))
    }
}

impl Canceller {
    /// Calls the job off if it has not started; true if this call did it.
    pub fn cancel(&self) -> bool {
        cancel(self.remote.claim(), &self.queue)
    }

    /// Whether the job has ended, or was called off.
    pub fn is_finished(&self) -> bool {
        self.remote.is_finished()
    }
}

fn cancel(claim: Option<Claim>, queue: &Queue) -> bool {
    let Some(claim) = claim else { return false };
    // The job may own its pool, which must not wait for a job that is only being dropped.
    let _frame = context::enter(queue.id(), claim.id());
    queue.counters.cancelled.add(1);
    claim.cancel();
    queue.withdraw();
    true
}
