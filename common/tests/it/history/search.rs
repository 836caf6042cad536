//! The sweep against a search: on small histories both have to say the same, whichever they say.

use super::Dice;
use super::simulation::Simulation;
use common::history::{Call, History, Operation, Order, Pattern, Received, Sent};
use std::collections::HashMap;

const HISTORIES: u64 = 40_000;

/// Wing and Gong: tries every order of the operations in which none comes before one that was before it.
struct Search<'a> {
    operations: &'a [Operation],
    order: Order,
    done: Vec<bool>,
    values: Vec<(u32, u64)>,
    is_closed: bool,
}

fn is_linearizable(operations: &[Operation], order: Order) -> bool {
    let mut operations = operations.to_vec();
    if operations.iter().all(|it| it.call != Call::Close) {
        // Nobody recorded a close: there may have been one at any time, or none.
        operations.push(Operation { call: Call::Close, start: 0, end: Operation::NEVER, thread: 0 });
    }
    let done = vec![false; operations.len()];
    Search { operations: &operations, order, done, values: Vec::new(), is_closed: false }.succeeds()
}

impl Search<'_> {
    fn succeeds(&mut self) -> bool {
        let left = || (0..self.operations.len()).filter(|at| !self.done[*at]);
        if left().all(|at| self.operations[at].end == Operation::NEVER) {
            return true;
        }
        let is_first = |at: &usize| !left().any(|other| self.operations[other].is_before(&self.operations[*at]));
        let candidates: Vec<_> = left().filter(is_first).collect();
        candidates.into_iter().any(|at| {
            self.done[at] = true;
            let succeeds = self.takes_effect(at);
            self.done[at] = false;
            succeeds
        })
    }

    /// Whether the operation can be the next one, and the rest can follow.
    fn takes_effect(&mut self, at: usize) -> bool {
        let Operation { call, thread, .. } = self.operations[at];
        match call {
            Call::Send { value, outcome: None | Some(Sent::Accepted) } => {
                if self.is_closed {
                    return false;
                }
                self.values.push((thread, value));
                let succeeds = self.succeeds();
                self.values.pop();
                succeeds
            }
            Call::Send { outcome: Some(Sent::Refused), .. } => self.succeeds(),
            Call::Send { outcome: Some(Sent::Closed), .. } => self.is_closed && self.succeeds(),
            Call::Receive { outcome: Some(Received::Empty) } => {
                self.values.is_empty() && !self.is_closed && self.succeeds()
            }
            Call::Receive { outcome: Some(Received::Closed) } => {
                self.values.is_empty() && self.is_closed && self.succeeds()
            }
            Call::Receive { outcome: Some(Received::Value(value)) } => {
                let found = self.ready().into_iter().find(|at| self.values[*at].1 == value);
                found.is_some_and(|at| self.succeeds_without(at))
            }
            Call::Receive { outcome: None } => self.ready().into_iter().any(|at| self.succeeds_without(at)),
            Call::Close => {
                let was_closed = std::mem::replace(&mut self.is_closed, true);
                let succeeds = self.succeeds();
                self.is_closed = was_closed;
                succeeds
            }
        }
    }

    fn succeeds_without(&mut self, at: usize) -> bool {
        let value = self.values.remove(at);
        let succeeds = self.succeeds();
        self.values.insert(at, value);
        succeeds
    }

    /// Where the values are that may come out next.
    fn ready(&self) -> Vec<usize> {
        let is_ready = |at: &usize| match self.order {
            Order::Fifo => *at == 0,
            Order::PerSender => self.values[..*at].iter().all(|(sender, _)| *sender != self.values[*at].0),
            Order::Any => true,
        };
        (0..self.values.len()).filter(is_ready).collect()
    }
}

/// Whether the sweep is documented to be mild here, so that it may miss something.
fn is_mild(operations: &[Operation], order: Order) -> bool {
    let has = |call: Call| operations.iter().any(|it| it.call == call);
    order == Order::PerSender
        && has(Call::Receive { outcome: None })
        && has(Call::Receive { outcome: Some(Received::Empty) })
}

fn sweep_agrees_with_search(order: Order) {
    let mut verdicts = [0_u64; 2];
    let mut found: HashMap<Pattern, u64> = HashMap::new();
    for seed in 0..HISTORIES {
        let mut dice = Dice(seed);
        let (threads, operations, lies) = (1 + dice.below(4), 1 + dice.below(7), 1 + dice.below(5));
        let has_ends = dice.one_in(2);
        let operations = Simulation { order, threads, operations, lies, has_ends }.run(&mut dice);
        let legal = is_linearizable(&operations, order);
        let verdict = History::new(operations.clone()).check(order);
        let agrees = legal == verdict.is_ok() || verdict.is_ok() && is_mild(&operations, order);
        let lines: String = operations.iter().map(|it| format!("\n  {it}")).collect();
        assert!(agrees, "seed {seed}, {order:?}: search says {legal}, sweep says {verdict:?} of{lines}");
        verdicts[usize::from(legal)] += 1;
        if let Err(violation) = verdict {
            *found.entry(violation.pattern()).or_default() += 1;
        }
    }
    println!("{order:?}: {} illegal, {} legal, {found:?}", verdicts[0], verdicts[1]);
    assert!(verdicts.iter().all(|count| *count > HISTORIES / 10), "both verdicts have to be common: {verdicts:?}");
    assert_eq!(found.len(), if order == Order::Any { 6 } else { 7 }, "every pattern has to be met: {found:?}");
}

#[test]
fn sweep_and_search_agree_on_fifo_queues() {
    sweep_agrees_with_search(Order::Fifo);
}

#[test]
fn sweep_and_search_agree_on_queues_with_an_order_per_sender() {
    sweep_agrees_with_search(Order::PerSender);
}

#[test]
fn sweep_and_search_agree_on_queues_without_order() {
    sweep_agrees_with_search(Order::Any);
}
