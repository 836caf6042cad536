//! Tasks through memory, on one thread: as many go in as there is room for, and all come out.

use anyhow::{Context, Result};
use barometer::{Contender, Outcome, Scenario};
use leader_followers::source::EventSource;
use leader_followers::source::task::{self, Source};
use std::collections::VecDeque;

pub(crate) fn contender(scenario: &Scenario, name: &str) -> Result<Box<dyn Contender>> {
    let capacity = usize::try_from(scenario.with("capacity")?)?;
    match name {
        "ours" => Ok(Box::new(Ours::new(capacity))),
        "crossbeam-channel" => {
            let (sender, receiver) = crossbeam_channel::bounded(capacity);
            Ok(through(capacity, move |number| sender.send(number).is_ok(), move || receiver.try_recv().ok()))
        }
        "std: sync_channel" => {
            let (sender, receiver) = std::sync::mpsc::sync_channel(capacity);
            Ok(through(capacity, move |number| sender.send(number).is_ok(), move || receiver.try_recv().ok()))
        }
        _ => None.with_context(|| format!("no contender `{name}`")),
    }
}

struct Ours {
    sender: task::Sender<u64>,
    source: Source<u64>,
    batch: VecDeque<u64>,
    capacity: usize,
}

impl Ours {
    fn new(capacity: usize) -> Self {
        let (sender, source) = task::queue(capacity);
        Self { sender, source, batch: VecDeque::new(), capacity }
    }
}

impl Contender for Ours {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        for numbers in blocks(operations, self.capacity) {
            let end = outcome.count + numbers.end - numbers.start;
            for number in numbers {
                self.sender.send(number)?;
            }
            while outcome.count < end {
                self.source.wait(&mut self.batch, None)?;
                self.batch.drain(..).for_each(|number| outcome.add(number));
            }
        }
        Ok(outcome)
    }
}

struct Through<S, R> {
    capacity: usize,
    send: S,
    receive: R,
}

fn through(
    capacity: usize,
    send: impl FnMut(u64) -> bool + 'static,
    receive: impl FnMut() -> Option<u64> + 'static,
) -> Box<dyn Contender> {
    Box::new(Through { capacity, send, receive })
}

impl<S: FnMut(u64) -> bool, R: FnMut() -> Option<u64>> Contender for Through<S, R> {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        for mut numbers in blocks(operations, self.capacity) {
            anyhow::ensure!(numbers.all(&mut self.send), "a queue with room takes a number");
            std::iter::from_fn(&mut self.receive).for_each(|number| outcome.add(number));
        }
        Ok(outcome)
    }
}

/// The numbers up to `operations`, as many at once as there is room for.
fn blocks(operations: u64, capacity: usize) -> impl Iterator<Item = std::ops::Range<u64>> {
    (0..operations).step_by(capacity).map(move |first| first..operations.min(first + capacity as u64))
}
