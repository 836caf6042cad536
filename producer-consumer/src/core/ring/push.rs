//! The producer's end.

use super::end::End;
use super::pop::read;
use super::{Place, Ring};
use crate::core::cells::Cell;
use crate::error::TrySendError;
use crate::hold::Hold;
use crate::many::AT_ONCE;
use common::sync::atomic::Ordering;
use std::mem::{self, ManuallyDrop};

/// The end that messages go into. Dropping it closes the ring.
pub(crate) struct Producer<T> {
    ring: Hold<Ring<T>>,
    place: Place<T>,
}

/// A producer that is lent, apart from its hold on the ring.
pub(crate) struct Pusher<'a, T> {
    pub(crate) ring: &'a Ring<T>,
    place: &'a mut Place<T>,
}

/// What became of a batch.
pub(crate) struct Filled {
    /// Messages that are in.
    pub(crate) count: usize,
    /// Whether the iterator has no more; if not, there was no more room.
    pub(crate) is_exhausted: bool,
}

impl<T> Producer<T> {
    pub(super) fn new(ring: Hold<Ring<T>>, place: Place<T>) -> Self {
        Self { ring, place }
    }

    /// The producer to work with, and the ring to wait in.
    #[inline]
    pub(crate) fn lend(&mut self) -> (&Ring<T>, Pusher<'_, T>) {
        (&self.ring, Pusher { ring: &self.ring, place: &mut self.place })
    }

    pub(crate) fn ring(&self) -> &Ring<T> {
        &self.ring
    }

    /// Messages that are in the ring.
    pub(crate) fn len(&self) -> usize {
        // ORDERING: Relaxed: it is a number, and leads to no slot.
        self.place.own.wrapping_sub(self.ring.head().load(Ordering::Relaxed))
    }

    /// Whether no push will ever be accepted.
    pub(crate) fn is_closed(&self) -> bool {
        match self.ring.end().look() {
            End::Open => false,
            End::Closing => {
                // Else the next push might be accepted after all.
                self.ring.end().settle(self.place.own);
                true
            }
            End::At(_) => true,
        }
    }

    /// Ends the ring behind the last message; false if it was closed before.
    pub(crate) fn close(&mut self) -> bool {
        let was_open = self.ring.end().finish(self.place.own);
        if was_open {
            self.place.limit = self.place.own;
            self.ring.tell_not_empty();
        } else {
            self.ring.end().settle(self.place.own);
        }
        was_open
    }
}

impl<T> Drop for Producer<T> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<T> Pusher<'_, T> {
    /// Puts `message` in.
    #[inline]
    pub(crate) fn push(&mut self, message: T) -> Result<(), TrySendError<T>> {
        if self.place.is_spent()
            && let Err(refused) = self.look()
        {
            return Err(refused.with(message));
        }
        if self.place.is_at_end() {
            self.ring.extend(self.place);
        }
        // SAFETY: I2: the look has shown a free slot, and free slots are the producer's.
        unsafe { write(self.place.slot(), message) };
        self.place.advance(1);
        if self.publish() { Ok(()) } else { self.take_one_back() }
    }

    /// Whether a push would find room, which stays until then.
    #[cfg(feature = "futures")]
    pub(crate) fn find_room(&mut self) -> Result<(), TrySendError<()>> {
        if self.place.is_spent() { self.look() } else { Ok(()) }
    }

    /// Puts in what there is room for, `first` and then `messages`, as one batch; what is refused comes back in order.
    ///
    /// Takes only what there is room for, and nothing if there is none. If the iterator panics, what it gave before is in.
    #[inline]
    pub(crate) fn push_many(
        &mut self,
        first: &mut Option<T>,
        messages: &mut impl Iterator<Item = T>,
    ) -> Result<Filled, TrySendError<Vec<T>>> {
        // Without a look, the producer would only be late to know of room that it needs.
        if self.place.ahead() < messages.size_hint().0.saturating_add(1)
            && let Err(refused) = self.look()
        {
            return Err(refused.with(Vec::new()));
        }
        let mut batch = Batch { start: self.place.share(), written: 0, pusher: self };
        let is_exhausted = batch.fill(first, messages);
        match batch.finish() {
            Ok(count) => Ok(Filled { count, is_exhausted }),
            Err(taken_back) => Err(TrySendError::Disconnected(taken_back)),
        }
    }

    /// How many messages a batch has room for: without a bound some, so that one that never ends arrives in pieces.
    #[inline]
    fn most_at_once(&self) -> usize {
        let room = self.place.ahead();
        if self.ring.capacity().is_some() { room } else { room.min(AT_ONCE) }
    }

    /// Looks how much room there is.
    fn look(&mut self) -> Result<(), TrySendError<()>> {
        match self.ring.end().look() {
            End::Open => {
                // ORDERING: Acquire, E2: what was in the slots before it has been read.
                let head = self.ring.head().load(Ordering::Acquire);
                self.place.limit = head.wrapping_add(self.ring.middle.0.capacity);
                if !self.place.is_spent() {
                    return Ok(());
                }
                self.ring.note_full();
                Err(TrySendError::Full(()))
            }
            End::Closing | End::At(_) => {
                self.ring.end().settle(self.place.own);
                self.place.limit = self.place.own;
                Err(TrySendError::Disconnected(()))
            }
        }
    }

    /// Publishes what was written, and tells the consumer; false if it may have come too late.
    #[inline]
    fn publish(&mut self) -> bool {
        // ORDERING: Release, E1.
        self.ring.tail().store(self.place.own, Ordering::Release);
        // E5.
        self.ring.middle.0.barrier.light();
        let is_accepted = self.ring.end().is_open();
        if is_accepted {
            self.ring.tell_not_empty();
        }
        is_accepted
    }

    /// Settles the end, and takes the message published last back if it lies behind it.
    #[cold]
    fn take_one_back(&mut self) -> Result<(), TrySendError<T>> {
        match self.take_back(&self.place.back()).pop() {
            None => Ok(()),
            Some(message) => Err(TrySendError::Disconnected(message)),
        }
    }

    /// Settles the end, and takes the messages from `start` on back if they lie behind it.
    #[cold]
    fn take_back(&mut self, start: &Place<T>) -> Vec<T> {
        let end = self.ring.end().settle(self.place.own);
        let (count, behind) = (self.place.own.wrapping_sub(start.own), self.place.own.wrapping_sub(end));
        assert!(behind == 0 || behind == count, "a batch is published at once, and what was accepted stays");
        let mut messages = Vec::with_capacity(behind);
        if behind > 0 {
            // The way back along the same slots.
            let mut back = start.share();
            back.limit = self.place.own;
            *self.place = start.share();
            while !back.is_spent() {
                if back.is_at_end() {
                    // None of them is left by both: the consumer comes to no message behind the end.
                    let _ = back.turn();
                }
                // SAFETY: I2: they lie behind the end, so they are the producer's, who has written them and forgets them here.
                messages.push(unsafe { read(back.slot()) });
                back.advance(1);
            }
        }
        self.place.limit = self.place.own;
        // ORDERING: Relaxed: since the end is settled, nobody looks at it but to count.
        self.ring.tail().store(self.place.own, Ordering::Relaxed);
        messages
    }
}

