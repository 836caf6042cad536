//! The one place where a panic of foreign code is caught.
//!
//! A job, what it captured, what it returned, a waker and even the payload of a panic are the user's: each can panic
//! when it is called or dropped. A worker survives all of them, because it touches foreign code through these two
//! functions only. A second panic while the first unwinds still aborts the process, as everywhere in Rust.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a panic carries.
pub(crate) type Payload = Box<dyn Any + Send>;

/// Calls foreign code; its panic comes back as a value.
pub(crate) fn contain<R>(foreign: impl FnOnce() -> R) -> Result<R, Payload> {
    // What the closure leaves broken is not looked at again: it is used up, and its state belongs to its author.
    catch_unwind(AssertUnwindSafe(foreign))
}

/// Drops a foreign value; a panic goes no further, and neither does the panic of that panic's payload.
pub(crate) fn discard<V>(foreign: V) {
    if !std::mem::needs_drop::<V>() {
        return;
    }
    if let Err(payload) = contain(|| drop(foreign))
        && let Err(worse) = contain(|| drop(payload))
    {
        // Its drop might panic again, without end: it is leaked instead.
        std::mem::forget(worse);
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    struct PanicsOnDrop(u32);

    impl Drop for PanicsOnDrop {
        fn drop(&mut self) {
            if self.0 > 0 {
                std::panic::panic_any(Self(self.0 - 1));
            }
        }
    }

    #[test]
    fn a_panic_inside_a_panic_inside_a_panic_is_contained() {
        for depth in 0..4 {
            discard(PanicsOnDrop(depth));
        }
    }

    #[test]
    fn a_panic_comes_back_as_a_value() {
        let payload = contain(|| std::panic::panic_any(7_u8)).map(|()| "returned").unwrap_err();
        assert_eq!(payload.downcast_ref::<u8>(), Some(&7));
    }
}
