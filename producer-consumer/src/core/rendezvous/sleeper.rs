//! Who sleeps in a place of a line, and is woken outside the lock.

use common::sync::thread::{self, Thread};
use std::any::Any;
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

/// Wakes, whatever the wakers do; the first panic goes on when this is dropped.
#[derive(Default)]
pub(super) struct Wakes(Option<Box<dyn Any + Send>>);

impl Wakes {
    pub(super) fn wake(&mut self, sleepers: impl IntoIterator<Item = Option<Sleeper>>) {
        for sleeper in sleepers.into_iter().flatten() {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| sleeper.wake())) {
                match self.0 {
                    None => self.0 = Some(panic),
                    // What it carries is foreign, too, and its drop might panic again.
                    Some(_) => mem::forget(panic),
                }
            }
        }
    }
}

impl Drop for Wakes {
    fn drop(&mut self) {
        match self.0.take() {
            Some(panic) if !panicking() => resume_unwind(panic),
            other => mem::forget(other),
        }
    }
}
