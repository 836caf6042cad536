//! Waiting for the end: for who would make something that nobody will take.
//!
//! A send tells that the channel is closed when the value has been made. Who needs a second for a value, or a connection, wants
//! to be told before. Ancestors: tokio's and async-channel's `closed`.
//!
//! # Protocol
//!
//! Who waits for the end looks whether the channel is closed, and waits in a set of its own, `ended`; whoever closes notifies
//! all of them, after the change. The set has no other purpose: in the set of those who wait for room, this waiter would take
//! wakes that it has no use for.
//!
//! # Invariants
//!
//! - C1: closed is for good, so a wake is of use whenever it comes, and one that is lost with its future is missed by nobody.

use crate::Sender;
use crate::core::pending::Attempt;
use crate::flavor::Flavor;
use crate::future;
use crate::patience::Patience;
use std::time::{Duration, Instant};

/// The end that is waited for.
pub(crate) struct Ending<'a, T>(pub(crate) &'a Flavor<T>);

impl<T> Attempt for Ending<'_, T> {
    type Given = ();

    fn attempt(&mut self) -> Option<()> {
        self.0.is_closed().then_some(())
    }
}

impl<T> Sender<T> {
    /// Waits until no send can succeed any more: somebody closed the channel, or all receivers are gone.
    ///
    /// ```
    /// let (sender, receiver) = producer_consumer::bounded::<i32>(1);
    /// let consumer = std::thread::spawn(move || drop(receiver));
    /// sender.wait_closed(); // There is nobody left to make anything for.
    /// assert!(sender.is_closed());
    /// consumer.join().unwrap();
    /// ```
    ///
    /// This takes no room, and no wake from those who wait for some. The channel may hold messages that were accepted.
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

    /// [`wait_closed`](Self::wait_closed) as a future, for any runtime: beside dear work in a `select!`, it ends that when nobody
    /// wants the result.
    ///
    /// ```
    /// # use std::task::{Context, Poll, Waker};
    /// let (sender, receiver) = producer_consumer::bounded::<i32>(1);
    /// let mut context = Context::from_waker(Waker::noop());
    /// let mut closed = std::pin::pin!(sender.closed_async());
    /// assert!(closed.as_mut().poll(&mut context).is_pending());
    /// drop(receiver);
    /// assert_eq!(closed.poll(&mut context), Poll::Ready(()));
    /// ```
    ///
    /// # Cancellation
    ///
    /// A future that is dropped leaves nothing behind; the next one is ready if the channel was closed meanwhile.
    pub fn closed_async(&self) -> future::Closed<'_, T> {
        future::Closed::new(self.flavor().ended(), Ending(self.flavor()))
    }

    fn see_closed(&self, patience: Patience) -> bool {
        patience.wait(self.flavor().ended(), || self.is_closed().then_some(())).is_some()
    }
}
