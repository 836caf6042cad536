//! The one place where a user's panic is caught.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The user's code panicked. The message went to the panic hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Panicked;

/// Runs `f` and turns its panic into a value, even when the panic's payload panics as it is dropped.
///
/// What `f` borrowed mutably may be half changed afterwards: callers drop it and don't call it again.
pub(crate) fn contain<R>(f: impl FnOnce() -> R) -> Result<R, Panicked> {
    let payload = match catch_unwind(AssertUnwindSafe(f)) {
        Ok(result) => return Ok(result),
        Err(payload) => payload,
    };
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // A third panic could come out of this one; a leak can't.
        std::mem::forget(second);
    }
    Err(Panicked)
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    struct PanicsOnDrop;

    impl Drop for PanicsOnDrop {
        fn drop(&mut self) {
            std::panic::resume_unwind(Box::new(()));
        }
    }

    #[test]
    fn a_payload_that_panics_is_contained_too() {
        assert_eq!(contain(|| 7), Ok(7));
        assert_eq!(contain(|| std::panic::resume_unwind(Box::new(()))), Err::<(), _>(Panicked));
        assert_eq!(contain(|| std::panic::resume_unwind(Box::new(PanicsOnDrop))), Err::<(), _>(Panicked));
    }
}
