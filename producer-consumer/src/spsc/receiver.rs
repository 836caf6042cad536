//! The receiving end and its iterators.

use super::future::{Receiving, ReceivingMany, Recv, RecvMany};
use crate::core::ring::{Consumer, Popper, Ring};
use crate::error::{RecvError, RecvTimeoutError, TryRecvError};
use crate::iter::iterators;
use crate::patience::Patience;
use crate::stats::Stats;
use std::fmt;
use std::time::{Duration, Instant};

/// Takes messages out of a channel; there is one.
///
/// Dropping it closes the channel: the sender gets its values back, and what was not received is dropped at once.
///
/// It cannot be cloned:
///
/// ```compile_fail,E0599
/// let (_sender, receiver) = producer_consumer::spsc::bounded::<i32>(1);
/// let other = receiver.clone();
/// ```
///
/// nor be used by two threads at once:
///
/// ```compile_fail,E0596
/// let (_sender, receiver) = producer_consumer::spsc::bounded::<i32>(1);
/// let shared = &receiver;
/// shared.recv();
/// ```
///
/// and values cross threads, so a receiver can be sent only if its values can:
///
/// ```compile_fail,E0277
/// let (_sender, mut receiver) = producer_consumer::spsc::bounded::<std::rc::Rc<i32>>(1);
/// std::thread::spawn(move || receiver.recv().is_ok());
/// ```
pub struct Receiver<T> {
    consumer: Consumer<T>,
}

impl<T> Receiver<T> {
    pub(super) fn new(consumer: Consumer<T>) -> Self {
        Self { consumer }
    }

    pub(crate) fn lend(&mut self) -> (&Ring<T>, Popper<'_, T>) {
        self.consumer.lend()
    }

