//! What a run says while it goes on, and at its end.

use super::store::{Outcome, Verdict};
use crate::mutants::stage::Stage;
use crate::table::Table;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write, stderr};
use std::path::Path;
use std::time::Duration;

const HEAD: [&str; 9] =
    ["file", "mutants", "loom", "shuttle", "tests", "time-out", "justified", "survived", "not built"];

/// The narrowest terminal that is still common.
const TERMINAL: usize = 79;

/// How one mutant is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Count {
    Tried(Verdict),
    Justified,
}

/// A row: the mutants of one file.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) file: String,
    counts: Vec<Count>,
}

impl Row {
    pub(super) fn new(path: &Path) -> Self {
        Self { file: path.display().to_string(), counts: Vec::new() }
    }

    pub(super) fn add(&mut self, count: Count) {
        self.counts.push(count);
    }

    fn cells(&self) -> [String; 9] {
        let count = |wanted: Count| self.counts.iter().filter(|count| **count == wanted).count();
        let tried = |verdict| count(Count::Tried(verdict));
        let not_built = tried(Verdict::NotBuilt);
        // What does not compile is no program to tell from the original.
        let mutants = self.counts.len() - not_built;
        let killed = Stage::ALL.map(|stage| tried(Verdict::Killed(stage)));
        let [loom, shuttle, tests] = killed.map(|count| count.to_string());
        let others = [tried(Verdict::TimedOut), count(Count::Justified), tried(Verdict::Survived), not_built];
        let [late, justified, survived, not_built] = others.map(|count| count.to_string());
        [self.file.clone(), mutants.to_string(), loom, shuttle, tests, late, justified, survived, not_built]
    }
}

/// The rows and their sum, as text.
pub(super) fn table(rows: &[Row]) -> Table {
    let mut table = Table::new(&HEAD);
    rows.iter().chain([&sum(rows)]).for_each(|row| table.row(row.cells()));
    table
}

/// The rows and their sum, as a README has them.
pub(super) fn markdown(rows: &[Row]) -> String {
    let mut text = format!("| {} |\n|---{}|\n", HEAD.join(" | "), "|---:".repeat(HEAD.len() - 1));
    for row in rows.iter().chain([&sum(rows)]) {
        let [file, counts @ ..] = row.cells();
        let file = if file == "all" { file } else { format!("`{file}`") };
        writeln!(text, "| {file} | {} |", counts.join(" | ")).expect("a string takes any text");
    }
    text
}

fn sum(rows: &[Row]) -> Row {
    Row { file: "all".to_owned(), counts: rows.iter().flat_map(|row| row.counts.iter().copied()).collect() }
}

/// Tells how far a run is: one line that changes on a terminal, else a line a mutant.
pub(super) struct Progress {
    /// What the mutants took so far, without the originals.
    spent: Duration,
    done: usize,
    total: usize,
    is_terminal: bool,
}

impl Progress {
    pub(super) fn new(total: usize) -> Self {
        Self { spent: Duration::ZERO, done: 0, total, is_terminal: stderr().is_terminal() }
    }

    pub(super) fn step(&mut self, place: &str, outcome: &Outcome, elapsed: Duration) {
        self.spent += elapsed;
        self.done += 1;
        let of = format!("{}/{}, {} left", self.done, self.total, duration(self.left()));
        let (by, seconds) = (if outcome.by.is_empty() { "" } else { ": " }, elapsed.as_secs_f64());
        let verdict = format!("{}{by}{}", outcome.verdict.name(), outcome.by);
        // An error of standard error has nowhere to go.
        if self.is_terminal {
            // A line that wraps could not be written over.
            let line = format!("{of}; {}; {place}", outcome.verdict.name());
            write!(stderr(), "\r\x1b[K{line:.TERMINAL$}").ok();
            stderr().flush().ok();
        } else {
            writeln!(stderr(), "{of}; {place}; {verdict} ({seconds:.1} s)").ok();
        }
    }

    /// Ends the line that changes, and tells what the mutants took.
    pub(super) fn end(self) {
        if self.is_terminal {
            write!(stderr(), "\r\x1b[K").ok();
        }
        let seconds = self.spent.as_secs_f64();
        writeln!(stderr(), "{} mutants in {seconds:.0} s, {:.1} s each", self.done, seconds / self.done as f64).ok();
    }

    fn left(&self) -> Duration {
        self.spent.mul_f64((self.total - self.done) as f64 / self.done as f64)
    }
}

fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Checker;

    fn rows() -> Vec<Row> {
        let mut rows = ["a.rs", "b.rs"].map(|file| Row::new(Path::new(file)));
        let tried =
            [Verdict::Killed(Stage::Model(Checker::Loom)), Verdict::Survived, Verdict::NotBuilt].map(Count::Tried);
        tried.into_iter().chain([Count::Justified]).for_each(|count| rows[0].add(count));
        rows[1].add(Count::Tried(Verdict::TimedOut));
        rows.into()
    }

    #[test]
    fn what_does_not_compile_is_no_mutant() {
        assert_eq!(rows()[0].cells(), ["a.rs", "3", "1", "0", "0", "0", "1", "1", "1"]);
    }

    #[test]
    fn a_readme_gets_a_table_with_a_sum() {
        let text = markdown(&rows());
        assert!(text.starts_with("| file | mutants | loom |"), "{text}");
        assert!(
            text.contains("|---|---:|") && text.contains("\n| `b.rs` | 1 | 0 | 0 | 0 | 1 | 0 | 0 | 0 |\n"),
            "{text}"
        );
        assert!(text.ends_with("| all | 4 | 1 | 0 | 0 | 1 | 1 | 1 | 1 |\n"), "{text}");
        assert!(table(&rows()).to_string().lines().count() == 4);
    }

    #[test]
    fn what_is_left_is_told_from_what_the_mutants_took() {
        let progress = Progress { spent: Duration::from_secs(10), done: 2, total: 8, is_terminal: false };
        assert_eq!(progress.left(), Duration::from_secs(30));
    }

    #[test]
    fn times_are_told_in_whole_units() {
        assert_eq!([59, 60, 61].map(|s| duration(Duration::from_secs(s))), ["59 s", "1 min", "2 min"]);
    }
}
