//! Slot: what one value costs on its way, within a thread and to another.

use anyhow::Result;
use barometer::contender::Loop;
use barometer::{Contender, Outcome, Placement, Scenario};
use std::hint::black_box;
use std::thread::{self, JoinHandle};

pub(crate) fn contender(scenario: &Scenario, name: &str, placement: Placement) -> Option<Box<dyn Contender>> {
    match name {
        "ours" => way::<Common>(scenario, placement),
        "oneshot" => way::<Oneshot>(scenario, placement),
        "tokio: oneshot" => way::<Tokio>(scenario, placement),
        "crossbeam-channel: bounded(1)" => way::<Crossbeam>(scenario, placement),
        "std: sync_channel(1)" => way::<Std>(scenario, placement),
        _ => None,
    }
}

fn way<H: HandOver>(scenario: &Scenario, placement: Placement) -> Option<Box<dyn Contender>> {
    match scenario.name.as_str() {
        "slot-alone" => Some(Box::new(Loop(hand_over::<H>))),
        "slot-request" => Some(Box::new(Service::<H>::new(placement))),
        _ => None,
    }
}

/// A way to hand one value over.
trait HandOver: 'static {
    type Sender<T: Send + 'static>: Send + 'static;
    type Receiver<T: Send + 'static>: Send + 'static;

    fn make<T: Send + 'static>() -> (Self::Sender<T>, Self::Receiver<T>);
    fn send<T: Send + 'static>(sender: Self::Sender<T>, value: T);
    /// `None` if the sender is gone.
    fn receive<T: Send + 'static>(receiver: Self::Receiver<T>) -> Option<T>;
}

fn hand_over<H: HandOver>(operations: u64) -> u64 {
    let mut sum = 0;
    for number in 0..operations {
        let (sender, receiver) = H::make();
        H::send(sender, black_box(number));
        sum += H::receive(receiver).expect("it was sent");
    }
    sum
}

/// A thread that answers requests. A request carries where the reply goes and where the next request comes from, so that
/// both ways are the contender's.
struct Service<H: HandOver> {
    next: Option<H::Sender<Request<H>>>,
    thread: Option<JoinHandle<()>>,
}

struct Request<H: HandOver> {
    number: u64,
    reply: H::Sender<u64>,
    next: H::Receiver<Request<H>>,
}

impl<H: HandOver> Service<H> {
    fn new(placement: Placement) -> Self {
        let (next, mut requests) = H::make::<Request<H>>();
        let thread = thread::spawn(move || {
            placement.pin(1);
            while let Some(Request { number, reply, next }) = H::receive(requests) {
                H::send(reply, number);
                requests = next;
            }
        });
        Self { next: Some(next), thread: Some(thread) }
    }

    fn ask(&mut self, number: u64) -> u64 {
        let (reply, answer) = H::make();
        let (next, requests) = H::make();
        let last = self.next.replace(next).expect("each request brings the next one's way");
        H::send(last, Request { number, reply, next: requests });
        H::receive(answer).expect("the service answers")
    }
}

impl<H: HandOver> Contender for Service<H> {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        Ok((0..operations).map(|number| self.ask(number)).collect())
    }
}

impl<H: HandOver> Drop for Service<H> {
    fn drop(&mut self) {
        self.next = None;
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the service ends with its requests");
        }
    }
}

/// Implements [`HandOver`] for a unit struct.
macro_rules! hand_over {
    ($name:ident: $make:expr, $sender:ty, $receiver:ty, $send:expr, $receive:expr) => {
        struct $name;

        impl HandOver for $name {
            type Sender<T: Send + 'static> = $sender;
            type Receiver<T: Send + 'static> = $receiver;

            fn make<T: Send + 'static>() -> (Self::Sender<T>, Self::Receiver<T>) {
                $make
            }

            fn send<T: Send + 'static>(sender: Self::Sender<T>, value: T) {
                let send: fn(Self::Sender<T>, T) -> bool = $send;
                assert!(send(sender, value), "the receiver waits");
            }

            fn receive<T: Send + 'static>(receiver: Self::Receiver<T>) -> Option<T> {
                let receive: fn(Self::Receiver<T>) -> Option<T> = $receive;
                receive(receiver)
            }
        }
    };
}

hand_over!(Common: common::slot::slot(), common::slot::Sender<T>, common::slot::Receiver<T>,
    |sender, value| sender.send(value).is_ok(), |mut receiver| receiver.recv().ok());
hand_over!(Oneshot: oneshot::channel(), oneshot::Sender<T>, oneshot::Receiver<T>,
    |sender, value| sender.send(value).is_ok(), |receiver| receiver.recv().ok());
hand_over!(Tokio: tokio::sync::oneshot::channel(), tokio::sync::oneshot::Sender<T>, tokio::sync::oneshot::Receiver<T>,
    |sender, value| sender.send(value).is_ok(), |receiver| receiver.blocking_recv().ok());
hand_over!(Crossbeam: crossbeam_channel::bounded(1), crossbeam_channel::Sender<T>, crossbeam_channel::Receiver<T>,
    |sender, value| sender.send(value).is_ok(), |receiver| receiver.recv().ok());
hand_over!(Std: std::sync::mpsc::sync_channel(1), std::sync::mpsc::SyncSender<T>, std::sync::mpsc::Receiver<T>,
    |sender, value| sender.send(value).is_ok(), |receiver| receiver.recv().ok());
