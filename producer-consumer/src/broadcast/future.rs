//! The futures: pending operations with a name, for any runtime.

use super::hub::{Hub, Sending, View};
use crate::core::pending::{Attempt, future};
use crate::error::{RecvError, SendError, TrySendError, unless_empty};
use crate::patience::Patience;

/// A value on its way, for a future.
pub(super) struct SendingAsync<'a, T>(pub(super) Sending<'a, T>);

impl<T> Attempt for SendingAsync<'_, T> {
    type Given = Result<usize, SendError<T>>;

    fn attempt(&mut self) -> Option<Self::Given> {
        let ended = self.0.attempt()?;
        Some(ended.map_err(|refused: TrySendError<T>| SendError(refused.into_inner())))
    }

    fn begin_wait(&self) {
        self.0.hub.begin_send_wait(Patience::Endless);
    }
}

/// A message that is waited for.
pub(super) struct Receiving<'a, T> {
    pub(super) hub: &'a Hub<T>,
    pub(super) view: &'a mut View<T>,
}

impl<T: Clone> Attempt for Receiving<'_, T> {
    type Given = Result<T, RecvError>;

    fn attempt(&mut self) -> Option<Self::Given> {
        unless_empty(self.view.try_recv(self.hub))
    }

    fn begin_wait(&self) {
        self.hub.begin_recv_wait(Patience::Endless);
    }
}

/// Messages that are waited for.
pub(super) struct ReceivingMany<'a, T> {
    pub(super) hub: &'a Hub<T>,
    pub(super) view: &'a mut View<T>,
    pub(super) into: &'a mut Vec<T>,
    pub(super) max: usize,
}

impl<T: Clone> Attempt for ReceivingMany<'_, T> {
    type Given = Result<usize, RecvError>;

    fn attempt(&mut self) -> Option<Self::Given> {
        unless_empty(self.view.try_recv_many(self.hub, self.into, self.max))
    }

    fn begin_wait(&self) {
        self.hub.begin_recv_wait(Patience::Endless);
    }
}

/// The end that is waited for.
pub(super) struct Ending<'a, T>(pub(super) &'a Hub<T>);

impl<T> Attempt for Ending<'_, T> {
    type Given = ();

    fn attempt(&mut self) -> Option<()> {
        self.0.log().is_closed().then_some(())
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
    Send<T>, SendingAsync<'a, T> => Result<usize, SendError<T>>
}

future! {
    /// The future of [`Receiver::recv_async`](super::Receiver::recv_async).
    ///
    /// # Cancellation
    ///
    /// Until it is ready no message has been taken, so dropping it loses none.
    Recv<T: Clone>, Receiving<'a, T> => Result<T, RecvError>
}

future! {
    /// The future of [`Receiver::recv_many_async`](super::Receiver::recv_many_async).
    ///
    /// # Cancellation
    ///
    /// Until it is ready no message has been taken, so dropping it loses none.
    RecvMany<T: Clone>, ReceivingMany<'a, T> => Result<usize, RecvError>
}
