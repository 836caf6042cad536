//! The subscriber and its iterators.

use super::future::{Receiving, ReceivingMany, Recv, RecvMany};
use super::hub::{Hub, View};
use crate::error::{RecvError, RecvTimeoutError, TryRecvError};
use crate::iter::iterators;
use crate::patience::Patience;
use crate::stats::Stats;
use common::sync::Arc;
use std::fmt;
use std::time::{Duration, Instant};

/// A subscriber: gets every message that is sent after it has subscribed, in the order that is the same for all.
///
/// A clone goes on at the same position, so both get what this one has not had; [`resubscribe`](Self::resubscribe) begins at
/// the end. Dropping it unsubscribes: what only it had not read is dropped, and senders that wait for it go on. The last
/// one's drop does not close the channel.
///
/// What a receive takes is cloned for all subscribers but the last to read it, outside any lock; use an
/// [`Arc`](std::sync::Arc) as a message if clones are dear. Should a clone panic, the message is there for the next receive.
///
/// A position belongs to one thread at a time:
///
/// ```compile_fail,E0596
/// let (_sender, receiver) = producer_consumer::broadcast::bounded::<i32>(1);
/// let shared = &receiver;
/// shared.recv();
/// ```
pub struct Receiver<T> {
    hub: Arc<Hub<T>>,
    view: View<T>,
}

impl<T> Receiver<T> {
    /// A new subscriber.
    pub(super) fn subscribe(hub: &Arc<Hub<T>>) -> Self {
        Self { hub: hub.clone(), view: View::subscribe(hub) }
    }

    pub(crate) fn lend(&mut self) -> (&Hub<T>, &mut View<T>) {
        (&self.hub, &mut self.view)
    }

    /// A new subscriber, who gets what is sent from now on.
    ///
    /// ```
    /// let (sender, mut receiver) = producer_consumer::broadcast::bounded(4);
    /// sender.send(1)?;
    /// let (mut same, mut late) = (receiver.clone(), receiver.resubscribe());
    /// sender.send(2)?;
    /// assert_eq!(receiver.drain(), [1, 2]);
    /// assert_eq!(same.drain(), [1, 2]);
    /// assert_eq!(late.drain(), [2]);
    /// # Ok::<(), producer_consumer::SendError<i32>>(())
    /// ```
    ///
    /// A closed channel gives one, too, who is told of the end.
    pub fn resubscribe(&self) -> Self {
        Self::subscribe(&self.hub)
    }

    /// Closes the channel: from now on no send succeeds, and subscribers still get what was sent.
    ///
    /// Senders that wait for room get their values back. Returns false if the channel was closed before.
    pub fn close(&self) -> bool {
        self.hub.close()
    }

    /// Whether no send can succeed any more; there may still be messages to receive.
    pub fn is_closed(&self) -> bool {
        self.hub.log().is_closed()
    }

    /// How many messages this subscriber has not received, at this moment.
    pub fn len(&self) -> usize {
        self.view.len(&self.hub)
    }

    /// Whether this subscriber has received all messages, at this moment.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many messages the channel can hold.
    pub fn capacity(&self) -> usize {
        self.hub.log().capacity()
    }

    /// What has happened in the channel so far, as [`Sender::stats`](super::Sender::stats).
    pub fn stats(&self) -> Stats {
        self.hub.stats()
    }

    /// Whether `other` has subscribed to the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.hub, &other.hub)
    }
}

