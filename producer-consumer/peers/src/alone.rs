//! One thread sends a number and receives it: what a channel costs when nobody is in the way.

use crate::channel::{Receiver, Sender, Shape};
use anyhow::{Context, Result};
use barometer::{Contender, Outcome};

/// One thread, and one channel for its whole life.
#[derive(Clone, Copy, Debug)]
pub struct Alone;

struct Run<S, R> {
    sender: S,
    receiver: R,
}

impl Shape for Alone {
    fn over<S: Sender + 'static, R: Receiver + 'static>(
        self,
        open: impl Fn() -> (S, R) + 'static,
    ) -> Box<dyn Contender> {
        let (sender, receiver) = open();
        Box::new(Run { sender, receiver })
    }
}

impl<S: Sender, R: Receiver> Contender for Run<S, R> {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        for number in 0..operations {
            self.sender.send(number);
            outcome.add(self.receiver.recv().context("what was sent is there")?);
        }
        Ok(outcome)
    }
}