    /// Takes the oldest message if there is one now.
    ///
    /// # Errors
    ///
    /// Says whether the channel is just empty, or closed as well.
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.consumer.lend().1.pop()
    }

    /// Takes the oldest message, waiting for one as long as it takes.
    ///
    /// # Errors
    ///
    /// [`RecvError`] when the channel is closed and all that it had accepted has been received.
    #[inline]
    pub fn recv(&mut self) -> Result<T, RecvError> {
        match self.try_recv() {
            Ok(value) => Ok(value),
            Err(nothing) => self.wait(nothing, Patience::Endless, |popper| popper.pop()).map_err(|_| RecvError),
        }
    }

    /// [`recv`](Self::recv) that waits no longer than `timeout`; zero does not sleep.
    ///
    /// # Errors
    ///
    /// Says whether the time ran out, or the channel is closed and empty.
    ///
    /// # Cancellation
    ///
    /// A time-out takes no message.
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.try_recv().or_else(|nothing| {
            self.wait(nothing, Patience::of(timeout), |popper| popper.pop()).map_err(TryRecvError::late)
        })
    }

    /// [`recv`](Self::recv) that waits no longer than until `deadline`; one in the past does not sleep.
    ///
    /// # Errors
    ///
    /// Says whether the time ran out, or the channel is closed and empty.
    ///
    /// # Cancellation
    ///
    /// A time-out takes no message.
    pub fn recv_deadline(&mut self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.try_recv().or_else(|nothing| {
            self.wait(nothing, Patience::Until(deadline), |popper| popper.pop()).map_err(TryRecvError::late)
        })
    }

    /// [`recv`](Self::recv) as a future, for any runtime; the sender may be a thread.
    ///
    /// ```
    /// use std::future::Future;
    /// use std::pin::pin;
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let (mut sender, mut receiver) = producer_consumer::spsc::bounded(1);
    /// let mut recv = pin!(receiver.recv_async());
    /// assert!(recv.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    /// sender.send(1)?;
    /// assert_eq!(recv.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(1)));
    /// # Ok::<(), producer_consumer::SendError<i32>>(())
    /// ```
    pub fn recv_async(&mut self) -> Recv<'_, T> {
        let (ring, popper) = self.consumer.lend();
        Recv::new(ring.not_empty(), Receiving { popper })
    }

    /// Waits for a message and moves what is there then into `into`, up to `max`; says how many it took.
    ///
    /// The sender is told of the room together, so a message costs little more than its move. No message is there that
    /// was not sent before the call returns, and this does not wait for more than one.
    ///
    /// ```
    /// let (mut sender, mut receiver) = producer_consumer::spsc::bounded(8);
    /// sender.send_many([1, 2, 3]).unwrap();
    /// let mut got = Vec::new();
    /// assert_eq!(receiver.recv_many(&mut got, 2), Ok(2));
    /// assert_eq!(receiver.recv_many(&mut got, 2), Ok(1));
    /// assert_eq!(got, [1, 2, 3]);
    /// ```
    ///
    /// If the collection panics, it has what it has taken, and the rest stays in the channel. With a `max` of zero this
    /// waits for nothing.
    ///
    /// # Errors
    ///
    /// [`RecvError`] when the channel is closed and all that it had accepted has been received.
    #[inline]
    pub fn recv_many<E: Extend<T>>(&mut self, into: &mut E, max: usize) -> Result<usize, RecvError> {
        match self.try_recv_many(into, max) {
            Ok(taken) => Ok(taken),
            Err(nothing) => {
                self.wait(nothing, Patience::Endless, |popper| popper.pop_many(into, max)).map_err(|_| RecvError)
            }
        }
    }

    /// [`recv_many`](Self::recv_many) that waits for its first message no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// Says whether the time ran out, or the channel is closed and empty.
    pub fn recv_many_timeout<E: Extend<T>>(
        &mut self,
        into: &mut E,
        max: usize,
        timeout: Duration,
    ) -> Result<usize, RecvTimeoutError> {
        self.try_recv_many(into, max).or_else(|nothing| {
            self.wait(nothing, Patience::of(timeout), |popper| popper.pop_many(into, max)).map_err(TryRecvError::late)
        })
    }

    /// [`recv_many`](Self::recv_many) that waits for its first message no longer than until `deadline`.
    ///
    /// # Errors
    ///
    /// Says whether the time ran out, or the channel is closed and empty.
    pub fn recv_many_deadline<E: Extend<T>>(
        &mut self,
        into: &mut E,
        max: usize,
        deadline: Instant,
    ) -> Result<usize, RecvTimeoutError> {
        self.try_recv_many(into, max).or_else(|nothing| {
            let patience = Patience::Until(deadline);
            self.wait(nothing, patience, |popper| popper.pop_many(into, max)).map_err(TryRecvError::late)
        })
    }

    /// [`recv_many`](Self::recv_many) that, once there is a message, waits for others until there are `max` or `linger` has
    /// passed: fewer and fuller batches, each a little later.
    ///
    /// # Errors
    ///
    /// [`RecvError`] when the channel is closed and all that it had accepted has been received. If it is closed while this
    /// lingers, what was taken is returned.
    pub fn recv_many_linger<E: Extend<T>>(
        &mut self,
        into: &mut E,
        max: usize,
        linger: Duration,
    ) -> Result<usize, RecvError> {
        let mut taken = self.recv_many(into, max)?;
        let patience = Patience::of(linger);
        while taken < max {
            let more = self.try_recv_many(into, max - taken);
            match more.or_else(|nothing| self.wait(nothing, patience, |popper| popper.pop_many(into, max - taken))) {
                Ok(more) => taken += more,
                Err(_) => break,
            }
        }
        Ok(taken)
    }

    /// [`recv_many`](Self::recv_many) as a future.
    pub fn recv_many_async<'a, E: Extend<T>>(&'a mut self, into: &'a mut E, max: usize) -> RecvMany<'a, T, E> {
        let (ring, popper) = self.consumer.lend();
        RecvMany::new(ring.not_empty(), ReceivingMany { popper, into, max })
    }

    /// Moves what is there now into `into`, up to `max`, and says how many it took.
    ///
    /// # Errors
    ///
    /// If there is nothing, says whether the channel is just empty, or closed as well.
    #[inline]
    pub fn try_recv_many<E: Extend<T>>(&mut self, into: &mut E, max: usize) -> Result<usize, TryRecvError> {
        self.consumer.lend().1.pop_many(into, max)
    }

    /// Takes all messages that are there now, oldest first, in one step; closes nothing and waits for nothing.
    ///
    /// After [`close`](Self::close) this is the exact rest: nothing can be accepted behind it.
    ///
    /// ```
    /// let (mut sender, mut receiver) = producer_consumer::spsc::bounded(4);
    /// sender.send(1)?;
    /// sender.send(2)?;
    /// receiver.close();
    /// assert_eq!(receiver.drain(), [1, 2]);
    /// assert!(receiver.recv().is_err());
    /// # Ok::<(), producer_consumer::SendError<i32>>(())
    /// ```
    pub fn drain(&mut self) -> Vec<T> {
        let mut taken = Vec::new();
        // That there is nothing is no news to somebody who asks for what there is.
        let _ = self.try_recv_many(&mut taken, self.capacity());
        taken
    }

    /// Closes the channel: from now on no send succeeds, and what was accepted can still be received.
    ///
    /// A sender that waits for room gets its value back. Returns false if the channel was closed before.
    pub fn close(&mut self) -> bool {
        self.consumer.close()
    }

    /// Whether no send can succeed any more: the channel was closed, or the sender is gone.
    ///
    /// There may still be messages to receive.
    pub fn is_closed(&self) -> bool {
        self.consumer.is_closed()
    }

    /// How many messages the channel holds at this moment.
    pub fn len(&self) -> usize {
        self.consumer.len()
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
        self.consumer.capacity()
    }

    /// What has happened in the channel so far, as [`Sender::stats`](super::Sender::stats).
    pub fn stats(&self) -> Stats {
        self.consumer.ring().stats()
    }

    /// Messages as they come, until the channel is closed and empty.
    pub fn iter(&mut self) -> Iter<'_, T> {
        Iter(self)
    }

    /// Messages that are there, until there is none at the moment of asking.
    pub fn try_iter(&mut self) -> TryIter<'_, T> {
        TryIter(self)
    }

    /// Waits until `pop` takes something, since there was nothing before.
    #[cold]
    #[inline(never)]
    fn wait<R>(
        &mut self,
        nothing: TryRecvError,
        patience: Patience,
        mut pop: impl FnMut(&mut Popper<'_, T>) -> Result<R, TryRecvError>,
    ) -> Result<R, TryRecvError> {
        if nothing == TryRecvError::Disconnected {
            return Err(nothing);
        }
        let (ring, mut popper) = self.consumer.lend();
        let attempt = || match pop(&mut popper) {
            Err(TryRecvError::Empty) => None,
            result => Some(result),
        };
        ring.begin_recv_wait(patience);
        patience.wait(ring.not_empty(), attempt).unwrap_or(Err(nothing))
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("capacity", &self.capacity()).finish_non_exhaustive()
    }
}

iterators!(&'a mut Receiver<T>);
