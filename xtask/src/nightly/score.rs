//! Counts of an inspector's run: a skip is neither a pass nor a failure, and is never silent.

use crate::tally::Tally;
use std::fmt;

/// How much passed and failed, and how much was not run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Score {
    pub(super) tally: Tally,
    /// Lines that said so; an ignored test, whose reason stands in the test, is in the tally.
    skipped: usize,
}

impl Score {
    /// Counts something that is not run, and returns the line that says so.
    #[must_use]
    pub(super) fn skip(&mut self, what: impl fmt::Display, why: impl fmt::Display) -> String {
        self.skipped += 1;
        format!("skipped: {what}: {why}")
    }

    pub(super) fn skipped(self) -> usize {
        self.skipped + self.tally.ignored
    }
}

/// The line that ends the command's output.
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} skipped", self.tally, self.skipped())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_are_said_and_counted() {
        let mut score = Score { tally: Tally { passed: 2, failed: 0, ignored: 1 }, ..Score::default() };
        let line = score.skip("miri", "no nightly component miri");
        assert_eq!(line, "skipped: miri: no nightly component miri");
        assert_eq!(score.to_string(), "2 passed, 0 failed, 2 skipped");
    }
}
