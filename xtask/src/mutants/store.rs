//! What is known about mutants, kept so that a run that was interrupted goes on where it was.
//!
//! One JSON object a line, added as soon as a mutant has been tried; of two with one key the later counts. The key is
//! a hash of the file's code as mutated and of the crate's tests, so a change of any of these forgets the result,
//! and a comment does not.

use super::stage::Stage;
use crate::model::Checker;
use crate::source::mask;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::Path;

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Killed(Stage),
    TimedOut,
    Survived,
    NotBuilt,
}

/// A verdict, and the test it is owed to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outcome {
    pub(super) verdict: Verdict,
    pub(super) by: String,
}

/// The file of results.
pub(super) struct Store {
    file: File,
    known: HashMap<String, Outcome>,
}

impl Verdict {
    const ALL: [Self; 6] = [
        Self::Killed(Stage::Model(Checker::Loom)),
        Self::Killed(Stage::Model(Checker::Shuttle)),
        Self::Killed(Stage::Tests),
        Self::TimedOut,
        Self::Survived,
        Self::NotBuilt,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Killed(Stage::Model(Checker::Loom)) => "killed by loom",
            Self::Killed(Stage::Model(Checker::Shuttle)) => "killed by shuttle",
            Self::Killed(Stage::Tests) => "killed by tests",
            Self::TimedOut => "killed by time-out",
            Self::Survived => "survived",
            Self::NotBuilt => "not built",
        }
    }
}

impl Store {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).unwrap_or_default();
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { file, known: text.lines().filter_map(read).collect() })
    }

    pub(super) fn get(&self, key: &str) -> Option<&Outcome> {
        self.known.get(key)
    }

    /// Keeps an outcome, on disk too.
    pub(super) fn add(&mut self, key: &str, place: &str, outcome: Outcome) -> Result<()> {
        let line = json!({ "key": key, "verdict": outcome.verdict.name(), "by": outcome.by, "mutant": place });
        writeln!(self.file, "{line}").context("cannot keep a result")?;
        self.known.insert(key.to_owned(), outcome);
        Ok(())
    }
}

/// The key and outcome of a line; one that was cut off by an interruption has none.
fn read(line: &str) -> Option<(String, Outcome)> {
    let value: Value = serde_json::from_str(line).ok()?;
    let verdict = Verdict::ALL.into_iter().find(|verdict| value["verdict"] == verdict.name())?;
    Some((value["key"].as_str()?.to_owned(), Outcome { verdict, by: value["by"].as_str()?.to_owned() }))
}

/// What the result of a mutant is kept under: its file as mutated, and the tests it was tried with.
pub(super) fn key(path: &Path, mutated: &str, tests: u64) -> String {
    let mut hasher = DefaultHasher::new();
    (path, code_of(mutated), tests).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// A text without its comments, and with each run of blanks as one.
fn code_of(text: &str) -> String {
    let mask = mask(text);
    let mut code = String::new();
    for word in mask.split_whitespace() {
        // A word of the mask stands where it stands in the text.
        let start = word.as_ptr().addr() - mask.as_ptr().addr();
        code.push_str(&text[start..start + word.len()]);
        code.push(' ');
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::mutant::mutants;
    use crate::source::Source;

    fn key_of(text: &str, tests: u64) -> String {
        let path = Path::new("a/src/a.rs");
        key(path, &mutants(&Source::new(path, text), text)[0].apply(text), tests)
    }

    #[test]
    fn a_key_changes_with_code_and_tests_and_not_with_comments() {
        let key = key_of("f(\"a b\");\na.wake();\n", 1);
        assert_eq!(key, key_of("// Why.\nf(\"a b\"); /* é */\n\n    a.wake(); // why\n", 1));
        assert_ne!(key, key_of("f(\"a c\");\na.wake();\n", 1));
        assert_ne!(key, key_of("f(\"a b\");\na.wake();\n", 2));
    }

    #[test]
    fn every_verdict_is_read_as_it_was_written() {
        let path = std::env::temp_dir().join(format!("xtask-mutants-{}.jsonl", std::process::id()));
        let mut store = Store::open(&path).unwrap();
        for verdict in Verdict::ALL {
            store.add(verdict.name(), "a.rs:1: a", Outcome { verdict, by: "b \"c\"".to_owned() }).unwrap();
        }
        writeln!(store.file, "{{\"key\": \"cut o").unwrap();
        let again = Store::open(&path).unwrap();
        assert_eq!(again.known, store.known);
        assert_eq!(again.known.len(), Verdict::ALL.len());
        fs::remove_file(path).unwrap();
    }
}
