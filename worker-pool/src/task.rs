//! A task: one job, its result, and one word that decides who runs the job.
//!
//! A pool that lets a waiter only wait deadlocks as soon as its jobs wait for each other, and a pool that lets a waiter
//! run *anything* runs foreign code under the waiter's locks and on top of its stack. Here a waiter may run exactly the
//! task it waits for, if nobody has begun it. Runner, joiner, canceller, shutdown and a refused submit all take the
//! task by the same step, so there is one race to get right. Ancestors: `ForkJoinTask.tryUnfork` (Java), `Task.Wait`'s
//! inlining (.NET), `async-task`'s fused cell.
//!
//! # States
//!
//! | bits | who is where | who may touch what |
//! |---|---|---|
//! | none | unstarted: in the queue | whoever sets CLAIMED first |
//! | CLAIMED | one [`Claim`] exists, or its [`Done`] | the claim: job, result |
//! | FINISHED | the result is there | the promise: result; the claim: a job it did not run |
//! | WAITING | the promise sleeps, or left a waker | who sets FINISHED: waiter; else the promise, once it has cleared WAITING |
//! | ORPHANED | the promise is gone | who sets FINISHED: result |
//!
//! CLAIMED and FINISHED are only ever set, in this order. WAITING and ORPHANED are the promise's.
//!
//! # Protocol
//!
//! Claimer (worker by its [`Ticket`], joiner by its [`Promise`], canceller by its [`Remote`]):
//! 1. set CLAIMED; if it was set, somebody else has the task, and that is all there is to know;
//! 2. run the job or drop it, write the result;
//! 3. set FINISHED; if WAITING was set, take the waiter and wake it; if ORPHANED was set, drop the result.
//!
//! Promise:
//! 1. to wait: write the waiter, set WAITING; if FINISHED was set, take the waiter back and go on;
//! 2. to leave early or to change the waiter: clear WAITING; if FINISHED was set, the waiter is the claimer's, else
//!    take it;
//! 3. with FINISHED seen: take the result;
//! 4. to go: clear WAITING as above, set ORPHANED; if FINISHED was set, drop the result.
//!
//! # Invariants
//!
//! - I1: CLAIMED goes from clear to set once: a job is started, dropped or handed back exactly once.
//! - I2: the job is written before the task is shared and touched after that by the claimer alone.
//! - I3: the result is written by the claimer before FINISHED, and then belongs to the promise, or to the claimer if
//!   ORPHANED came first.
//! - I4: the promise touches the waiter only while WAITING is clear, the claimer only if it saw WAITING as it set
//!   FINISHED.
//! - I5: a claim ends in FINISHED, even if the thread that holds it unwinds.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | setting FINISHED | load in `is_finished`, setting ORPHANED | the result, and what the job did |
//! | E2 | setting WAITING | setting FINISHED | the waiter |
//!
//! Setting CLAIMED is Relaxed: the job came with the ticket or the promise, by whatever handed those over, and of all
//! who try only the winner goes on to touch it.
//!
//! # Limits
//!
//! One allocation a task. A task that is claimed by the thread that waits for it uses that thread's stack.

mod claim;
mod core;
mod promise;
mod word;

pub(crate) use self::claim::Detached;
pub use self::claim::{Claim, Done, Remote, Ticket};
pub use self::core::{Id, Outcome};
pub use self::promise::Promise;

use self::core::TaskRef;
use self::word::Word;
use crate::error::JoinError;

/// What a job leaves behind.
pub(crate) type JobResult<T> = Result<T, JoinError>;

/// Makes a task: the ticket goes into a queue, the promise to whoever wants the result.
pub fn pair<F, T>(job: F) -> (Ticket, Promise<T>)
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let task = TaskRef::new(job, Word::new());
    (Ticket::new(task.clone()), Promise::new(task))
}

/// Makes a task whose result nobody waits for.
pub fn detached<F, T>(job: F) -> Ticket
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    Ticket::new(TaskRef::new(job, Word::orphaned()))
}
