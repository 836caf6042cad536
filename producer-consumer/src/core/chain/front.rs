//! The receivers' end: one at a time.
//!
//! The invariants and edges are those of [`chain`](super).

use super::block::{Block, SLOTS, Store};
use crate::core::rival::Rival;
use common::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use common::sync::cell::UnsafeCell;
use std::ptr::NonNull;

/// In `head`: somebody is at the front.
const TAKEN: u64 = 1 << 0;
/// In `head`: one position.
const ONE: u64 = 1 << 1;

/// So often a receiver gives way to the one at the front; in a model it is turned away at once.
const PATIENCE: u32 = if cfg!(any(loom, shuttle)) { 0 } else { 8 };

/// How many blocks one pop gives back.
const STRIDE: usize = 2;

/// How a receiver got nothing.
pub(super) enum Look {
    /// The slot at the head is not filled; and whether somebody was turned away meanwhile.
    Nothing { position: u64, turned_away: bool },
    /// Somebody else was at the front.
    TurnedAway,
}

pub(super) struct Front<T> {
    head: AtomicU64,
    /// Somebody found another receiver at the front, and nobody was told since.
    turned_away: AtomicBool,
    cursor: UnsafeCell<Cursor<T>>,
}

/// What whoever is at the front knows.
struct Cursor<T> {
    /// The block of the head, or the one before if the head is the first position of a block.
    block: NonNull<Block<T>>,
    /// Where `block` ends.
    end: u64,
    /// The slots from the head to this one are filled. It spares those who come to the front looks at what senders write.
    filled: u64,
    /// The first block that was not given back.
    oldest: NonNull<Block<T>>,
}

/// The front, while a receiver has it; it is left as it is when this is dropped.
struct Taken<'a, T> {
    front: &'a Front<T>,
    position: u64,
}

impl<T> Drop for Taken<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        // ORDERING: Release, E2.
        self.front.head.store(self.position * ONE, Ordering::Release);
    }
}

impl<'a, T> Taken<'a, T> {
    /// Leaves the front with nothing, and says whether somebody was turned away meanwhile.
    fn leave(self) -> bool {
        let front = self.front;
        drop(self);
        // ORDERING: SeqCst, E8: a receiver whose mark is not seen here sees that the front is free.
        fence(Ordering::SeqCst);
        // ORDERING: Relaxed, both: E8.
        front.turned_away.load(Ordering::Relaxed) && front.turned_away.swap(false, Ordering::Relaxed)
    }

    /// Leaves it after a look in vain.
    fn leave_in_vain(self) -> Look {
        Look::Nothing { position: self.position, turned_away: self.leave() }
    }

    /// Whether the slot at the head is filled.
    #[inline(always)]
    fn is_filled(&self, store: &Store<T>) -> bool {
        self.with(|cursor| self.position < cursor.filled || cursor.look(self.position, store))
    }

    /// Takes the value out of the slot at the head.
    ///
    /// # Safety
    ///
    /// It is filled.
    #[inline(always)]
    unsafe fn empty(&mut self) -> T {
        let block = self.with(|cursor| cursor.here());
        // SAFETY: it is filled, and the head moves past it.
        let value = unsafe { block.empty(self.position) };
        self.position += 1;
        value
    }

    /// Calls `access` with the cursor.
    #[inline(always)]
    fn with<R>(&self, access: impl FnOnce(&mut Cursor<T>) -> R) -> R {
        // SAFETY: C1: it is this receiver's while it is at the front.
        self.front.cursor.with_mut(|cursor| access(unsafe { &mut *cursor }))
    }
}

impl<T> Cursor<T> {
    #[inline(always)]
    fn here<'a>(&self) -> &'a Block<T> {
        // SAFETY: it is given back by whoever is at the front, and not before the head has left it.
        unsafe { self.block.as_ref() }
    }

    /// The block behind this one, if it is there.
    fn next(&self) -> Option<NonNull<Block<T>>> {
        // ORDERING: Acquire, E6.
        NonNull::new(self.here().marks.next.load(Ordering::Acquire))
    }

    /// Looks how many slots are filled from the head on; false if that at the head is not.
    #[inline(never)]
    fn look(&mut self, head: u64, store: &Store<T>) -> bool {
        if head == self.end && !self.advance(store) {
            return false;
        }
        self.filled = head + self.here().filled_from(head);
        head < self.filled
    }

    /// On to the next block; false if there is none yet.
    #[cold]
    fn advance(&mut self, store: &Store<T>) -> bool {
        let Some(next) = self.next() else {
            return false;
        };
        (self.block, self.end) = (next, self.end + SLOTS);
        (0..STRIDE).all(|_| self.give_back(store));
        true
    }

