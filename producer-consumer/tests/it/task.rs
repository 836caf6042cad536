//! Tasks of a test: futures that a thread drives, or looks at poll by poll.

pub(crate) use common::park::block_on;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// A waker that counts.
#[derive(Default)]
pub(crate) struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        // ORDERING: Relaxed: the threads that count are joined, or it is this one.
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Count {
    /// As a runtime does: a task that has woken itself is polled again. Such wakes are not counted.
    pub(crate) fn poll<F: Future>(self: &Arc<Self>, mut future: Pin<&mut F>) -> Poll<F::Output> {
        loop {
            let before = self.wakes();
            let poll = future.as_mut().poll(&mut Context::from_waker(&Waker::from(self.clone())));
            if poll.is_ready() || self.wakes() == before {
                return poll;
            }
            // ORDERING: Relaxed, as above.
            self.0.store(before, Ordering::Relaxed);
        }
    }

    pub(crate) fn wakes(&self) -> usize {
        // ORDERING: Relaxed, as above.
        self.0.load(Ordering::Relaxed)
    }
}

/// A waker that panics.
pub(crate) struct Trap;

impl Wake for Trap {
    fn wake(self: Arc<Self>) {
        panic!("a waker that panics");
    }
}

impl Trap {
    /// Polls until the task waits; it may wake itself before.
    pub(crate) fn poll<F: Future>(mut future: Pin<&mut F>) {
        let waker = Waker::from(Arc::new(Self));
        let mut poll = || future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending();
        while !catch_unwind(AssertUnwindSafe(&mut poll)).unwrap_or(false) {}
    }
}
