//! Who sleeps in a place of a line, and is woken outside the lock.

use common::sync::thread::{self, Thread};
use common::wait::Foreign;
use std::task::Waker;

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

/// Wakes all, whatever the wakers do; the first panic goes on when `foreign` is dropped.
pub(super) fn wake_all(foreign: &mut Foreign, sleepers: impl IntoIterator<Item = Option<Sleeper>>) {
    sleepers.into_iter().flatten().for_each(|sleeper| foreign.run(|| sleeper.wake()));
}
