//! Reserved places: the free slots right behind the tail, which only a permit's push may come to.

use super::Array;
use super::slot::Position;
use super::tail::{RESERVED, Tail};
use crate::error::TrySendError;
use common::sync::atomic::Ordering;
use common::sync::hint;

impl<T> Array<T> {
    /// The first position behind what is reserved: where there has to be room for whoever has no permit.
    #[inline(always)]
    pub(super) fn edge(&self, tail: Tail) -> Position {
        match tail.reserved() {
            0 => tail.position(),
            reserved => self.middle.0.slots.ahead(tail.position(), reserved),
        }
    }

    /// How many slots are free, one after the other, up to `max`.
    pub(super) fn free_run(&self, mut from: Position, max: usize) -> usize {
        let slots = &self.middle.0.slots;
        let mut count = 0;
        while count < max && slots.is_free(from) {
            from = slots.next(from);
            count += 1;
        }
        count
    }

    /// Reserves `count` places, or none.
    pub(super) fn try_reserve(&self, count: usize) -> Result<(), TrySendError<()>> {
        let mut tail = self.tail();
        loop {
            if tail.is_closed() {
                return Err(TrySendError::Disconnected(()));
            }
            let has_room = self.free_run(self.edge(tail), count) == count;
            tail = match tail.with(count) {
                Some(more) if has_room => match self.claim_tail(tail, more) {
                    Ok(()) => return Ok(()),
                    Err(found) => found,
                },
                _ => self.unless_refused(tail)?,
            };
            hint::spin_loop();
        }
    }

    /// Gives places back.
    pub(super) fn unreserve(&self, count: usize) {
        // ORDERING: Relaxed: an exchange in the middle of E4, which shows nothing new.
        self.tail.0.word.fetch_sub(count as u64 * RESERVED, Ordering::Relaxed);
    }

    /// Appends a value to a place that is reserved for it.
    pub(super) fn push_into_reserved(&self, value: T) -> Result<(), T> {
        let slots = &self.middle.0.slots;
        let mut tail = self.tail();
        loop {
            let position = tail.position();
            if tail.is_closed() {
                return Err(value);
            }
            match self.claim_tail(tail, tail.moved(slots.next(position)).without_one()) {
                Ok(()) => {
                    // SAFETY: it has just been claimed, and A5 says that it is free.
                    unsafe { slots.fill(position, value) };
                    return Ok(());
                }
                Err(found) => tail = found,
            }
            hint::spin_loop();
        }
    }
}
