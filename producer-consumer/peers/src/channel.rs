//! What an end of a channel can do, whoever made it.
//!
//! Ends are `&mut`, since some of them (rtrb) are, and the others do not mind. A send waits for room and a receive for a
//! number, each as its crate does it when it is left to its defaults.

use barometer::Contender;
use crossfire::flavor::{Flavor, FlavorMC, FlavorMP};
use std::hint::spin_loop;

/// The end that numbers go into.
pub trait Sender: Send {
    /// Waits for room; the receiving end is there.
    fn send(&mut self, number: u64);
}

/// The end that numbers come out of.
pub trait Receiver: Send {
    /// Waits for a number; `None` when all senders are gone and nothing is left.
    fn recv(&mut self) -> Option<u64>;
}

/// What a shape of scenario makes of a channel with one end on each side.
pub trait Shape {
    /// The contender that opens such channels.
    fn over<S: Sender + 'static, R: Receiver + 'static>(
        self,
        open: impl Fn() -> (S, R) + 'static,
    ) -> Box<dyn Contender>;
}

const RECEIVED: &str = "receivers stay until all is received";

/// Each line is a sender and its method, a receiver and its; their errors say that the other side is gone.
macro_rules! ends {
    ($($sender:ty: $send:ident, $receiver:ty: $recv:ident;)*) => {$(
        impl Sender for $sender {
            fn send(&mut self, number: u64) {
                <$sender>::$send(self, number).expect(RECEIVED);
            }
        }

        impl Receiver for $receiver {
            fn recv(&mut self) -> Option<u64> {
                <$receiver>::$recv(self).ok()
            }
        }
    )*};
}

ends! {
    producer_consumer::Sender<u64>: send, producer_consumer::Receiver<u64>: recv;
    producer_consumer::spsc::Sender<u64>: send, producer_consumer::spsc::Receiver<u64>: recv;
    crossbeam_channel::Sender<u64>: send, crossbeam_channel::Receiver<u64>: recv;
    flume::Sender<u64>: send, flume::Receiver<u64>: recv;
    kanal::Sender<u64>: send, kanal::Receiver<u64>: recv;
    async_channel::Sender<u64>: send_blocking, async_channel::Receiver<u64>: recv_blocking;
    std::sync::mpsc::SyncSender<u64>: send, std::sync::mpsc::Receiver<u64>: recv;
}

impl Sender for std::sync::mpsc::Sender<u64> {
    fn send(&mut self, number: u64) {
        Self::send(self, number).expect(RECEIVED);
    }
}

impl Sender for tokio::sync::mpsc::Sender<u64> {
    fn send(&mut self, number: u64) {
        self.blocking_send(number).expect(RECEIVED);
    }
}

impl Receiver for tokio::sync::mpsc::Receiver<u64> {
    fn recv(&mut self) -> Option<u64> {
        self.blocking_recv()
    }
}

impl Sender for tokio::sync::mpsc::UnboundedSender<u64> {
    fn send(&mut self, number: u64) {
        Self::send(self, number).expect(RECEIVED);
    }
}

impl Receiver for tokio::sync::mpsc::UnboundedReceiver<u64> {
    fn recv(&mut self) -> Option<u64> {
        self.blocking_recv()
    }
}

impl Sender for thingbuf::mpsc::blocking::Sender<u64> {
    fn send(&mut self, number: u64) {
        Self::send(self, number).expect(RECEIVED);
    }
}

impl Receiver for thingbuf::mpsc::blocking::Receiver<u64> {
    fn recv(&mut self) -> Option<u64> {
        Self::recv(self)
    }
}

/// Each line is a sender, a receiver, and what crossfire asks of their channels.
macro_rules! crossfire_ends {
    ($($sender:ident, $senders:path, $receiver:ident, $receivers:path;)*) => {$(
        impl<F: Flavor<Item = u64> + $senders> Sender for crossfire::$sender<F> {
            fn send(&mut self, number: u64) {
                crossfire::BlockingTxTrait::send(self, number).expect(RECEIVED);
            }
        }

        impl<F: Flavor<Item = u64> + $receivers> Receiver for crossfire::$receiver<F> {
            fn recv(&mut self) -> Option<u64> {
                crossfire::BlockingRxTrait::recv(self).ok()
            }
        }
    )*};
}

crossfire_ends! {
    Tx, Flavor, Rx, Flavor;
    MTx, FlavorMP, MRx, FlavorMC;
}

/// rtrb has no way to wait, so this one is busy while it does: a ceiling for those that sleep, and no choice for a thread
/// that shares its core.
impl Sender for rtrb::Producer<u64> {
    fn send(&mut self, number: u64) {
        while self.push(number).is_err() {
            spin_loop();
        }
    }
}

impl Receiver for rtrb::Consumer<u64> {
    fn recv(&mut self) -> Option<u64> {
        loop {
            if let Ok(number) = self.pop() {
                return Some(number);
            }
            if self.is_abandoned() {
                // It may have pushed between the two looks.
                return self.pop().ok();
            }
            spin_loop();
        }
    }
}
