//! A producer and a consumer that pass numbers on in batches, each channel as it does it best.

use anyhow::Result;
use barometer::{Contender, Outcome, Placement, crew};
use std::hint::spin_loop;
use std::ops::Range;

/// The end that batches go into.
pub trait Sender: Send {
    /// Sends these numbers, no more than a batch, waiting for room.
    fn send(&mut self, numbers: Range<u64>);
}

/// The end that batches come out of.
pub trait Receiver: Send {
    /// Waits for a number and hands on what is there, up to `max`; false when nothing more will come.
    fn recv(&mut self, max: usize, take: &mut impl FnMut(u64)) -> bool;
}

/// Two threads, and the size of their batches.
#[derive(Clone, Copy, Debug)]
pub struct Batches {
    /// Where the threads run.
    pub placement: Placement,
    /// How many numbers are sent at once, and received at most.
    pub size: usize,
}

struct Run<F> {
    batches: Batches,
    open: F,
}

impl Batches {
    /// The contender of that name, through so many places.
    ///
    /// # Errors
    ///
    /// When no channel has that name.
    pub fn contender(self, name: &str, capacity: usize) -> Result<Box<dyn Contender>> {
        let size = self.size;
        Ok(match name {
            "ours" => self.over(move || {
                let (sender, receiver) = producer_consumer::spsc::bounded(capacity);
                (sender, Buffered { receiver, buffer: Vec::with_capacity(size) })
            }),
            "ours: mpmc" => self.over(move || {
                let (sender, receiver) = producer_consumer::bounded(capacity);
                (sender, Buffered { receiver, buffer: Vec::with_capacity(size) })
            }),
            "crossbeam-channel" => self.over(move || crossbeam_channel::bounded(capacity)),
            "disruptor" => self.over(move || disrupt(capacity)),
            "rtrb" => self.over(move || rtrb::RingBuffer::new(capacity)),
            _ => anyhow::bail!("no channel with batches is called {name}"),
        })
    }

    fn over<S: Sender + 'static, R: Receiver + 'static>(
        self,
        open: impl Fn() -> (S, R) + 'static,
    ) -> Box<dyn Contender> {
        Box::new(Run { batches: self, open })
    }
}

impl<F, S, R> Contender for Run<F>
where
    F: Fn() -> (S, R),
    S: Sender,
    R: Receiver,
{
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let Batches { placement, size } = self.batches;
        let (mut sender, mut receiver) = (self.open)();
        let produce = move || {
            for first in (0..operations).step_by(size) {
                sender.send(first..operations.min(first + size as u64));
            }
            Ok(Outcome::default())
        };
        let consume = move || {
            let mut outcome = Outcome::default();
            while receiver.recv(size, &mut |number| outcome.add(number)) {}
            Ok(outcome)
        };
        crew::pair(placement, produce, consume)
    }
}

const RECEIVED: &str = "the receiver stays until all is received";

impl Sender for producer_consumer::spsc::Sender<u64> {
    fn send(&mut self, numbers: Range<u64>) {
        self.send_many(numbers).map_err(drop).expect(RECEIVED);
    }
}

impl Sender for producer_consumer::Sender<u64> {
    fn send(&mut self, numbers: Range<u64>) {
        self.send_many(numbers).map_err(drop).expect(RECEIVED);
    }
}

/// A receiver that moves a batch into a buffer.
struct Buffered<R> {
    receiver: R,
    buffer: Vec<u64>,
}

impl Receiver for Buffered<producer_consumer::spsc::Receiver<u64>> {
    fn recv(&mut self, max: usize, take: &mut impl FnMut(u64)) -> bool {
        let is_over = self.receiver.recv_many(&mut self.buffer, max).is_err();
        self.buffer.drain(..).for_each(take);
        !is_over
    }
}

impl Receiver for Buffered<producer_consumer::Receiver<u64>> {
    fn recv(&mut self, max: usize, take: &mut impl FnMut(u64)) -> bool {
        let is_over = self.receiver.recv_many(&mut self.buffer, max).is_err();
        self.buffer.drain(..).for_each(take);
        !is_over
    }
}

/// It has no batches: a batch is what is there.
impl Sender for crossbeam_channel::Sender<u64> {
    fn send(&mut self, numbers: Range<u64>) {
        numbers.for_each(|number| Self::send(self, number).expect(RECEIVED));
    }
}

impl Receiver for crossbeam_channel::Receiver<u64> {
    fn recv(&mut self, max: usize, take: &mut impl FnMut(u64)) -> bool {
        let Ok(first) = Self::recv(self) else { return false };
        take(first);
        self.try_iter().take(max - 1).for_each(take);
        true
    }
}

/// As in [`channel`](crate::channel), it is busy while it waits.
impl Sender for rtrb::Producer<u64> {
    fn send(&mut self, mut numbers: Range<u64>) {
        while !numbers.is_empty() {
            let room = self.slots().min(numbers.clone().count());
            match self.write_chunk_uninit(room) {
                Ok(chunk) if room > 0 => drop(chunk.fill_from_iter(&mut numbers)),
                _ => spin_loop(),
            }
        }
    }
}

impl Receiver for rtrb::Consumer<u64> {
    fn recv(&mut self, max: usize, take: &mut impl FnMut(u64)) -> bool {
        loop {
            // In this order: what was pushed before it was abandoned is seen.
            let is_over = self.is_abandoned();
            let count = self.slots().min(max);
            if count > 0 {
                self.read_chunk(count).expect("so many are there").into_iter().for_each(take);
                return true;
            }
            if is_over {
                return false;
            }
            spin_loop();
        }
    }
}

type Poller = disruptor::EventPoller<u64, disruptor::SingleProducerBarrier>;

/// A ring of numbers whose consumer is polled by a thread of ours; it, too, is busy while it waits.
fn disrupt(capacity: usize) -> (Publisher<impl disruptor::Producer<u64> + Send + 'static>, Poller) {
    let (poller, builder) = disruptor::build_single_producer(capacity, || 0, disruptor::BusySpin).new_event_poller();
    (Publisher(builder.build()), poller)
}

struct Publisher<P>(P);

impl<P: disruptor::Producer<u64> + Send> Sender for Publisher<P> {
    fn send(&mut self, numbers: Range<u64>) {
        self.0.batch_publish(numbers.clone().count(), |places| {
            places.zip(numbers).for_each(|(place, number)| *place = number);
        });
    }
}

impl Receiver for Poller {
    fn recv(&mut self, max: usize, take: &mut impl FnMut(u64)) -> bool {
        loop {
            match self.take(max as u64) {
                Ok(mut events) => {
                    (&mut events).for_each(|number| take(*number));
                    return true;
                }
                Err(disruptor::Polling::NoEvents) => spin_loop(),
                Err(disruptor::Polling::Shutdown) => return false,
            }
        }
    }
}
