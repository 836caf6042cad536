//! A block of the heap whose holders agree on who frees it, and what proves them wrong.
//!
//! The checkers do not look at memory: to them a block that was freed is as good as any other, and what reads it then
//! may well read what it expects. Here the memory stays until the last hold on it is gone, each access looks whether
//! the block is still alive, and freeing it counts as a write to a cell that each access reads. So a model fails when
//! a block leaks, is freed twice, is used after it was freed, or is freed by one who has not synchronized with the
//! others' last accesses.

use super::particular::cell::UnsafeCell;
use std::cell::Cell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::thread;

/// A hold on a block of the heap.
pub struct Block<T>(Arc<Memory<T>>);

struct Memory<T> {
    /// Read by each access and written by the free, for the checker to order.
    accesses: UnsafeCell<()>,
    under_way: Cell<usize>,
    alive: Cell<bool>,
    value: ManuallyDrop<T>,
}

// SAFETY: whoever holds a block reaches its value from any thread, as through an `Arc`.
unsafe impl<T: Send + Sync> Send for Block<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Block<T> {}

impl<T> Block<T> {
    /// Moves `value` to the heap.
    pub fn new(value: T) -> Self {
        Self(Arc::new(Memory {
            accesses: UnsafeCell::new(()),
            under_way: Cell::new(0),
            alive: Cell::new(true),
            value: ManuallyDrop::new(value),
        }))
    }

    /// A second hold on the same block.
    pub fn share(&self) -> Self {
        Self(self.0.clone())
    }

    /// Calls `access` with a pointer to the value; the access lasts until `access` returns.
    ///
    /// # Panics
    ///
    /// If the block was freed.
    pub fn with<R>(&self, access: impl FnOnce(*const T) -> R) -> R {
        let memory = &*self.0;
        assert!(memory.alive.get(), "{TOO_EARLY}");
        memory.under_way.set(memory.under_way.get() + 1);
        let result = memory.accesses.with(|_| access(&raw const *memory.value));
        memory.under_way.set(memory.under_way.get() - 1);
        result
    }

    /// Drops the value and frees its memory.
    ///
    /// # Safety
    ///
    /// Every access through any hold on the block happened before, and there will be no other.
    ///
    /// # Panics
    ///
    /// If the block was freed before, or an access is under way.
    pub unsafe fn free(self) {
        let memory = &*self.0;
        assert!(memory.alive.replace(false), "a block is freed twice");
        assert_eq!(memory.under_way.get(), 0, "{TOO_EARLY}");
        // SAFETY: the block was alive, so its value is taken here for the first time, and it is never used again.
        drop(memory.accesses.with_mut(|_| unsafe { (&raw const *memory.value).read() }));
    }
}

const TOO_EARLY: &str = "a block is used after it was freed";

impl<T> Drop for Memory<T> {
    fn drop(&mut self) {
        // A model that has failed frees nothing any more.
        assert!(!self.alive.get() || thread::panicking(), "a block leaked");
    }
}

impl<T> fmt::Debug for Block<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block").field("alive", &self.0.alive.get()).finish_non_exhaustive()
    }
}
