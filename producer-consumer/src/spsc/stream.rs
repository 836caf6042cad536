//! Messages as a stream, and the ring as a sink.
//!
//! Room that the producer has seen stays its own, for there is no other: that is all a sink has to keep.

use super::future::Receiving;
use super::{Receiver, Sender};
use crate::core::pending::{Attempt, Pending, stream};
use crate::core::ring::Pusher;
use crate::error::{SendError, TrySendError};
use crate::patience::Patience;
use futures_sink::Sink;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

stream! {
    /// Messages as they come, until the channel is closed and empty; by [`Receiver::stream`].
    ///
    /// # Cancellation
    ///
    /// It holds no message: what it has not returned the receiver gets later.
    RecvStream<T>, Receiving<'a, T>
}

/// Puts what it is given into the channel; by [`Sender::sink`].
///
/// # Cancellation
///
/// It holds no value: what it took is in the channel.
#[must_use = "a sink does nothing until it is polled"]
pub struct SendSink<'a, T> {
    pending: Pin<Box<Pending<'a, Looking<'a, T>>>>,
}

/// Room that is waited for.
struct Looking<'a, T> {
    pusher: Pusher<'a, T>,
}

impl<T> Attempt for Looking<'_, T> {
    type Given = Result<(), SendError<Option<T>>>;

    fn attempt(&mut self) -> Option<Self::Given> {
        match self.pusher.find_room() {
            Ok(()) => Some(Ok(())),
            Err(TrySendError::Disconnected(())) => Some(Err(SendError(None))),
            Err(TrySendError::Full(())) => None,
        }
    }

    fn begin_wait(&self) {
        self.pusher.ring.begin_send_wait(Patience::Endless);
    }
}

impl<T> Receiver<T> {
    /// The messages as a stream (feature `futures`), which ends when the channel is closed and empty. One allocation.
    ///
    /// ```
    /// use futures_core::Stream;
    /// use std::pin::Pin;
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let (mut sender, mut receiver) = producer_consumer::spsc::bounded(2);
    /// sender.send(1)?;
    /// drop(sender);
    /// let mut stream = receiver.stream(); // Unpin: `next` of any stream library can be awaited on it.
    /// let mut context = Context::from_waker(Waker::noop());
    /// assert_eq!(Pin::new(&mut stream).poll_next(&mut context), Poll::Ready(Some(1)));
    /// assert_eq!(Pin::new(&mut stream).poll_next(&mut context), Poll::Ready(None));
    /// # Ok::<(), producer_consumer::SendError<i32>>(())
    /// ```
    pub fn stream(&mut self) -> RecvStream<'_, T> {
        let (ring, popper) = self.lend();
        RecvStream::new(ring.not_empty(), Receiving { popper })
    }
}

impl<T> Sender<T> {
    /// The channel as a sink (feature `futures`): an item is in the channel at once. One allocation.
    ///
    /// Closing the sink leaves the channel open.
    pub fn sink(&mut self) -> SendSink<'_, T> {
        let (ring, pusher) = self.lend();
        SendSink { pending: Box::pin(Pending::new(ring.not_full(), Looking { pusher })) }
    }
}

impl<T> Sink<T> for SendSink<'_, T> {
    /// The channel is closed; the item comes back, if it was given one.
    type Error = SendError<Option<T>>;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.pending.as_mut().poll(cx)
    }

    /// # Panics
    ///
    /// Panics if the sink is not ready.
    fn start_send(mut self: Pin<&mut Self>, item: T) -> Result<(), Self::Error> {
        match self.pending.as_mut().attempt_mut().pusher.push(item) {
            Ok(()) => Ok(()),
            Err(TrySendError::Disconnected(item)) => Err(SendError(Some(item))),
            Err(TrySendError::Full(_)) => panic!("a sink is given an item when it is ready"),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }
}

impl<T> fmt::Debug for SendSink<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendSink").finish_non_exhaustive()
    }
}
