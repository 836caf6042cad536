//! A thread's token, in a location that loom searches and orders like any other.

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread::{self, Thread};
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::sync::{Mutex, PoisonError};

/// What an unpark gives and a park takes.
#[derive(Debug)]
pub(in crate::sync::model) struct Token {
    /// loom takes the end of an atomic for a write; the handles that share this one are not ordered by it.
    available: ManuallyDrop<AtomicUsize>,
    /// The owner, while it is parked here and nowhere else.
    parked: Mutex<Option<Thread>>,
}

std::thread_local! {
    // loom runs all threads of a model on the thread that started it.
    static SPARE: RefCell<Vec<Token>> = const { RefCell::new(Vec::new()) };
}

/// Makes the tokens for one execution, before any of its threads starts.
///
/// Whoever gets at a handle may use it, also without an edge from the making of its token, which to loom would be a race.
pub(crate) fn prepare() {
    SPARE.set((0..loom::MAX_THREADS).map(|_| Token::made()).collect());
}

impl Token {
    pub(in crate::sync::model) fn new() -> Self {
        SPARE.with_borrow_mut(Vec::pop).unwrap_or_else(Self::made)
    }

    fn made() -> Self {
        Self { available: ManuallyDrop::new(AtomicUsize::new(0)), parked: Mutex::default() }
    }

    /// Takes the token if it is there.
    pub(in crate::sync::model) fn take(&self) -> bool {
        // ORDERING: Acquire, as std has it: pairs with the swap in `give`.
        self.available.swap(0, Ordering::Acquire) == 1
    }

    /// Blocks until the token is there, and takes it.
    pub(in crate::sync::model) fn wait(&self) {
        self.sleep_while(|| !self.take());
    }

    pub(in crate::sync::model) fn give(&self) {
        // ORDERING: Release, as std has it.
        self.available.swap(1, Ordering::Release);
        self.rouse();
    }

    /// Blocks until it finds, when it is roused, that `asleep` holds no longer; takes no token.
    pub(in crate::sync::model) fn sleep_while(&self, mut asleep: impl FnMut() -> bool) {
        while asleep() {
            self.set_parked(Some(thread::current()));
            thread::park();
            self.set_parked(None);
        }
    }

    /// Has the owner look again, if it sleeps.
    pub(in crate::sync::model) fn rouse(&self) {
        let parked = self.parked.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(thread) = parked {
            thread.unpark();
        }
    }

    fn set_parked(&self, owner: Option<Thread>) {
        *self.parked.lock().unwrap_or_else(PoisonError::into_inner) = owner;
    }
}
