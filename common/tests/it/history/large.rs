//! A million operations: judged in time, and one single fault among them is found.

use super::Dice;
use super::simulation::Simulation;
use common::history::{Call, History, Operation, Order, Pattern, Received};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

const OPERATIONS: usize = 1_000_000;
/// Four times what it takes, and more in debug mode, where nobody waits for it.
const LIMIT: Duration = if cfg!(debug_assertions) { Duration::from_secs(20) } else { Duration::from_secs(1) };
/// Others may use the machine.
const ATTEMPTS: usize = 3;

/// Made once for all tests: in debug mode it takes longer to make than to judge.
static MILLION: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let simulation = Simulation { order: Order::Fifo, threads: 8, operations: OPERATIONS, lies: 0, has_ends: false };
    simulation.run(&mut Dice(1))
});

fn received(operation: &Operation) -> Option<u64> {
    match operation.call {
        Call::Receive { outcome: Some(Received::Value(value)) } => Some(value),
        _ => None,
    }
}

#[test]
fn a_million_operations_are_judged_in_time() {
    let history = History::new(MILLION.clone());
    let in_time = (0..ATTEMPTS).any(|_| {
        let begin = Instant::now();
        let summary = history.check(Order::Fifo).unwrap_or_else(|violation| panic!("{violation}"));
        let elapsed = begin.elapsed();
        println!("{OPERATIONS} operations in {elapsed:?}: {summary:?}");
        elapsed < LIMIT
    });
    assert!(in_time, "{OPERATIONS} operations took longer than {LIMIT:?}");
}

#[test]
fn a_single_reordered_receive_among_a_million_operations_is_found() {
    let mut operations = MILLION.clone();
    let mut sends = vec![None; OPERATIONS];
    for operation in &operations {
        if let Call::Send { value, .. } = operation.call {
            sends[value as usize] = Some(*operation);
        }
    }
    // The first two receives past the middle, one before the other, of values sent one before the other.
    let sent = |value: u64| sends[value as usize].unwrap();
    let receives: Vec<_> =
        (OPERATIONS / 2..OPERATIONS).filter_map(|at| Some((at, received(&operations[at])?))).collect();
    let in_order = |pair: &&[(usize, u64)]| {
        operations[pair[0].0].is_before(&operations[pair[1].0]) && sent(pair[0].1).is_before(&sent(pair[1].1))
    };
    let pair = receives.windows(2).find(in_order).unwrap();
    let (first, second) = (pair[0], pair[1]);
    operations[first.0].call = Call::Receive { outcome: Some(Received::Value(second.1)) };
    operations[second.0].call = Call::Receive { outcome: Some(Received::Value(first.1)) };

    let violation = History::new(operations).check(Order::Fifo).unwrap_err();
    assert_eq!(violation.pattern(), Pattern::Inversion, "{violation}");
}

#[test]
fn a_single_false_empty_among_a_million_operations_is_found() {
    let mut operations = MILLION.clone();
    // Between the return of a send past the middle and the call that receives its value.
    let mut calls = vec![0; OPERATIONS];
    for operation in &operations {
        if let Some(value) = received(operation) {
            calls[value as usize] = operation.start;
        }
    }
    let start = operations[OPERATIONS / 2..]
        .iter()
        .find_map(|it| match it.call {
            Call::Send { value, .. } if it.end.saturating_add(10) < calls[value as usize] => Some(it.end + 1),
            _ => None,
        })
        .unwrap();
    let empty = super::empty(start, start + 8);
    operations.push(empty);

    let violation = History::new(operations).check(Order::Fifo).unwrap_err();
    assert_eq!((violation.pattern(), violation.operations()[0]), (Pattern::FalseEmpty, empty), "{violation}");
}
