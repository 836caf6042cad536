//! How often the heap is asked, by all threads together.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

static COUNT: AtomicU64 = AtomicU64::new(0);

/// The system's allocator, which also counts; the program makes it the global one.
#[derive(Debug)]
pub struct Counting;

/// Allocations since the program began; always 0 unless [`Counting`] is the global allocator.
pub fn count() -> u64 {
    // ORDERING: Relaxed: a count; whoever wants a thread's allocations in it has heard from that thread.
    COUNT.load(Ordering::Relaxed)
}

// SAFETY: the system's allocator does all the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // ORDERING: Relaxed: a count. Not a read-modify-write, which would cost as much as what is measured; one that
        // is lost where two threads allocate at once does not show in a mean of thousands.
        COUNT.store(COUNT.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(pointer, layout) }
    }
}
