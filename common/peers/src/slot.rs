//! Slot: what one value costs on its way, within a thread and to another.

use crate::affinity::{Core, are_several, pin};
use crate::{Contender, Question};
use std::hint::black_box;
use std::thread::{self, JoinHandle};

/// A send and a receive on one thread; a request and its reply across two, on one core and on two.
pub fn questions() -> Vec<Question> {
    let mut questions = vec![alone(), across("slot: request and reply of two threads on one core", Core::Same)];
    if are_several() {
        questions.push(across("slot: request and reply of two threads on two cores", Core::Other));
    }
    questions
}

fn alone() -> Question {
    Question::of_numbers("slot: make, send, receive and drop on one thread")
        .bound(1.0)
        .contender(("common", hand_over::<Common>))
        .contender(("oneshot", hand_over::<Oneshot>))
        .contender(("tokio oneshot", hand_over::<Tokio>))
        .contender(("crossbeam bounded(1)", hand_over::<Crossbeam>))
        .contender(("std sync_channel(1)", hand_over::<Std>))
}

fn across(name: &'static str, core: Core) -> Question {
    Question::of_numbers(name)
        .contender(Service::<Common>::new("common", core))
        .contender(Service::<Oneshot>::new("oneshot", core))
        .contender(Service::<Tokio>::new("tokio oneshot", core))
        .contender(Service::<Crossbeam>::new("crossbeam bounded(1)", core))
        .contender(Service::<Std>::new("std sync_channel(1)", core))
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
    name: &'static str,
    next: Option<H::Sender<Request<H>>>,
    thread: Option<JoinHandle<()>>,
}

struct Request<H: HandOver> {
    number: u64,
    reply: H::Sender<u64>,
    next: H::Receiver<Request<H>>,
}

impl<H: HandOver> Service<H> {
    fn new(name: &'static str, core: Core) -> Self {
        let (next, mut requests) = H::make::<Request<H>>();
        let thread = thread::spawn(move || {
            pin(core);
            while let Some(Request { number, reply, next }) = H::receive(requests) {
                H::send(reply, number);
                requests = next;
            }
        });
        Self { name, next: Some(next), thread: Some(thread) }
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
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&mut self, operations: u64) -> u64 {
        (0..operations).map(|number| self.ask(number)).sum()
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
