//! One thread sends a number and waits until it comes back; the other one sends back what it gets.

use crate::channel::{Receiver, Sender, Shape};
use anyhow::{Context, Result};
use barometer::{Contender, Outcome, Placement, crew};

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
        let ((mut there, mut there_end), (mut back, mut back_end)) = ((self.open)(), (self.open)());
        let ask = move || {
            let mut outcome = Outcome::default();
            for number in 0..operations {
                there.send(number);
                outcome.add(back_end.recv().context("the other side stays until this one goes")?);
            }
            Ok(outcome)
        };
        let answer = move || {
            while let Some(number) = there_end.recv() {
                back.send(number);
            }
            Ok(Outcome::default())
        };
        crew::pair(self.placement, ask, answer)
    }
}