/// Puts a message into a slot.
///
/// # Safety
///
/// The slot is the caller's, and holds none: I2.
#[inline]
unsafe fn write<T>(slot: &Cell<T>, message: T) {
    slot.with_mut(|to| {
        // SAFETY: the caller's.
        let to = unsafe { &mut *to };
        to.write(message);
    });
}

/// Messages that were written and not yet published; dropping it publishes them.
struct Batch<'a, 'b, T> {
    /// The place of the first of them.
    start: Place<T>,
    /// Messages that are in their slots, and that the place is not past yet.
    written: usize,
    pusher: &'a mut Pusher<'b, T>,
}

impl<T> Batch<'_, '_, T> {
    /// Writes as many as there is room for; whether there are no more.
    #[inline]
    fn fill(&mut self, first: &mut Option<T>, messages: &mut impl Iterator<Item = T>) -> bool {
        let mut messages = first.take().into_iter().chain(messages);
        let mut room = self.pusher.most_at_once();
        while room > 0 {
            let Self { pusher: Pusher { ring, place }, written, .. } = self;
            if place.is_at_end() {
                ring.extend(place);
            }
            let run = place.run(room);
            messages.by_ref().take(run).zip(place.slots(run)).for_each(|(message, slot)| {
                // SAFETY: I2, as in `push`: no further than the look has shown.
                unsafe { write(slot, message) };
                *written += 1;
            });
            if *written < run {
                return true;
            }
            room -= run;
            self.move_on();
        }
        false
    }

    #[inline]
    fn move_on(&mut self) {
        self.pusher.place.advance(mem::take(&mut self.written));
    }

    /// Publishes what is in; false if it may have come too late.
    fn publish(&mut self) -> bool {
        self.move_on();
        self.pusher.place.own == self.start.own || self.pusher.publish()
    }

    /// How many are in, or those that came too late.
    #[inline]
    fn finish(self) -> Result<usize, Vec<T>> {
        let mut batch = ManuallyDrop::new(self);
        let is_accepted = batch.publish();
        let count = batch.pusher.place.own.wrapping_sub(batch.start.own);
        if is_accepted {
            return Ok(count);
        }
        let Self { start, pusher, .. } = &mut *batch;
        let taken_back = pusher.take_back(start);
        if taken_back.is_empty() { Ok(count) } else { Err(taken_back) }
    }
}

impl<T> Drop for Batch<'_, '_, T> {
    fn drop(&mut self) {
        // Not after `finish`: the iterator has panicked.
        if !self.publish() {
            drop(self.pusher.take_back(&self.start));
        }
    }
}
