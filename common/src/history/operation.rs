//! An operation: a call, its answer, and when both were.

use std::fmt;

/// What a send came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The queue has the value.
    Accepted,
    /// The value came back, because the queue was full, or for a reason that says nothing about its end.
    Refused,
    /// The value came back, because the queue was closed.
    Closed,
}

/// What a receive came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// A value.
    Value(u64),
    /// There was nothing at some moment of the call, and the queue was not closed.
    Empty,
    /// The queue was closed and empty: nothing will ever come.
    Closed,
}

/// What was asked, and what was answered; no outcome if the call never returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// A send of `value`.
    Send {
        /// What was sent.
        value: u64,
        /// What came of it.
        outcome: Option<Sent>,
    },
    /// A receive, blocking or not.
    Receive {
        /// What came of it.
        outcome: Option<Received>,
    },
    /// A close of the queue.
    Close,
}

/// A call between two stamps of a [`Clock`](super::Clock).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// What it was.
    pub call: Call,
    /// A moment before the call.
    pub start: u64,
    /// A moment after the return, or [`NEVER`](Self::NEVER).
    pub end: u64,
    /// Who called.
    pub thread: u32,
}

impl Operation {
    /// The end of an operation that did not return.
    pub const NEVER: u64 = u64::MAX;

    /// Whether it returned before `later` was called.
    pub fn is_before(&self, later: &Self) -> bool {
        self.end < later.start
    }

    /// Whether there can be such an operation.
    pub(super) fn is_sound(&self) -> bool {
        let returned = self.end != Self::NEVER;
        let answered = match self.call {
            Call::Send { outcome, .. } => outcome.is_some(),
            Call::Receive { outcome } => outcome.is_some(),
            Call::Close => returned, // It has no answer to give.
        };
        answered == returned && self.start <= self.end && self.start != Self::NEVER
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.call {
            Call::Send { value, outcome } => format!("send {value}: {}", outcome.map_or("no answer", sent)),
            Call::Receive { outcome: None } => "receive: no answer".to_owned(),
            Call::Receive { outcome: Some(Received::Value(value)) } => format!("receive: {value}"),
            Call::Receive { outcome: Some(Received::Empty) } => "receive: empty".to_owned(),
            Call::Receive { outcome: Some(Received::Closed) } => "receive: closed and empty".to_owned(),
            Call::Close => "close".to_owned(),
        };
        write!(f, "{text:<28} thread {:<3} from {} ", self.thread, self.start)?;
        match self.end {
            Self::NEVER => f.write_str("without end"),
            end => write!(f, "to {end}"),
        }
    }
}

fn sent(outcome: Sent) -> &'static str {
    match outcome {
        Sent::Accepted => "accepted",
        Sent::Refused => "handed back",
        Sent::Closed => "handed back, closed",
    }
}
