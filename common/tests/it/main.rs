//! The primitives on real threads.
#![cfg(not(any(loom, shuttle)))]

mod allocation;
mod barrier;
mod contract;
#[cfg(feature = "history")]
mod history;
mod latch;
mod lifecycle;
mod park;
mod semaphore;
mod slot;
mod wait;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

/// A deadline that only a broken build reaches.
fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// A deadline that has passed.
fn past() -> Instant {
    Instant::now()
}

/// Counts how often it was rung.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Bell {
    fn rung(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A waker that panics.
struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("a waker that panics");
    }
}

/// Drops a value while this thread unwinds.
fn drop_in_a_panic(value: impl Sized) {
    let unwind = || {
        let _value = value;
        resume_unwind(Box::new("on purpose, and without a message"))
    };
    assert!(catch_unwind(AssertUnwindSafe(unwind)).is_err());
}

fn poll<F: Future>(future: Pin<&mut F>, bell: &Arc<Bell>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(&Waker::from(bell.clone())))
}
