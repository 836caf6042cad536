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
///
/// For those who keep wakers outside a set: all of them are woken, whatever one of them does.
///
/// ```
/// use common::wait::Foreign;
///
/// let mut woken = 0;
/// let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
///     let mut foreign = Foreign::default();
///     foreign.run(|| panic!("a waker that cannot wake"));
///     foreign.run(|| woken += 1);
/// }));
/// assert!(panic.is_err() && woken == 1);
/// ```
///
/// # Panics
///
/// Its drop does with the first panic, unless the thread unwinds already; what later ones carry is dropped.
#[derive(Debug, Default)]
pub struct Foreign(Option<Box<dyn Any + Send>>);

impl Foreign {
    /// Runs a piece, and keeps its panic if it is the first.
    pub fn run(&mut self, code: impl FnOnce()) {
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
