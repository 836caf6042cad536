//! The table that the demo ends with, and the verdict.

use crate::books::Books;
use crate::upload::Failures;
use std::fmt::Write;
use std::time::Duration;

/// Names listed before the rest is only counted.
const LISTED: usize = 20;

/// Everything that the verdict rests on.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) books: Books,
    pub(crate) uploads: usize,
    pub(crate) requests: u64,
    pub(crate) failures: Failures,
    pub(crate) killed: usize,
    pub(crate) replaced: usize,
    pub(crate) workers: usize,
    /// Worker processes that died without having been killed or asked.
    pub(crate) died: Vec<String>,
    pub(crate) elapsed: Duration,
    pub(crate) peak_kib: u64,
    pub(crate) folder: String,
    /// Pictures that were made, and so have to become thumbnails.
    pub(crate) made: bool,
}

impl Outcome {
    /// The promises that were broken, in words; none if all is well.
    pub(crate) fn broken(&self) -> Vec<String> {
        let books = &self.books;
        let mut broken = Vec::new();
        let mut expect = |holds: bool, what: String| {
            if !holds {
                broken.push(what);
            }
        };
        expect(books.lost.is_empty(), format!("{} accepted pictures were lost", books.lost.len()));
        expect(books.stored_twice.is_empty(), format!("{} pictures were stored twice", books.stored_twice.len()));
        expect(books.unaccounted.is_empty(), format!("unaccounted for: {}", books.unaccounted.join(", ")));
        expect(
            self.failures.graceful.is_empty(),
            format!("{} requests failed on graceful paths", self.failures.graceful.len()),
        );
        expect(books.accepted == self.uploads, format!("{} of {} uploads accepted", books.accepted, self.uploads));
        expect(
            books.completed + books.failed.len() == books.accepted,
            "completed and failed do not add up to accepted".to_owned(),
        );
        expect(!self.made || books.failed.is_empty(), format!("{} sound pictures failed", books.failed.len()));
        expect(self.died.is_empty(), format!("workers died by themselves: {}", self.died.join(", ")));
        expect(self.killed == 1, "no worker was killed".to_owned());
        expect(self.replaced == self.workers, format!("{} of {} workers were replaced", self.replaced, self.workers));
        broken
    }

    /// The table, with the failures listed below it.
    pub(crate) fn table(&self) -> String {
        let books = &self.books;
        let seconds = self.elapsed.as_secs_f64();
        let rows: [(&str, String); 11] = [
            ("accepted", books.accepted.to_string()),
            ("completed", books.completed.to_string()),
            ("failed with a reason", books.failed.len().to_string()),
            ("lost", books.lost.len().to_string()),
            ("stored twice", books.stored_twice.len().to_string()),
            ("requests", self.requests.to_string()),
            ("  failed on graceful paths", self.failures.graceful.len().to_string()),
            ("  failed by the kill, repeated", self.failures.killed.to_string()),
            ("workers killed / reloaded", format!("{} / {}", self.killed, self.replaced)),
            ("pictures/s", format!("{:.1} ({} in {seconds:.1} s)", books.accepted as f64 / seconds, books.accepted)),
            ("peak memory, all processes", format!("{} MiB", self.peak_kib / 1024)),
        ];
        let mut table = String::new();
        for (name, value) in rows {
            let _ = writeln!(table, "  {name:<32} {value}");
        }
        let _ = writeln!(table, "  {:<32} {}", "thumbnails", self.folder);
        let mut list = |title: &str, lines: &[String]| {
            if !lines.is_empty() {
                let _ = writeln!(table, "\n{title}:");
                lines.iter().take(LISTED).for_each(|line| _ = writeln!(table, "  {line}"));
                if let Some(more) = lines.len().checked_sub(LISTED).filter(|more| *more > 0) {
                    let _ = writeln!(table, "  and {more} more");
                }
            }
        };
        list("failed", &books.failed);
        list("lost", &books.lost);
        list("stored twice", &books.stored_twice);
        list("requests that failed on graceful paths", &self.failures.graceful);
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(books: Books) -> Outcome {
        Outcome {
            uploads: books.accepted,
            books,
            requests: 10,
            failures: Failures::default(),
            killed: 1,
            replaced: 2,
            workers: 2,
            died: Vec::new(),
            elapsed: Duration::from_secs(2),
            peak_kib: 2048,
            folder: "there".to_owned(),
            made: false,
        }
    }

    #[test]
    fn sound_books_break_no_promise() {
        let books = Books { accepted: 3, completed: 2, failed: vec!["a: is empty".into()], ..Books::default() };
        let outcome = outcome(books);
        assert_eq!(outcome.broken(), Vec::<String>::new());
        let table = outcome.table();
        assert!(table.contains("failed:\n  a: is empty") && table.contains("1.5 (3 in 2.0 s)"), "{table}");
    }

    #[test]
    fn each_broken_promise_is_named() {
        let sound = || Books { accepted: 1, completed: 1, ..Books::default() };
        type Spoil = fn(&mut Outcome);
        let spoilt: [(Spoil, &str); 9] = [
            (|outcome| outcome.books.lost.push("a".into()), "1 accepted pictures were lost"),
            (|outcome| outcome.books.stored_twice.push("a".into()), "1 pictures were stored twice"),
            (|outcome| outcome.books.unaccounted.push("row of a".into()), "unaccounted for: row of a"),
            (|outcome| outcome.failures.graceful.push("GET".into()), "1 requests failed on graceful paths"),
            (|outcome| outcome.uploads += 1, "1 of 2 uploads accepted"),
            (|outcome| outcome.books.completed -= 1, "do not add up"),
            (|outcome| outcome.died.push("7".into()), "died by themselves: 7"),
            (|outcome| outcome.killed = 0, "no worker was killed"),
            (|outcome| outcome.replaced = 1, "1 of 2 workers were replaced"),
        ];
        for (spoil, expected) in spoilt {
            let mut outcome = outcome(sound());
            spoil(&mut outcome);
            let broken = outcome.broken();
            assert!(broken.len() == 1 && broken[0].contains(expected), "{expected}: {broken:?}");
        }
    }
}
