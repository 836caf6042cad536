//! Permits: room that is kept for a message which is not there yet.
//!
//! What is expensive to make should be made when there is room for it, and what was taken from elsewhere should not be
//! stuck in a send that waits. A permit holds capacity, never a position: messages of others go past it, and one that is
//! forgotten costs a place and holds up nobody else. Ancestor: tokio's `Permit`.
//!
//! # Protocol
//!
//! Who reserves takes as many places as he wants from the core in one step, or waits in `not_full` and tries again after
//! each notification. A push with a permit finds its place free, whatever others do. Permits that are dropped give their
//! places back and notify as many in `not_full`.
//!
//! Who wants several places may be told of one, which is not enough, and sleeps again at the front of the queue. Those
//! behind wait with him, who would never get his places otherwise; when he goes, with his places, late or cancelled, he
//! notifies one if there is room.
//!
//! # Invariants
//!
//! - P1: messages and reserved places together are never more than the capacity.
//! - P2: a place is given back once: with the message that takes it, or when the permit is dropped.
//! - P3: where somebody waits beside room, somebody has been told of it and has not tried yet, or wants more than there is,
//!   waits further in front, and will tell when he goes.
//!
//! # Limits
//!
//! A receive that has not moved its message out yet has made no room. Whoever comes along may take what one that waits was
//! told of. There are none where the bound is a weight: nobody knows how heavy the message will be. Policies are not asked: a permit is waited for, whatever the [`Overflow`](crate::Overflow).

use crate::Sender;
use crate::channel::Shared;
use crate::core::Core;
use crate::error::{SendError, TrySendError};
use crate::flavor::{Flavor, Side, each};
use crate::patience::Patience;
use std::fmt;
use std::iter::FusedIterator;
use std::mem;

impl<C: Core> Shared<C> {
    /// Reserves so many places, waiting for them as long as `patience` says.
    pub(crate) fn reserve(&self, count: usize, patience: Patience) -> Result<(), TrySendError<()>> {
        match self.core().reserve(count) {
            Err(TrySendError::Full(())) => {}
            result => return result,
        }
        if let Patience::None = patience {
            return Err(TrySendError::Full(()));
        }
        let attempt = || match self.core().reserve_in_turn(count) {
            Err(TrySendError::Full(())) => None,
            result => Some(result),
        };
        // P3: after the wait, however it ends.
        let _tell = TellNext(self);
        self.wait_for_room(patience, attempt).unwrap_or(Err(TrySendError::Full(())))
    }

    fn give_back(&self, count: usize) {
        self.core().give_back(count);
        self.tell_senders(count);
    }

    fn send_reserved(&self, value: C::Item) -> Result<(), SendError<C::Item>> {
        self.core().push_reserved(value).map_err(SendError)?;
        self.tell_receivers(1);
        Ok(())
    }
}

/// Tells the next who waits, when it is dropped, if there is room.
struct TellNext<'a, C: Core>(&'a Shared<C>);

impl<C: Core> Drop for TellNext<'_, C> {
    fn drop(&mut self) {
        self.0.pass_on_room();
    }
}

/// A place in a channel, kept for one message; by [`Sender::reserve`].
///
/// Dropping it gives the place back, and tells a sender that waits.
#[must_use = "the place is given back when this is dropped"]
pub struct Permit<'a, T> {
    flavor: &'a Flavor<T>,
}

/// Places in a channel, kept for as many messages; by [`Sender::reserve_many`]. An iterator of permits.
///
/// Dropping it gives back what is left.
#[must_use = "the places are given back when this is dropped"]
pub struct Permits<'a, T> {
    flavor: &'a Flavor<T>,
    count: usize,
}

/// A [`Permit`] that is a sender of its own; by [`Permit::into_owned`].
///
/// It keeps the channel open. Dropping it gives the place back.
#[must_use = "the place is given back when this is dropped"]
pub struct OwnedPermit<T> {
    sender: Sender<T>,
    is_used: bool,
}

impl<'a, T> Permit<'a, T> {
    /// The place has been reserved.
    pub(crate) fn new(flavor: &'a Flavor<T>) -> Self {
        Self { flavor }
    }

    /// Puts `value` in the place: there is room, so it does not wait.
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel was closed.
    pub fn send(self, value: T) -> Result<(), SendError<T>> {
        each!(self.flavor, channel => channel.send_reserved(value))?;
        // The place is the message's.
        mem::forget(self);
        Ok(())
    }

    /// The same place, without a borrow.
    ///
    /// ```
    /// let (sender, receiver) = producer_consumer::bounded(1);
    /// let permit = sender.reserve()?.into_owned();
    /// drop(sender);
    /// std::thread::spawn(move || permit.send("from another thread").unwrap());
    /// assert_eq!(receiver.recv()?, "from another thread");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_owned(self) -> OwnedPermit<T> {
        let sender = Sender::first(self.flavor.share(Side::Senders));
        mem::forget(self);
        OwnedPermit { sender, is_used: false }
    }
}

impl<'a, T> Permits<'a, T> {
    /// The places have been reserved.
    pub(crate) fn new(flavor: &'a Flavor<T>, count: usize) -> Self {
        Self { flavor, count }
    }
}

impl<T> OwnedPermit<T> {
    /// Puts `value` in the place: there is room, so it does not wait.
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel was closed.
    pub fn send(mut self, value: T) -> Result<(), SendError<T>> {
        each!(self.sender.flavor(), channel => channel.send_reserved(value))?;
        self.is_used = true;
        Ok(())
    }
}

impl<T> Drop for Permit<'_, T> {
    fn drop(&mut self) {
        each!(self.flavor, channel => channel.give_back(1));
    }
}

impl<T> Drop for OwnedPermit<T> {
    fn drop(&mut self) {
        if !self.is_used {
            each!(self.sender.flavor(), channel => channel.give_back(1));
        }
    }
}

impl<T> Drop for Permits<'_, T> {
    fn drop(&mut self) {
        if self.count > 0 {
            each!(self.flavor, channel => channel.give_back(self.count));
        }
    }
}

impl<'a, T> Iterator for Permits<'a, T> {
    type Item = Permit<'a, T>;

    fn next(&mut self) -> Option<Permit<'a, T>> {
        self.count = self.count.checked_sub(1)?;
        Some(Permit::new(self.flavor))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.count, Some(self.count))
    }
}

impl<T> ExactSizeIterator for Permits<'_, T> {}
impl<T> FusedIterator for Permits<'_, T> {}

impl<T> fmt::Debug for Permit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Permits<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permits").field("count", &self.count).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for OwnedPermit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit").finish_non_exhaustive()
    }
}
