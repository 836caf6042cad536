//! Cells for values, which hold nothing yet.

use common::sync::cell::UnsafeCell;
use std::mem::MaybeUninit;

/// A place for a value.
pub(super) type Cell<T> = UnsafeCell<MaybeUninit<T>>;

/// So many of them, made where they stay: on the stack even one may be too large.
pub(super) fn cells<T>(count: usize) -> Box<[Cell<T>]> {
    let mut cells = Box::<[Cell<T>]>::new_uninit_slice(count);
    // SAFETY: they are this one's.
    unsafe { empty_cells(cells.as_mut_ptr().cast::<Cell<T>>(), count) };
    // SAFETY: so they are cells.
    unsafe { cells.assume_init() }
}

/// Makes memory into so many of them.
///
/// # Safety
///
/// The memory is the caller's, and of their size.
pub(super) unsafe fn empty_cells<T>(memory: *mut Cell<T>, count: usize) {
    // Outside of models a cell of what need not be initialized need not be either.
    if cfg!(any(loom, shuttle)) {
        for at in 0..count {
            // SAFETY: the caller's promise.
            let cell = unsafe { memory.add(at) };
            // SAFETY: likewise.
            unsafe { cell.write(UnsafeCell::new(MaybeUninit::uninit())) };
        }
    }
}
