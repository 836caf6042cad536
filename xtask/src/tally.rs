//! Counts of what passed and what did not, and the line of the test harness they are read from.

use std::fmt;
use std::iter::Sum;
use std::ops::AddAssign;
use std::process::ExitCode;

/// How many checks passed, failed and were ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) ignored: usize,
}

impl Tally {
    pub(crate) const PASSED: Self = Self { passed: 1, failed: 0, ignored: 0 };
    pub(crate) const FAILED: Self = Self { passed: 0, failed: 1, ignored: 0 };

    /// One check.
    pub(crate) fn of(passed: bool) -> Self {
        if passed { Self::PASSED } else { Self::FAILED }
    }

    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Success unless something failed.
    pub(crate) fn exit_code(self) -> ExitCode {
        ExitCode::from(u8::from(self.failed > 0))
    }

    /// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; ..`, wherever in the line it begins.
    pub(crate) fn of_result(line: &str) -> Option<Self> {
        let (_, counts) = line.split_once("test result: ")?;
        let (_, counts) = counts.split_once(". ")?;
        let count = |name: &str| {
            counts.split("; ").find_map(|part| part.trim().strip_suffix(name)?.trim_end().parse::<usize>().ok())
        };
        Some(Self { passed: count("passed")?, failed: count("failed")?, ignored: count("ignored")? })
    }
}

/// The line that ends a command's output.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        let mut sum = Self::default();
        tallies.for_each(|tally| sum += tally);
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_harness_line_is_read() {
        let line = "test result: FAILED. 12 passed; 1 failed; 2 ignored; 0 measured; 3 filtered out; finished in 0.31s";
        assert_eq!(Tally::of_result(line), Some(Tally { passed: 12, failed: 1, ignored: 2 }));
        let after_output = "noise without a line endtest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured";
        assert_eq!(Tally::of_result(after_output), Some(Tally::PASSED));
    }

    #[test]
    fn other_lines_are_not() {
        assert_eq!(Tally::of_result("running 3 tests"), None);
        assert_eq!(Tally::of_result("test result: ok"), None);
        assert_eq!(Tally::of_result("test result: ok. many passed; 0 failed; 0 ignored"), None);
    }

    #[test]
    fn tallies_add_up() {
        let sum: Tally = [Tally::of(true), Tally::of(false), Tally::of(true)].into_iter().sum();
        assert_eq!(sum.to_string(), "2 passed, 1 failed");
    }
}
