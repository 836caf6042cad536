//! Blocks of slots, and where they come from and go to.
//!
//! The invariants and edges are those of [`chain`](super).

use crate::core::cells::{Cell, empty_cells};
use common::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
use common::sync::cell::UnsafeCell;
use std::array;
use std::ptr::{self, NonNull};
// FACADE: a part of the model, which it should not see.
#[cfg(any(loom, shuttle))]
use std::sync::Mutex;

/// How many values a block has room for; in a model so few that three values need another.
pub(super) const SLOTS: u64 = if cfg!(any(loom, shuttle)) { 2 } else { 32 };

/// The first position of the block that a position lies in.
#[inline(always)]
pub(super) const fn start_of(position: u64) -> u64 {
    position & !(SLOTS - 1)
}

const fn offset_of(position: u64) -> usize {
    (position & (SLOTS - 1)) as usize
}

#[repr(C)]
pub(super) struct Block<T> {
    pub(super) marks: Marks<T>,
    values: Values<T>,
}

/// What is looked at for each value, but for the value: one cache line.
#[repr(align(64))]
pub(super) struct Marks<T> {
    /// The position of the first slot. Written while the block is nobody else's, and read by all who come to it, so a model
    /// sees who comes too late.
    start: UnsafeCell<u64>,
    pub(super) next: AtomicPtr<Block<T>>,
    /// Senders with a claim from this position on do not come here; zero while they do.
    pub(super) left: AtomicU64,
    filled: [AtomicBool; SLOTS as usize],
}

/// The values' places, in lines of their own.
#[repr(align(64))]
struct Values<T>([Cell<T>; SLOTS as usize]);

impl<T> Block<T> {
    /// One whose slots are free, which begins at the first position.
    pub(super) fn allocate() -> NonNull<Self> {
        // Never on the stack, where one value may be too large.
        let mut block = Box::<Self>::new_uninit();
        let to = block.as_mut_ptr();
        // SAFETY: it is a field of a block that nobody else has.
        let marks = unsafe { &raw mut (*to).marks };
        let (start, next, left) = (UnsafeCell::new(0), AtomicPtr::new(ptr::null_mut()), AtomicU64::new(0));
        // SAFETY: likewise.
        unsafe { marks.write(Marks { start, next, left, filled: array::from_fn(|_| AtomicBool::new(false)) }) };
        // SAFETY: likewise.
        let values = unsafe { &raw mut (*to).values };
        // SAFETY: likewise, and they are an array of cells.
        unsafe { empty_cells(values.cast::<Cell<T>>(), SLOTS as usize) };
        // SAFETY: both fields are.
        NonNull::from(Box::leak(unsafe { block.assume_init() }))
    }

    /// Makes it the one that begins at `start`, for whoever has it alone.
    fn begin(&self, start: u64) {
        // SAFETY: E7, or it is new.
        self.marks.start.with_mut(|cell| unsafe { cell.write(start) });
        // ORDERING: Relaxed, all: E6 publishes them.
        self.marks.next.store(ptr::null_mut(), Ordering::Relaxed);
        self.marks.left.store(0, Ordering::Relaxed);
        self.marks.filled.iter().for_each(|filled| filled.store(false, Ordering::Relaxed));
    }

    #[inline(always)]
    pub(super) fn start(&self) -> u64 {
        // SAFETY: it is written before E6 only.
        self.marks.start.with(|cell| unsafe { cell.read() })
    }

    /// Whether the slot of that position holds a value, or has held one.
    pub(super) fn is_filled(&self, position: u64) -> bool {
        // ORDERING: Acquire, E1.
        self.marks.filled[offset_of(position)].load(Ordering::Acquire)
    }

    /// How many slots are filled from that of a position on, without a gap.
    pub(super) fn filled_from(&self, position: u64) -> u64 {
        (position..start_of(position) + SLOTS).take_while(|&position| self.is_filled(position)).count() as u64
    }

    /// Whether all slots have been filled.
    pub(super) fn is_complete(&self) -> bool {
        // ORDERING: Relaxed: that they were is all that the guard waits for.
        self.marks.filled.iter().all(|filled| filled.load(Ordering::Relaxed))
    }

