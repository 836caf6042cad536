//! Foreign code: wakers, which may panic, or come back and notify, poll or send.
//!
//! It runs outside all locks and cells, and what has to happen beside it happens first or all the same: a panic goes on
//! only when everybody has been woken. In a thread that unwinds already it goes no further, since that would end the
//! process.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
// FACADE: whether this thread unwinds is no business of a model.
use std::thread;

/// Runs foreign code, one piece after the other; the first panic goes on when this is dropped.
#[derive(Default)]
pub(crate) struct Foreign(Option<Box<dyn Any + Send>>);

impl Foreign {
    pub(crate) fn run(&mut self, code: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(code)) {
            match self.0 {
                None => self.0 = Some(panic),
                Some(_) => discard(panic),
            }
        }
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        if let Some(panic) = self.0.take() {
            match thread::panicking() {
                true => discard(panic),
                false => resume_unwind(panic),
            }
        }
    }
}

/// Drops what a panic carries, which is foreign, too; what that panics with is given up.
fn discard(panic: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        mem::forget(again);
    }
}
