//! What is wrong with a history, and the operations that show it.

use super::operation::Operation;
use std::error::Error;
use std::fmt;

/// How many operations a message shows.
const SHOWN: usize = 8;

/// The bad patterns; the module's head has their conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// A value that was never put in came out.
    Nowhere,
    /// A value came out twice.
    Twice,
    /// Two values came out in the wrong order.
    Inversion,
    /// A receive was told that there is nothing while there certainly was something.
    FalseEmpty,
    /// A call was told that the queue is closed before anybody closed it.
    EarlyEnd,
    /// The queue accepted a value, or said that it is only empty, after it was closed.
    AfterEnd,
    /// The queue said that it is closed and empty, and was not empty.
    Undrained,
}

/// A bad pattern that a history has.
///
/// Its `Display` is a sentence and then the operations, one a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pattern: Pattern,
    operations: Vec<Operation>,
}

impl Violation {
    pub(super) fn new(pattern: Pattern, operations: impl IntoIterator<Item = Operation>) -> Self {
        Self { pattern, operations: operations.into_iter().collect() }
    }

    /// Which pattern.
    pub fn pattern(&self) -> Pattern {
        self.pattern
    }

    /// The operations that make the pattern, the accused one first where there is one.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nowhere => "value from nowhere: it was received, and not sent before",
            Self::Twice => "value twice: it was received two times",
            Self::Inversion => {
                "order inversion: the first was sent before the second, and the second was received first"
            }
            Self::FalseEmpty => "false empty: the first found nothing, and all that time there was a value inside",
            Self::EarlyEnd => "early end: the first was told that the queue is closed before anybody closed it",
            Self::AfterEnd => {
                "open after the end: the first came after the second, which shows that the queue was closed"
            }
            Self::Undrained => "not drained: the first found the queue closed and empty, and there was a value inside",
        })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.pattern)?;
        for operation in self.operations.iter().take(SHOWN) {
            write!(f, "\n  {operation}")?;
        }
        match self.operations.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl Error for Violation {}