impl<T: Clone> Receiver<T> {
    /// Takes the next message if there is one now.
    ///
    /// # Errors
    ///
    /// Says whether all has been received, or the channel is closed as well.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.view.try_recv(&self.hub)
    }

    /// Takes the next message, waiting for one as long as it takes.
    ///
    /// # Errors
    ///
    /// [`RecvError`] when the channel is closed and all that was sent has been received.
    pub fn recv(&mut self) -> Result<T, RecvError> {
        self.wait(Patience::Endless, |view, hub| view.try_recv(hub)).map_err(|_| RecvError)
    }

    /// [`recv`](Self::recv) that waits no longer than `timeout`; zero does not sleep.
    ///
    /// # Errors
    ///
    /// Says whether the time ran out, or the channel is closed and all has been received.
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.wait(Patience::of(timeout), |view, hub| view.try_recv(hub)).map_err(TryRecvError::late)
    }

    /// [`recv`](Self::recv) that waits no longer than until `deadline`; one in the past does not sleep.
    ///
    /// # Errors
    ///
    /// Says whether the time ran out, or the channel is closed and all has been received.
    pub fn recv_deadline(&mut self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.wait(Patience::Until(deadline), |view, hub| view.try_recv(hub)).map_err(TryRecvError::late)
    }

    /// [`recv`](Self::recv) as a future, for any runtime.
    ///
    /// # Errors
    ///
    /// [`RecvError`] when the channel is closed and all that was sent has been received.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped takes no message.
    pub fn recv_async(&mut self) -> Recv<'_, T> {
        Recv::new(self.hub.not_empty(), Receiving { hub: &self.hub, view: &mut self.view })
    }

    /// Appends up to `max` messages to `into` and says how many: waits for the first, and takes what is there then.
    ///
    /// ```
    /// let (sender, mut receiver) = producer_consumer::broadcast::bounded(8);
    /// for number in 1..=5 {
    ///     sender.send(number)?;
    /// }
    /// let mut batch = Vec::new();
    /// assert_eq!(receiver.recv_many(&mut batch, 3), Ok(3));
    /// assert_eq!(receiver.recv_many(&mut batch, 3), Ok(2));
    /// assert_eq!(batch, [1, 2, 3, 4, 5]);
    /// # Ok::<(), producer_consumer::SendError<i32>>(())
    /// ```
    ///
    /// Zero with a `max` of zero, and otherwise at least one. One lock for all of them.
    ///
    /// # Errors
    ///
    /// [`RecvError`] when the channel is closed and all that was sent has been received.
    ///
    /// # Panics
    ///
    /// Panics if `into` cannot grow, or a clone does; what was not appended stays to be received.
    pub fn recv_many(&mut self, into: &mut Vec<T>, max: usize) -> Result<usize, RecvError> {
        self.wait(Patience::Endless, |view, hub| view.try_recv_many(hub, into, max)).map_err(|_| RecvError)
    }

    /// [`recv_many`](Self::recv_many) that waits for the first no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// Says whether the time ran out, or the channel is closed and all has been received.
    ///
    /// # Panics
    ///
    /// As [`recv_many`](Self::recv_many).
    pub fn recv_many_timeout(
        &mut self,
        into: &mut Vec<T>,
        max: usize,
        timeout: Duration,
    ) -> Result<usize, RecvTimeoutError> {
        self.wait(Patience::of(timeout), |view, hub| view.try_recv_many(hub, into, max)).map_err(TryRecvError::late)
    }

    /// [`recv_many`](Self::recv_many) that waits for the first no longer than until `deadline`.
    ///
    /// # Errors
    ///
    /// Says whether the time ran out, or the channel is closed and all has been received.
    ///
    /// # Panics
    ///
    /// As [`recv_many`](Self::recv_many).
    pub fn recv_many_deadline(
        &mut self,
        into: &mut Vec<T>,
        max: usize,
        deadline: Instant,
    ) -> Result<usize, RecvTimeoutError> {
        self.wait(Patience::Until(deadline), |view, hub| view.try_recv_many(hub, into, max)).map_err(TryRecvError::late)
    }

    /// [`recv_many`](Self::recv_many) that then goes on for up to `linger`, until there are `max`: fewer and larger batches
    /// for a little delay.
    ///
    /// # Errors
    ///
    /// [`RecvError`] when the channel is closed and all that was sent has been received. If it is closed while this lingers,
    /// what was taken is returned.
    ///
    /// # Panics
    ///
    /// As [`recv_many`](Self::recv_many).
    pub fn recv_many_linger(&mut self, into: &mut Vec<T>, max: usize, linger: Duration) -> Result<usize, RecvError> {
        let mut count = self.recv_many(into, max)?;
        let patience = Patience::of(linger);
        while count < max {
            match self.wait(patience, |view, hub| view.try_recv_many(hub, into, max - count)) {
                Ok(more) => count += more,
                Err(_) => break,
            }
        }
        Ok(count)
    }

    /// Appends up to `max` messages that are there now to `into`, and says how many.
    ///
    /// # Errors
    ///
    /// Says whether all has been received, or the channel is closed as well.
    ///
    /// # Panics
    ///
    /// As [`recv_many`](Self::recv_many).
    pub fn try_recv_many(&mut self, into: &mut Vec<T>, max: usize) -> Result<usize, TryRecvError> {
        self.view.try_recv_many(&self.hub, into, max)
    }

    /// [`recv_many`](Self::recv_many) as a future, for any runtime.
    ///
    /// # Errors
    ///
    /// [`RecvError`] when the channel is closed and all that was sent has been received.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped takes no message.
    pub fn recv_many_async<'a>(&'a mut self, into: &'a mut Vec<T>, max: usize) -> RecvMany<'a, T> {
        RecvMany::new(self.hub.not_empty(), ReceivingMany { hub: &self.hub, view: &mut self.view, into, max })
    }

    /// Takes all messages that are there now; after a [`close`](Self::close) that is the exact rest.
    pub fn drain(&mut self) -> Vec<T> {
        let mut taken = Vec::new();
        let _ = self.try_recv_many(&mut taken, usize::MAX);
        taken
    }

    /// Messages as they come, until the channel is closed and all has been received.
    pub fn iter(&mut self) -> Iter<'_, T> {
        Iter(self)
    }

    /// Messages that are there, until there is none at the moment of asking.
    pub fn try_iter(&mut self) -> TryIter<'_, T> {
        TryIter(self)
    }

    /// Tries until there is something, or the end, or `patience` has ended.
    fn wait<R>(
        &mut self,
        patience: Patience,
        mut attempt: impl FnMut(&mut View<T>, &Hub<T>) -> Result<R, TryRecvError>,
    ) -> Result<R, TryRecvError> {
        let Self { hub, view } = self;
        let mut waits = false;
        let unless_empty = || match attempt(view, hub) {
            Err(TryRecvError::Empty) => {
                if !std::mem::replace(&mut waits, true) {
                    hub.begin_recv_wait(patience);
                }
                None
            }
            result => Some(result),
        };
        patience.wait(hub.not_empty(), unless_empty).unwrap_or(Err(TryRecvError::Empty))
    }
}

/// Goes on at the same position.
impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self { hub: self.hub.clone(), view: self.view.share(&self.hub) }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.view.leave(&self.hub);
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("capacity", &self.capacity()).finish_non_exhaustive()
    }
}

iterators!(&'a mut Receiver<T> where T: Clone);