    /// Gives the oldest block back if senders have left it; false if they have not.
    fn give_back(&mut self, store: &Store<T>) -> bool {
        let oldest = self.oldest;
        if oldest == self.block {
            return false;
        }
        // SAFETY: it was not given back yet.
        let block = unsafe { oldest.as_ref() };
        // ORDERING: Acquire, E5.
        let left = block.marks.left.load(Ordering::Acquire);
        if left == 0 || left > self.end - SLOTS {
            return false;
        }
        // ORDERING: Acquire, E6.
        let next = NonNull::new(block.marks.next.load(Ordering::Acquire));
        self.oldest = next.expect("the block of the head comes after it");
        // SAFETY: C5. By E1 all who claimed a position before `left` are done, since the head is there.
        unsafe { store.give(oldest) };
        true
    }
}

impl<T> Front<T> {
    pub(super) fn new(first: NonNull<Block<T>>) -> Self {
        let cursor = Cursor { block: first, end: SLOTS, filled: 0, oldest: first };
        Self { head: AtomicU64::new(0), turned_away: AtomicBool::new(false), cursor: UnsafeCell::new(cursor) }
    }

    /// The next position to be emptied.
    pub(super) fn position(&self) -> u64 {
        // ORDERING: Acquire, so that the tail is not seen as it was before.
        self.head.load(Ordering::Acquire) / ONE
    }

    /// The first block of those that are there, for whoever has the chain alone.
    pub(super) fn oldest(&self) -> NonNull<Block<T>> {
        // SAFETY: the caller has it alone.
        self.cursor.with(|cursor| unsafe { (*cursor).oldest })
    }

    #[inline(always)]
    fn take(&self) -> Result<Taken<'_, T>, Look> {
        // ORDERING: Relaxed: the exchange says what holds.
        let head = self.head.load(Ordering::Relaxed);
        match self.exchange(head) {
            Ok(taken) => Ok(taken),
            Err(now) => self.take_late(now),
        }
    }

    /// Takes the front if `head` is as it was seen, and nobody is there.
    #[inline(always)]
    fn exchange(&self, head: u64) -> Result<Taken<'_, T>, u64> {
        if head & TAKEN != 0 {
            return Err(head);
        }
        // ORDERING: Acquire, E2. Relaxed on failure: it is tried again.
        self.head.compare_exchange_weak(head, head | TAKEN, Ordering::Acquire, Ordering::Relaxed)?;
        Ok(Taken { front: self, position: head / ONE })
    }

    #[cold]
    #[inline(never)]
    fn take_late(&self, mut head: u64) -> Result<Taken<'_, T>, Look> {
        let (mut rival, mut patience) = (Rival::new(), PATIENCE);
        loop {
            if head & TAKEN != 0 && patience == 0 {
                // ORDERING: Relaxed, both: E8.
                self.turned_away.store(true, Ordering::Relaxed);
                // ORDERING: SeqCst, E8: whoever does not see the mark has left the front.
                fence(Ordering::SeqCst);
                head = self.head.load(Ordering::Relaxed);
                if head & TAKEN != 0 {
                    return Err(Look::TurnedAway);
                }
            } else {
                patience = patience.saturating_sub(1);
                rival.give_way();
                // ORDERING: Relaxed, as in `take`.
                head = self.head.load(Ordering::Relaxed);
            }
            match self.exchange(head) {
                Ok(taken) => return Ok(taken),
                Err(now) => head = now,
            }
        }
    }

    /// Takes the oldest value.
    #[inline(always)]
    pub(super) fn pop(&self, store: &Store<T>) -> Result<T, Look> {
        let mut taken = self.take()?;
        if !taken.is_filled(store) {
            return Err(taken.leave_in_vain());
        }
        // SAFETY: it is.
        Ok(unsafe { taken.empty() })
    }

    /// Takes up to `max` of the oldest values, at least one, and says how many.
    pub(super) fn pop_many(&self, into: &mut Vec<T>, max: usize, store: &Store<T>) -> Result<usize, Look> {
        let mut taken = self.take()?;
        let mut count = 0;
        while count < max && taken.is_filled(store) {
            // Allocates before the value is taken, since that may panic.
            into.reserve(1);
            // SAFETY: it is.
            into.push(unsafe { taken.empty() });
            count += 1;
        }
        if count == 0 { Err(taken.leave_in_vain()) } else { Ok(count) }
    }

    /// Looks whether there is a value, and says whether somebody was turned away meanwhile.
    pub(super) fn peek(&self) -> Result<bool, Look> {
        let taken = self.take()?;
        let block = taken.with(|cursor| match taken.position < cursor.end {
            true => Some(cursor.here()),
            // Without moving there: that gives blocks back.
            // SAFETY: as of the one before.
            false => cursor.next().map(|next| unsafe { next.as_ref() }),
        });
        let is_there = block.is_some_and(|block| block.is_filled(taken.position));
        if is_there { Ok(taken.leave()) } else { Err(taken.leave_in_vain()) }
    }
}
