//! Messages as a stream, and a channel as a sink, for what is written against those traits.
//!
//! A stream waits with one waiter from message to message, and a sink keeps a permit from the moment it is ready, so that
//! what it is given has room. Both are boxed, for one allocation, and so can be moved between polls. By weight no place can be
//! kept for what is not there yet: then a sink holds one item until there is room for it.

use super::{Receiving, Reserving, ReservingMany, Send};
use crate::core::pending::{Pending, stream};
use crate::error::{SendError, TrySendError};
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
/// It holds no value: what it took is in the channel. Dropping it gives back the place that it keeps when it is ready. Only
/// where the bound is a weight, it may hold one item that has not been flushed, which is dropped with it.
#[must_use = "a sink does nothing until it is polled"]
pub struct SendSink<'a, T>(Way<'a, T>);

/// How items go in.
enum Way<'a, T> {
    /// Into a place that is kept for them.
    Kept { pending: Pin<Box<Pending<'a, Reserving<'a, T>>>>, permit: Option<Permit<'a, T>> },
    /// When there is room for what they weigh.
    Held { sender: &'a Sender<T>, item: Option<Pin<Box<Send<'a, T>>>> },
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
    /// Where the bound is a [weight](crate::Builder::weight) it is ready at once, and an item that has no room is held, in an
    /// allocation of its own, until it is ready again, or flushed; then it does what the policy says.
    ///
    /// # Panics
    ///
    /// A [`rendezvous`](crate::rendezvous) has no place that could be kept.
    pub fn sink(&self) -> SendSink<'_, T> {
        if self.weight_limit().is_some() {
            return SendSink(Way::Held { sender: self, item: None });
        }
        self.assert_possible(1);
        let flavor = self.flavor();
        let pending = Pending::new(flavor.not_full(), Reserving(ReservingMany::new(flavor, 1)));
        SendSink(Way::Kept { pending: Box::pin(pending), permit: None })
    }
}

/// Puts in the item that is held, if there is one.
fn poll_held<T>(
    item: &mut Option<Pin<Box<Send<'_, T>>>>,
    cx: &mut Context<'_>,
) -> Poll<Result<(), SendError<Option<T>>>> {
    if let Some(sending) = item {
        let sent = ready!(sending.as_mut().poll(cx));
        *item = None;
        sent.map_err(|refused| SendError(Some(refused.into_inner())))?;
    }
    Poll::Ready(Ok(()))
}

const READY: &str = "a sink is given an item when it is ready";

impl<T> Sink<T> for SendSink<'_, T> {
    /// The channel is closed; the item comes back, if it was given one.
    type Error = SendError<Option<T>>;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        match &mut self.0 {
            Way::Kept { pending, permit } => {
                if permit.is_none() {
                    let reserved = ready!(pending.as_mut().poll(cx));
                    *permit = Some(reserved.map_err(|SendError(())| SendError(None))?);
                }
            }
            Way::Held { sender, item } => {
                ready!(poll_held(item, cx))?;
                if sender.is_closed() {
                    return Poll::Ready(Err(SendError(None)));
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    /// # Panics
    ///
    /// Panics if the sink is not ready.
    fn start_send(mut self: Pin<&mut Self>, item: T) -> Result<(), Self::Error> {
        match &mut self.0 {
            Way::Kept { permit, .. } => {
                let permit = permit.take().expect(READY);
                permit.send(item).map_err(|refused| SendError(Some(refused.into_inner())))
            }
            Way::Held { sender, item: held } => {
                assert!(held.is_none(), "{READY}");
                match sender.try_send(item) {
                    Ok(()) => {}
                    Err(TrySendError::Full(item)) => *held = Some(Box::pin(sender.send_async(item))),
                    Err(TrySendError::Disconnected(item)) => return Err(SendError(Some(item))),
                }
                Ok(())
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        match &mut self.0 {
            Way::Kept { .. } => Poll::Ready(Ok(())),
            Way::Held { item, .. } => poll_held(item, cx),
        }
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        match &mut self.0 {
            Way::Kept { permit, .. } => {
                *permit = None;
                Poll::Ready(Ok(()))
            }
            Way::Held { item, .. } => poll_held(item, cx),
        }
    }
}

impl<T> fmt::Debug for SendSink<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_ready = match &self.0 {
            Way::Kept { permit, .. } => permit.is_some(),
            Way::Held { item, .. } => item.is_none(),
        };
        f.debug_struct("SendSink").field("is_ready", &is_ready).finish_non_exhaustive()
    }
}
