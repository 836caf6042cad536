//! Threads that use a queue, simulated: each call takes effect at one moment between its stamps, unless it lies.

use super::Dice;
use common::history::{Call, Operation, Order, Received, Sent};
use std::collections::VecDeque;

pub(super) struct Simulation {
    pub(super) order: Order,
    pub(super) threads: usize,
    pub(super) operations: usize,
    /// A call in so many answers what comes to its mind; never, if zero.
    pub(super) lies: usize,
    /// Whether calls close the queue, or stay without a return.
    pub(super) has_ends: bool,
}

#[derive(Clone, Copy)]
enum Thread {
    Idle,
    Called(usize),
    Effective(usize),
    Gone,
}

impl Simulation {
    pub(super) fn run(&self, dice: &mut Dice) -> Vec<Operation> {
        let mut threads = vec![Thread::Idle; self.threads];
        let mut operations: Vec<Operation> = Vec::with_capacity(self.operations);
        let mut queue = Queue { values: VecDeque::new(), is_closed: false };
        let mut outcomes: Vec<Call> = Vec::with_capacity(self.operations);
        let mut now = 0;
        let mut running = self.threads;
        while running > 0 {
            now += 10;
            let thread = dice.below(self.threads);
            threads[thread] = match threads[thread] {
                Thread::Idle if operations.len() < self.operations => {
                    let call = self.call(operations.len() as u64, dice);
                    operations.push(Operation { call, start: now, end: Operation::NEVER, thread: thread as u32 });
                    outcomes.push(call);
                    Thread::Called(operations.len() - 1)
                }
                Thread::Idle => {
                    running -= 1;
                    Thread::Gone
                }
                Thread::Called(at) => {
                    let call = operations[at].call;
                    let is_lie = self.lies > 0 && dice.one_in(self.lies);
                    outcomes[at] = match dice.below(4) {
                        _ if !is_lie => queue.answer(call, thread as u32, self.order, dice),
                        0 => wild(call, operations.len() as u64, dice),
                        _ => queue.blunder(call, thread as u32, dice),
                    };
                    Thread::Effective(at)
                }
                Thread::Effective(_) if self.has_ends && dice.one_in(12) => {
                    running -= 1;
                    Thread::Gone
                }
                Thread::Effective(at) => {
                    operations[at].call = outcomes[at];
                    operations[at].end = now;
                    Thread::Idle
                }
                Thread::Gone => Thread::Gone,
            };
        }
        operations
    }

    fn call(&self, value: u64, dice: &mut Dice) -> Call {
        match dice.below(if self.has_ends { 13 } else { 12 }) {
            0..6 => Call::Send { value, outcome: None },
            6..12 => Call::Receive { outcome: None },
            _ => Call::Close,
        }
    }
}

struct Queue {
    values: VecDeque<(u32, u64)>,
    is_closed: bool,
}

impl Queue {
    fn answer(&mut self, call: Call, thread: u32, order: Order, dice: &mut Dice) -> Call {
        match call {
            Call::Send { value, .. } => {
                let outcome = if self.is_closed { Sent::Closed } else { Sent::Accepted };
                if outcome == Sent::Accepted {
                    self.values.push_back((thread, value));
                }
                Call::Send { value, outcome: Some(outcome) }
            }
            Call::Receive { .. } => {
                let outcome = match self.take(order, dice) {
                    Some(value) => Received::Value(value),
                    None if self.is_closed => Received::Closed,
                    None => Received::Empty,
                };
                Call::Receive { outcome: Some(outcome) }
            }
            Call::Close => {
                self.is_closed = true;
                Call::Close
            }
        }
    }

    /// What a broken queue does: it takes any value, leaves it where it is, or does not look.
    fn blunder(&mut self, call: Call, thread: u32, dice: &mut Dice) -> Call {
        match call {
            Call::Receive { .. } if dice.one_in(3) => Call::Receive { outcome: Some(Received::Empty) },
            Call::Receive { .. } if dice.one_in(4) && !self.values.is_empty() => {
                let value = self.values[dice.below(self.values.len())].1;
                Call::Receive { outcome: Some(Received::Value(value)) }
            }
            _ => self.answer(call, thread, Order::Any, dice),
        }
    }

    fn take(&mut self, order: Order, dice: &mut Dice) -> Option<u64> {
        if self.values.is_empty() {
            return None;
        }
        let any = dice.below(self.values.len());
        let at = match order {
            Order::Fifo => 0,
            Order::PerSender => self.values.iter().position(|(sender, _)| *sender == self.values[any].0)?,
            Order::Any => any,
        };
        self.values.remove(at).map(|(_, value)| value)
    }
}

/// An answer that has nothing to do with the queue.
fn wild(call: Call, values: u64, dice: &mut Dice) -> Call {
    match call {
        Call::Send { value, .. } => {
            let outcome = [Sent::Accepted, Sent::Refused, Sent::Closed][dice.below(3)];
            Call::Send { value, outcome: Some(outcome) }
        }
        Call::Receive { .. } => {
            let value = Received::Value(dice.below(values as usize + 1) as u64);
            let outcome = [value, Received::Empty, Received::Closed][dice.below(3)];
            Call::Receive { outcome: Some(outcome) }
        }
        Call::Close => Call::Close,
    }
}
