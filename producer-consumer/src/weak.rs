//! Handles that keep nothing open: they know a channel, and become a handle of it as long as there are others.

use crate::flavor::{Flavor, Side};
use crate::{Receiver, Sender};
use std::fmt;

/// Knows a channel without counting as one of its senders; by [`Sender::downgrade`].
///
/// ```
/// let (sender, receiver) = producer_consumer::bounded(1);
/// let weak = sender.downgrade();
/// weak.upgrade().unwrap().send(1)?;
/// drop(sender);
/// assert!(weak.upgrade().is_none(), "the last sender is gone, and has closed the channel");
/// assert_eq!(receiver.drain(), [1]);
/// # Ok::<(), producer_consumer::SendError<i32>>(())
/// ```
pub struct WeakSender<T>(pub(crate) Flavor<T>);

/// Knows a channel without counting as one of its receivers; by [`Receiver::downgrade`].
pub struct WeakReceiver<T>(pub(crate) Flavor<T>);

impl<T> WeakSender<T> {
    /// A sender, if there is another one still.
    ///
    /// A channel that was closed and has senders left gives one, too.
    pub fn upgrade(&self) -> Option<Sender<T>> {
        self.0.revive(Side::Senders).map(Sender::first)
    }
}

impl<T> WeakReceiver<T> {
    /// A receiver, if there is another one still.
    pub fn upgrade(&self) -> Option<Receiver<T>> {
        self.0.revive(Side::Receivers).map(Receiver::first)
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        Self(self.0.hold())
    }
}

impl<T> Clone for WeakReceiver<T> {
    fn clone(&self) -> Self {
        Self(self.0.hold())
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSender").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for WeakReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakReceiver").finish_non_exhaustive()
    }
}
