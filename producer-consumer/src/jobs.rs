//! A durable queue of jobs in one SQLite file, for the threads of one process and for several processes.
//!
//! A channel forgets when its process dies. Here `Ok` from an add means that the job is on the disk; it ends completed,
//! failed with a reason, or it is still queued, whatever is killed in between. A broker would do the same with one more
//! program to run; a table with a `taken` flag would not, because it cannot tell a dead worker from a slow one.
//! Ancestors: BullMQ (states, options), River and Oban (the transaction that is the user's own), Lamport's fencing.
//!
//! # States
//!
//! | state | who may move it, and where to |
//! |---|---|
//! | waiting | a worker that claims it: active |
//! | delayed | a worker, once it is due: waiting |
//! | active | whoever has its lease: completed, failed, delayed or waiting (a retry), waiting (handed back), delayed (no room to end in); a keeper that finds the lease lost: waiting, or failed after as many losses as the worker allows (five unless set) |
//! | completed | nobody |
//! | failed | an operator: waiting |
//!
//! Any but an active one can be removed.
//!
//! # Protocol
//!
//! Each step is one transaction that has the file's write lock from its start.
//! - Add: look for the id; insert; commit with an fsync; ring for the workers of this process.
//! - Claim (a free thread, for itself): make due jobs waiting; take the first by priority and age: active, one more
//!   start, a new lease number, the owner's name, an expiry on the boot clock.
//! - Renew (a keeper, at a third of the lease): move the expiry of each job whose lease number is still ours; tell the
//!   handlers of the others.
//! - Finish (the handler's thread): check the lease number; run the handler's effects; write result or reason and the
//!   new state; commit with an fsync.
//! - Recover (every keeper, every 100 ms): for each owner with active jobs, see whether its lock is free or the machine
//!   was started anew (dead: all its jobs), or an expiry has passed (hung: those jobs). Count a loss; waiting again, or
//!   failed.
//!
//! No transaction is open while a handler runs.
//!
//! # Invariants
//!
//! - I1: a job is in exactly one state; triggers keep the counts with it.
//! - I2: a job's lease number grows with each claim, and a finish needs the latest one while the job is active: two
//!   completions of one job never both commit.
//! - I3: effects commit with the completion or not at all.
//! - I4: Until an operator retries a job, its starts are at most 1 + retries + lease losses + hand-backs.
//! - I5: an owner's name is used once and its lock is held as long as it lives, so a name found dead stays dead.
//! - I6: no more jobs are claimed than there are free threads.
//!
//! # Limits
//!
//! One machine, a local file system, Linux. Adds commit one at a time, with an fsync each. Workers in other processes
//! see an add after at most 25 ms, because they look that often; so do workers in this process see a delayed job. The
//! death of a process is seen after at most 100 ms. A power failure can undo claims, so that a job starts again, and
//! never adds or completions. Due times follow the wall clock, leases do not. Retried jobs keep their place by age.
//! Bounds and their defaults are given with [`QueueOptions`], [`JobOptions`] and [`worker::Builder`].

pub(crate) mod clock;
mod death;
mod error;
mod job;
mod options;
mod panic;
mod queue;
mod sqlite;
pub mod worker;

pub use error::{AddError, EngineError, EngineErrorKind, OpenError, RetryError, StartError};
pub use job::{Added, Counts, Done, Failure, Job, JobId, JobRecord, State};
pub use options::{Backoff, JobOptions, QueueOptions};
pub use queue::Queue;
/// The version of rusqlite whose connections and transactions the queue takes and lends.
pub use rusqlite;
pub use worker::{Report, Worker};
