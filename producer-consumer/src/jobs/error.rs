//! What the job queue answers when it cannot: an enum for each of opening, adding, retrying and starting, one error for
//! the rest.
//!
//! Their Display states their own layer, and `source` has the cause. `{:#}` states both, as anyhow's does, since a
//! failed job keeps its reason as text.

use super::options::JobOptions;
use super::sqlite::LONGEST_NAME;
use super::worker::{LONGEST_LEASE, MAX_CONCURRENCY, SHORTEST_LEASE};
use rusqlite::ErrorCode;
use std::fmt;
use std::io;
use std::time::Duration;

const QUEUE_FULL: &str = "the queue has as many unfinished jobs as it may have";

/// The database could not do it; nothing was changed.
#[derive(Debug)]
pub struct EngineError(pub(crate) rusqlite::Error);

/// What kind of trouble an [`EngineError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EngineErrorKind {
    /// Other writers kept the file longer than the busy time-out. Try again.
    Busy,
    /// The disk, or the file's size limit, is full. What was accepted is safe; go on when there is room.
    Full,
    /// The file or its directory cannot be written.
    ReadOnly,
    /// The file is damaged, or no database.
    Corrupt,
    /// Reading or writing failed below the database.
    Io,
    /// Anything else, for example a mistake in SQL of your own.
    Other,
}

impl EngineError {
    /// What kind of trouble it is.
    pub fn kind(&self) -> EngineErrorKind {
        match self.0.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => EngineErrorKind::Busy,
            Some(ErrorCode::DiskFull) => EngineErrorKind::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => EngineErrorKind::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => EngineErrorKind::Corrupt,
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => EngineErrorKind::Io,
            _ => EngineErrorKind::Other,
        }
    }
}

impl From<rusqlite::Error> for EngineError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind() {
            EngineErrorKind::Busy => "the database was kept busy by other writers",
            EngineErrorKind::Full => "the database is full",
            EngineErrorKind::ReadOnly => "the database cannot be written",
            EngineErrorKind::Corrupt => "the file is damaged or no database",
            EngineErrorKind::Io => "the database file failed",
            EngineErrorKind::Other => "the database refused",
        };
        layer(f, what, &self.0)
    }
}

impl std::error::Error for EngineError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// Why a queue could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The linked SQLite has a bug that can damage a file which several processes write.
    TooOld {
        /// Its version.
        linked: &'static str,
    },
    /// The file has tables of this crate in a version that it does not know.
    Schema {
        /// The version in the file.
        found: i64,
        /// The version that this crate writes.
        known: i64,
    },
    /// The name of the queue is empty or longer than 256 bytes.
    Name,
    /// The path begins with `file:`, which SQLite takes for a URI. With `./` before it, it is a path.
    Uri,
    /// The directory of the database, or the owners' directory beside it, cannot be used.
    Io(io::Error),
    /// The database refused.
    Engine(EngineError),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(EngineError(error))
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooOld { linked } => {
                write!(f, "SQLite {linked} is linked, and before 3.51.3 several processes can damage a file")
            }
            Self::Schema { found, known } => {
                write!(f, "the file has job tables of version {found}, and this crate knows version {known}")
            }
            Self::Name => f.write_str("a queue's name has 1 to 256 bytes"),
            Self::Uri => f.write_str("a path that begins with `file:` is a URI to SQLite, so begin it with `./`"),
            Self::Io(error) => layer(f, "the queue's directory cannot be used", error),
            Self::Engine(error) => layer(f, "the queue's file cannot be used", error),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Engine(error) => Some(error),
            Self::TooOld { .. } | Self::Schema { .. } | Self::Name | Self::Uri => None,
        }
    }
}

/// Why a job was not added.
#[derive(Debug)]
#[non_exhaustive]
pub enum AddError {
    /// The payload is longer than the queue's limit.
    TooLarge {
        /// Its length in bytes, as JSON.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The queue has as many unfinished jobs as it may have.
    QueueFull,
    /// The id is empty, longer than 256 bytes, or a number.
    Id,
    /// The priority is above [`JobOptions::LAST_PRIORITY`](super::JobOptions::LAST_PRIORITY).
    Priority,
    /// The number of attempts is zero.
    Attempts,
    /// The payload cannot be written as JSON.
    Encode(serde_json::Error),
    /// The database refused.
    Engine(EngineError),
}

impl From<rusqlite::Error> for AddError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(EngineError(error))
    }
}

