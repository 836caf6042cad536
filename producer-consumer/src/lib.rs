#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

// SQLite is no part of any model, so a model build has the bell without the jobs that use it.
#[cfg(any(feature = "jobs", loom, shuttle))]
#[doc(hidden)] // Public for the models in `tests/loom`.
pub mod bell;
#[expect(unsafe_code, reason = "holds on a block of the heap, which it frees")]
mod channel;
#[expect(unsafe_code, reason = "values in slots that threads hand to each other")]
mod core;
#[expect(unsafe_code, reason = "vouches for the set that it sits in")]
mod doorbell;
mod error;
mod flavor;
pub mod future;
#[cfg(all(feature = "jobs", not(any(loom, shuttle))))]
pub mod jobs;
mod patience;
mod receiver;
#[expect(unsafe_code, reason = "the waiter of a future that is pinned")]
pub mod select;
mod sender;
pub mod spsc;
mod weak;

pub use doorbell::Doorbell;
pub use error::{RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError};
pub use receiver::{IntoIter, Iter, Receiver, TryIter};
pub use select::Select;
pub use sender::Sender;
pub use weak::{WeakReceiver, WeakSender};

use flavor::Flavor;

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
/// Up to 65,536 messages their memory is allocated at once, 8 bytes for each beside the message itself. Beyond it comes as it
/// is needed, and sends and receives wait for each other's lock.
///
/// # Panics
///
/// Panics if `capacity` is zero.
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = Flavor::bounded(capacity);
    (Sender::first(sender), Receiver::first(receiver))
}

/// Makes a channel that holds as many messages as there is memory, and its first two handles.
///
/// ```
/// let (sender, receiver) = producer_consumer::unbounded();
/// for number in 0..1_000 {
///     sender.send(number)?;
/// }
/// drop(sender);
/// assert_eq!(receiver.iter().sum::<u32>(), 499_500);
/// # Ok::<(), producer_consumer::SendError<u32>>(())
/// ```
///
/// A sender that is faster than its receivers fills the memory; prefer [`bounded`] where you can name a bound. The memory
/// of a burst is given back as it is received.
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = Flavor::unbounded();
    (Sender::first(sender), Receiver::first(receiver))
}