    /// Puts a value into the slot of a position, for receivers to have. The caller may not use the block afterwards, unless it
    /// has another claim.
    ///
    /// # Safety
    ///
    /// The caller has claimed the position, which lies in this block, and calls this once.
    #[inline(always)]
    pub(super) unsafe fn fill(&self, position: u64, value: T) {
        let offset = offset_of(position);
        self.values.0[offset].with_mut(|cell| {
            // SAFETY: C2: it is the caller's, and holds nothing.
            unsafe { cell.cast::<T>().write(value) };
        });
        // ORDERING: Release, E1.
        self.marks.filled[offset].store(true, Ordering::Release);
    }

    /// Takes the value out of the slot of a position.
    ///
    /// # Safety
    ///
    /// The caller is at the front, has seen that the slot is filled, and moves the head past it.
    #[inline(always)]
    pub(super) unsafe fn empty(&self, position: u64) -> T {
        // SAFETY: C2: it is the caller's, and E1 has made it visible.
        self.values.0[offset_of(position)].with(|cell| unsafe { cell.cast::<T>().read() })
    }
}

/// Where blocks come from and go to; one is kept, so that a chain that does not grow needs no memory.
pub(super) struct Store<T> {
    spare: AtomicPtr<Block<T>>,
    /// What was freed, for a model: memory that is used again would hide who comes too late.
    #[cfg(any(loom, shuttle))]
    freed: Mutex<Vec<NonNull<Block<T>>>>,
}

impl<T> Store<T> {
    pub(super) fn new() -> Self {
        Self {
            spare: AtomicPtr::new(ptr::null_mut()),
            #[cfg(any(loom, shuttle))]
            freed: Mutex::default(),
        }
    }

    /// A block that begins at `start`, and whether it is new.
    pub(super) fn take(&self, start: u64) -> (NonNull<Block<T>>, bool) {
        // ORDERING: Acquire, E7.
        let spare = NonNull::new(self.spare.swap(ptr::null_mut(), Ordering::Acquire));
        let block = spare.unwrap_or_else(Block::allocate);
        // SAFETY: it is new, or it was spare, and nobody else can take it.
        unsafe { block.as_ref().begin(start) };
        (block, spare.is_none())
    }

    /// Takes a block back, which keeps it or frees it.
    ///
    /// # Safety
    ///
    /// Nobody uses it, or comes to it, any more, and all that was done to it happened before.
    pub(super) unsafe fn give(&self, block: NonNull<Block<T>>) {
        // ORDERING: Release, E7. A failure says nothing.
        let kept =
            self.spare.compare_exchange(ptr::null_mut(), block.as_ptr(), Ordering::Release, Ordering::Relaxed).is_ok();
        if !kept {
            // SAFETY: the caller's promise.
            unsafe { self.free(block) };
        }
    }

    /// # Safety
    ///
    /// As for [`give`](Self::give).
    unsafe fn free(&self, block: NonNull<Block<T>>) {
        #[cfg(any(loom, shuttle))]
        {
            // SAFETY: the memory stays; a model fails here if somebody's access did not happen before.
            unsafe { block.as_ref().begin(0) };
            self.freed.lock().expect("nobody panics with it").push(block);
        }
        #[cfg(not(any(loom, shuttle)))]
        // SAFETY: it comes from a box, and nobody has it any more. Its values are dropped by whoever took them.
        drop(unsafe { Box::from_raw(block.as_ptr()) });
    }

    /// Frees a chain of blocks, and what was kept.
    ///
    /// # Safety
    ///
    /// Nobody has any of them any more, and no value is left in them. It is called once.
    pub(super) unsafe fn free_all(&self, first: NonNull<Block<T>>) {
        let mut block = Some(first);
        // ORDERING: Relaxed, both: nobody else is there.
        while let Some(free) = block {
            // SAFETY: the caller's promise.
            block = NonNull::new(unsafe { free.as_ref().marks.next.load(Ordering::Relaxed) });
            // SAFETY: likewise.
            unsafe { self.free(free) };
        }
        if let Some(spare) = NonNull::new(self.spare.swap(ptr::null_mut(), Ordering::Relaxed)) {
            // SAFETY: likewise.
            unsafe { self.free(spare) };
        }
        #[cfg(any(loom, shuttle))]
        for freed in self.freed.lock().expect("nobody panics with it").drain(..) {
            // SAFETY: it comes from a box, and was freed once.
            drop(unsafe { Box::from_raw(freed.as_ptr()) });
        }
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_the_size_of_the_documentation() {
        assert_eq!(size_of::<Block<u64>>(), 64 + 8 * SLOTS as usize, "a cache line, 2 bytes for each slot");
    }
}