impl fmt::Display for AddError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { size, limit } => write!(f, "the payload has {size} bytes, and {limit} are allowed"),
            Self::QueueFull => f.write_str(QUEUE_FULL),
            Self::Id => f.write_str("a job's id has 1 to 256 bytes and is not a number alone"),
            Self::Priority => write!(f, "a job's priority is at most {}", JobOptions::LAST_PRIORITY),
            Self::Attempts => f.write_str("a job has at least one attempt"),
            Self::Encode(error) => layer(f, "the payload cannot be written as JSON", error),
            Self::Engine(error) => layer(f, "the job cannot be added", error),
        }
    }
}

impl std::error::Error for AddError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Encode(error) => Some(error),
            Self::Engine(error) => Some(error),
            Self::TooLarge { .. } | Self::QueueFull | Self::Id | Self::Priority | Self::Attempts => None,
        }
    }
}

/// Why a failed job does not start over.
#[derive(Debug)]
#[non_exhaustive]
pub enum RetryError {
    /// The queue has as many unfinished jobs as it may have.
    QueueFull,
    /// The database refused.
    Engine(EngineError),
}

impl From<rusqlite::Error> for RetryError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(EngineError(error))
    }
}

impl fmt::Display for RetryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QueueFull => f.write_str(QUEUE_FULL),
            Self::Engine(error) => layer(f, "the job cannot start over", error),
        }
    }
}

impl std::error::Error for RetryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::QueueFull => None,
            Self::Engine(error) => Some(error),
        }
    }
}

/// Why a worker could not be started.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// This many threads were asked for: none, or more than 256.
    Concurrency(usize),
    /// This lease is shorter than 100 ms or longer than a day.
    Lease(Duration),
    /// The number of lost leases that make a job fail is zero.
    MaxLosses,
    /// The name is longer than 256 bytes, or has a NUL in it.
    Name,
    /// The keeper's connection to the file cannot be had.
    Engine(EngineError),
    /// The system refused a thread.
    Thread(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Concurrency(asked) => write!(f, "a worker has 1 to {MAX_CONCURRENCY} handlers, not {asked}"),
            Self::Lease(asked) => write!(f, "a lease lasts {SHORTEST_LEASE:?} to {LONGEST_LEASE:?}, not {asked:?}"),
            Self::MaxLosses => f.write_str("a job fails after one lost lease or more, not after none"),
            Self::Name => write!(f, "a worker's name has at most {LONGEST_NAME} bytes and no NUL"),
            Self::Engine(error) => layer(f, "the worker cannot look at the queue's file", error),
            Self::Thread(error) => layer(f, "a thread of the worker cannot be started", error),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Engine(error) => Some(error),
            Self::Thread(error) => Some(error),
            Self::Concurrency(_) | Self::Lease(_) | Self::MaxLosses | Self::Name => None,
        }
    }
}

/// States `what`, and in the alternate form the cause, too.
fn layer(f: &mut fmt::Formatter<'_>, what: &str, cause: &dyn fmt::Display) -> fmt::Result {
    f.write_str(what)?;
    if f.alternate() { write!(f, ": {cause:#}") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    #[test]
    fn a_layer_states_itself_and_everything_is_said_once() {
        let full = || rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_FULL), Some("no room".to_owned()));
        let error = AddError::from(full());
        assert_eq!(error.to_string(), "the job cannot be added");
        assert_eq!(format!("{error:#}"), "the job cannot be added: the database is full: no room");
        let all = format!("{:#}", anyhow::Error::new(OpenError::from(full())));
        assert!(all.starts_with("the queue's file cannot be used: the database is full: no room"), "{all}");
        assert_eq!((all.matches("database is full").count(), all.matches("no room").count()), (1, 1));
    }
}
