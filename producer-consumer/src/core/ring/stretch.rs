//! Slots side by side, and where they lead to: back to the first of them, or, without a bound, to another stretch.
//!
//! The invariants and edges are those of [`ring`](super).

use crate::core::cells::{Cell, cells};
use common::sync::atomic::{AtomicBool, Ordering};
use common::sync::cell::UnsafeCell;
use common::sync::heap::Block;
use std::panic::RefUnwindSafe;

/// How many slots a stretch has where there is no bound; in a model so few that three messages need another.
pub(super) const SLOTS: usize = if cfg!(any(loom, shuttle)) { 2 } else { 64 };

pub(super) struct Stretch<T> {
    slots: Box<[Cell<T>]>,
    /// The stretch behind this one. The producer writes it before it goes there, and the consumer reads it when there is a
    /// message.
    next: UnsafeCell<Option<Block<Stretch<T>>>>,
}

// SAFETY: I2 gives each slot one owner at a time; a message crosses threads, so T: Send.
unsafe impl<T: Send> Send for Stretch<T> {}
// SAFETY: as above; no two threads ever share a reference to a message.
unsafe impl<T: Send> Sync for Stretch<T> {}

// I5.
impl<T> RefUnwindSafe for Stretch<T> {}

impl<T> Stretch<T> {
    /// One that leads back to its first slot.
    pub(super) fn allocate(slots: usize) -> Block<Self> {
        Block::new(Self { slots: cells(slots), next: UnsafeCell::new(None) })
    }

    #[inline]
    pub(super) fn slots(&self) -> &[Cell<T>] {
        &self.slots
    }

    /// The stretch behind it, if it has been lengthened.
    pub(super) fn next(&self) -> Option<Block<Self>> {
        // SAFETY: I6: whoever asks comes after the producer has written it.
        self.next.with(|next| unsafe { &*next }.as_ref().map(Block::share))
    }

    /// Producer: has it lead to another one.
    pub(super) fn lengthen(&self, next: Block<Self>) {
        // SAFETY: I6: nobody asks until there is a message behind it.
        self.next.with_mut(|to| unsafe { *to = Some(next) });
    }

    /// Makes it as new, for whoever has it alone.
    pub(super) fn shorten(&self) {
        // SAFETY: the caller has it alone.
        self.next.with_mut(|to| unsafe { *to = None });
    }
}

/// A stretch that the consumer has left, for the producer to use again: one is kept, so that a channel that does not grow
/// needs no memory.
pub(super) struct Spare<T> {
    is_there: AtomicBool,
    stretch: UnsafeCell<Option<Block<Stretch<T>>>>,
}

impl<T> Spare<T> {
    pub(super) fn new() -> Self {
        Self { is_there: AtomicBool::new(false), stretch: UnsafeCell::new(None) }
    }

    /// Producer: takes it, or makes one.
    pub(super) fn take(&self) -> Block<Stretch<T>> {
        // ORDERING: Acquire, E6.
        if !self.is_there.load(Ordering::Acquire) {
            return Stretch::allocate(SLOTS);
        }
        // SAFETY: I6: while it is there it is the producer's.
        let stretch = self.stretch.with_mut(|spare| unsafe { (*spare).take() }).expect("it is there");
        // ORDERING: Release, E7.
        self.is_there.store(false, Ordering::Release);
        // SAFETY: the consumer has left it, and the producer long before.
        stretch.with(|stretch| unsafe { &*stretch }.shorten());
        stretch
    }

    /// Consumer: keeps a stretch that it has left, or frees it if there is one.
    pub(super) fn keep(&self, left: Block<Stretch<T>>) {
        // ORDERING: Acquire, E7.
        if self.is_there.load(Ordering::Acquire) {
            // SAFETY: all its messages are out, and the producer has left it for the one behind it.
            return unsafe { left.free() };
        }
        // SAFETY: I6: while none is there, the place for it is the consumer's.
        self.stretch.with_mut(|spare| unsafe { *spare = Some(left) });
        // ORDERING: Release, E6.
        self.is_there.store(true, Ordering::Release);
    }

    /// Frees it, for whoever has the ring alone.
    pub(super) fn free(&self) {
        // SAFETY: the caller's.
        if let Some(spare) = self.stretch.with_mut(|spare| unsafe { (*spare).take() }) {
            // SAFETY: both have left it.
            unsafe { spare.free() };
        }
    }
}
