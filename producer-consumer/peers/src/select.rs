//! One thread sends to one of several channels, and selects among all of them: what a choice costs when there is one.

use crate::channel::Sender;
use anyhow::{Context, Result, bail};
use barometer::{Contender, Outcome};
use crossbeam_channel::Select;

/// Places of each channel.
const CAPACITY: usize = 16;

/// The contender of that name, with so many channels.
///
/// # Errors
///
/// When nobody of that name can select.
pub fn contender(name: &str, channels: usize) -> Result<Box<dyn Contender>> {
    Ok(match name {
        "ours" => run(channels, || producer_consumer::bounded(CAPACITY), ours),
        "crossbeam-channel" => run(channels, || crossbeam_channel::bounded(CAPACITY), crossbeam),
        "flume" => run(channels, || flume::bounded(CAPACITY), flume),
        _ => bail!("nobody called {name} can select"),
    })
}

fn ours(receivers: &[producer_consumer::Receiver<u64>]) -> Option<u64> {
    producer_consumer::Select::new().recv_any(receivers, |_, got| got.ok()).wait()
}

fn crossbeam(receivers: &[crossbeam_channel::Receiver<u64>]) -> Option<u64> {
    let mut select = Select::new();
    for receiver in receivers {
        select.recv(receiver);
    }
    let chosen = select.select();
    let receiver = &receivers[chosen.index()];
    chosen.recv(receiver).ok()
}

fn flume(receivers: &[flume::Receiver<u64>]) -> Option<u64> {
    let selector = flume::Selector::new();
    receivers.iter().fold(selector, |selector, receiver| selector.recv(receiver, Result::ok)).wait()
}

fn run<S, R>(
    channels: usize,
    open: impl Fn() -> (S, R),
    select: impl Fn(&[R]) -> Option<u64> + 'static,
) -> Box<dyn Contender>
where
    S: Sender + 'static,
    R: 'static,
{
    let (senders, receivers) = (0..channels).map(|_| open()).unzip();
    Box::new(Run { senders, receivers, select })
}

struct Run<S, R, F> {
    senders: Vec<S>,
    receivers: Vec<R>,
    select: F,
}

impl<S: Sender, R, F: Fn(&[R]) -> Option<u64>> Contender for Run<S, R, F> {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        for (number, sender) in (0..operations).zip((0..self.senders.len()).cycle()) {
            self.senders[sender].send(number);
            outcome.add((self.select)(&self.receivers).context("what was sent is there")?);
        }
        Ok(outcome)
    }
}
