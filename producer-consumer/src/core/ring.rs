//! A ring for one producer and one consumer, which either of them can close at one exact position.
//!
//! A queue under a lock costs two read-modify-writes a message, and a ring for many claims each slot by one. With one
//! thread on each side a message is a move, one store, and looks at lines that its thread has already. Ancestors:
//! Lamport's ring, with each side's last look at the other's index kept (FastForward, rigtorp's SPSCQueue, rtrb). What
//! they have not is an end: there, a value pushed while the consumer leaves is lost without a word.
//!
//! # States
//!
//! A position counts messages from the beginning; slot `position % capacity` holds it.
//!
//! | positions | whose are their slots |
//! |---|---|
//! | head to tail | consumer: each holds a message |
//! | tail to head + capacity | producer: they are free |
//!
//! | end | who may still push |
//! |---|---|
//! | OPEN | the producer |
//! | CLOSING | the consumer has begun to close: a push under way either ends the ring behind itself or comes to nothing |
//! | a position | nobody: messages from there on were never accepted, those before it are the consumer's |
//!
//! # Protocol
//!
//! Producer, to push: unless the last look has shown a free slot, look at the end (refuse if it is not OPEN) and at the head
//! (refuse if all slots are full). Write the message; store the tail; pass the light barrier; look at the end. If it is OPEN,
//! the message is accepted. Else settle: compare-exchange CLOSING to the own tail, and if that fails, take back what lies
//! behind the end that is there. A batch does all this once.
//!
//! Consumer, to pop: unless the last look has shown a message, look at the end and then, if it is OPEN, at the tail.
//! Read the message; store the head. A batch does this once.
//!
//! Consumer, to close: compare-exchange OPEN to CLOSING; pass the heavy barrier; look at the tail; compare-exchange CLOSING to it.
//! If that fails, the producer has settled it. From then on the end is the tail.
//!
//! Producer, to close: compare-exchange OPEN to its tail; if it finds CLOSING, settle.
//!
//! Each side tells the other's wait set what it has changed: `not_empty` after a tail or the producer's close, `not_full` after
//! a head or the consumer's close; the consumer's close tells `ended`, too. Nobody waits here; whoever does tries again when
//! told.
//!
//! # Invariants
//!
//! - I1: head <= tail <= head + capacity, and neither moves backwards, except the tail to the end after a close.
//! - I2: a slot from head to tail (or to the end, once that is settled) holds a message; any other slot holds none.
//! - I3: the end is settled once, and then it is the tail as the producer last left it.
//! - I4: a message that was accepted lies before the end, and one that was given back lies behind it.
//! - I5: foreign code (an iterator, a collection, a waker) runs while every index says what is in the slots, or under a
//!   guard that will make it say so.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | producer stores the tail | consumer loads it | the messages before it |
//! | E2 | consumer stores the head | producer loads it | that the slots before it were read |
//! | E3 | producer settles the end | consumer looks at it, or fails to settle it | the messages before it |
//! | E4 | consumer begins to close | producer looks at the end | what the closer did before |
//! | E5 | light barrier between tail and look at the end | heavy barrier between CLOSING and look at the tail | I4 |
//!
//! Proof of I4: let the producer find OPEN after it has stored a tail. If it passed the light barrier before the consumer
//! passed the heavy one, the consumer's look finds that tail or a later one, and so does whoever settles: the end lies behind
//! the message. If it passed after, it would have seen CLOSING. If it finds another end, it takes the word for what became of
//! its message.
//!
//! # Limits
//!
//! As many slots as were asked for, made at once, and 192 bytes that both ends share, each side's in a line of its own. A push
//! and a pop take bounded steps each, and the time of a wake if the other side sleeps. On targets of 32 bits positions wrap around; they are compared for equality
//! and subtracted, never ordered. The models cover one and two slots, two messages and one batch.

mod end;
mod past;
mod place;
mod pop;
mod push;

pub(crate) use self::pop::{Consumer, Popper};
pub(crate) use self::push::{Producer, Pusher};

use self::end::EndWord;
use self::place::Place;
use super::cells::{Cell, cells};
use super::ended::Ended;
use super::{Line, waits_beside};
use crate::hold::{Held, Hold};
use crate::stats::{Peak, Waits};
use common::sync::atomic::AtomicUsize;
use common::sync::barrier::Barrier;
use common::wait::WaitSet;
use std::panic::RefUnwindSafe;

/// What both ends hold. Dropping it drops no message: the consumer has done that.
// Between the lines that the two write lies what is seldom written: processors fetch lines in pairs.
#[repr(C)]
pub(crate) struct Ring<T> {
    back: Line<Back>,
    middle: Line<Middle<T>>,
    front: Line<Front>,
}

/// What the producer writes, and what it looks at for each message.
struct Back {
    /// The position behind the last message that was pushed.
    tail: AtomicUsize,
    end: EndWord,
    not_empty: WaitSet,
}

/// What the consumer writes, and what it looks at for each message.
struct Front {
    /// The position of the next message that will be popped.
    head: AtomicUsize,
    not_full: WaitSet,
}

/// What is seldom written.
struct Middle<T> {
    slots: Box<[Cell<T>]>,
    barrier: Barrier,
    holds: AtomicUsize,
    ended: Ended,
    send_waits: Waits,
    recv_waits: Waits,
    peak: Peak,
}

