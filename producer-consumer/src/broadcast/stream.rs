//! Messages as a stream.

use super::Receiver;
use super::future::Receiving;
use crate::core::pending::stream;

stream! {
    /// Messages as they come, until the channel is closed and all has been received; by [`Receiver::stream`].
    ///
    /// # Cancellation
    ///
    /// It holds no message: what it has not returned the subscriber gets later.
    RecvStream<T: Clone>, Receiving<'a, T>
}

impl<T: Clone> Receiver<T> {
    /// The messages as a stream (feature `futures`), which ends when the channel is closed and all has been received. One
    /// allocation.
    ///
    /// ```
    /// use futures_core::Stream;
    /// use std::pin::Pin;
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let (sender, mut receiver) = producer_consumer::broadcast::bounded(2);
    /// sender.send(1)?;
    /// drop(sender);
    /// let mut stream = receiver.stream(); // Unpin: `next` of any stream library can be awaited on it.
    /// let mut context = Context::from_waker(Waker::noop());
    /// assert_eq!(Pin::new(&mut stream).poll_next(&mut context), Poll::Ready(Some(1)));
    /// assert_eq!(Pin::new(&mut stream).poll_next(&mut context), Poll::Ready(None));
    /// # Ok::<(), producer_consumer::SendError<i32>>(())
    /// ```
    pub fn stream(&mut self) -> RecvStream<'_, T> {
        let (hub, view) = self.lend();
        RecvStream::new(hub.not_empty(), Receiving { hub, view })
    }
}
