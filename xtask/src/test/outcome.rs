//! What became of a program's tests, read from what it printed and how it ended.

use crate::process::{End, Finished};
use crate::tally::Tally;

/// The library whose doc tests a line of cargo's begins.
pub(super) fn doc_section(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix("Doc-tests ")
}

/// The output of each `Doc-tests` section, by library name.
pub(super) fn doc_sections(output: &str) -> Vec<(&str, String)> {
    let mut sections: Vec<(&str, String)> = Vec::new();
    for line in output.lines() {
        if let Some(name) = doc_section(line) {
            sections.push((name.trim(), String::new()));
        } else if let Some((_, section)) = sections.last_mut() {
            section.push_str(line);
            section.push('\n');
        }
    }
    sections
}

/// What became of one program's tests.
#[derive(Debug, PartialEq)]
pub(super) struct Outcome {
    pub(super) tally: Tally,
    /// What to show of a failure.
    pub(super) complaint: Option<String>,
    /// Whether it ended without saying what became of each test.
    pub(super) crashed: bool,
}

/// How the test harness exits when a test has failed.
const HARNESS_FAILED: i32 = 101;

impl Outcome {
    /// The last result line counts: one before it is of a child that runs the same program.
    pub(super) fn of_program(finished: &Finished, filter: Option<&str>) -> Self {
        let result = finished.stdout.lines().rev().find_map(Tally::of_result);
        let code = match &finished.end {
            End::Exited(status) => status.code(),
            End::TimedOut(_) | End::TooLoud | End::Dismissed => None,
        };
        match (code, result) {
            (Some(0), Some(tally)) => Self::passed(tally),
            // A program with a main of its own has no counts; it is one test, which a filter does not select.
            (Some(0), None) => Self::passed(if filter.is_none() { Tally::PASSED } else { Tally::default() }),
            (Some(HARNESS_FAILED), Some(tally)) if tally.failed > 0 => Self::failed(tally, failures(&finished.stdout)),
            _ => Self::crash(&finished.end, &finished.stdout),
        }
    }

    /// Merged and separate doc tests have a result line each.
    pub(super) fn of_docs(output: &str) -> Self {
        let tally: Tally = output.lines().filter_map(Tally::of_result).sum();
        match tally.failed {
            0 if output.lines().any(|line| Tally::of_result(line).is_some()) => Self::passed(tally),
            0 => Self::failed(Tally::FAILED, output),
            _ => Self::failed(tally, failures(output)),
        }
    }

    pub(super) fn of_broken_build() -> Self {
        Self::failed(Tally::FAILED, "it was not built; the compiler's message stands above\n")
    }

    pub(super) fn crash(end: &End, output: &str) -> Self {
        let complaint = format!("{output}it {end} before its tests had a result\n");
        Self { crashed: true, ..Self::failed(Tally::FAILED, &complaint) }
    }

    fn passed(tally: Tally) -> Self {
        Self { tally, complaint: None, crashed: false }
    }

    fn failed(tally: Tally, complaint: &str) -> Self {
        Self { tally, complaint: Some(complaint.to_owned()), crashed: false }
    }
}

/// The tests of the harness's `list`, one a line, that have no result in `output`.
pub(super) fn without_result<'a>(list: &'a str, output: &str) -> Vec<&'a str> {
    let names = list.lines().filter_map(|line| line.strip_suffix(": test"));
    let has_result = |name: &str| {
        let rest = output.lines().filter_map(|line| line.strip_prefix("test ")?.strip_prefix(name));
        rest.into_iter().any(|rest| ["ok", "FAILED", "ignored"].iter().any(|end| rest.contains(&format!(" ... {end}"))))
    };
    names.filter(|name| !has_result(name)).collect()
}

/// The part of the harness's output that says what failed and why.
fn failures(output: &str) -> &str {
    output.split_once("\nfailures:\n").map_or(output, |(_, failures)| failures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;
    use std::time::Duration;

    const OK: &str = "running 2 tests\n..\ntest result: ok. 2 passed; 0 failed; 0 ignored; 0 measured\n";
    const FAILED: &str = "running 1 test\ntest a ... FAILED\n\nfailures:\n\n---- a stdout ----\nboom\n\n\
                          test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured\n";

    fn finished(stdout: &str, raw_status: i32) -> Finished {
        let end = End::Exited(ExitStatus::from_raw(raw_status));
        Finished { end, stdout: stdout.to_owned(), stderr: String::new(), elapsed: Duration::ZERO, left_some: false }
    }

    #[test]
    fn passing_programs_are_counted_quietly() {
        let outcome = Outcome::of_program(&finished(OK, 0), None);
        assert_eq!(outcome, Outcome::passed(Tally { passed: 2, ..Tally::default() }));
    }

    #[test]
    fn a_failure_shows_what_the_harness_says_about_it() {
        let outcome = Outcome::of_program(&finished(FAILED, 101 << 8), None);
        assert_eq!(outcome.tally, Tally::FAILED);
        assert!(outcome.complaint.unwrap().starts_with("\n---- a stdout ----\nboom"));
    }

    #[test]
    fn a_crash_counts_as_a_failure_even_after_a_childs_result() {
        for output in ["running 2 tests\n", OK, FAILED] {
            let outcome = Outcome::of_program(&finished(output, 6), None);
            assert_eq!(outcome.tally, Tally::FAILED);
            assert!(outcome.complaint.unwrap().ends_with("it was ended by signal 6 before its tests had a result\n"));
        }
    }

    #[test]
    fn the_harness_exit_code_without_a_failed_test_is_a_crash() {
        let outcome = Outcome::of_program(&finished(OK, 101 << 8), None);
        assert!(outcome.crashed && outcome.tally == Tally::FAILED, "{outcome:?}");
    }

    #[test]
    fn the_result_of_a_child_does_not_count() {
        let output = format!("running 1 test\n{FAILED}{OK}");
        assert_eq!(Outcome::of_program(&finished(&output, 0), None).tally.passed, 2);
    }

    #[test]
    fn tests_without_a_result_are_named() {
        let list = "a: test\na::b: test\nc: test\nd: benchmark\ne: test\n";
        let output = "running 4 tests\ntest a ... ok\ntest c - should panic ... ok\ntest e ... ";
        assert_eq!(without_result(list, output), ["a::b", "e"]);
    }

    #[test]
    fn doc_tests_are_told_apart_by_library() {
        let output = format!("   Compiling x\n   Doc-tests common\n\n{OK}{OK}   Doc-tests worker_pool\n\n{FAILED}");
        let sections = doc_sections(&output);
        let names: Vec<&str> = sections.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["common", "worker_pool"]);
        assert_eq!(Outcome::of_docs(&sections[0].1).tally.passed, 4);
        assert_eq!(Outcome::of_docs(&sections[1].1).tally.failed, 1);
    }

    #[test]
    fn doc_tests_without_a_result_have_failed() {
        assert_eq!(Outcome::of_docs("error: could not compile\n").tally, Tally::FAILED);
    }
}
