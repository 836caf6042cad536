//! Cells for values, which hold nothing yet.

use common::sync::cell::UnsafeCell;
use std::mem::MaybeUninit;

/// A place for a value.
pub(super) type Cell<T> = UnsafeCell<MaybeUninit<T>>;

/// So many of them, made where they stay: on the stack even one may be too large.
pub(super) fn cells<T>(count: usize) -> Box<[Cell<T>]> {
    let mut cells = Box::<[Cell<T>]>::new_uninit_slice(count);
    if cfg!(any(loom, shuttle)) {
        for cell in &mut cells {
            cell.write(UnsafeCell::new(MaybeUninit::uninit()));
        }
    }
    // SAFETY: outside of models a cell of what need not be initialized need not be either.
    unsafe { cells.assume_init() }
}
