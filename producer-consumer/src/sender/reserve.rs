//! Reserving room for what is not there yet.

use super::Sender;
use crate::core::Core;
use crate::error::{SendError, SendTimeoutError, TrySendError};
use crate::flavor::each;
use crate::future::{self, Reserving, ReservingMany};
use crate::patience::Patience;
use crate::permit::{Permit, Permits};
use std::time::{Duration, Instant};

impl<T> Sender<T> {
    /// Keeps a place for a message, if there is room now.
    ///
    /// # Errors
    ///
    /// Says whether the channel is full, counting the places that are kept, or closed.
    ///
    /// # Panics
    ///
    /// A [`rendezvous`](crate::rendezvous) has no place that could be kept; so here and below.
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        self.keep(1, Patience::None).map(|()| Permit::new(&self.flavor))
    }

    /// Keeps a place for a message, waiting for room as long as it takes.
    ///
    /// ```
    /// let (sender, receiver) = producer_consumer::bounded(1);
    /// let permit = sender.reserve()?;
    /// assert!(sender.try_send("another").is_err(), "the place is kept");
    /// permit.send("made when there was room for it")?;
    /// assert_eq!(receiver.recv(), Ok("made when there was room for it"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the channel is closed, or gets closed while this waits.
    pub fn reserve(&self) -> Result<Permit<'_, T>, SendError<()>> {
        self.keep(1, Patience::Endless).map(|()| Permit::new(&self.flavor)).map_err(|_| SendError(()))
    }

    /// [`reserve`](Self::reserve) that waits no longer than `timeout`; zero does not sleep.
    ///
    /// # Errors
    ///
    /// Says whether the channel stayed full or is closed.
    pub fn reserve_timeout(&self, timeout: Duration) -> Result<Permit<'_, T>, SendTimeoutError<()>> {
        self.keep(1, Patience::of(timeout)).map(|()| Permit::new(&self.flavor)).map_err(TrySendError::late)
    }

    /// [`reserve`](Self::reserve) that waits no longer than until `deadline`; one in the past does not sleep.
    ///
    /// # Errors
    ///
    /// Says whether the channel stayed full or is closed.
    pub fn reserve_deadline(&self, deadline: Instant) -> Result<Permit<'_, T>, SendTimeoutError<()>> {
        self.keep(1, Patience::Until(deadline)).map(|()| Permit::new(&self.flavor)).map_err(TrySendError::late)
    }

    /// [`reserve`](Self::reserve) as a future, for any runtime.
    ///
    /// # Errors
    ///
    /// If the channel is closed, or gets closed meanwhile.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped keeps no place, and no wake that another sender needs.
    pub fn reserve_async(&self) -> future::Reserve<'_, T> {
        self.assert_possible(1);
        future::Reserve::new(self.flavor.not_full(), Reserving(ReservingMany::new(&self.flavor, 1)))
    }

    /// Keeps `count` places, if they are there now: all or none.
    ///
    /// # Errors
    ///
    /// Says whether there is too little room, or the channel is closed.
    ///
    /// # Panics
    ///
    /// Panics if that many are never there, as [`reserve_many`](Self::reserve_many).
    pub fn try_reserve_many(&self, count: usize) -> Result<Permits<'_, T>, TrySendError<()>> {
        self.keep(count, Patience::None).map(|()| Permits::new(&self.flavor, count))
    }

    /// Keeps `count` places, waiting until all of them are there.
    ///
    /// ```
    /// let (sender, receiver) = producer_consumer::bounded(4);
    /// let permits = sender.reserve_many(3)?;
    /// assert_eq!(permits.len(), 3);
    /// assert!(sender.try_reserve_many(2).is_err());
    /// for (permit, part) in permits.zip(["a", "b"]) {
    ///     permit.send(part)?;
    /// }
    /// // The third place was given back.
    /// assert!(sender.try_reserve_many(2).is_ok());
    /// assert_eq!(receiver.drain(), ["a", "b"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Senders that wait behind it wait with it, so that it gets what it needs.
    ///
    /// # Errors
    ///
    /// If the channel is closed, or gets closed while this waits.
    ///
    /// # Panics
    ///
    /// Panics if `count` is more than the capacity, or over 32,767 in a channel with room for up to 65,536 messages.
    pub fn reserve_many(&self, count: usize) -> Result<Permits<'_, T>, SendError<()>> {
        let kept = self.keep(count, Patience::Endless);
        kept.map(|()| Permits::new(&self.flavor, count)).map_err(|_| SendError(()))
    }

    /// [`reserve_many`](Self::reserve_many) that waits no longer than `timeout`; zero does not sleep.
    ///
    /// # Errors
    ///
    /// Says whether there was too little room all the time, or the channel is closed.
    ///
    /// # Panics
    ///
    /// As [`reserve_many`](Self::reserve_many).
    pub fn reserve_many_timeout(
        &self,
        count: usize,
        timeout: Duration,
    ) -> Result<Permits<'_, T>, SendTimeoutError<()>> {
        self.keep(count, Patience::of(timeout)).map(|()| Permits::new(&self.flavor, count)).map_err(TrySendError::late)
    }

    /// [`reserve_many`](Self::reserve_many) that waits no longer than until `deadline`; one in the past does not sleep.
    ///
    /// # Errors
    ///
    /// Says whether there was too little room all the time, or the channel is closed.
    ///
    /// # Panics
    ///
    /// As [`reserve_many`](Self::reserve_many).
    pub fn reserve_many_deadline(
        &self,
        count: usize,
        deadline: Instant,
    ) -> Result<Permits<'_, T>, SendTimeoutError<()>> {
        self.keep(count, Patience::Until(deadline))
            .map(|()| Permits::new(&self.flavor, count))
            .map_err(TrySendError::late)
    }

    /// [`reserve_many`](Self::reserve_many) as a future, for any runtime.
    ///
    /// # Errors
    ///
    /// If the channel is closed, or gets closed meanwhile.
    ///
    /// # Panics
    ///
    /// As [`reserve_many`](Self::reserve_many).
    ///
    /// # Cancellation
    ///
    /// A future that is dropped keeps no place, and no wake that another sender needs.
    pub fn reserve_many_async(&self, count: usize) -> future::ReserveMany<'_, T> {
        self.assert_possible(count);
        future::ReserveMany::new(self.flavor.not_full(), ReservingMany::new(&self.flavor, count))
    }

    fn keep(&self, count: usize, patience: Patience) -> Result<(), TrySendError<()>> {
        self.assert_possible(count);
        each!(&self.flavor, channel => channel.reserve(count, patience))
    }

    pub(crate) fn assert_possible(&self, count: usize) {
        let most = each!(&self.flavor, channel => channel.core().most_reserved());
        assert!(count <= most, "of this channel at most {most} places can be reserved");
    }
}
