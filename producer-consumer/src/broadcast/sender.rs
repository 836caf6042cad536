//! The sending handle, and the one that keeps nothing open.

use super::future::{Closed, Ending, Send, SendingAsync};
use super::hub::{Hub, Sending};
use super::receiver::Receiver;
use crate::error::{SendError, SendTimeoutError, TrySendError};
use crate::patience::Patience;
use crate::stats::Stats;
use common::sync::Arc;
use std::fmt;
use std::time::{Duration, Instant};

/// Sends messages to all who have subscribed; clones send to the same.
///
/// Each send says how many subscribers its message goes to. With none it is dropped, and that is no error: who subscribes
/// later gets what is sent later. Dropping the last sender closes the channel: subscribers get what was sent, and then the
/// news that nothing more will come.
///
/// Subscribers on several threads clone one value at the same time, so a sender can be sent to another thread only if its
/// values can, and can be shared:
///
/// ```compile_fail,E0277
/// let (sender, _receiver) = producer_consumer::broadcast::bounded(1);
/// std::thread::spawn(move || sender.send(std::cell::Cell::new(1)));
/// ```
pub struct Sender<T> {
    hub: Arc<Hub<T>>,
}

/// Knows a channel without counting as one of its senders; by [`Sender::downgrade`].
pub struct WeakSender<T>(Arc<Hub<T>>);

impl<T> Sender<T> {
    /// The first sender, which the channel has counted already.
    pub(super) fn first(hub: Arc<Hub<T>>) -> Self {
        Self { hub }
    }

    pub(crate) fn hub(&self) -> &Hub<T> {
        &self.hub
    }

    /// Sends `value` if there is room now, and says to how many subscribers.
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel is closed, or full: some subscriber has as many messages to read as it holds.
    pub fn try_send(&self, value: T) -> Result<usize, TrySendError<T>> {
        self.hub.try_send(value)
    }

    /// Sends `value`, waiting for room as long as it takes, and says to how many subscribers.
    ///
    /// ```
    /// let (sender, mut receiver) = producer_consumer::broadcast::bounded(1);
    /// sender.send("first")?;
    /// let producer = std::thread::spawn(move || sender.send("second")); // Waits for who has not read the first.
    /// assert_eq!(receiver.recv()?, "first");
    /// assert_eq!(receiver.recv()?, "second");
    /// assert_eq!(producer.join().unwrap()?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel is closed, or gets closed while this waits.
    pub fn send(&self, value: T) -> Result<usize, SendError<T>> {
        self.hub.send(value, Patience::Endless).map_err(|refused| SendError(refused.into_inner()))
    }

    /// [`send`](Self::send) that waits no longer than `timeout`; zero does not sleep.
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel stayed full or is closed.
    pub fn send_timeout(&self, value: T, timeout: Duration) -> Result<usize, SendTimeoutError<T>> {
        self.hub.send(value, Patience::of(timeout)).map_err(TrySendError::late)
    }

    /// [`send`](Self::send) that waits no longer than until `deadline`; one in the past does not sleep.
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel stayed full or is closed.
    pub fn send_deadline(&self, value: T, deadline: Instant) -> Result<usize, SendTimeoutError<T>> {
        self.hub.send(value, Patience::Until(deadline)).map_err(TrySendError::late)
    }

    /// [`send`](Self::send) as a future, for any runtime.
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel is closed, or gets closed meanwhile.
    ///
    /// # Cancellation
    ///
    /// Until the future is ready the value has not been sent, and dropping the future drops it.
    pub fn send_async(&self, value: T) -> Send<'_, T> {
        Send::new(self.hub.not_full(), SendingAsync(Sending { hub: &self.hub, value: Some(value) }))
    }

    /// A new subscriber, who gets what is sent from now on.
    ///
    /// A closed channel gives one, too, who is told of the end.
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver::subscribe(&self.hub)
    }

    /// How many subscribers there are at this moment.
    pub fn receiver_count(&self) -> usize {
        self.hub.log().subscribers()
    }

    /// A handle that does not keep the channel open.
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender(self.hub.clone())
    }

    /// Closes the channel: from now on no send succeeds, and subscribers still get what was sent.
    ///
    /// Senders that wait for room get their values back. Returns false if the channel was closed before.
    pub fn close(&self) -> bool {
        self.hub.close()
    }

    /// Whether no send can succeed any more.
    pub fn is_closed(&self) -> bool {
        self.hub.log().is_closed()
    }

    /// Waits until no send can succeed any more: somebody closed the channel. That nobody has subscribed is
    /// no end.
    ///
    /// The channel may hold messages that were accepted.
    pub fn wait_closed(&self) {
        self.see_closed(Patience::Endless);
    }

    /// [`wait_closed`](Self::wait_closed) no longer than `timeout`; whether the channel is closed. Zero does not sleep.
    pub fn wait_closed_timeout(&self, timeout: Duration) -> bool {
        self.see_closed(Patience::of(timeout))
    }

    /// [`wait_closed`](Self::wait_closed) no longer than until `deadline`; whether the channel is closed. One in the past does
    /// not sleep.
    pub fn wait_closed_deadline(&self, deadline: Instant) -> bool {
        self.see_closed(Patience::Until(deadline))
    }

    /// [`wait_closed`](Self::wait_closed) as a future, for any runtime.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped leaves nothing behind; the next one is ready if the channel was closed meanwhile.
    pub fn closed_async(&self) -> Closed<'_, T> {
        Closed::new(self.hub.ended(), Ending(&self.hub))
    }

    fn see_closed(&self, patience: Patience) -> bool {
        patience.wait(self.hub.ended(), || self.is_closed().then_some(())).is_some()
    }

    /// How many messages the channel holds at this moment: as many as the slowest subscriber has not read.
    pub fn len(&self) -> usize {
        self.hub.log().len()
    }

    /// Whether all subscribers have read all messages, at this moment.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the channel has no room at this moment.
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }

    /// How many messages the channel can hold.
    pub fn capacity(&self) -> usize {
        self.hub.log().capacity()
    }

    /// What has happened in the channel so far; costs the lock.
    ///
    /// A message counts as sent when somebody has subscribed, and as dropped when nobody has. It counts as received when all
    /// have read it who had to, or have gone: so `sent` is exactly `received` plus `depth`, at any time, and `high_water` is
    /// exact. One send may wake many.
    ///
    /// ```
    /// let (sender, mut first) = producer_consumer::broadcast::bounded(4);
    /// let second = sender.subscribe();
    /// sender.send('a')?;
    /// sender.send('b')?;
    /// first.drain();
    /// let stats = sender.stats();
    /// assert_eq!((stats.sent, stats.received, stats.depth), (2, 0, 2), "the second has read nothing");
    /// drop(second);
    /// assert_eq!((sender.stats().received, sender.stats().high_water), (2, 2));
    /// # Ok::<(), producer_consumer::SendError<char>>(())
    /// ```
    pub fn stats(&self) -> Stats {
        self.hub.stats()
    }

    /// Whether `other` sends to the same subscribers.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.hub, &other.hub)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.hub.share();
        Self { hub: self.hub.clone() }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.hub.leave();
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("capacity", &self.capacity()).finish_non_exhaustive()
    }
}

impl<T> WeakSender<T> {
    /// A sender, if there is another one still.
    ///
    /// A channel that was closed and has senders left gives one, too.
    pub fn upgrade(&self) -> Option<Sender<T>> {
        self.0.revive().then(|| Sender { hub: self.0.clone() })
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSender").finish_non_exhaustive()
    }
}
