//! The consumer's end.

use super::end::End;
use super::{Place, Ring};
use crate::error::TryRecvError;
use crate::finally::Finally;
use crate::hold::Hold;
use common::sync::atomic::Ordering;
use std::mem;

/// The end that messages come out of. Dropping it closes the ring and drops what is left in it.
pub(crate) struct Consumer<T> {
    ring: Hold<Ring<T>>,
    place: Place,
}

/// A consumer that is lent, apart from its hold on the ring.
pub(crate) struct Popper<'a, T> {
    pub(crate) ring: &'a Ring<T>,
    place: &'a mut Place,
}

impl<T> Consumer<T> {
    pub(super) fn new(ring: Hold<Ring<T>>) -> Self {
        Self { ring, place: Place::new(0) }
    }

    /// The consumer to work with, and the ring to wait in.
    #[inline]
    pub(crate) fn lend(&mut self) -> (&Ring<T>, Popper<'_, T>) {
        (&self.ring, Popper { ring: &self.ring, place: &mut self.place })
    }

    pub(crate) fn ring(&self) -> &Ring<T> {
        &self.ring
    }

    pub(crate) fn capacity(&self) -> usize {
        self.ring.capacity()
    }

    /// Messages that are in the ring.
    pub(crate) fn len(&self) -> usize {
        let tail = match self.ring.end().look() {
            End::At(end) => end,
            // ORDERING: Relaxed: it is a number, and leads to no slot.
            End::Open | End::Closing => self.ring.tail().load(Ordering::Relaxed),
        };
        tail.wrapping_sub(self.place.own)
    }

    /// Whether no push will ever be accepted.
    pub(crate) fn is_closed(&self) -> bool {
        self.ring.end().look() != End::Open
    }

    /// Ends the ring behind the last message; false if it was closed before.
    pub(crate) fn close(&mut self) -> bool {
        let Self { ring, place } = self;
        if !ring.end().begin() {
            return false;
        }
        // E5.
        ring.middle.0.barrier.heavy();
        // ORDERING: Acquire, E1.
        let tail = ring.tail().load(Ordering::Acquire);
        place.limit = ring.end().settle(tail);
        // Wakers are foreign: one that panics keeps nobody from being told.
        let _watchers = Finally(|| ring.middle.0.ended.tell());
        ring.tell_not_full();
        true
    }
}

impl<T> Drop for Consumer<T> {
    fn drop(&mut self) {
        self.close();
        Rest(self.lend().1).drop_all();
    }
}

impl<T> Popper<'_, T> {
    /// Takes the oldest message out.
    #[inline]
    pub(crate) fn pop(&mut self) -> Result<T, TryRecvError> {
        if self.place.is_spent() {
            self.look()?;
        }
        // SAFETY: I2: the look has shown a message, and it is read once, since the place moves on.
        let message = unsafe { self.ring.read(self.place) };
        self.place.advance(self.ring.capacity());
        self.release();
        Ok(message)
    }

    /// Moves up to `max` of the messages that are there into `into`, as one batch, and says how many it took.
    ///
    /// If the collection panics, what it has taken from the batch is out, and the rest is in the ring.
    #[inline]
    pub(crate) fn pop_many<E: Extend<T>>(&mut self, into: &mut E, max: usize) -> Result<usize, TryRecvError> {
        if self.place.ahead() < max
            && let Err(nothing) = self.look()
        {
            return Err(nothing);
        }
        let mut batch = Batch { taken: 0, popper: self };
        batch.empty_into(into, max);
        Ok(batch.taken)
    }

    /// Looks how many messages there are.
    fn look(&mut self) -> Result<(), TryRecvError> {
        match self.ring.end().look() {
            End::At(end) => {
                self.place.limit = end;
                if self.place.is_spent() { Err(TryRecvError::Disconnected) } else { Ok(()) }
            }
            end => {
                debug_assert_eq!(end, End::Open, "who closes looks again when that is done");
                // ORDERING: Acquire, E1.
                self.place.limit = self.ring.tail().load(Ordering::Acquire);
                if self.place.is_spent() { Err(TryRecvError::Empty) } else { Ok(()) }
            }
        }
    }

    /// Gives the slots that were read back, and tells the producer.
    #[inline]
    fn release(&mut self) {
        // ORDERING: Release, E2.
        self.ring.head().store(self.place.own, Ordering::Release);
        self.ring.tell_not_full();
    }
}

/// Messages that are on their way out; dropping it gives the slots of those that are out back.
struct Batch<'a, 'b, T> {
    popper: &'a mut Popper<'b, T>,
    taken: usize,
}

impl<T> Batch<'_, '_, T> {
    #[inline]
    fn empty_into(&mut self, into: &mut impl Extend<T>, max: usize) {
        let Self { popper: Popper { ring, place }, taken } = self;
        let count = place.ahead().min(max);
        let run = place.run(count, ring.capacity());
        // SAFETY: I2, as in `pop`: no further than the look has shown.
        unsafe { ring.read_run(place.at, run, into, taken) };
        // A collection may have taken fewer than were to be had.
        if run < count && *taken == run {
            // SAFETY: as above.
            unsafe { ring.read_run(0, count - run, into, taken) };
        }
    }
}

impl<T> Drop for Batch<'_, '_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.taken > 0 {
            self.popper.place.advance_by(self.taken, self.popper.ring.capacity());
            self.popper.release();
        }
    }
}

/// What is left in a ring whose consumer goes.
struct Rest<'a, T>(Popper<'a, T>);

impl<T> Rest<'_, T> {
    /// If a message's drop panics, that of this drops the others.
    fn drop_all(mut self) {
        self.drop_each();
        mem::forget(self);
    }

    fn drop_each(&mut self) {
        while let Ok(message) = self.0.pop() {
            drop(message);
        }
    }
}

impl<T> Drop for Rest<'_, T> {
    fn drop(&mut self) {
        self.drop_each();
    }
}