// SAFETY: I2 gives each slot one owner at a time, and E1 to E3 order the owners; a message crosses threads, so T: Send.
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: as above; no two threads ever share a reference to a message.
unsafe impl<T: Send> Sync for Ring<T> {}

// I5: a panic of foreign code leaves a ring whole.
impl<T> RefUnwindSafe for Ring<T> {}

/// An empty ring with so many slots.
pub(crate) fn ring<T>(capacity: usize) -> (Producer<T>, Consumer<T>) {
    let back = Back { tail: AtomicUsize::new(0), end: EndWord::open(), not_empty: waits_beside(capacity) };
    let middle = Middle {
        slots: cells(capacity),
        barrier: Barrier::new(),
        holds: AtomicUsize::new(1),
        ended: Ended::new(),
        send_waits: Waits::new(),
        recv_waits: Waits::new(),
        peak: Peak::new(),
    };
    let front = Front { head: AtomicUsize::new(0), not_full: waits_beside(capacity) };
    let ring = Hold::new(Ring { back: Line(back), middle: Line(middle), front: Line(front) });
    (Producer::new(ring.clone()), Consumer::new(ring))
}

impl<T> Held for Ring<T> {
    fn count(&self) -> &AtomicUsize {
        &self.middle.0.holds
    }
}

impl<T> Ring<T> {
    #[inline]
    fn tail(&self) -> &AtomicUsize {
        &self.back.0.tail
    }

    #[inline]
    fn end(&self) -> &EndWord {
        &self.back.0.end
    }

    #[inline]
    fn head(&self) -> &AtomicUsize {
        &self.front.0.head
    }

    /// Those who wait for a message, or for the news that none will come.
    pub(crate) fn not_empty(&self) -> &WaitSet {
        &self.back.0.not_empty
    }

    /// Those who wait for room, or for the news that it is no use.
    pub(crate) fn not_full(&self) -> &WaitSet {
        &self.front.0.not_full
    }

    /// Those who wait for the end.
    pub(crate) fn ended(&self) -> &WaitSet {
        self.middle.0.ended.set()
    }

    #[inline]
    fn capacity(&self) -> usize {
        self.slots().len()
    }

    #[inline]
    fn slots(&self) -> &[Cell<T>] {
        &self.middle.0.slots
    }

    /// Tells the consumer.
    #[inline]
    fn tell_not_empty(&self) {
        // All, since a wait that was leaked is for ever the first in its set.
        self.recv_waits().tell(self.not_empty().notify(usize::MAX));
    }

    /// Tells the producer.
    #[inline]
    fn tell_not_full(&self) {
        self.send_waits().tell(self.not_full().notify(usize::MAX));
    }

    /// Writes a message.
    ///
    /// # Safety
    ///
    /// The slot is the caller's, and holds none: I2.
    #[inline]
    unsafe fn write(&self, place: &Place, message: T) {
        debug_assert!(place.at < self.capacity());
        // SAFETY: `Place` keeps it below the number of slots.
        let slot = unsafe { self.slots().get_unchecked(place.at) };
        slot.with_mut(|to| {
            // SAFETY: the caller's.
            let to = unsafe { &mut *to };
            to.write(message);
        });
    }

    /// Writes messages into slots that lie side by side, as long as there are both, and counts each in `written`.
    ///
    /// # Safety
    ///
    /// The `run` slots from the slot `from` on are the caller's, and hold none: I2.
    #[inline]
    unsafe fn write_run(&self, from: usize, run: usize, messages: &mut impl Iterator<Item = T>, written: &mut usize) {
        let mut slots = self.slots()[from..from + run].iter();
        messages.take(run).zip(&mut slots).for_each(|(message, slot)| {
            slot.with_mut(|to| {
                // SAFETY: the caller's.
                let to = unsafe { &mut *to };
                to.write(message);
            });
            *written += 1;
        });
    }

    /// Moves the messages out of slots that lie side by side, as far as `into` wants them, and counts each in `taken`.
    ///
    /// # Safety
    ///
    /// The `run` slots from the slot `from` on are the caller's, and hold messages, of which those that are counted are not
    /// read again: I2.
    #[inline]
    unsafe fn read_run(&self, from: usize, run: usize, into: &mut impl Extend<T>, taken: &mut usize) {
        let slots = &self.slots()[from..from + run];
        into.extend(slots.iter().map(|slot| {
            *taken += 1;
            slot.with(|from| {
                // SAFETY: the caller's.
                let from = unsafe { &*from };
                // SAFETY: the caller's; an iterator over the slots gives each once.
                unsafe { from.assume_init_read() }
            })
        }));
    }

    /// Takes a message out.
    ///
    /// # Safety
    ///
    /// The slot is the caller's, and holds one, which is not read again: I2.
    #[inline]
    unsafe fn read(&self, place: &Place) -> T {
        debug_assert!(place.at < self.capacity());
        // SAFETY: `Place` keeps it below the number of slots.
        let slot = unsafe { self.slots().get_unchecked(place.at) };
        slot.with(|from| {
            // SAFETY: the caller's.
            let from = unsafe { &*from };
            // SAFETY: the caller's.
            unsafe { from.assume_init_read() }
        })
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn a_ring_has_the_size_that_the_head_says() {
        assert_eq!(size_of::<Ring<u64>>(), 192);
    }
}
