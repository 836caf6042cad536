//! A task sends, another one receives, on tokio's runtime.

use anyhow::{Context, Result, bail};
use barometer::{Contender, Outcome, Placement};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::runtime::{Builder, Runtime};

/// The end that numbers go into.
pub trait Sender: Send + 'static {
    /// Waits for room; the receiving end is there.
    fn send(&mut self, number: u64) -> impl Future<Output = ()> + Send;
}

/// The end that numbers come out of.
pub trait Receiver: Send + 'static {
    /// Waits for a number; `None` when all senders are gone and nothing is left.
    fn recv(&mut self) -> impl Future<Output = Option<u64>> + Send;
}

/// A receiver that takes batches.
pub trait BatchReceiver: Send + 'static {
    /// Waits for a number and moves what is there into `batch`, up to `max`; how many that is, 0 at the end.
    fn recv_many(&mut self, batch: &mut Vec<u64>, max: usize) -> impl Future<Output = usize> + Send;
}

/// The threads that run the tasks.
#[derive(Clone, Copy, Debug)]
pub enum Threads {
    /// The calling one runs both.
    Current,
    /// Two of the runtime, in this placement.
    Two(Placement),
}

impl Threads {
    fn start(self) -> Result<Runtime> {
        let runtime = match self {
            Self::Current => Builder::new_current_thread().build(),
            Self::Two(placement) => {
                let started = AtomicUsize::new(0);
                // ORDERING: Relaxed: each gets a number of its own.
                let pin = move || placement.pin(started.fetch_add(1, Ordering::Relaxed));
                Builder::new_multi_thread().worker_threads(2).on_thread_start(pin).build()
            }
        };
        runtime.context("cannot start the runtime")
    }

    /// The contender of that name, through so many places.
    ///
    /// # Errors
    ///
    /// When no channel with futures has that name, or the runtime does not start.
    pub fn contender(self, name: &str, capacity: usize) -> Result<Box<dyn Contender>> {
        match name {
            "ours" => self.over(move || producer_consumer::spsc::bounded(capacity)),
            "ours: mpmc" => self.over(move || producer_consumer::bounded(capacity)),
            "tokio" => self.over(move || tokio::sync::mpsc::channel(capacity)),
            "flume" => self.over(move || flume::bounded(capacity)),
            "kanal" => self.over(move || kanal::bounded_async(capacity)),
            "async-channel" => self.over(move || async_channel::bounded(capacity)),
            "crossfire" => self.over(move || crossfire::spsc::bounded_async(capacity)),
            "tachyonix" => self.over(move || tachyonix::channel(capacity)),
            "thingbuf" => self.over(move || thingbuf::mpsc::channel(capacity)),
            _ => bail!("no channel with futures is called {name}"),
        }
    }

    /// The contender of that name whose receiver takes up to `max` numbers at once.
    ///
    /// # Errors
    ///
    /// When no such channel has that name, or the runtime does not start.
    pub fn batches(self, name: &str, capacity: usize, max: usize) -> Result<Box<dyn Contender>> {
        match name {
            "ours" => self.over_batches(max, move || producer_consumer::spsc::bounded(capacity)),
            "ours: mpmc" => self.over_batches(max, move || producer_consumer::bounded(capacity)),
            "tokio" => self.over_batches(max, move || tokio::sync::mpsc::channel(capacity)),
            _ => bail!("no channel with batches of futures is called {name}"),
        }
    }

    fn over<S: Sender, R: Receiver>(self, open: impl Fn() -> (S, R) + 'static) -> Result<Box<dyn Contender>> {
        let consume = |mut receiver: R| async move {
            let mut outcome = Outcome::default();
            while let Some(number) = receiver.recv().await {
                outcome.add(number);
            }
            outcome
        };
        Ok(Box::new(Run { runtime: self.start()?, open, consume }))
    }

