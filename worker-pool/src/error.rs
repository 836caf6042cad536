//! What can go wrong: one small error for each operation, giving back what was passed in.

use crate::contain::Payload;
use common::sync::Mutex;
use std::borrow::Cow;
use std::error::Error;
use std::{fmt, io};

/// Why a join has no value.
#[derive(Debug)]
#[non_exhaustive]
pub enum JoinError {
    /// The job panicked.
    Panicked(Panic),
    /// The job was cancelled before it started.
    Cancelled,
    /// The pool gave the job up before it started: it shut down, or a newer job took its place.
    Dropped,
    /// The job would have waited for itself, directly or through the jobs that this thread runs for it.
    SelfJoin,
    /// The result was taken before.
    Taken,
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(panic) => panic.fmt(f),
            Self::Cancelled => f.write_str("the job was cancelled before it started"),
            Self::Dropped => f.write_str("the pool dropped the job before it started"),
            Self::SelfJoin => f.write_str("the job cannot wait for itself"),
            Self::Taken => f.write_str("the result was taken before"),
        }
    }
}

impl Error for JoinError {}

/// A job's panic, as a value.
///
/// ```
/// use worker_pool::{JoinError, Pool};
///
/// let pool = Pool::builder().workers(1).build()?;
/// let handle = pool.submit(|| if true { panic!("out of paper") })?;
/// let Err(JoinError::Panicked(panic)) = handle.join() else { unreachable!("the job panics") };
/// assert_eq!(panic.message(), Some("out of paper"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
// Boxed, so that a result is no larger for the panic that it could have been.
pub struct Panic(Box<Inner>);

struct Inner {
    message: Option<Cow<'static, str>>,
    // A payload is Send but not Sync, and an error wants to be both; nobody ever waits for this lock.
    payload: Mutex<Payload>,
}

impl Panic {
    pub(crate) fn new(payload: Payload) -> Self {
        let message = match payload.downcast_ref::<&'static str>() {
            Some(text) => Some(Cow::Borrowed(*text)),
            None => payload.downcast_ref::<String>().cloned().map(Cow::Owned),
        };
        Self(Box::new(Inner { message, payload: Mutex::new(payload) }))
    }

    /// The text the job panicked with, if it was a text.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// The value the job panicked with.
    pub fn into_payload(self) -> Box<dyn std::any::Any + Send> {
        self.0.payload.into_inner()
    }

    /// Panics again, on this thread, without calling the panic hook a second time.
    ///
    /// # Panics
    ///
    /// Always, with the job's payload.
    pub fn resume(self) -> ! {
        std::panic::resume_unwind(self.into_payload())
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message() {
            Some(message) => write!(f, "the job panicked: {message}"),
            None => f.write_str("the job panicked"),
        }
    }
}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panic").field("message", &self.0.message).finish_non_exhaustive()
    }
}

impl Error for Panic {}

/// Why a pool did not take a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubmitErrorKind {
    /// The pool is shutting down, or has shut down.
    Closed,
    /// The queue is full and the caller did not want to wait, or waited long enough.
    Full,
    /// The job came from inside a job, and the queue holds as many as it may hold of those.
    InsideFull,
}

impl fmt::Display for SubmitErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the pool is shut down",
            Self::Full => "the queue is full",
            Self::InsideFull => "the queue is full, even for jobs from inside",
        })
    }
}

/// A job that the pool did not take, to be run, kept or offered again.
///
/// ```
/// use worker_pool::{Pool, SubmitErrorKind, Shutdown};
///
/// let pool = Pool::builder().workers(1).build()?;
/// pool.shutdown(Shutdown::Drain);
/// let refused = pool.submit(|| 6 * 7).unwrap_err();
/// assert_eq!(refused.kind(), SubmitErrorKind::Closed);
/// assert_eq!(refused.into_inner()(), 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SubmitError<F> {
    // A job is Send and need not be Sync, and an error wants to be both; nobody ever waits for this lock.
    job: Mutex<F>,
    kind: SubmitErrorKind,
}

impl<F> SubmitError<F> {
    pub(crate) fn new(job: F, kind: SubmitErrorKind) -> Self {
        Self { job: Mutex::new(job), kind }
    }

    /// Why the job was not taken.
    pub fn kind(&self) -> SubmitErrorKind {
        self.kind
    }

    /// The job.
    pub fn into_inner(self) -> F {
        self.job.into_inner()
    }
}

impl<F> fmt::Display for SubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the job was not accepted: {}", self.kind)
    }
}

impl<F> fmt::Debug for SubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubmitError").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl<F> Error for SubmitError<F> {}

/// Why a pool was not built. Nothing is left behind: threads that had started have ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The number of workers asked for is 0 or above [`MAX_WORKERS`](crate::MAX_WORKERS).
    Workers(usize),
    /// A bound of the queue is 0, or the bound for inside jobs is below the one for outside jobs.
    Queue(usize),
    /// The stack size is above [`MAX_STACK`](crate::MAX_STACK).
    Stack(usize),
    /// The name holds a zero byte, which no thread name can hold.
    Name(String),
    /// The system refused a thread.
    Spawn {
        /// Threads that had started by then.
        started: usize,
        /// Threads asked for.
        asked: usize,
        /// What the system said.
        source: io::Error,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workers(asked) => write!(f, "a pool has 1 to {} workers, not {asked}", crate::MAX_WORKERS),
            Self::Queue(bound) => {
                write!(f, "a queue holds 1 job or more, and no fewer from inside than from outside: not {bound}")
            }
            Self::Stack(size) => write!(f, "a stack of {size} bytes is above the limit of {}", crate::MAX_STACK),
            Self::Name(name) => write!(f, "the name {name:?} holds a zero byte"),
            Self::Spawn { started, asked, .. } => {
                write!(f, "the system refused a thread when {started} of {asked} had started")
            }
        }
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Spawn { source, .. } => Some(source),
            _ => None,
        }
    }
}
