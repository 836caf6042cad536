//! The sending end.

use super::future::{Closed, Ending, Send, SendMany, Sending, SendingMany};
use super::many::Many;
use crate::core::ring::{Producer, Pusher, Ring};
use crate::error::{SendError, SendTimeoutError, TrySendError};
use crate::many::Unsent;
use crate::patience::Patience;
use crate::stats::Stats;
use std::fmt;
use std::time::{Duration, Instant};

/// Puts messages into a channel; there is one.
///
/// Dropping it closes the channel: the receiver gets what is there and then the news that nothing more will come.
///
/// It cannot be cloned:
///
/// ```compile_fail,E0599
/// let (sender, _receiver) = producer_consumer::spsc::bounded::<i32>(1);
/// let other = sender.clone();
/// ```
///
/// nor be used by two threads at once:
///
/// ```compile_fail,E0596
/// let (sender, _receiver) = producer_consumer::spsc::bounded(1);
/// let shared = &sender;
/// shared.send(1);
/// ```
///
/// and values cross threads, so a sender can be sent only if its values can:
///
/// ```compile_fail,E0277
/// let (mut sender, _receiver) = producer_consumer::spsc::bounded(1);
/// std::thread::spawn(move || sender.send(std::rc::Rc::new(1)).is_ok());
/// ```
pub struct Sender<T> {
    producer: Producer<T>,
}

impl<T> Sender<T> {
    pub(super) fn new(producer: Producer<T>) -> Self {
        Self { producer }
    }

    pub(crate) fn lend(&mut self) -> (&Ring<T>, Pusher<'_, T>) {
        self.producer.lend()
    }

    /// Puts `value` in if there is room now.
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel is full or closed.
    #[inline]
    pub fn try_send(&mut self, value: T) -> Result<(), TrySendError<T>> {
        self.producer.lend().1.push(value)
    }

    /// Puts `value` in, waiting for room as long as it takes.
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel is closed, or gets closed while this waits.
    #[inline]
    pub fn send(&mut self, value: T) -> Result<(), SendError<T>> {
        match self.try_send(value) {
            Ok(()) => Ok(()),
            Err(refused) => self.wait(refused, Patience::Endless).map_err(|refused| SendError(refused.into_inner())),
        }
    }

    /// [`send`](Self::send) that waits no longer than `timeout`; zero does not sleep.
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel stayed full or is closed.
    pub fn send_timeout(&mut self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.try_send(value).or_else(|refused| self.wait(refused, Patience::of(timeout)).map_err(TrySendError::late))
    }

    /// [`send`](Self::send) that waits no longer than until `deadline`; one in the past does not sleep.
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel stayed full or is closed.
    pub fn send_deadline(&mut self, value: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        self.try_send(value)
            .or_else(|refused| self.wait(refused, Patience::Until(deadline)).map_err(TrySendError::late))
    }

