//! The futures: pending operations with a name, for any runtime.

use super::many::Many;
use crate::core::pending::{Attempt, PENDING, future};
use crate::core::ring::{Popper, Producer, Pusher};
use crate::error::{RecvError, SendError, TrySendError, unless_empty};
use crate::many::Unsent;
use crate::patience::Patience;

/// A value on its way.
pub(super) struct Sending<'a, T> {
    pub(super) pusher: Pusher<'a, T>,
    pub(super) value: Option<T>,
}

impl<T> Attempt for Sending<'_, T> {
    type Given = Result<(), SendError<T>>;

    #[inline]
    fn attempt(&mut self) -> Option<Self::Given> {
        let value = self.value.take().expect(PENDING);
        match self.pusher.push(value) {
            Ok(()) => Some(Ok(())),
            Err(TrySendError::Disconnected(value)) => Some(Err(SendError(value))),
            Err(TrySendError::Full(value)) => {
                self.value = Some(value);
                None
            }
        }
    }

    fn begin_wait(&self) {
        self.pusher.ring.begin_send_wait(Patience::Endless);
    }
}

/// Values on their way.
pub(super) struct SendingMany<'a, I: Iterator> {
    pub(super) pusher: Pusher<'a, I::Item>,
    pub(super) many: Option<Many<I>>,
}

impl<I: Iterator> Attempt for SendingMany<'_, I> {
    type Given = Result<usize, SendError<Unsent<I>>>;

    #[inline]
    fn attempt(&mut self) -> Option<Self::Given> {
        let many = self.many.as_mut().expect(PENDING);
        let ended = many.advance(&mut self.pusher)?;
        let many = self.many.take()?;
        Some(ended.map_err(|too_late| SendError(many.into_unsent(too_late))))
    }

    fn begin_wait(&self) {
        self.pusher.ring.begin_send_wait(Patience::Endless);
    }
}

/// A value that is waited for.
pub(super) struct Receiving<'a, T> {
    pub(super) popper: Popper<'a, T>,
}

impl<T> Attempt for Receiving<'_, T> {
    type Given = Result<T, RecvError>;

    #[inline]
    fn attempt(&mut self) -> Option<Self::Given> {
        unless_empty(self.popper.pop())
    }

    fn begin_wait(&self) {
        self.popper.ring.begin_recv_wait(Patience::Endless);
    }
}

/// Values that are waited for.
pub(super) struct ReceivingMany<'a, T, E> {
    pub(super) popper: Popper<'a, T>,
    pub(super) into: &'a mut E,
    pub(super) max: usize,
}

impl<T, E: Extend<T>> Attempt for ReceivingMany<'_, T, E> {
    type Given = Result<usize, RecvError>;

    #[inline]
    fn attempt(&mut self) -> Option<Self::Given> {
        unless_empty(self.popper.pop_many(self.into, self.max))
    }

    fn begin_wait(&self) {
        self.popper.ring.begin_recv_wait(Patience::Endless);
    }
}

/// The end that is waited for.
pub(super) struct Ending<'a, T>(pub(super) &'a Producer<T>);

impl<T> Attempt for Ending<'_, T> {
    type Given = ();

    fn attempt(&mut self) -> Option<()> {
        self.0.is_closed().then_some(())
    }
}

future! {
    /// The future of [`Sender::closed_async`](super::Sender::closed_async).
    ///
    /// # Cancellation
    ///
    /// It takes nothing, so dropping it loses nothing.
    Closed<T>, Ending<'a, T> => ()
}

future! {
    /// The future of [`Sender::send_async`](super::Sender::send_async).
    ///
    /// # Cancellation
    ///
    /// Until it is ready the value has not been sent, and dropping the future drops it.
    Send<T>, Sending<'a, T> => Result<(), SendError<T>>
}

future! {
    /// The future of [`Sender::send_many_async`](super::Sender::send_many_async).
    ///
    /// # Cancellation
    ///
    /// Dropping it drops the iterator, and a value that it may have given while there was no room. What was sent stays sent.
    SendMany<I: Iterator>, SendingMany<'a, I> => Result<usize, SendError<Unsent<I>>>
}

future! {
    /// The future of [`Receiver::recv_async`](super::Receiver::recv_async).
    ///
    /// # Cancellation
    ///
    /// Until it is ready no message has been taken, so dropping it loses none.
    Recv<T>, Receiving<'a, T> => Result<T, RecvError>
}

future! {
    /// The future of [`Receiver::recv_many_async`](super::Receiver::recv_many_async).
    ///
    /// # Cancellation
    ///
    /// Until it is ready no message has been taken, so dropping it loses none.
    RecvMany<T, E: Extend<T>>, ReceivingMany<'a, T, E> => Result<usize, RecvError>
}
