//! The producer's end.

use super::end::End;
use super::{Place, Ring};
use crate::error::TrySendError;
use crate::hold::Hold;
use common::sync::atomic::Ordering;

/// The end that messages go into. Dropping it closes the ring.
pub(crate) struct Producer<T> {
    ring: Hold<Ring<T>>,
    place: Place,
}

/// A producer that is lent, apart from its hold on the ring.
pub(crate) struct Pusher<'a, T> {
    pub(crate) ring: &'a Ring<T>,
    place: &'a mut Place,
}

/// What became of a batch.
pub(crate) struct Filled {
    /// Messages that are in.
    pub(crate) count: usize,
    /// Whether the iterator has no more; if not, there was no more room.
    pub(crate) is_exhausted: bool,
}

impl<T> Producer<T> {
    pub(super) fn new(ring: Hold<Ring<T>>) -> Self {
        let place = Place::new(ring.capacity());
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

    pub(crate) fn capacity(&self) -> usize {
        self.ring.capacity()
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
        // SAFETY: I2: the look has shown a free slot, and free slots are the producer's.
        unsafe { self.ring.write(self.place, message) };
        self.place.advance(self.ring.capacity());
        if self.publish() {
            return Ok(());
        }
        match self.take_back(1).pop() {
            None => Ok(()),
            Some(message) => Err(TrySendError::Disconnected(message)),
        }
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
        let mut batch = Batch { pusher: self, filled: 0 };
        let is_exhausted = batch.fill(first, messages);
        match batch.finish() {
            Ok(count) => Ok(Filled { count, is_exhausted }),
            Err(taken_back) => Err(TrySendError::Disconnected(taken_back)),
        }
    }

    /// Looks how much room there is.
    fn look(&mut self) -> Result<(), TrySendError<()>> {
        match self.ring.end().look() {
            End::Open => {
                // ORDERING: Acquire, E2: what was in the slots before it has been read.
                let head = self.ring.head().load(Ordering::Acquire);
                self.place.limit = head.wrapping_add(self.ring.capacity());
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

    /// [`publish`](Self::publish) so many messages more than the place says.
    #[inline]
    fn publish_many(&mut self, count: usize) -> bool {
        self.place.advance_by(count, self.ring.capacity());
        self.publish()
    }

    /// Settles the end, and takes back those of the `count` messages published last that lie behind it.
    #[cold]
    fn take_back(&mut self, count: usize) -> Vec<T> {
        let end = self.ring.end().settle(self.place.own);
        let behind = self.place.own.wrapping_sub(end);
        assert!(behind == 0 || behind == count, "a batch is published at once, and what was accepted stays");
        self.place.retreat(behind, self.ring.capacity());
        // The way back along the same slots.
        let mut back = Place { own: self.place.own, limit: self.place.own.wrapping_add(behind), at: self.place.at };
        let mut messages = Vec::with_capacity(behind);
        while !back.is_spent() {
            // SAFETY: I2: they lie behind the end, so they are the producer's, who has written them and forgets them here.
            messages.push(unsafe { self.ring.read(&back) });
            back.advance(self.ring.capacity());
        }
        // ORDERING: Relaxed: since the end is settled, nobody looks at it but to count.
        self.ring.tail().store(self.place.own, Ordering::Relaxed);
        messages
    }
}

/// Messages that were written and not yet published; dropping it publishes them.
struct Batch<'a, 'b, T> {
    pusher: &'a mut Pusher<'b, T>,
    filled: usize,
}

impl<T> Batch<'_, '_, T> {
    /// Writes as many as there is room for; whether there are no more.
    #[inline]
    fn fill(&mut self, first: &mut Option<T>, messages: &mut impl Iterator<Item = T>) -> bool {
        let Self { pusher: Pusher { ring, place }, filled } = self;
        let room = place.ahead();
        let run = place.run(room, ring.capacity());
        let mut messages = first.take().into_iter().chain(messages);
        for (from, run) in [(place.at, run), (0, room - run)] {
            let before = *filled;
            // SAFETY: I2, as in `push`: no further than the look has shown.
            unsafe { ring.write_run(from, run, &mut messages, filled) };
            if *filled - before < run {
                return true;
            }
        }
        false
    }

    /// How many are in, or those that came too late.
    #[inline]
    fn finish(mut self) -> Result<usize, Vec<T>> {
        let filled = std::mem::take(&mut self.filled);
        if filled == 0 || self.pusher.publish_many(filled) {
            return Ok(filled);
        }
        let taken_back = self.pusher.take_back(filled);
        if taken_back.is_empty() { Ok(filled) } else { Err(taken_back) }
    }
}

impl<T> Drop for Batch<'_, '_, T> {
    fn drop(&mut self) {
        // Not after `finish`: the iterator has panicked.
        if self.filled > 0 && !self.pusher.publish_many(self.filled) {
            drop(self.pusher.take_back(self.filled));
        }
    }
}
