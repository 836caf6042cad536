//! Messages as a stream, and a channel as a sink, for what is written against those traits.
//!
//! A stream waits with one waiter from message to message, and a sink keeps a permit from the moment it is ready, so that
//! what it is given has room. Both are boxed, for one allocation, and so can be moved between polls.

use super::{Receiving, Reserving, ReservingMany};
use crate::core::pending::{Pending, stream};
use crate::error::SendError;
use crate::permit::Permit;
use crate::{Receiver, Sender};
use futures_sink::Sink;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

stream! {
    /// Messages as they come, until the channel is closed and empty; by [`Receiver::stream`].
    ///
    /// # Cancellation
    ///
    /// It holds no message: what it has not returned another receiver can have.
    RecvStream<T>, Receiving<'a, T>
}

/// Puts what it is given into the channel; by [`Sender::sink`].
///
/// # Cancellation
///
/// It holds no value: what it took is in the channel. Dropping it gives back the place that it keeps when it is ready.
#[must_use = "a sink does nothing until it is polled"]
pub struct SendSink<'a, T> {
    pending: Pin<Box<Pending<'a, Reserving<'a, T>>>>,
    permit: Option<Permit<'a, T>>,
}

impl<T> Receiver<T> {
    /// The messages as a stream (feature `futures`), which ends when the channel is closed and empty. One allocation.
    ///
    /// ```
    /// use futures_core::Stream;
    /// use std::pin::Pin;
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let (sender, receiver) = producer_consumer::bounded(2);
    /// sender.send(1)?;
    /// drop(sender);
    /// let mut stream = receiver.stream(); // Unpin: `next` of any stream library can be awaited on it.
    /// let mut context = Context::from_waker(Waker::noop());
    /// assert_eq!(Pin::new(&mut stream).poll_next(&mut context), Poll::Ready(Some(1)));
    /// assert_eq!(Pin::new(&mut stream).poll_next(&mut context), Poll::Ready(None));
    /// # Ok::<(), producer_consumer::SendError<i32>>(())
    /// ```
    pub fn stream(&self) -> RecvStream<'_, T> {
        let flavor = self.flavor();
        RecvStream::new(flavor.not_empty(), Receiving { flavor })
    }
}

impl<T> Sender<T> {
    /// The channel as a sink (feature `futures`). One allocation.
    ///
    /// When it is ready it keeps a place, as [`reserve`](Self::reserve) does, so it waits whatever the policy, and an item is
    /// in the channel at once. Closing it gives the place back and leaves the channel open for other senders.
    ///
    /// # Panics
    ///
    /// A [`rendezvous`](crate::rendezvous) has no place that could be kept.
    pub fn sink(&self) -> SendSink<'_, T> {
        self.assert_possible(1);
        let flavor = self.flavor();
        let pending = Pending::new(flavor.not_full(), Reserving(ReservingMany::new(flavor, 1)));
        SendSink { pending: Box::pin(pending), permit: None }
    }
}

impl<T> Sink<T> for SendSink<'_, T> {
    /// The channel is closed; the item comes back, if it was given one.
    type Error = SendError<Option<T>>;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        if self.permit.is_none() {
            let reserved = ready!(self.pending.as_mut().poll(cx));
            self.permit = Some(reserved.map_err(|SendError(())| SendError(None))?);
        }
        Poll::Ready(Ok(()))
    }

    /// # Panics
    ///
    /// Panics if the sink is not ready.
    fn start_send(mut self: Pin<&mut Self>, item: T) -> Result<(), Self::Error> {
        let permit = self.permit.take().expect("a sink is given an item when it is ready");
        permit.send(item).map_err(|refused| SendError(Some(refused.into_inner())))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.permit = None;
        Poll::Ready(Ok(()))
    }
}

impl<T> fmt::Debug for SendSink<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendSink").field("is_ready", &self.permit.is_some()).finish_non_exhaustive()
    }
}
