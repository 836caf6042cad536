//! The end: the latest moment at which a queue can have been closed, and what must not be after it.

use super::super::operation::{Call, Operation, Received, Sent};
use super::super::violation::{Pattern, Violation};
use super::NEVER;
use super::life::Life;

/// Where a history shows that its queue is closed, and that it is drained too.
#[derive(Debug)]
pub(super) struct End {
    /// The operation that returns first of those that show a closed queue.
    closed: Option<Operation>,
    /// The operation that returns first of those that show a queue closed and empty.
    drained: Option<Operation>,
}

impl End {
    /// The end, unless it was announced before it came.
    pub(super) fn of(operations: &[Operation]) -> Result<Self, Violation> {
        let first = |shows: fn(Call) -> bool| {
            let returned = operations.iter().filter(|it| it.end != NEVER && shows(it.call));
            returned.min_by_key(|it| it.end).copied()
        };
        let closed = first(|call| call == Call::Close || refuses(call) || drains(call));
        let close = operations.iter().filter(|it| it.call == Call::Close).min_by_key(|it| it.start);
        if let (Some(closed), Some(close)) = (closed, close)
            && closed.is_before(close)
        {
            return Err(Violation::new(Pattern::EarlyEnd, [closed, *close]));
        }
        Ok(Self { closed, drained: first(drains) })
    }

    /// The latest moment at which the queue can have been closed.
    pub(super) fn closed(&self) -> u64 {
        self.closed.map_or(NEVER, |it| it.end)
    }

    /// Whether no send was accepted and no "empty" answered by a call after the close.
    pub(super) fn ends_all(&self, operations: &[Operation], lives: &[Life]) -> Result<(), Violation> {
        let Some(closed) = self.closed else { return Ok(()) };
        let is_empty = |it: &&Operation| it.call == Call::Receive { outcome: Some(Received::Empty) };
        let accepted = lives.iter().map(|life| &operations[life.send]);
        match accepted.chain(operations.iter().filter(is_empty)).find(|it| closed.is_before(it)) {
            Some(late) => Err(Violation::new(Pattern::AfterEnd, [*late, closed])),
            None => Ok(()),
        }
    }

    /// Whether all that went in came out before the queue was found drained.
    pub(super) fn all_received(&self, operations: &[Operation], lives: &[Life]) -> Result<(), Violation> {
        let Some(drained) = self.drained else { return Ok(()) };
        let Some(life) = lives.iter().find(|life| drained.end < life.taken_from) else { return Ok(()) };
        let parts = [Some(life.send), life.receive].into_iter().flatten().map(|at| operations[at]);
        Err(Violation::new(Pattern::Undrained, [drained].into_iter().chain(parts)))
    }
}

fn refuses(call: Call) -> bool {
    matches!(call, Call::Send { outcome: Some(Sent::Closed), .. })
}

fn drains(call: Call) -> bool {
    call == Call::Receive { outcome: Some(Received::Closed) }
}
