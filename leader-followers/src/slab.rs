//! The slab: a fixed number of slots, each with a handle word, a handler and a deadline.
//!
//! An event names its slot by index and generation, so one that comes after its handle was closed finds another
//! generation and is dropped. The slots never move, so an event needs no lock to find its handle; their number is the
//! reactor's limit.
//!
//! # Invariants
//!
//! - I1: a slot is on the free list exactly while its word is closed and nobody is opening it.
//! - I2: a handle that is opened sees the phase, or whoever changes the phase sees the handle: both go through the
//!   book's lock.
//!
//! # Limits
//!
//! A slot takes 88 bytes whether it is used or not; neighbours share cache lines.

use crate::handle::Ready;
use crate::handle::{Claim, HandleWord};
use crate::reactor::EventHandler;
use crate::timer::Timing;
use common::lifecycle::Phase;
use common::sync::{Condvar, Mutex};
use std::time::Instant;

/// A handle as events name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Token {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

/// A token for the demultiplexer has 64 bits.
const _: () = assert!(usize::BITS == 64, "index and generation share one machine word");

impl Token {
    pub(crate) fn pack(self) -> usize {
        (self.generation as usize) << 32 | self.index as usize
    }

    pub(crate) fn unpack(packed: usize) -> Self {
        Self { index: packed as u32, generation: (packed >> 32) as u32 }
    }
}

pub(crate) struct Slot {
    pub(crate) word: HandleWord,
    /// Locked by the owner of the claim only, so the lock is never contended.
    pub(crate) guest: Mutex<Option<Guest>>,
    pub(crate) timing: Mutex<Timing>,
}

/// A handler, and what was not reported to it.
pub(crate) struct Guest {
    pub(crate) handler: Box<dyn EventHandler>,
    pub(crate) unseen: Ready,
    pub(crate) suspended: bool,
}

pub(crate) struct Slab {
    slots: Box<[Slot]>,
    book: Mutex<Book>,
    emptied: Condvar,
}

struct Book {
    free: Vec<u32>,
    phase: Phase,
}

/// A slot that was opened for the caller.
pub(crate) struct Opened {
    pub(crate) token: Token,
    pub(crate) claim: Claim,
    /// The new handle has to be told to drain.
    pub(crate) draining: bool,
}

/// Why no slot was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoSlot {
    Full,
    Stopped,
}

impl Slab {
    pub(crate) fn new(capacity: u32) -> Self {
        let slots = (0..capacity).map(|_| Slot {
            word: HandleWord::new(),
            guest: Mutex::new(None),
            timing: Mutex::new(Timing::default()),
        });
        let book = Book { free: (0..capacity).rev().collect(), phase: Phase::Running };
        Self { slots: slots.collect(), book: Mutex::new(book), emptied: Condvar::new() }
    }

    /// Opens a slot in state Running, so that events of the new handle are recorded until its opener releases it.
    pub(crate) fn open(&self) -> Result<Opened, NoSlot> {
        let mut book = self.book.lock();
        if book.phase == Phase::Stopped {
            return Err(NoSlot::Stopped);
        }
        let index = book.free.pop().ok_or(NoSlot::Full)?;
        let claim = self.slots[index as usize].word.open().expect("I1: a free slot is closed");
        let token = Token { index, generation: claim.generation() };
        let draining = book.phase == Phase::Draining;
        drop(book);
        *self.slot(token).timing.lock() = Timing::new(token.generation);
        Ok(Opened { token, claim, draining })
    }

    /// Closes the slot; its handler has been taken out.
    pub(crate) fn close(&self, index: u32, claim: Claim) {
        self.slots[index as usize].word.close(claim);
        let mut book = self.book.lock();
        book.free.push(index);
        if book.free.len() == self.slots.len() {
            self.emptied.notify_all();
        }
    }

    pub(crate) fn slot(&self, token: Token) -> &Slot {
        &self.slots[token.index as usize]
    }

    pub(crate) fn get(&self, token: Token) -> Option<&Slot> {
        self.slots.get(token.index as usize)
    }

    /// Moves on to `phase`, and names the handles that were opened before (I2).
    pub(crate) fn advance(&self, phase: Phase) -> Vec<Token> {
        {
            let mut book = self.book.lock();
            book.phase = book.phase.max(phase);
        }
        let open =
            |(index, slot): (usize, &Slot)| Some(Token { index: index as u32, generation: slot.word.generation()? });
        self.slots.iter().enumerate().filter_map(open).collect()
    }

    /// How many handles there is room for.
    pub(crate) fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// How many handles are open.
    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.book.lock().free.len()
    }

    /// Waits until no handle is open or `deadline` has passed; returns how many are.
    pub(crate) fn wait_empty_deadline(&self, deadline: Instant) -> usize {
        let mut book = self.book.lock();
        while book.free.len() < self.slots.len() {
            if self.emptied.wait_until(&mut book, deadline).timed_out() {
                break;
            }
        }
        self.slots.len() - book.free.len()
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_as_small_as_documented() {
        assert_eq!(size_of::<Slot>(), 88);
    }

    #[test]
    fn a_slot_comes_back_with_another_generation() {
        let slab = Slab::new(1);
        let first = slab.open().ok().unwrap();
        assert_eq!(slab.open().err(), Some(NoSlot::Full));
        assert_eq!(Token::unpack(first.token.pack()), first.token);
        slab.close(first.token.index, first.claim);
        let second = slab.open().ok().unwrap();
        assert_eq!((second.token.index, second.token.generation), (first.token.index, first.token.generation + 1));
        assert_eq!(slab.advance(Phase::Draining), [second.token]);
        slab.close(second.token.index, second.claim);
        assert!(slab.open().ok().unwrap().draining);
        slab.advance(Phase::Stopped);
        assert_eq!(slab.open().err(), Some(NoSlot::Stopped));
        assert_eq!(slab.len(), 1);
    }
}
