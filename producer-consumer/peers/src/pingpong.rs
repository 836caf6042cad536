//! One thread sends a number and waits until it comes back; the other one sends back what it gets.

use crate::channel::{Receiver, Sender, Shape};
use anyhow::{Context, Result};
use barometer::{Contender, Outcome, Placement, crew};
use std::sync::Mutex;

/// Two threads in that placement, and a channel for each direction.
#[derive(Clone, Copy, Debug)]
pub struct PingPong(pub Placement);

struct Run<F> {
    placement: Placement,
    open: F,
}

impl Shape for PingPong {
    fn over<S: Sender + 'static, R: Receiver + 'static>(
        self,
        open: impl Fn() -> (S, R) + 'static,
    ) -> Box<dyn Contender> {
        Box::new(Run { placement: self.0, open })
    }
}

impl<F, S, R> Contender for Run<F>
where
    F: Fn() -> (S, R),
    S: Sender,
    R: Receiver,
{
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let ((there, there_end), (back, back_end)) = ((self.open)(), (self.open)());
        let sides = [(there, back_end), (back, there_end)].map(|side| Mutex::new(Some(side)));
        crew::run(2, self.placement, |thread| {
            let side = sides[thread].lock().expect("no thread panics in a take").take();
            let (mut sender, mut receiver) = side.context("each thread takes its side once")?;
            let mut outcome = Outcome::default();
            if thread == 0 {
                for number in 0..operations {
                    sender.send(number);
                    outcome.add(receiver.recv().context("the other side stays until this one goes")?);
                }
            } else {
                while let Some(number) = receiver.recv() {
                    sender.send(number);
                }
            }
            Ok(outcome)
        })
    }
}