    /// [`send`](Self::send) as a future, for any runtime; the receiver may be a thread.
    ///
    /// ```
    /// use std::future::Future;
    /// use std::pin::pin;
    /// use std::task::{Context, Waker};
    ///
    /// let (mut sender, mut receiver) = producer_consumer::spsc::bounded(1);
    /// sender.try_send(1).unwrap();
    /// let mut send = pin!(sender.send_async(2));
    /// assert!(send.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    /// assert_eq!(receiver.recv(), Ok(1));
    /// assert!(send.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    /// assert_eq!(receiver.recv(), Ok(2));
    /// ```
    pub fn send_async(&mut self, value: T) -> Send<'_, T> {
        let (ring, pusher) = self.producer.lend();
        Send::new(ring.not_full(), Sending { pusher, value: Some(value) })
    }

    /// Puts in all that `values` gives, waiting for room as long as it takes, and says how many there were.
    ///
    /// What there is room for goes in at once: the receiver is told of it together, and a message costs little more than
    /// its move. The iterator runs while its thread holds no lock; if it panics, what it gave before is sent.
    ///
    /// # Errors
    ///
    /// Gives back what was not sent if the channel is closed, or gets closed while this waits.
    #[inline]
    pub fn send_many<I: IntoIterator<Item = T>>(&mut self, values: I) -> Result<usize, SendError<Unsent<I::IntoIter>>> {
        self.ship(values, Patience::Endless).map_err(|refused| SendError(refused.into_inner()))
    }

    /// [`send_many`](Self::send_many) that waits no longer than `timeout` altogether; zero does not sleep.
    ///
    /// # Errors
    ///
    /// Gives back what was not sent if the channel stayed full or is closed.
    pub fn send_many_timeout<I: IntoIterator<Item = T>>(
        &mut self,
        values: I,
        timeout: Duration,
    ) -> Result<usize, SendTimeoutError<Unsent<I::IntoIter>>> {
        self.ship(values, Patience::of(timeout)).map_err(TrySendError::late)
    }

    /// [`send_many`](Self::send_many) that waits no longer than until `deadline`; one in the past does not sleep.
    ///
    /// # Errors
    ///
    /// Gives back what was not sent if the channel stayed full or is closed.
    pub fn send_many_deadline<I: IntoIterator<Item = T>>(
        &mut self,
        values: I,
        deadline: Instant,
    ) -> Result<usize, SendTimeoutError<Unsent<I::IntoIter>>> {
        self.ship(values, Patience::Until(deadline)).map_err(TrySendError::late)
    }

    /// [`send_many`](Self::send_many) as a future.
    ///
    /// # Errors
    ///
    /// The future gives back what was not sent if the channel is closed.
    pub fn send_many_async<I: IntoIterator<Item = T>>(&mut self, values: I) -> SendMany<'_, I::IntoIter> {
        let (ring, pusher) = self.producer.lend();
        SendMany::new(ring.not_full(), SendingMany { pusher, many: Some(Many::new(values.into_iter())) })
    }

    /// Puts in as much of what `values` gives as there is room for now.
    ///
    /// # Errors
    ///
    /// Gives the rest back if there was not room for all, or the channel is closed.
    #[inline]
    pub fn try_send_many<I: IntoIterator<Item = T>>(
        &mut self,
        values: I,
    ) -> Result<usize, TrySendError<Unsent<I::IntoIter>>> {
        self.ship(values, Patience::None)
    }

    /// Closes the channel: from now on no send succeeds, and the receiver still gets what was accepted.
    ///
    /// Returns false if the channel was closed before.
    pub fn close(&mut self) -> bool {
        self.producer.close()
    }

    /// Whether no send can succeed any more: the channel was closed, or the receiver is gone.
    pub fn is_closed(&self) -> bool {
        self.producer.is_closed()
    }

    /// Waits until no send can succeed any more: the channel was closed, or the receiver is gone.
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
        Closed::new(self.producer.ring().ended(), Ending(&self.producer))
    }

    fn see_closed(&self, patience: Patience) -> bool {
        patience.wait(self.producer.ring().ended(), || self.is_closed().then_some(())).is_some()
    }

    /// How many messages the channel holds at this moment.
    pub fn len(&self) -> usize {
        self.producer.len()
    }

    /// Whether the channel holds no message at this moment.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the channel has no room at this moment.
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }

    /// How many messages the channel can hold.
    pub fn capacity(&self) -> usize {
        self.producer.capacity()
    }

    /// What has happened in the channel so far. Costs its users nothing; asking costs a few loads.
    ///
    /// ```
    /// let (mut sender, mut receiver) = producer_consumer::spsc::bounded(4);
    /// sender.send_many([1, 2, 3]).unwrap();
    /// assert_eq!(receiver.recv(), Ok(1));
    /// let stats = sender.stats();
    /// assert_eq!((stats.sent, stats.received, stats.depth), (3, 1, 2));
    /// ```
    pub fn stats(&self) -> Stats {
        self.producer.ring().stats()
    }

    #[inline]
    fn ship<I: IntoIterator<Item = T>>(
        &mut self,
        values: I,
        patience: Patience,
    ) -> Result<usize, TrySendError<Unsent<I::IntoIter>>> {
        let mut many = Many::new(values.into_iter());
        let (ring, mut pusher) = self.producer.lend();
        let mut attempt = || many.advance(&mut pusher);
        let ended = attempt().or_else(|| wait_for_room(ring, patience, attempt));
        match ended {
            Some(Ok(sent)) => Ok(sent),
            Some(Err(too_late)) => Err(TrySendError::Disconnected(many.into_unsent(too_late))),
            None => Err(TrySendError::Full(many.into_unsent(Vec::new()))),
        }
    }

    /// Sends what was `refused` before, as soon as there is room.
    #[cold]
    #[inline(never)]
    fn wait(&mut self, refused: TrySendError<T>, patience: Patience) -> Result<(), TrySendError<T>> {
        if refused.is_disconnected() {
            return Err(refused);
        }
        let (ring, mut pusher) = self.producer.lend();
        let mut unsent = Some(refused.into_inner());
        let sent = wait_for_room(ring, patience, || match pusher.push(unsent.take()?) {
            Err(TrySendError::Full(value)) => {
                unsent = Some(value);
                None
            }
            ended => Some(ended),
        });
        match (sent, unsent) {
            (Some(ended), _) => ended,
            (None, Some(value)) => Err(TrySendError::Full(value)),
            (None, None) => unreachable!("a value that was not sent is still there"),
        }
    }
}

/// Waits until `attempt` finds room, since there was none before.
fn wait_for_room<T, R>(ring: &Ring<T>, patience: Patience, attempt: impl FnMut() -> Option<R>) -> Option<R> {
    if let Patience::None = patience {
        return None;
    }
    ring.begin_send_wait(patience);
    patience.wait(ring.not_full(), attempt)
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("capacity", &self.capacity()).finish_non_exhaustive()
    }
}
