//! What the job queue answers when it cannot: one enum for opening, one for adding, one for all the rest.

use rusqlite::ErrorCode;
use std::fmt;
use std::io;

/// The database could not do it; nothing was changed.
#[derive(Debug)]
pub struct EngineError(pub(crate) rusqlite::Error);

/// What kind of trouble an [`EngineError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
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
    pub fn trouble(&self) -> Trouble {
        match self.0.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Trouble::Busy,
            Some(ErrorCode::DiskFull) => Trouble::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Trouble::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Trouble::Corrupt,
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => Trouble::Io,
            _ => Trouble::Other,
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
        let what = match self.trouble() {
            Trouble::Busy => "the database was kept busy by other writers",
            Trouble::Full => "the database is full",
            Trouble::ReadOnly => "the database cannot be written",
            Trouble::Corrupt => "the file is damaged or no database",
            Trouble::Io => "the database file failed",
            Trouble::Other => "the database refused",
        };
        write!(f, "{what}: {}", self.0)
    }
}

impl std::error::Error for EngineError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// Why a queue could not be opened.
#[derive(Debug)]
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
            Self::Io(error) => write!(f, "the queue's directory cannot be used: {error}"),
            Self::Engine(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Engine(error) => Some(error),
            Self::TooOld { .. } | Self::Schema { .. } | Self::Name => None,
        }
    }
}

/// Why a job was not added.
#[derive(Debug)]
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
            Self::QueueFull => f.write_str("the queue has as many unfinished jobs as it may have"),
            Self::Id => f.write_str("a job's id has 1 to 256 bytes and is not a number alone"),
            Self::Priority => f.write_str("a job's priority is at most 2097152"),
            Self::Encode(error) => write!(f, "the payload cannot be written as JSON: {error}"),
            Self::Engine(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AddError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Encode(error) => Some(error),
            Self::Engine(error) => Some(error),
            Self::TooLarge { .. } | Self::QueueFull | Self::Id | Self::Priority => None,
        }
    }
}
