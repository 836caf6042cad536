#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

// SQLite is no part of any model, so a model build has the bell without the jobs that use it.
#[cfg(any(feature = "jobs", loom, shuttle))]
#[doc(hidden)] // Public for the models in `tests/loom`.
pub mod bell;
mod channel;
#[expect(unsafe_code, reason = "slots that two threads hand to each other are nobody's to borrow")]
mod core;
mod error;
#[cfg(all(feature = "jobs", not(any(loom, shuttle))))]
pub mod jobs;
mod patience;
mod receiver;
mod sender;
pub mod spsc;

pub use error::{RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError};
pub use receiver::{IntoIter, Iter, Receiver, TryIter};
pub use sender::Sender;

use channel::Channel;
use common::sync::Arc;

/// Makes a channel that holds at most `capacity` messages, and its first two handles.
///
/// ```
/// let (sender, receiver) = producer_consumer::bounded(2);
/// assert!(sender.try_send('a').is_ok());
/// assert!(sender.try_send('b').is_ok());
/// assert!(sender.try_send('c').unwrap_err().is_full());
/// assert_eq!(receiver.recv(), Ok('a'));
/// ```
///
/// The queue's memory grows by doubling as messages come in, up to `capacity` (rounded up), and is kept until the
/// channel is [drained](Receiver::drain) or gone.
///
/// # Panics
///
/// Panics if `capacity` is zero.
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let channel = Arc::new(Channel::new(capacity));
    (Sender::first(channel.clone()), Receiver::first(channel))
}
