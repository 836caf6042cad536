//! A job: as a handler gets it, as it ends, and as the queue keeps it.

use common::lifecycle::StopToken;
use common::sync::Arc;
use common::sync::atomic::{AtomicBool, Ordering};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::SystemTime;

/// The name of a job within its queue: yours, or a number of the queue's making.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(String);

impl JobId {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for JobId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

impl From<String> for JobId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl From<&JobId> for JobId {
    fn from(id: &Self) -> Self {
        id.clone()
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a job is. It is always in exactly one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Ready to run.
    Waiting,
    /// Kept back until its time comes: by its options, or between two attempts.
    Delayed,
    /// With a worker.
    Active,
    /// Ended well; its result is kept.
    Completed,
    /// Ended badly; the reason is kept.
    Failed,
}

impl State {
    /// The number that a row keeps.
    pub(crate) const fn to_row(self) -> i64 {
        match self {
            Self::Waiting => 0,
            Self::Delayed => 1,
            Self::Active => 2,
            Self::Completed => 3,
            Self::Failed => 4,
        }
    }

    pub(crate) const fn from_row(row: i64) -> Option<Self> {
        Some(match row {
            0 => Self::Waiting,
            1 => Self::Delayed,
            2 => Self::Active,
            3 => Self::Completed,
            4 => Self::Failed,
            _ => return None,
        })
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Waiting => "waiting",
            Self::Delayed => "delayed",
            Self::Active => "active",
            Self::Completed => "completed",
            Self::Failed => "failed",
        })
    }
}

/// What an add did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// The job's name.
    pub id: JobId,
    /// The queue knew a job of this name already, and nothing was changed.
    pub duplicate: bool,
}

/// How many jobs are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are the states, which are documented")]
pub struct Counts {
    pub waiting: u64,
    pub delayed: u64,
    pub active: u64,
    pub completed: u64,
    pub failed: u64,
}

impl Counts {
    /// All jobs that the queue knows.
    pub fn total(&self) -> u64 {
        self.unfinished() + self.completed + self.failed
    }

    /// Jobs that have not ended.
    pub fn unfinished(&self) -> u64 {
        self.waiting + self.delayed + self.active
    }
}

/// What the queue knows about a job.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct JobRecord {
    /// Its name.
    pub id: JobId,
    /// Where it is.
    pub state: State,
    /// Attempts that have ended: with success, a failure or a panic.
    pub attempts_made: u32,
    /// How often it was handed to a handler: attempts, lease losses and hand-backs together.
    pub starts: u32,
    /// How often a worker lost it: by dying, or by not renewing its lease in time.
    pub lease_losses: u32,
    /// Its priority; 0 runs first.
    pub priority: u32,
    /// Why its last attempt failed, or how its last lease was lost.
    pub failed_reason: Option<String>,
    /// What its handler returned.
    pub result: Option<serde_json::Value>,
    /// The name of the worker that has it, or had it last.
    pub worker: Option<String>,
    /// When it was added.
    pub added_at: SystemTime,
    /// When it ended.
    pub finished_at: Option<SystemTime>,
}

/// A job in the hands of its handler.
#[derive(Debug)]
pub struct Job<T> {
    pub(crate) payload: T,
    pub(crate) id: JobId,
    pub(crate) attempt: u32,
    pub(crate) cancel: Cancel,
    pub(crate) stop: StopToken,
}

impl<T> Job<T> {
    /// What was added.
    pub fn payload(&self) -> &T {
        &self.payload
    }

    /// Its name.
    pub fn id(&self) -> &JobId {
        &self.id
    }

    /// Which attempt this is, from one.
    ///
    /// Lease losses and hand-backs do not count, so a handler may see the same number again.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whether there is no point in going on: the lease is lost, or the worker is being stopped.
    ///
    /// A handler that runs long should look now and then and return a [`Failure::retry`]; while the worker stops, that
    /// hands the job back without counting an attempt.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_set() || self.stop.is_stopped()
    }
}

/// Tells one handler that its lease is gone.
#[derive(Clone, Debug)]
pub(crate) struct Cancel(Arc<AtomicBool>);

impl Cancel {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicBool::new(false)))
    }

    pub(crate) fn set(&self) {
        // ORDERING: Relaxed: advice that publishes nothing; the fence in the database decides.
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_set(&self) -> bool {
        // ORDERING: Relaxed, as in `set`.
        self.0.load(Ordering::Relaxed)
    }
}

/// What a handler wants done in its completion's own transaction.
pub(crate) type Effects = Box<dyn FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<()> + Send>;

/// The good end of an attempt, with the result to keep.
///
/// ```
/// use producer_consumer::jobs::Done;
///
/// let done = Done::new("640x480").in_transaction(|tx| {
///     tx.execute("UPDATE picture SET ready = 1 WHERE name = ?1", ["cat.jpg"])?;
///     Ok(())
/// });
/// # let _ = done;
/// ```
#[must_use = "a handler returns it"]
pub struct Done<R> {
    pub(crate) result: R,
    pub(crate) effects: Option<Effects>,
}

impl<R> Done<R> {
    /// A completion that keeps `result` as JSON.
    pub fn new(result: R) -> Self {
        Self { result, effects: None }
    }

    /// Lets `effects` write to tables in the queue's file, in the transaction that completes the job.
    ///
    /// It runs after the check that the lease still holds, so what it wrote is there exactly if the job is completed,
    /// and there once, however often the handler ran. An error or a panic of `effects` takes all back and counts as a
    /// failed attempt; an error that says busy or I/O counts as a lease loss instead, after a pause of a second, since
    /// the handler is not to blame, and one that says full counts as nothing: the job is handed back and comes again in
    /// a second.
    ///
    /// Keep it short: other writers wait for it. Inside, add jobs with [`Queue::add_in`](super::Queue::add_in); another
    /// operation of the same queue panics, as it would wait for the connection that this transaction has, and a write
    /// through another open queue on the same file waits for this transaction until it is told that the file is busy.
    /// Leave the transaction open, and do not go on after an error of it: SQLite may have rolled it back, and what is
    /// written then is not part of it.
    pub fn in_transaction(
        self,
        effects: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<()> + Send + 'static,
    ) -> Self {
        Self { effects: Some(Box::new(effects)), ..self }
    }
}

impl<R: fmt::Debug> fmt::Debug for Done<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Done").field("result", &self.result).finish_non_exhaustive()
    }
}

/// The bad end of an attempt.
///
/// Anything that can be displayed becomes a [`retry`](Self::retry), so `?` works on errors of all kinds. The reason is
/// what `{:#}` prints, which has the causes for errors of anyhow and of this module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub(crate) reason: String,
    pub(crate) fatal: bool,
}

impl Failure {
    /// Try again after the job's backoff, while it has attempts left.
    pub fn retry(reason: impl fmt::Display) -> Self {
        Self { reason: format!("{reason:#}"), fatal: false }
    }

    /// Fail for good: another attempt would end in the same way.
    pub fn fatal(reason: impl fmt::Display) -> Self {
        Self { reason: format!("{reason:#}"), fatal: true }
    }
}

// Failure has no Display of its own, so this does not meet `From<Failure> for Failure`.
impl<E: fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::retry(error)
    }
}
