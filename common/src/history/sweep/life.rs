//! The life of a value: from a send to a receive.

use super::super::Order;
use super::super::operation::{Call, Operation, Received, Sent};
use super::super::violation::{Pattern, Violation};
use super::NEVER;

/// A value that went in, and where it came out if it did.
#[derive(Clone, Copy, Debug)]
pub(super) struct Life {
    pub(super) sender: u32,
    pub(super) send: usize,
    pub(super) receive: Option<usize>,
    pub(super) sent_from: u64,
    pub(super) sent_to: u64,
    /// [`NEVER`] if nobody received it.
    pub(super) taken_from: u64,
    /// [`NEVER`] if nobody received it, or a receive that did not return.
    pub(super) taken_to: u64,
}

/// Finds the receive of each value that was or may have been accepted.
pub(super) fn pair(operations: &[Operation]) -> Result<Vec<Life>, Violation> {
    let (mut sends, mut receives) = (Vec::new(), Vec::new());
    for (at, operation) in operations.iter().enumerate() {
        match operation.call {
            Call::Send { value, outcome: None | Some(Sent::Accepted) } => sends.push((value, at)),
            Call::Receive { outcome: Some(Received::Value(value)) } => receives.push((value, at)),
            _ => {}
        }
    }
    sends.sort_unstable();
    receives.sort_unstable();
    if let Some(pair) = sends.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        panic!("values are distinct, and {} was sent again", pair[0].0);
    }
    if let Some(pair) = receives.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(Violation::new(Pattern::Twice, [operations[pair[0].1], operations[pair[1].1]]));
    }
    let mut receives = receives.into_iter().peekable();
    let mut lives = Vec::with_capacity(sends.len());
    for (value, send) in sends {
        if let Some((unsent, receive)) = receives.next_if(|(received, _)| *received < value) {
            return Err(nowhere(operations, unsent, receive));
        }
        let receive = receives.next_if(|(received, _)| *received == value).map(|(_, at)| at);
        lives.extend(Life::of(operations, send, receive)?);
    }
    receives.next().map_or(Ok(lives), |(unsent, receive)| Err(nowhere(operations, unsent, receive)))
}

impl Life {
    /// None if it can be left out: the send did not return and nobody received the value.
    fn of(operations: &[Operation], send: usize, receive: Option<usize>) -> Result<Option<Self>, Violation> {
        let sent = operations[send];
        let taken = receive.map(|at| operations[at]);
        if let Some(taken) = taken.filter(|taken| taken.is_before(&sent)) {
            return Err(Violation::new(Pattern::Nowhere, [taken, sent]));
        }
        if sent.end == NEVER && taken.is_none() {
            return Ok(None);
        }
        let (taken_from, taken_to) = taken.map_or((NEVER, NEVER), |taken| (taken.start, taken.end));
        let (sender, sent_from, sent_to) = (sent.thread, sent.start, sent.end);
        Ok(Some(Self { sender, send, receive, sent_from, sent_to, taken_from, taken_to }))
    }
}

/// The receive of a value that no send can have put in, and the send that was refused if there is one.
fn nowhere(operations: &[Operation], unsent: u64, receive: usize) -> Violation {
    let refused = operations.iter().find(|it| matches!(it.call, Call::Send { value, .. } if value == unsent));
    Violation::new(Pattern::Nowhere, [operations[receive]].into_iter().chain(refused.copied()))
}

/// Gives receives that did not return to values that nobody received; returns how many there were to give.
pub(super) fn settle(operations: &[Operation], lives: &mut [Life], order: Order) -> usize {
    let is_pending = |it: &&Operation| it.call == Call::Receive { outcome: None };
    let mut pending: Vec<u64> = operations.iter().filter(is_pending).map(|it| it.start).collect();
    if pending.is_empty() {
        return 0;
    }
    pending.sort_unstable();
    let deadlines = if order == Order::PerSender { deadlines(lives) } else { vec![NEVER; lives.len()] };
    let mut left: Vec<_> = (0..lives.len()).filter(|at| lives[*at].receive.is_none()).collect();
    left.sort_unstable_by_key(|at| (deadlines[*at], lives[*at].sent_to));
    for (at, start) in left.into_iter().zip(&pending) {
        lives[at].taken_from = *start;
    }
    pending.len()
}

/// For each value, the first return of a receive of a value that the same sender sent after it: it has to be received
/// by a call before that.
fn deadlines(lives: &[Life]) -> Vec<u64> {
    let mut sends: Vec<_> = lives.iter().map(|life| (life.sender, life.sent_from, life.taken_to)).collect();
    sends.sort_unstable();
    // The first return from each send on, to the last one of its sender.
    for at in (1..sends.len()).rev() {
        if sends[at - 1].0 == sends[at].0 {
            sends[at - 1].2 = sends[at - 1].2.min(sends[at].2);
        }
    }
    let deadline = |life: &Life| {
        let next = sends.partition_point(|(sender, from, _)| (*sender, *from) <= (life.sender, life.sent_to));
        sends.get(next).filter(|(sender, ..)| *sender == life.sender).map_or(NEVER, |(.., first)| *first)
    };
    lives.iter().map(deadline).collect()
}
