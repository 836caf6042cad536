//! The cells of a task, and the reference that its types share.
#![expect(unsafe_code, reason = "the word hands the cells from thread to thread")]

use super::JobResult;
use super::word::Word;
use crate::contain::{contain, discard};
use crate::error::{JoinError, Panic};
use common::sync::cell::UnsafeCell;
use common::sync::thread::Thread;
use common::sync::{Arc, arc_from_std};
use std::any::Any;
// FACADE: for one line: only std's coerces to `dyn`, and the door takes it over at once.
use std::sync::Arc as StdArc;
use std::task::Waker;

/// Who sleeps on a task.
pub(super) enum Waiter {
    Thread(Thread),
    Task(Waker),
}

impl Waiter {
    /// A waker is foreign code: its panic must not reach the worker that finished the task.
    fn wake(self) {
        match self {
            Self::Thread(thread) => thread.unpark(),
            Self::Task(waker) => {
                if let Err(payload) = contain(|| waker.wake()) {
                    discard(payload);
                }
            }
        }
    }
}

/// A task's identity, for as long as the task lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id(usize);

/// How a job that ran has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It returned a value.
    Returned,
    /// It panicked, and the payload is the result.
    Panicked,
}

/// One reference to a task; what it allows is up to the type that wraps it.
#[derive(Clone)]
pub(super) struct TaskRef(Arc<dyn Erased>);

/// A task without its types. Who may call what is said in `task`'s head, and kept by the types of this module.
pub(super) trait Erased: Send + Sync {
    fn word(&self) -> &Word;
    fn waiter(&self) -> &UnsafeCell<Option<Waiter>>;
    /// The claimer's: runs the job and writes the result.
    fn run(&self) -> Outcome;
    /// The claimer's: runs the job and drops its value.
    fn run_detached(&self) -> Result<(), Panic>;
    /// The claimer's: drops the job.
    fn drop_job(&self);
    /// The claimer's: moves the job into `out`, an `Option` of the job's type.
    fn move_job(&self, out: &mut dyn Any);
    /// The claimer's: writes a result that is not the job's.
    fn refuse(&self, error: JoinError);
    /// The result owner's: moves the result into `out`, an `Option` of the result's type.
    fn move_result(&self, out: &mut dyn Any);
    /// The result owner's: drops the result.
    fn drop_result(&self);
}

struct Core<F, T> {
    word: Word,
    job: UnsafeCell<Option<F>>,
    result: UnsafeCell<Option<JobResult<T>>>,
    waiter: UnsafeCell<Option<Waiter>>,
}

// SAFETY: I2, I3 and I4 give each cell one owner at a time, and E1 and E2 order the owners; jobs and results cross
// threads, so both are Send.
unsafe impl<F: Send, T: Send> Send for Core<F, T> {}
// SAFETY: as above; no two threads ever share a reference to what is in a cell.
unsafe impl<F: Send, T: Send> Sync for Core<F, T> {}

/// Replaces what a cell holds.
///
/// # Safety
///
/// The caller owns the cell by `task`'s I2, I3 or I4.
unsafe fn replace<V>(cell: &UnsafeCell<Option<V>>, value: Option<V>) -> Option<V> {
    // SAFETY: the caller owns the cell, so nothing else refers to what is in it.
    cell.with_mut(|cell| unsafe { std::mem::replace(&mut *cell, value) })
}

