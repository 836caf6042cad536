//! Producers send numbers as fast as they can, consumers receive them; the end is that of the last producer.

use crate::channel::{Receiver, Sender, Shape};
use anyhow::Result;
use barometer::{Contender, Outcome, Placement, crew};
use std::sync::Mutex;

/// How many threads there are on each side.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// They send one share of the numbers each.
    pub producers: usize,
    /// They receive what they get.
    pub consumers: usize,
    /// Where they run, the producers counted first.
    pub placement: Placement,
}

/// The channel is opened anew each time: it ends by the loss of its senders, as it would in use.
struct Run<F> {
    flow: Flow,
    open: F,
}

impl Flow {
    /// One thread on each side.
    pub fn pair(placement: Placement) -> Self {
        Self { producers: 1, consumers: 1, placement }
    }

    /// The contender that opens channels with an end for each thread.
    pub fn over_many<S: Sender + 'static, R: Receiver + 'static>(
        self,
        open: impl Fn() -> (Vec<S>, Vec<R>) + 'static,
    ) -> Box<dyn Contender> {
        Box::new(Run { flow: self, open })
    }

    /// An end for each thread, of a channel that has many on both sides.
    pub fn copy<S: Clone, R: Clone>(self, (sender, receiver): (S, R)) -> (Vec<S>, Vec<R>) {
        (vec![sender; self.producers], vec![receiver; self.consumers])
    }

    /// An end for each thread, of a channel that has one receiver.
    pub fn copy_senders<S: Clone, R>(self, (sender, receiver): (S, R)) -> (Vec<S>, Vec<R>) {
        (vec![sender; self.producers], vec![receiver])
    }
}

impl Shape for Flow {
    fn over<S: Sender + 'static, R: Receiver + 'static>(
        self,
        open: impl Fn() -> (S, R) + 'static,
    ) -> Box<dyn Contender> {
        self.over_many(move || {
            let (sender, receiver) = open();
            (vec![sender], vec![receiver])
        })
    }
}

impl<F, S, R> Contender for Run<F>
where
    F: Fn() -> (Vec<S>, Vec<R>),
    S: Sender,
    R: Receiver,
{
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let Flow { producers, consumers, placement } = self.flow;
        let (senders, receivers) = (self.open)();
        let (senders, receivers) = (Mutex::new(senders), Mutex::new(receivers));
        crew::run(producers + consumers, placement, |thread| {
            if thread < producers {
                let mut sender = take(&senders);
                crew::share(operations, thread, producers).for_each(|number| sender.send(number));
                return Ok(Outcome::default());
            }
            let mut receiver = take(&receivers);
            let mut outcome = Outcome::default();
            while let Some(number) = receiver.recv() {
                outcome.add(number);
            }
            Ok(outcome)
        })
    }
}

fn take<E>(ends: &Mutex<Vec<E>>) -> E {
    ends.lock().expect("no thread panics in a pop").pop().expect("there is an end for each thread")
}