    fn over_batches<S: Sender, R: BatchReceiver>(
        self,
        max: usize,
        open: impl Fn() -> (S, R) + 'static,
    ) -> Result<Box<dyn Contender>> {
        let consume = move |mut receiver: R| async move {
            let (mut outcome, mut batch) = (Outcome::default(), Vec::with_capacity(max));
            while receiver.recv_many(&mut batch, max).await > 0 {
                batch.drain(..).for_each(|number| outcome.add(number));
            }
            outcome
        };
        Ok(Box::new(Run { runtime: self.start()?, open, consume }))
    }
}

struct Run<F, C> {
    runtime: Runtime,
    open: F,
    consume: C,
}

impl<F, C, S, R, O> Contender for Run<F, C>
where
    F: Fn() -> (S, R),
    C: Fn(R) -> O,
    S: Sender,
    O: Future<Output = Outcome> + Send + 'static,
{
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let (mut sender, receiver) = (self.open)();
        let consume = (self.consume)(receiver);
        self.runtime.block_on(async {
            let producer = tokio::spawn(async move {
                for number in 0..operations {
                    sender.send(number).await;
                }
            });
            let consumer = tokio::spawn(consume);
            producer.await?;
            Ok(consumer.await?)
        })
    }
}

const RECEIVED: &str = "the receiver stays until all is received";

/// Each line is a sender and its method, a receiver and its; their errors say that the other side is gone.
macro_rules! ends {
    ($($sender:ty: $send:ident, $receiver:ty: $recv:ident;)*) => {$(
        impl Sender for $sender {
            async fn send(&mut self, number: u64) {
                <$sender>::$send(self, number).await.map_err(drop).expect(RECEIVED);
            }
        }

        impl Receiver for $receiver {
            async fn recv(&mut self) -> Option<u64> {
                <$receiver>::$recv(self).await.into_option()
            }
        }
    )*};
}

ends! {
    producer_consumer::Sender<u64>: send_async, producer_consumer::Receiver<u64>: recv_async;
    producer_consumer::spsc::Sender<u64>: send_async, producer_consumer::spsc::Receiver<u64>: recv_async;
    tokio::sync::mpsc::Sender<u64>: send, tokio::sync::mpsc::Receiver<u64>: recv;
    flume::Sender<u64>: send_async, flume::Receiver<u64>: recv_async;
    kanal::AsyncSender<u64>: send, kanal::AsyncReceiver<u64>: recv;
    async_channel::Sender<u64>: send, async_channel::Receiver<u64>: recv;
    tachyonix::Sender<u64>: send, tachyonix::Receiver<u64>: recv;
    thingbuf::mpsc::Sender<u64>: send, thingbuf::mpsc::Receiver<u64>: recv;
    crossfire::AsyncTx<crossfire::spsc::Array<u64>>: send, crossfire::AsyncRx<crossfire::spsc::Array<u64>>: recv;
}

/// What a receive gives: some say `None` at the end, some have an error for it.
trait IntoOption {
    fn into_option(self) -> Option<u64>;
}

impl IntoOption for Option<u64> {
    fn into_option(self) -> Option<u64> {
        self
    }
}

impl<E> IntoOption for Result<u64, E> {
    fn into_option(self) -> Option<u64> {
        self.ok()
    }
}

impl BatchReceiver for producer_consumer::Receiver<u64> {
    async fn recv_many(&mut self, batch: &mut Vec<u64>, max: usize) -> usize {
        self.recv_many_async(batch, max).await.unwrap_or(0)
    }
}

impl BatchReceiver for producer_consumer::spsc::Receiver<u64> {
    async fn recv_many(&mut self, batch: &mut Vec<u64>, max: usize) -> usize {
        self.recv_many_async(batch, max).await.unwrap_or(0)
    }
}

impl BatchReceiver for tokio::sync::mpsc::Receiver<u64> {
    async fn recv_many(&mut self, batch: &mut Vec<u64>, max: usize) -> usize {
        self.recv_many(batch, max).await
    }
}
