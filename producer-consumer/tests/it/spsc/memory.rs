//! What a channel takes from the heap: its slots and little more, at once, and nothing afterwards.

use producer_consumer::spsc::bounded;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: the system's allocator does all the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // Wrapping: a thread may free what another one has allocated.
        BYTES.set(BYTES.get().wrapping_add(layout.size()));
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        BYTES.set(BYTES.get().wrapping_sub(layout.size()));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Allocations that this thread has made.
pub(crate) fn allocations() -> usize {
    ALLOCATIONS.get()
}

/// Bytes that this thread has allocated and not freed; wrapping, for another one may have freed them.
pub(crate) fn bytes() -> usize {
    BYTES.get()
}

#[test]
fn a_slot_of_eight_bytes_costs_eight_and_a_half_at_most() {
    let before = BYTES.get();
    let channel = bounded::<u64>(1024);
    let held = BYTES.get().wrapping_sub(before);
    assert!(held <= 1024 * 17 / 2, "{held} bytes");
    drop(channel);
    assert_eq!(BYTES.get(), before);
}

#[test]
fn a_channel_with_one_place_costs_a_quarter_of_a_kib_at_most() {
    let held = |make: &dyn Fn() -> Box<dyn std::any::Any>| {
        let before = bytes();
        let made = make();
        // The box around the two ends is the test's.
        let held = bytes().wrapping_sub(before) - size_of_val(&*made);
        drop(made);
        assert_eq!(bytes(), before);
        held
    };
    for held in [held(&|| Box::new(bounded::<u64>(1))), held(&|| Box::new(producer_consumer::bounded::<u64>(1)))] {
        assert!(held <= 256, "{held} bytes");
    }
}

#[test]
fn sends_and_receives_and_waits_allocate_nothing() {
    let (mut sender, mut receiver) = bounded(4);
    let mut got = Vec::with_capacity(4);
    let mut work = || {
        sender.send(1).unwrap();
        assert_eq!(receiver.recv(), Ok(1));
        sender.send_many([1, 2, 3, 4]).unwrap();
        assert!(sender.send_timeout(5, Duration::from_micros(1)).is_err());
        got.clear();
        receiver.recv_many(&mut got, 4).unwrap();
        assert!(receiver.recv_timeout(Duration::from_micros(1)).is_err());
    };
    work();
    let before = ALLOCATIONS.get();
    work();
    assert_eq!(ALLOCATIONS.get(), before);
}
