//! What is done often asks the heap for nothing; a slot asks once.

use crate::{Bell, past};
use common::latch::Latch;
use common::lifecycle::Lifecycle;
use common::park::Parker;
use common::semaphore::Semaphore;
use common::slot::slot;
use common::wait::{Seats, WaitSet, Waiter};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: the system's allocator does all the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Allocations that this thread makes in `work`, after it has been done once.
fn allocations(mut work: impl FnMut()) -> usize {
    work();
    let before = COUNT.get();
    work();
    COUNT.get() - before
}

#[test]
fn a_slot_is_one_allocation() {
    let hand_over = || {
        let (sender, mut receiver) = slot();
        sender.send(7).unwrap();
        assert_eq!(receiver.recv(), Ok(7));
    };
    assert_eq!(allocations(hand_over), 1);
}

#[test]
fn wakes_waits_permits_and_work_allocate_nothing() {
    let (parker, set, latch) = (Parker::new(), WaitSet::new(), Latch::new());
    let (life, semaphore) = (Lifecycle::new(), Semaphore::new(3));
    let unparker = parker.unparker();
    let waker = Waker::from(Arc::<Bell>::default());
    latch.open();
    let work = || {
        unparker.unpark();
        parker.park();
        assert!(!parker.park_deadline(past()));
        assert_eq!(set.wait_deadline(past(), || None::<()>), None);
        let mut waiting = pin!(set.wait_async(|| None::<()>));
        assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        let several: Waiter<_, Seats<_, 3>> = Waiter::few([&set; 3]);
        assert_eq!(pin!(several).wait(Some(past()), || None::<(usize, ())>), None);
        assert_eq!(set.notify_all(), 1);
        latch.wait();
        drop(life.enter());
        drop(semaphore.acquire(2).unwrap());
        assert!(semaphore.acquire_deadline(4, past()).unwrap().is_none());
    };
    assert_eq!(allocations(work), 0);
}
