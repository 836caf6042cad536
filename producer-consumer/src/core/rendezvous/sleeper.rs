//! Who sleeps in a place of a line, and is woken outside the lock.

use common::sync::thread::{self, Thread};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::Waker;
// FACADE: whether this thread unwinds is no business of a model.
use std::thread::panicking;

/// A thread or a task.
pub(super) enum Sleeper {
    Thread(Thread),
    Task(Waker),
}

impl Sleeper {
    /// The calling thread.
    pub(super) fn this_thread() -> Self {
        Self::Thread(thread::current())
    }

    /// Runs foreign code, which may panic.
    pub(super) fn wake(self) {
        match self {
            Self::Thread(thread) => thread.unpark(),
            Self::Task(waker) => waker.wake(),
        }
    }
}

/// Wakes all, whatever the wakers do; the first panic goes on when all have been woken.
pub(super) fn wake_all(sleepers: impl IntoIterator<Item = Option<Sleeper>>) {
    let mut first = None;
    for sleeper in sleepers.into_iter().flatten() {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| sleeper.wake())) {
            match first {
                None => first = Some(panic),
                // What it carries is foreign, too, and its drop might panic again.
                Some(_) => mem::forget(panic),
            }
        }
    }
    match first {
        Some(panic) if !panicking() => resume_unwind(panic),
        other => mem::forget(other),
    }
}
