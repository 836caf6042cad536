//! The sending handle.

mod batch;
mod force;
mod reserve;

use crate::error::{SendError, SendTimeoutError, TrySendError};
use crate::flavor::{Flavor, Side, each};
use crate::future::{self, Sending};
use crate::overflow::Overflow;
use crate::patience::Patience;
use crate::weak::WeakSender;
use std::fmt;
use std::time::{Duration, Instant};

/// Puts messages into a channel; clones put into the same one.
///
/// Dropping the last sender closes the channel: receivers get what is there and then the news that nothing more will
/// come.
///
/// Values cross threads, so a sender can be sent only if its values can:
///
/// ```compile_fail,E0277
/// let (sender, _receiver) = producer_consumer::bounded(1);
/// std::thread::spawn(move || sender.send(std::rc::Rc::new(1)));
/// ```
pub struct Sender<T> {
    flavor: Flavor<T>,
}

impl<T> Sender<T> {
    /// The first sender, which the channel has counted already.
    pub(crate) fn first(flavor: Flavor<T>) -> Self {
        Self { flavor }
    }

    pub(crate) fn flavor(&self) -> &Flavor<T> {
        &self.flavor
    }

    /// Puts `value` in if there is room now.
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel is full or closed.
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        each!(&self.flavor, channel => channel.send(value, Patience::None))
    }

    /// Puts `value` in, waiting for room as long as it takes.
    ///
    /// ```
    /// let (sender, receiver) = producer_consumer::bounded(1);
    /// sender.send("first")?;
    /// let producer = std::thread::spawn(move || sender.send("second")); // Waits for the room that recv makes.
    /// assert_eq!(receiver.recv()?, "first");
    /// assert_eq!(receiver.recv()?, "second");
    /// producer.join().unwrap()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// A channel that was built with an [`Overflow`](crate::Overflow) other than `Block` does that instead of waiting; so do
    /// the other forms, but for `try_`.
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel is closed, or gets closed while this waits; or is full and rejects.
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        each!(&self.flavor, channel => channel.send(value, Patience::Endless))
            .map_err(|refused| SendError(refused.into_inner()))
    }

    /// [`send`](Self::send) that waits no longer than `timeout`; zero does not sleep.
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel stayed full or is closed; and at once if it is full and
    /// [rejects](crate::Overflow::Reject), which is not [`Timeout`](SendTimeoutError::Timeout) but
    /// [`Full`](SendTimeoutError::Full).
    pub fn send_timeout(&self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        each!(&self.flavor, channel => channel.send(value, Patience::of(timeout))).map_err(|refused| self.late(refused))
    }

    /// [`send`](Self::send) that waits no longer than until `deadline`; one in the past does not sleep.
    ///
    /// # Errors
    ///
    /// As [`send_timeout`](Self::send_timeout).
    pub fn send_deadline(&self, value: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        each!(&self.flavor, channel => channel.send(value, Patience::Until(deadline)))
            .map_err(|refused| self.late(refused))
    }

    /// [`send`](Self::send) as a future, for any runtime.
    ///
    /// ```
    /// # use std::task::{Context, Poll, Waker};
    /// let (sender, receiver) = producer_consumer::bounded(1);
    /// let mut context = Context::from_waker(Waker::noop());
    /// let mut first = std::pin::pin!(sender.send_async(1));
    /// assert_eq!(first.as_mut().poll(&mut context), Poll::Ready(Ok(())));
    /// let mut second = std::pin::pin!(sender.send_async(2));
    /// assert!(second.as_mut().poll(&mut context).is_pending());
    /// assert_eq!(receiver.recv(), Ok(1)); // Threads and tasks share a channel.
    /// assert_eq!(second.as_mut().poll(&mut context), Poll::Ready(Ok(())));
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel is closed, or gets closed meanwhile.
    ///
    /// # Cancellation
    ///
    /// Until the future is ready the value has not been sent, and dropping the future drops it. Only without room, in a
    /// [`rendezvous`](crate::rendezvous), a receiver may have taken it since the last poll.
    pub fn send_async(&self, value: T) -> future::Send<'_, T> {
        future::Send::new(self.flavor.not_full(), Sending::new(&self.flavor, value))
    }

    /// A handle that does not keep the channel open.
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender(self.flavor.hold())
    }

    /// Closes the channel: from now on no send succeeds, and receivers still get what was accepted.
    ///
    /// Senders that wait for room get their values back. Returns false if the channel was closed before.
    pub fn close(&self) -> bool {
        each!(&self.flavor, channel => channel.close())
    }

    /// Whether no send can succeed any more: somebody closed the channel, or all receivers are gone.
    pub fn is_closed(&self) -> bool {
        self.flavor.is_closed()
    }

    /// How many messages the channel holds at this moment.
    pub fn len(&self) -> usize {
        self.flavor.len()
    }

    /// Whether the channel holds no message at this moment.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the channel has no room at this moment.
    pub fn is_full(&self) -> bool {
        self.flavor.is_full()
    }

    /// How many messages the channel can hold; `None` if there is no bound.
    pub fn capacity(&self) -> Option<usize> {
        self.flavor.capacity()
    }

    /// How many senders there are at this moment; weak ones do not count, an [`OwnedPermit`](crate::OwnedPermit) does.
    pub fn sender_count(&self) -> usize {
        self.flavor.count(Side::Senders)
    }

    /// How many receivers there are at this moment; weak ones do not count, a [`Doorbell`](crate::Doorbell) does.
    pub fn receiver_count(&self) -> usize {
        self.flavor.count(Side::Receivers)
    }

    /// What a refusal comes to for who would have waited: a channel that rejects was not waited for.
    fn late<V>(&self, refused: TrySendError<V>) -> SendTimeoutError<V> {
        match self.overflow() {
            Overflow::Reject => refused.rejected(),
            _ => refused.late(),
        }
    }

    /// Whether `other` puts into the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.flavor.is_same(&other.flavor)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { flavor: self.flavor.share(Side::Senders) }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        each!(&self.flavor, channel => channel.leave_sender());
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("capacity", &self.capacity()).finish_non_exhaustive()
    }
}
