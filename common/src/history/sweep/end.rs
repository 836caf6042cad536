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

    /// The latest moment at which the last value can have been received.
    pub(super) fn drained(&self) -> u64 {
        self.drained.map_or(NEVER, |it| it.end)
    }

    /// Ends accepted sends by the close; one that is called after it is a violation, and so is an "empty".
    pub(super) fn cut(&self, operations: &[Operation], lives: &mut [Life]) -> Result<(), Violation> {
        let Some(closed) = self.closed else { return Ok(()) };
        for life in lives {
            if closed.end < life.sent_from {
                return Err(Violation::new(Pattern::AfterEnd, [operations[life.send], closed]));
            }
            life.sent_to = life.sent_to.min(closed.end);
        }
        let is_empty = |it: &&Operation| it.call == Call::Receive { outcome: Some(Received::Empty) };
        match operations.iter().filter(is_empty).find(|it| closed.is_before(it)) {
            Some(empty) => Err(Violation::new(Pattern::AfterEnd, [*empty, closed])),
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
