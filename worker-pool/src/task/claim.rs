//! The values that stand for the right to a task: ticket and remote may claim it, a claim has it, `Done` has run it.

use super::core::{Id, Outcome, TaskRef};
use crate::error::{JoinError, Panic};
use std::fmt;

/// The queue's end of a task. A ticket that is dropped unclaimed gives the task up, so that nobody waits for it in
/// vain.
#[must_use = "a ticket that is dropped gives its task up"]
pub struct Ticket {
    task: Option<TaskRef>,
}

impl Ticket {
    pub(super) fn new(task: TaskRef) -> Self {
        Self { task: Some(task) }
    }

    /// Takes the task, unless somebody has taken it before.
    pub fn claim(mut self) -> Option<Claim> {
        let task = self.task.take().expect("a ticket holds its task until it is used up");
        // Made only by the winner: a claim that is dropped finishes the task.
        task.word().claim().then(|| Claim { task: Some(task) })
    }

    /// Whether somebody has taken the task, so that the ticket is worth nothing any more.
    pub fn is_claimed(&self) -> bool {
        self.task.as_ref().is_none_or(|task| task.word().is_claimed())
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(task) = self.task.take()
            && task.word().claim()
        {
            drop(Claim { task: Some(task) });
        }
    }
}

/// A third party's end of a task: it can take the task, and nothing else.
#[derive(Clone)]
pub struct Remote {
    task: TaskRef,
}

impl Remote {
    pub(super) fn new(task: TaskRef) -> Self {
        Self { task }
    }

    /// Takes the task, unless somebody has taken it before.
    pub fn claim(&self) -> Option<Claim> {
        Claim::try_new(&self.task)
    }

    /// Whether the task has finished.
    pub fn is_finished(&self) -> bool {
        self.task.word().is_finished()
    }
}

/// The exclusive right to a task, and the duty to finish it. Dropping it gives the task up.
#[must_use = "a claim that is dropped gives its task up"]
pub struct Claim {
    task: Option<TaskRef>,
}

impl Claim {
    /// Takes the task for somebody who waits for it, and so often comes late: a load spares the shared line a write.
    pub(super) fn try_new(task: &TaskRef) -> Option<Self> {
        (!task.word().is_claimed() && task.word().claim()).then(|| Self { task: Some(task.clone()) })
    }

    /// The task's identity.
    pub fn id(&self) -> Id {
        self.task().id()
    }

    /// Runs the job; its panic becomes its result. The result is seen by nobody until the answer is dropped.
    pub fn run(self) -> Done {
        let task = self.into_task();
        let outcome = task.cells().run();
        Done { task, outcome }
    }

    /// Drops the job and leaves [`JoinError::Cancelled`] as its result.
    pub fn cancel(self) {
        let task = self.into_task();
        task.cells().drop_job();
        task.cells().refuse(JoinError::Cancelled);
        task.finish();
    }

    /// Leaves [`JoinError::Dropped`] as the result, and the job to the caller.
    pub(crate) fn detach(self) -> Detached {
        let task = self.into_task();
        task.cells().refuse(JoinError::Dropped);
        task.finish();
        Detached { task }
    }

    /// Takes the job out, as if it had never been a task; the promise has to be gone. `None` if it has another type.
    pub(crate) fn into_job<F: 'static>(self) -> Option<F> {
        let task = self.into_task();
        let mut job: Option<F> = None;
        task.cells().move_job(&mut job);
        job
    }

    fn task(&self) -> &TaskRef {
        self.task.as_ref().expect("a claim holds its task until it is used up")
    }

    fn into_task(mut self) -> TaskRef {
        self.task.take().expect("a claim holds its task until it is used up")
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // I5: no claim goes without finishing its task.
        if let Some(task) = self.task.take() {
            task.cells().drop_job();
            task.cells().refuse(JoinError::Dropped);
            task.finish();
        }
    }
}

/// A job that ran, with its result still hidden. Dropping it shows the result and wakes who waits for it.
#[must_use = "the result is shown when this is dropped"]
pub struct Done {
    task: TaskRef,
    outcome: Outcome,
}

impl Done {
    /// How the job has ended.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }
}

impl Drop for Done {
    fn drop(&mut self) {
        self.task.finish();
    }
}

/// A job whose task has finished without it (I2: it stays the claimer's).
pub(crate) struct Detached {
    task: TaskRef,
}

impl Detached {
    /// Runs the job; nobody sees its value, and its panic is the caller's to see.
    pub(crate) fn run(self) -> Result<(), Panic> {
        self.task.cells().run_detached()
    }
}

impl Drop for Detached {
    fn drop(&mut self) {
        self.task.cells().drop_job();
    }
}

macro_rules! opaque {
    ($($name:ident),+) => {
        $(impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        })+
    };
}

opaque!(Ticket, Remote, Claim, Done, Detached, TaskRef);
