#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

// SQLite is no part of any model, so a model build has the bell without the jobs that use it.
#[cfg(any(feature = "jobs", loom, shuttle))]
#[doc(hidden)] // Public for the models in `tests/loom`.
pub mod bell;
pub mod broadcast;
mod builder;
mod channel;
mod closed;
#[expect(unsafe_code, reason = "values in slots that threads hand to each other")]
mod core;
#[expect(unsafe_code, reason = "vouches for the set that it sits in")]
mod doorbell;
mod error;
mod finally;
mod flavor;
pub mod future;
#[expect(unsafe_code, reason = "a block of the heap, which the last hold frees")]
mod hold;
mod iter;
#[cfg(all(feature = "jobs", not(any(loom, shuttle))))]
pub mod jobs;
mod lane;
mod many;
mod overflow;
#[cfg(feature = "futures")]
#[expect(unsafe_code, reason = "a stream beside the receiver that it borrows")]
mod owned;
mod patience;
mod permit;
mod receiver;
#[expect(unsafe_code, reason = "the waiter of a future that is pinned")]
pub mod select;
mod sender;
pub mod spsc;
mod stats;
mod weak;

pub use builder::{Builder, Weighed, Weightless};
pub use doorbell::Doorbell;
pub use error::{RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError};
pub use many::Unsent;
pub use overflow::Overflow;
pub use permit::{OwnedPermit, Permit, Permits};
pub use receiver::{IntoIter, Iter, Receiver, TryIter};
pub use select::Select;
pub use sender::Sender;
pub use stats::Stats;
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
/// Panics if `capacity` is zero; a channel without room is a [`rendezvous`].
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = Flavor::bounded(capacity, Overflow::Block);
    (Sender::first(sender), Receiver::first(receiver))
}

/// Makes a channel that holds no message, and its first two handles: a send is over when a receiver has the message.
///
/// ```
/// let (sender, receiver) = producer_consumer::rendezvous();
/// assert!(sender.try_send(1).unwrap_err().is_full(), "nobody waits for it");
/// let producer = std::thread::spawn(move || sender.send(2));
/// assert_eq!(receiver.recv(), Ok(2)); // From hand to hand.
/// producer.join().unwrap()?;
/// # Ok::<(), producer_consumer::SendError<i32>>(())
/// ```
///
/// [`try_send`](Sender::try_send) succeeds only if a receiver waits, and [`try_recv`](Receiver::try_recv) only if a sender
/// does. A send that times out, or whose future is dropped, has either been received or not been sent. Both sides are served
/// in the order in which they came, threads that wait to receive before tasks.
///
/// A [`Select`] that waits to send holds its value back until it meets a receiver that waits: a `try_recv` does not meet it.
///
/// A `try_send` to a task is accepted before the task runs. Should it turn away meanwhile, by dropping its future, the next
/// receiver gets the message, and the last receiver's drop drops it; a second one is refused until then.
///
/// The channel has a capacity of zero, holds no memory for messages, and is always both empty and full. Costs two locks a
/// message, held for its move, and a wake if one side sleeps.
pub fn rendezvous<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = Flavor::rendezvous();
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
/// A sender that is faster than its receivers fills the memory; prefer [`bounded`] where you can name a bound. Memory comes
/// in blocks of 32 messages, 2 bytes for each beside the message itself, and is given back as they are received.
///
/// Senders and receivers do not wait for each other. Receivers take turns: [`Receiver::try_recv`] says "empty" to one that
/// has found another at the front for about a microsecond.
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = Flavor::unbounded(Overflow::Block);
    (Sender::first(sender), Receiver::first(receiver))
}
