//! A channel whose every subscriber gets every message, and none is lost: who is slow is waited for.
//!
//! A queue gives each message to one receiver, and a broadcast that drops what the slowest has not read in time makes
//! each reader prove that it can live with gaps. Here a message stays until all who had subscribed when it was sent have
//! read it or gone, and a sender waits while the slowest has a full channel to read. Ancestors: the Disruptor, the `bus`
//! and `async-broadcast` crates, tokio's `broadcast`; unlike in the last one nobody lags.
//!
//! ```
//! use producer_consumer::broadcast;
//!
//! let (sender, mut first) = broadcast::bounded(8);
//! assert_eq!(sender.send("to one"), Ok(1));
//! let mut second = sender.subscribe(); // Gets what is sent from now on.
//! assert_eq!(sender.send("to both"), Ok(2));
//! drop(sender); // No more will come.
//! assert!(first.iter().eq(["to one", "to both"]));
//! assert!(second.iter().eq(["to both"]));
//! ```
//!
//! # States
//!
//! Messages stand in a log, in the order in which they were sent, and have ascending positions. A subscriber is a position,
//! of the first message that it has not read.
//!
//! | a message at position p | who is where | who may touch it |
//! |---|---|---|
//! | in the log | some subscriber's position is p or less | who has the lock; its value, whoever has read it |
//! | out of the log | each subscriber's position is beyond p | those who have read it and are cloning it |
//!
//! The channel is open, or closed for good: by anybody's `close`, or by the last sender's drop. Without subscribers it
//! stays open, and a message that nobody is there to read is dropped: a send says how many it reaches.
//!
//! # Protocol
//!
//! All of this is under one lock, but for what is said to be outside.
//!
//! Send: if the channel is closed, or full, refuse. Else append the message, with the number of subscribers as the number of
//! those who have not read it. Outside, notify all in `not_empty`; or drop the message, if there is no subscriber.
//!
//! Receive: take a share of the message at the own position, move on, and count down; who counts to zero takes the
//! message out of the log. Outside, notify one in `not_full` for each that was taken out, and clone the message; who has the
//! last share takes the message itself.
//!
//! Subscribe: start at the end of the log. Clone: start at the position of the other one, and count up what it has not read.
//! Unsubscribe: count down what it has not read, and take out what nobody else has to read. Outside, notify for each that was
//! taken out, or all if nobody subscribes any more; then drop what was taken out.
//!
//! # Invariants
//!
//! - B1: the number of a message is that of the subscribers whose position is not beyond it, so it never falls from one
//!   message to the next, and who counts to zero counts at the front.
//! - B2: the log holds at most as many messages as the channel was made for, and none without subscribers.
//! - B3: no code of the user runs under the lock: values are cloned and dropped outside.
//! - B4: a message is lost to a subscriber by nothing but its drop: a clone that panics is tried again by the next receive.
//!
//! # Orderings
//!
//! Everything is ordered by the lock and by the wait sets.
//!
//! # Limits
//!
//! Each operation waits for the lock, which is held for a few steps, but by a clone or drop of a subscriber, and by a batch,
//! for a step for each message that it is about. Each message is an allocation of its own. Each send wakes all subscribers
//! that wait. Senders are not served in the order in which they came.

mod future;
mod hub;
mod log;
mod receiver;
mod sender;
#[cfg(feature = "futures")]
mod stream;

pub use self::future::{Closed, Recv, RecvMany, Send};
pub use self::receiver::{IntoIter, Iter, Receiver, TryIter};
pub use self::sender::{Sender, WeakSender};
#[cfg(feature = "futures")]
pub use self::stream::RecvStream;
#[cfg(feature = "futures")]
pub use crate::owned::each::OwnedRecvStream;

pub(crate) use self::hub::{Hub, View};

use crate::flavor::ROOM;
use common::sync::Arc;

/// Makes a channel that holds at most `capacity` messages, its first sender, and its first subscriber.
///
/// ```
/// let (sender, mut receiver) = producer_consumer::broadcast::bounded(1);
/// assert_eq!(sender.try_send('a'), Ok(1));
/// assert!(sender.try_send('b').unwrap_err().is_full(), "the slowest has not read it yet");
/// assert_eq!(receiver.recv(), Ok('a'));
/// ```
///
/// Memory comes and goes as it is needed.
///
/// # Panics
///
/// Panics if `capacity` is zero.
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    assert!(capacity > 0, "{ROOM}");
    let hub = Arc::new(Hub::new(capacity));
    (Sender::first(hub.clone()), Receiver::subscribe(&hub))
}
