//! The end of a task where its result comes out.

use super::JobResult;
use super::claim::{Claim, Remote};
use super::core::{Id, TaskRef, Waiter};
use common::backoff::Backoff;
use common::sync::thread;
use std::fmt;
use std::marker::PhantomData;
use std::task::{Context, Poll};
use std::time::Instant;

/// The one who may wait for a task and take its result. Dropping it leaves the task to itself.
#[must_use = "a promise that is dropped leaves the result to be dropped by whoever runs the job"]
pub struct Promise<T> {
    task: TaskRef,
    /// Whether a waker was left with the task; only this promise sets and clears WAITING.
    waiting: bool,
    /// Invariant in `T`: the task compares types when it gives its result away, and to that a subtype is another type.
    ///
    /// ```compile_fail,E0308
    /// fn shorten(handle: worker_pool::JoinHandle<for<'a> fn(&'a u8)>) -> worker_pool::JoinHandle<fn(&'static u8)> {
    ///     handle
    /// }
    /// ```
    result: PhantomData<fn(T) -> T>,
}

impl<T: 'static> Promise<T> {
    pub(super) fn new(task: TaskRef) -> Self {
        Self { task, waiting: false, result: PhantomData }
    }

    /// Blocks until the task has finished or `deadline` has passed; false if it has not finished.
    pub fn wait(&mut self, deadline: Option<Instant>) -> bool {
        self.retract();
        let mut backoff = Backoff::new();
        while !self.is_finished() {
            if !backoff.spin() {
                return self.sleep(deadline);
            }
        }
        true
    }

    /// Whether the task has finished; if not, the context's waker is woken when it has.
    pub fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        self.retract();
        if self.is_finished() || !self.task.register(Waiter::Task(cx.waker().clone())) {
            return Poll::Ready(());
        }
        self.waiting = true;
        Poll::Pending
    }

    /// Takes the result once it is there. The inner `None` means that it was taken before.
    pub fn take(&mut self) -> Option<Option<JobResult<T>>> {
        self.is_finished().then(|| self.task.take_result())
    }

    fn sleep(&mut self, deadline: Option<Instant>) -> bool {
        if !self.task.register(Waiter::Thread(thread::current())) {
            return true;
        }
        self.waiting = true;
        while !self.is_finished() {
            let Some(deadline) = deadline else {
                thread::park();
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.retract();
                return self.is_finished();
            }
            thread::park_timeout(left);
        }
        self.waiting = false;
        true
    }
}

impl<T> Promise<T> {
    /// Takes the task, unless somebody has taken it before.
    pub fn claim(&self) -> Option<Claim> {
        Claim::try_new(&self.task)
    }

    /// Whether the task has finished; if so, what its job did is visible.
    pub fn is_finished(&self) -> bool {
        self.task.word().is_finished()
    }

    /// The task's identity.
    pub fn id(&self) -> Id {
        self.task.id()
    }

    /// A third party's end of the task.
    pub fn remote(&self) -> Remote {
        Remote::new(self.task.clone())
    }

    fn retract(&mut self) {
        if std::mem::take(&mut self.waiting) {
            self.task.retract();
        }
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        self.retract();
        self.task.orphan();
    }
}

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promise").field("finished", &self.is_finished()).finish_non_exhaustive()
    }
}
