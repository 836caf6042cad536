//! A thread's token, in a location that loom searches and orders like any other.

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread::{self, Thread};
use std::sync::{Mutex, PoisonError};

/// What an unpark gives and a park takes.
#[derive(Debug)]
pub(in crate::sync::model) struct Token {
    available: AtomicUsize,
    /// The owner, while it is parked here and nowhere else.
    parked: Mutex<Option<Thread>>,
}

impl Token {
    pub(in crate::sync::model) fn new() -> Self {
        Self { available: AtomicUsize::new(0), parked: Mutex::default() }
    }

    /// Takes the token if it is there.
    pub(in crate::sync::model) fn take(&self) -> bool {
        // ORDERING: Acquire, as std has it: pairs with the swap in `give`.
        self.available.swap(0, Ordering::Acquire) == 1
    }

    /// Blocks until the token is there, and takes it.
    pub(in crate::sync::model) fn wait(&self) {
        while !self.take() {
            self.set_parked(Some(thread::current()));
            thread::park();
            self.set_parked(None);
        }
    }

    pub(in crate::sync::model) fn give(&self) {
        // ORDERING: Release, as std has it.
        self.available.swap(1, Ordering::Release);
        let parked = self.parked.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(thread) = parked {
            thread.unpark();
        }
    }

    fn set_parked(&self, owner: Option<Thread>) {
        *self.parked.lock().unwrap_or_else(PoisonError::into_inner) = owner;
    }
}
