//! The one place where a user's panic becomes a value.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `f`; a panic comes back as its message.
///
/// What `f` shares with others is theirs to keep whole: the queue's own state is in the database, where a transaction
/// that was not committed leaves no trace.
pub(crate) fn contain<R>(f: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| {
        let message = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("a value that is no text");
        let message = format!("panicked: {message}");
        // A payload may panic when it is dropped, and the payload of that panic again, without end: only this one is leaked.
        if let Err(worse) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(worse);
        }
        message
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_comes_back_as_its_message() {
        assert_eq!(contain(|| 7), Ok(7));
        assert_eq!(contain(|| -> i32 { panic!("at {}", "last") }), Err("panicked: at last".to_owned()));
        assert_eq!(contain(|| std::panic::panic_any(7)), Err("panicked: a value that is no text".to_owned()));
    }

    #[test]
    fn a_payload_is_dropped_and_may_panic_then() {
        struct PanicsOnDrop(#[expect(dead_code, reason = "it is dropped with the payload")] std::sync::Arc<()>);
        impl Drop for PanicsOnDrop {
            fn drop(&mut self) {
                std::panic::resume_unwind(Box::new(()));
            }
        }
        let held = std::sync::Arc::new(());
        let payload = Box::new(PanicsOnDrop(held.clone()));
        assert!(contain(|| std::panic::resume_unwind(payload)).is_err());
        assert_eq!(std::sync::Arc::strong_count(&held), 1, "nothing of the payload is left");
    }
}
