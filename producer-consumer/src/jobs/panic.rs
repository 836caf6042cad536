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
        // A payload may panic when it is dropped, and that would get past the catch above.
        std::mem::forget(payload);
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
}
