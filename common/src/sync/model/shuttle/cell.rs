//! A cell whose accesses take a while, so that two which overlap meet.
//!
//! shuttle itself has no cells: an access would be over before any other thread ran. Here each one holds a switch point,
//! and one that finds another under way fails the model.

use super::switch;
use std::cell::Cell;

/// `std::cell::UnsafeCell`, modelled.
#[derive(Debug, Default)]
pub struct UnsafeCell<T: ?Sized> {
    /// Readers under way, or [`WRITER`].
    accesses: Cell<usize>,
    value: std::cell::UnsafeCell<T>,
}

const WRITER: usize = usize::MAX;

impl<T> UnsafeCell<T> {
    /// Wraps `value`.
    pub const fn new(value: T) -> Self {
        Self { accesses: Cell::new(0), value: std::cell::UnsafeCell::new(value) }
    }

    /// Unwraps the value.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Calls `access` with a pointer to read through; the access lasts until `access` returns.
    ///
    /// # Panics
    ///
    /// If a write is under way.
    pub fn with<R>(&self, access: impl FnOnce(*const T) -> R) -> R {
        assert_ne!(self.accesses.get(), WRITER, "concurrent read and write accesses to a cell");
        self.accesses.set(self.accesses.get() + 1);
        switch();
        let result = access(self.value.get());
        self.accesses.set(self.accesses.get() - 1);
        result
    }

    /// Calls `access` with a pointer to write through; the access lasts until `access` returns.
    ///
    /// # Panics
    ///
    /// If another access is under way.
    pub fn with_mut<R>(&self, access: impl FnOnce(*mut T) -> R) -> R {
        assert_eq!(self.accesses.get(), 0, "concurrent write accesses to a cell");
        self.accesses.set(WRITER);
        switch();
        let result = access(self.value.get());
        self.accesses.set(0);
        result
    }
}
