//! The receiving handle and its iterators.

use crate::error::{RecvError, RecvTimeoutError, TryRecvError};
use crate::flavor::{Flavor, Side, each};
use crate::future::{self, Receiving, ReceivingMany};
use crate::iter::iterators;
use crate::patience::Patience;
use crate::weak::WeakReceiver;
use std::fmt;
use std::time::{Duration, Instant};

/// Takes messages out of a channel; clones share them, each message going to one receiver.
///
/// Dropping the last receiver ends the channel: senders get their values back, and what was not received is dropped at
/// once.
pub struct Receiver<T> {
    flavor: Flavor<T>,
}

impl<T> Receiver<T> {
    /// The first receiver, which the channel has counted already.
    pub(crate) fn first(flavor: Flavor<T>) -> Self {
        Self { flavor }
    }

    pub(crate) fn flavor(&self) -> &Flavor<T> {
        &self.flavor
    }

    /// Takes the oldest message if there is one now.
    ///
    /// # Errors
    ///
    /// Says whether the channel is just empty, or closed as well.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        each!(&self.flavor, channel => channel.recv(Patience::None))
    }

    /// Takes the oldest message, waiting for one as long as it takes.
    ///
    /// # Errors
    ///
    /// [`RecvError`] when the channel is closed and all that it had accepted has been received.
    pub fn recv(&self) -> Result<T, RecvError> {
        each!(&self.flavor, channel => channel.recv(Patience::Endless)).map_err(|_| RecvError)
    }

    /// [`recv`](Self::recv) that waits no longer than `timeout`; zero does not sleep.
    ///
    /// # Errors
    ///
    /// Says whether the time ran out, or the channel is closed and empty.
    ///
    /// # Cancellation
    ///
    /// A time-out takes no message, and no wake that another receiver needs.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        each!(&self.flavor, channel => channel.recv(Patience::of(timeout))).map_err(TryRecvError::late)
    }

    /// [`recv`](Self::recv) that waits no longer than until `deadline`; one in the past does not sleep.
    ///
    /// # Errors
    ///
    /// Says whether the time ran out, or the channel is closed and empty.
    ///
    /// # Cancellation
    ///
    /// A time-out takes no message, and no wake that another receiver needs.
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        each!(&self.flavor, channel => channel.recv(Patience::Until(deadline))).map_err(TryRecvError::late)
    }

    /// [`recv`](Self::recv) as a future, for any runtime.
    ///
    /// # Errors
    ///
    /// [`RecvError`] when the channel is closed and all that it had accepted has been received.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped takes no message, and no wake that another receiver needs.
    pub fn recv_async(&self) -> future::Recv<'_, T> {
        future::Recv::new(self.flavor.not_empty(), Receiving { flavor: &self.flavor })
    }

    /// Appends up to `max` messages to `into`, oldest first, and says how many: waits for the first, and takes what is there
    /// then.
    ///
    /// ```
    /// let (sender, receiver) = producer_consumer::bounded(8);
    /// (1..=5).try_for_each(|number| sender.send(number))?;
    /// let mut batch = Vec::new();
    /// assert_eq!(receiver.recv_many(&mut batch, 3), Ok(3));
    /// assert_eq!(receiver.recv_many(&mut batch, 3), Ok(2));
    /// assert_eq!(batch, [1, 2, 3, 4, 5]);
    /// # Ok::<(), producer_consumer::SendError<i32>>(())
    /// ```
    ///
    /// Zero with a `max` of zero, and otherwise at least one. One claim for all of them.
    ///
    /// # Errors
    ///
    /// [`RecvError`] when the channel is closed and all that it had accepted has been received.
    ///
    /// # Panics
    ///
    /// Panics if `into` cannot grow; nothing has been taken then.
    pub fn recv_many(&self, into: &mut Vec<T>, max: usize) -> Result<usize, RecvError> {
        each!(&self.flavor, channel => channel.recv_many(into, max, Patience::Endless)).map_err(|_| RecvError)
    }

    /// [`recv_many`](Self::recv_many) that waits for the first no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// Says whether the time ran out, or the channel is closed and empty.
    ///
    /// # Panics
    ///
    /// Panics if `into` cannot grow; nothing has been taken then.
    pub fn recv_many_timeout(
        &self,
        into: &mut Vec<T>,
        max: usize,
        timeout: Duration,
    ) -> Result<usize, RecvTimeoutError> {
        each!(&self.flavor, channel => channel.recv_many(into, max, Patience::of(timeout))).map_err(TryRecvError::late)
    }

    /// [`recv_many`](Self::recv_many) that waits for the first no longer than until `deadline`.
    ///
    /// # Errors
    ///
    /// Says whether the time ran out, or the channel is closed and empty.
    ///
    /// # Panics
    ///
    /// Panics if `into` cannot grow; nothing has been taken then.
    pub fn recv_many_deadline(
        &self,
        into: &mut Vec<T>,
        max: usize,
        deadline: Instant,
    ) -> Result<usize, RecvTimeoutError> {
        each!(&self.flavor, channel => channel.recv_many(into, max, Patience::Until(deadline)))
            .map_err(TryRecvError::late)
    }

    /// [`recv_many`](Self::recv_many) that then goes on for up to `linger`, until there are `max`: fewer and larger batches
    /// for a little delay.
    ///
    /// # Errors
    ///
    /// [`RecvError`] when the channel is closed and all that it had accepted has been received.
    ///
    /// # Panics
    ///
    /// Panics if `into` cannot grow; nothing has been taken then.
    pub fn recv_many_linger(&self, into: &mut Vec<T>, max: usize, linger: Duration) -> Result<usize, RecvError> {
        let mut count = self.recv_many(into, max)?;
        let patience = Patience::of(linger);
        while count < max {
            match each!(&self.flavor, channel => channel.recv_many(into, max - count, patience)) {
                Ok(more) => count += more,
                Err(_) => break,
            }
        }
        Ok(count)
    }

    /// Appends up to `max` messages that are there now to `into`, oldest first, and says how many.
    ///
    /// # Errors
    ///
    /// Says whether the channel is just empty, or closed as well.
    ///
    /// # Panics
    ///
    /// Panics if `into` cannot grow; nothing has been taken then.
    pub fn try_recv_many(&self, into: &mut Vec<T>, max: usize) -> Result<usize, TryRecvError> {
        each!(&self.flavor, channel => channel.try_recv_many(into, max))
    }

    /// [`recv_many`](Self::recv_many) as a future, for any runtime.
    ///
    /// # Errors
    ///
    /// [`RecvError`] when the channel is closed and all that it had accepted has been received.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped takes no message, and no wake that another receiver needs.
    pub fn recv_many_async<'a>(&'a self, into: &'a mut Vec<T>, max: usize) -> future::RecvMany<'a, T> {
        future::RecvMany::new(self.flavor.not_empty(), ReceivingMany { flavor: &self.flavor, into, max })
    }

    /// A handle that does not keep the channel open.
    pub fn downgrade(&self) -> WeakReceiver<T> {
        WeakReceiver(self.flavor.hold())
    }

    /// Takes all messages that are there now, oldest first; closes nothing, and waits for nothing while the channel is open.
    ///
    /// After [`close`](Self::close) this is the exact rest: nothing can be accepted behind it, and a send that is under way
    /// is waited for.
    ///
    /// ```
    /// let (sender, receiver) = producer_consumer::bounded(4);
    /// sender.send(1)?;
    /// sender.send(2)?;
    /// receiver.close();
    /// assert_eq!(receiver.drain(), [1, 2]);
    /// assert!(receiver.recv().is_err());
    /// # Ok::<(), producer_consumer::SendError<i32>>(())
    /// ```
    pub fn drain(&self) -> Vec<T> {
        each!(&self.flavor, channel => channel.drain())
    }

    /// Closes the channel: from now on no send succeeds, and receivers still get what was accepted.
    ///
    /// Senders that wait for room get their values back. Returns false if the channel was closed before.
    pub fn close(&self) -> bool {
        each!(&self.flavor, channel => channel.close())
    }

    /// Whether no send can succeed any more: somebody closed the channel, or all senders are gone.
    ///
    /// There may still be messages to receive.
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

    /// Whether `other` takes from the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.flavor.is_same(&other.flavor)
    }

    /// Messages as they come, until the channel is closed and empty.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter(self)
    }

    /// Messages that are there, until there is none at the moment of asking.
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter(self)
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self { flavor: self.flavor.share(Side::Receivers) }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        each!(&self.flavor, channel => channel.leave_receiver());
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("capacity", &self.capacity()).finish_non_exhaustive()
    }
}

iterators!(&'a Receiver<T>);
