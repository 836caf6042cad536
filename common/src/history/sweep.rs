//! The sweeps: each pattern is looked for in operations sorted by one of their ends.

mod end;
mod life;

use self::end::End;
use self::life::Life;
use super::Order;
use super::operation::{Call, Operation, Received};
use super::violation::{Pattern, Violation};

const NEVER: u64 = Operation::NEVER;

/// Looks for each pattern in turn.
pub(super) fn judge(operations: &[Operation], order: Order) -> Result<(), Violation> {
    let mut lives = life::pair(operations)?;
    let end = End::of(operations)?;
    end.ends_all(operations, &lives)?;
    let pending = life::settle(operations, &mut lives, order);
    end.all_received(operations, &lives)?;
    inversions(operations, &lives, order)?;
    let is_mild = pending > 0 && order == Order::PerSender;
    false_empties(operations, &lives, &end, is_mild)
}

/// Values whose order is compared: all, those of one sender, or none.
fn group(life: &Life, order: Order) -> u32 {
    if order == Order::Fifo { 0 } else { life.sender }
}

/// Sweeps over the sends: of all values that were sent before this one, is the last call to receive one after the
/// return of the call that received this one?
fn inversions(operations: &[Operation], lives: &[Life], order: Order) -> Result<(), Violation> {
    if order == Order::Any {
        return Ok(());
    }
    let sorted = |key: fn(&Life) -> u64| {
        let mut keys: Vec<_> = (0..).zip(lives).map(|(at, life)| (group(life, order), key(life), at)).collect();
        keys.sort_unstable();
        keys
    };
    let called: Vec<(u32, u64, usize)> = sorted(|life| life.sent_from);
    let mut returned = sorted(|life| life.sent_to).into_iter().peekable();
    let mut last: Option<(u32, &Life)> = None;
    for (group, start, at) in called {
        while let Some((earlier, _, at)) = returned.next_if(|(earlier, end, _)| (*earlier, *end) < (group, start)) {
            let life = &lives[at];
            if last.is_none_or(|(last_group, last)| last_group != earlier || last.taken_from < life.taken_from) {
                last = Some((earlier, life));
            }
        }
        if let Some((_, first)) =
            last.filter(|(earlier, first)| *earlier == group && lives[at].taken_to < first.taken_from)
        {
            let parts = [Some(first.send), Some(lives[at].send), lives[at].receive, first.receive];
            return Err(Violation::new(Pattern::Inversion, parts.into_iter().flatten().map(|at| operations[at])));
        }
    }
    Ok(())
}

/// Sweeps over the intervals in which a value was certainly inside, joins those that overlap, and looks for an "empty"
/// within one of the blocks that result.
fn false_empties(operations: &[Operation], lives: &[Life], end: &End, is_mild: bool) -> Result<(), Violation> {
    let certain = |life: &&Life| life.sent_to < life.taken_from && !(is_mild && life.receive.is_none());
    let mut inside: Vec<_> = lives.iter().filter(certain).map(|life| (life.sent_to, life.taken_from, life)).collect();
    inside.sort_unstable_by_key(|(from, to, _)| (*from, *to));
    let mut blocks: Vec<(u64, u64)> = Vec::new();
    for (from, to, _) in &inside {
        match blocks.last_mut().filter(|(_, last)| from < last) {
            Some((_, last)) => *last = (*last).max(*to),
            None => blocks.push((*from, *to)),
        }
    }
    for operation in operations {
        if operation.call != (Call::Receive { outcome: Some(Received::Empty) }) {
            continue;
        }
        let (start, end) = (operation.start, operation.end.min(end.closed()));
        let before = blocks.partition_point(|(from, _)| *from < start);
        if before > 0 && end < blocks[before - 1].1 {
            return Err(Violation::new(Pattern::FalseEmpty, witnesses(operations, &inside, operation, end)));
        }
    }
    Ok(())
}

/// The accused, and as few values as cover it, each with its send and its receive.
fn witnesses(operations: &[Operation], inside: &[(u64, u64, &Life)], accused: &Operation, end: u64) -> Vec<Operation> {
    let mut parts = vec![*accused];
    let mut reached = accused.start;
    let mut best: Option<(u64, &Life)> = None;
    for (from, to, life) in inside {
        if *from >= reached {
            // Nothing further covers this point; the best of what does so takes us on.
            let Some((further, life)) = best.take() else { break };
            parts.extend([Some(life.send), life.receive].into_iter().flatten().map(|at| operations[at]));
            reached = further;
            if reached > end {
                return parts;
            }
        }
        if *to > reached && best.is_none_or(|(further, _)| further < *to) {
            best = Some((*to, life));
        }
    }
    if let Some((_, life)) = best {
        parts.extend([Some(life.send), life.receive].into_iter().flatten().map(|at| operations[at]));
    }
    parts
}