impl<F, T> Erased for Core<F, T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    fn word(&self) -> &Word {
        &self.word
    }

    fn waiter(&self) -> &UnsafeCell<Option<Waiter>> {
        &self.waiter
    }

    fn run(&self) -> Outcome {
        // SAFETY: I2: the caller is the claimer.
        let job = unsafe { replace(&self.job, None) }.expect("a claimed task holds its job until it runs");
        let (result, outcome) = match contain(job) {
            Ok(value) => (Ok(value), Outcome::Returned),
            Err(payload) => (Err(JoinError::Panicked(Panic::new(payload))), Outcome::Panicked),
        };
        // SAFETY: I3: the caller is the claimer and FINISHED is clear.
        unsafe { replace(&self.result, Some(result)) };
        outcome
    }

    fn run_detached(&self) -> Result<(), Panic> {
        // SAFETY: I2: the caller is the claimer.
        let job = unsafe { replace(&self.job, None) }.expect("a detached job runs once");
        contain(job).map(discard).map_err(Panic::new)
    }

    fn drop_job(&self) {
        // SAFETY: I2: the caller is the claimer.
        discard(unsafe { replace(&self.job, None) });
    }

    fn move_job(&self, out: &mut dyn Any) {
        let out = out.downcast_mut::<Option<F>>().expect("who submitted a job knows its type");
        // SAFETY: I2: the caller is the claimer.
        *out = unsafe { replace(&self.job, None) };
    }

    fn refuse(&self, error: JoinError) {
        // SAFETY: I3: the caller is the claimer and FINISHED is clear.
        unsafe { replace(&self.result, Some(Err(error))) };
    }

    fn move_result(&self, out: &mut dyn Any) {
        let out = out.downcast_mut::<Option<JobResult<T>>>().expect("a promise has its task's type");
        // SAFETY: I3: the caller is the promise and has seen FINISHED.
        *out = unsafe { replace(&self.result, None) };
    }

    fn drop_result(&self) {
        // SAFETY: I3: the caller has seen both FINISHED and ORPHANED, and set the later one.
        discard(unsafe { replace(&self.result, None) });
    }
}

impl TaskRef {
    pub(super) fn new<F, T>(job: F, word: Word) -> Self
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let core = Core {
            word,
            job: UnsafeCell::new(Some(job)),
            result: UnsafeCell::new(None),
            waiter: UnsafeCell::new(None),
        };
        let core: StdArc<dyn Erased> = StdArc::new(core);
        Self(arc_from_std(core))
    }

    pub(super) fn word(&self) -> &Word {
        self.0.word()
    }

    pub(super) fn id(&self) -> Id {
        Id((&raw const *self.0).cast::<()>().addr())
    }

    /// The cells, for the types that stand for the right to touch them.
    pub(super) fn cells(&self) -> &dyn Erased {
        &*self.0
    }

    /// Sets FINISHED and does what that brings with it; the caller is the claimer and has written the result.
    pub(super) fn finish(&self) {
        let found = self.word().finish();
        if found.orphaned {
            self.0.drop_result();
        }
        if found.waiting {
            // SAFETY: I4: WAITING was set as FINISHED was.
            let waiter = unsafe { replace(self.0.waiter(), None) };
            waiter.expect("a waiting promise has left its waiter").wake();
        }
    }

    /// Puts a waiter in; the caller is the promise and WAITING is clear (I4). False if the task has finished.
    pub(super) fn register(&self, waiter: Waiter) -> bool {
        // SAFETY: I4: the caller is the promise and WAITING is clear.
        unsafe { replace(self.0.waiter(), Some(waiter)) };
        let registered = self.word().register();
        if !registered {
            // SAFETY: I4: FINISHED came first, so the claimer did not see WAITING and leaves the waiter alone.
            discard(unsafe { replace(self.0.waiter(), None) });
        }
        registered
    }

    /// Takes the waiter out again; the caller is the promise and WAITING is set.
    pub(super) fn retract(&self) {
        if self.word().retract() {
            // SAFETY: I4: WAITING is clear and was cleared before FINISHED.
            discard(unsafe { replace(self.0.waiter(), None) });
        }
    }

    /// Takes the result; the caller is the promise and has seen FINISHED. `None` if it was taken before.
    pub(super) fn take_result<T: 'static>(&self) -> Option<JobResult<T>> {
        let mut result: Option<JobResult<T>> = None;
        self.0.move_result(&mut result);
        result
    }

    /// Lets the promise go.
    pub(super) fn orphan(&self) {
        if self.word().orphan() {
            self.0.drop_result();
        }
    }
}
