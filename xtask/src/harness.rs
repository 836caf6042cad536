//! Lines of the test harness, wherever in a line of merged output they begin.

/// Whether it names a test that may be hanging, a while before a time limit takes its whole program down.
pub(crate) fn is_overdue(line: &str) -> bool {
    line.contains(" has been running for over ")
}

/// The test of a line like `test slot::send_races_recv ... FAILED`.
pub(crate) fn failed_test(line: &str) -> Option<&str> {
    test_before(line, " ... FAILED")
}

/// The thread of a line like `thread 'slot::send_races_recv' (4711) panicked at ..`; a test's is named like it.
pub(crate) fn panicked_thread(line: &str) -> Option<&str> {
    let (_, thread) = line.split_once("thread '")?;
    let (name, rest) = thread.split_once('\'')?;
    rest.contains("panicked at").then_some(name)
}

fn test_before<'a>(line: &'a str, verdict: &str) -> Option<&'a str> {
    let (test, _) = line.rsplit_once(verdict)?;
    test.rsplit("test ").next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_of_a_line_is_named() {
        assert_eq!(failed_test("test slot::a_value ... FAILED"), Some("slot::a_value"));
        assert_eq!(
            failed_test("noise test slot::a_value - should panic ... FAILED"),
            Some("slot::a_value - should panic")
        );
        assert_eq!(failed_test("test slot::a_value ... ok"), None);
        assert_eq!(failed_test("test result: FAILED. 1 passed; 1 failed"), None);
    }

    #[test]
    fn the_thread_that_panicked_is_named() {
        assert_eq!(panicked_thread("thread 'slot::a_value' (12) panicked at a.rs:1:2:"), Some("slot::a_value"));
        assert_eq!(panicked_thread("thread 'main' has overflowed its stack"), None);
    }
}
