//! What a channel operation answers when it cannot do what it was asked: one small enum an operation, values given
//! back.
//!
//! Names are crossbeam-channel's, so "disconnected" means closed: by [`close`](crate::Sender::close), or because the
//! other side's handles are gone.

use std::error::Error;
use std::fmt;

/// The channel is closed, or it is full and [rejects](crate::Overflow::Reject) what it has no room for; the value comes back.
///
/// Which of the two it is [`is_closed`](crate::Sender::is_closed) says, and [`TrySendError`] does by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<T>(pub T);

/// Why a value was not taken at once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// The channel is full.
    Full(T),
    /// The channel is closed, so no send will ever succeed.
    Disconnected(T),
}

/// Why a value was not taken in time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendTimeoutError<T> {
    /// The channel stayed full until the deadline.
    Timeout(T),
    /// The channel is full and [rejects](crate::Overflow::Reject) what it has no room for: nothing was waited for.
    Full(T),
    /// The channel is closed, so no send will ever succeed.
    Disconnected(T),
}

/// The channel is closed and empty: nothing will ever come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecvError;

/// Why there is no message now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryRecvError {
    /// The channel is empty.
    Empty,
    /// The channel is closed and empty: nothing will ever come.
    Disconnected,
}

/// Why no message came in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvTimeoutError {
    /// The channel stayed empty until the deadline.
    Timeout,
    /// The channel is closed and empty: nothing will ever come.
    Disconnected,
}

impl<T> SendError<T> {
    /// The value that was not sent.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> TrySendError<T> {
    /// The value that was not sent.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(value) | Self::Disconnected(value) => value,
        }
    }

    /// Whether a later attempt may succeed.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Whether no attempt will ever succeed.
    pub fn is_disconnected(&self) -> bool {
        matches!(self, Self::Disconnected(_))
    }
}

impl<T> TrySendError<T> {
    /// What it comes to where nobody waits for room.
    pub(crate) fn rejected(self) -> SendTimeoutError<T> {
        match self {
            Self::Full(value) => SendTimeoutError::Full(value),
            Self::Disconnected(value) => SendTimeoutError::Disconnected(value),
        }
    }

    /// What it comes to when the time is over.
    pub(crate) fn late(self) -> SendTimeoutError<T> {
        match self {
            Self::Full(value) => SendTimeoutError::Timeout(value),
            Self::Disconnected(value) => SendTimeoutError::Disconnected(value),
        }
    }

    /// The reason, and what is given back.
    pub(crate) fn split(self) -> (TrySendError<()>, T) {
        match self {
            Self::Full(value) => (TrySendError::Full(()), value),
            Self::Disconnected(value) => (TrySendError::Disconnected(()), value),
        }
    }
}

impl TrySendError<()> {
    /// The same reason, with what is given back.
    pub(crate) fn with<T>(self, value: T) -> TrySendError<T> {
        match self {
            Self::Full(()) => TrySendError::Full(value),
            Self::Disconnected(()) => TrySendError::Disconnected(value),
        }
    }
}

impl TryRecvError {
    /// What it comes to when the time is over.
    pub(crate) fn late(self) -> RecvTimeoutError {
        match self {
            Self::Empty => RecvTimeoutError::Timeout,
            Self::Disconnected => RecvTimeoutError::Disconnected,
        }
    }
}

/// What a receive that waits ends with, if it does: everything ends it but that there is nothing yet.
#[inline]
pub(crate) fn unless_empty<R>(received: Result<R, TryRecvError>) -> Option<Result<R, RecvError>> {
    match received {
        Ok(given) => Some(Ok(given)),
        Err(TryRecvError::Disconnected) => Some(Err(RecvError)),
        Err(TryRecvError::Empty) => None,
    }
}

impl<T> SendTimeoutError<T> {
    /// The value that was not sent.
    pub fn into_inner(self) -> T {
        match self {
            Self::Timeout(value) | Self::Full(value) | Self::Disconnected(value) => value,
        }
    }

    /// Whether the time has run out; a later attempt may succeed.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout(_))
    }

    /// Whether the channel rejects what it has no room for, at once; a later attempt may succeed.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Whether no attempt will ever succeed.
    pub fn is_disconnected(&self) -> bool {
        matches!(self, Self::Disconnected(_))
    }
}

impl TryRecvError {
    /// Whether a later attempt may succeed.
    pub fn is_empty(&self) -> bool {
        *self == Self::Empty
    }

    /// Whether no attempt will ever succeed.
    pub fn is_disconnected(&self) -> bool {
        *self == Self::Disconnected
    }
}

impl RecvTimeoutError {
    /// Whether a later attempt may succeed.
    pub fn is_timeout(&self) -> bool {
        *self == Self::Timeout
    }

    /// Whether no attempt will ever succeed.
    pub fn is_disconnected(&self) -> bool {
        *self == Self::Disconnected
    }
}

impl From<RecvError> for TryRecvError {
    fn from(_: RecvError) -> Self {
        Self::Disconnected
    }
}

impl From<RecvError> for RecvTimeoutError {
    fn from(_: RecvError) -> Self {
        Self::Disconnected
    }
}

// Debug leaves the value out, so that `unwrap` and `?` work for values that have no Debug of their own.

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SendError(..)")
    }
}

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_full() { "Full(..)" } else { "Disconnected(..)" })
    }
}

impl<T> fmt::Debug for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => "Timeout(..)",
            Self::Full(_) => "Full(..)",
            Self::Disconnected(_) => "Disconnected(..)",
        })
    }
}

const NOT_TAKEN: &str = "sending on a closed channel, or on a full one that rejects";
const FULL: &str = "sending on a full channel";
const CLOSED: &str = "sending on a closed channel";
const CLOSED_AND_EMPTY: &str = "receiving on a closed and empty channel";

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NOT_TAKEN)
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_full() { FULL } else { CLOSED })
    }
}

impl<T> fmt::Display for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => "the channel stayed full until the deadline",
            Self::Full(_) => FULL,
            Self::Disconnected(_) => CLOSED,
        })
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CLOSED_AND_EMPTY)
    }
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "receiving on an empty channel",
            Self::Disconnected => CLOSED_AND_EMPTY,
        })
    }
}

impl fmt::Display for RecvTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "the channel stayed empty until the deadline",
            Self::Disconnected => CLOSED_AND_EMPTY,
        })
    }
}

impl<T> Error for SendError<T> {}
impl<T> Error for TrySendError<T> {}
impl<T> Error for SendTimeoutError<T> {}
impl Error for RecvError {}
impl Error for TryRecvError {}
impl Error for RecvTimeoutError {}
