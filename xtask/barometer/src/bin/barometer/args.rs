//! The words after `cargo xtask bench` and `cargo xtask report`.

use crate::workspace::{LAST, PUBLISHED};
use anyhow::{Result, bail, ensure};
use lexopt::prelude::{Long, Short, Value, ValueExt};
use std::ffi::OsString;

pub(crate) const BENCH: &str = include_str!("../../../bench.txt");
pub(crate) const REPORT: &str = include_str!("../../../report.txt");

#[derive(Debug)]
pub(crate) enum Words {
    Help(&'static str),
    Bench(Bench),
    Report(Report),
}

#[derive(Debug, Default)]
pub(crate) struct Bench {
    pub(crate) crate_name: Option<String>,
    /// A part of the names of the scenarios.
    pub(crate) scenario: Option<String>,
    pub(crate) task: Task,
}

/// What is done with the scenarios.
#[derive(Debug)]
pub(crate) enum Task {
    Measure(Measurement),
    /// Ours as it was at a commit, beside ours as it is.
    Gate {
        revision: String,
    },
    /// Instructions are counted, and compared with those that were blessed unless these are to be new ones.
    Count {
        bless: bool,
    },
}

#[derive(Debug, Default)]
pub(crate) struct Measurement {
    pub(crate) extent: Extent,
    /// Under which name it is kept.
    pub(crate) save: Option<String>,
    /// The kept run that it is compared with.
    pub(crate) against: Option<String>,
}

impl Default for Task {
    fn default() -> Self {
        Self::Measure(Measurement::default())
    }
}

#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The kept run that it is of.
    pub(crate) name: Option<String>,
    /// Whether BENCHMARKS.md is compared and not written.
    pub(crate) check: bool,
}

/// How much is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Extent {
    Quick,
    #[default]
    Usual,
    Full,
}

impl Extent {
    pub(crate) fn launches(self) -> u32 {
        match self {
            Self::Quick => 1,
            Self::Usual => 3,
            Self::Full => 5,
        }
    }

    pub(crate) fn rounds(self) -> u32 {
        match self {
            Self::Quick => 10,
            Self::Usual => 15,
            Self::Full => 30,
        }
    }
}

/// The first word is the command.
pub(crate) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Words> {
    let mut words = words.into_iter();
    let command = words.next().unwrap_or_default();
    let parser = lexopt::Parser::from_args(words);
    match command.to_str() {
        Some("bench") => bench(parser),
        Some("report") => report(parser),
        _ => bail!("say bench or report"),
    }
}

fn bench(mut parser: lexopt::Parser) -> Result<Words> {
    let (mut bench, mut flags) = (Bench::default(), Flags::default());
    while let Some(argument) = parser.next()? {
        match argument {
            Long("quick") => flags.extents.push(Extent::Quick),
            Long("full") => flags.extents.push(Extent::Full),
            Long("save") => flags.save = Some(name(parser.value()?)?),
            Long("against") => flags.against = Some(name(parser.value()?)?),
            Long("gate") => flags.gate = Some(revision(parser.value()?)?),
            Long("instructions") => flags.instructions = true,
            Long("bless") => flags.bless = true,
            Long("help") | Short('h') => return Ok(Words::Help(BENCH)),
            Value(word) if bench.crate_name.is_none() => bench.crate_name = Some(word.string()?),
            Value(word) if bench.scenario.is_none() => bench.scenario = Some(word.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let is_part = flags.save.is_some() && bench.scenario.is_some();
    ensure!(!is_part, "--save keeps all that there is of a crate; leave the scenario out");
    bench.task = flags.task()?;
    Ok(Words::Bench(bench))
}

/// What was said, whether or not it goes together.
#[derive(Default)]
struct Flags {
    extents: Vec<Extent>,
    save: Option<String>,
    against: Option<String>,
    gate: Option<String>,
    instructions: bool,
    bless: bool,
}

impl Flags {
    fn task(self) -> Result<Task> {
        let Self { mut extents, save, against, gate, instructions, bless } = self;
        ensure!(extents.len() < 2, "--quick or --full, and once");
        ensure!(!bless || instructions, "--bless goes with --instructions");
        let is_kept = save.is_some() || against.is_some();
        ensure!(save.as_deref() != Some(LAST), "every run is kept as `{LAST}`; --save takes another name");
        let task = match (gate, instructions) {
            (None, false) => {
                let extent = extents.pop().unwrap_or_default();
                return Ok(Task::Measure(Measurement { extent, save, against }));
            }
            (Some(revision), false) => Task::Gate { revision },
            (None, true) => Task::Count { bless },
            (Some(_), true) => bail!("--gate and --instructions are two things; ask one by one"),
        };
        ensure!(!is_kept, "a gate keeps nothing, and compares by itself");
        ensure!(extents.is_empty(), "a gate has rounds of its own, and no --quick or --full");
        Ok(task)
    }
}

fn report(mut parser: lexopt::Parser) -> Result<Words> {
    let mut report = Report::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("check") => report.check = true,
            Long("help") | Short('h') => return Ok(Words::Help(REPORT)),
            Value(word) if report.name.is_none() => report.name = Some(name(word)?),
            other => return Err(other.unexpected().into()),
        }
    }
    let is_of_published = report.name.as_deref().is_none_or(|name| name == PUBLISHED);
    ensure!(is_of_published || !report.check, "BENCHMARKS.md is made of `{PUBLISHED}`, so --check takes no other run");
    Ok(Words::Report(report))
}

/// A commit, as git understands it; a word that it would take for an option is none.
fn revision(word: OsString) -> Result<String> {
    let revision = word.string()?;
    ensure!(!revision.is_empty() && !revision.starts_with('-'), "`{revision}` is no commit");
    Ok(revision)
}

/// The name of a kept run, which is one of a folder.
fn name(word: OsString) -> Result<String> {
    let name = word.string()?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
    let is_name = name.chars().all(is_plain) && name.starts_with(|c: char| c.is_ascii_alphanumeric());
    ensure!(is_name, "`{name}` is no name for a run: a letter or digit, and then letters, digits, -, _ and . only");
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Words> {
        parse(words.iter().map(OsString::from))
    }

    #[test]
    fn a_run_is_asked_for_by_crate_and_scenario() {
        let words = parsed(&["bench", "common", "slot", "--quick", "--against", "mine-1.0"]).unwrap();
        let Words::Bench(bench) = words else { panic!("{words:?}") };
        assert_eq!((bench.crate_name.as_deref(), bench.scenario.as_deref()), (Some("common"), Some("slot")));
        let Task::Measure(Measurement { extent, save, against }) = bench.task else { panic!("{:?}", bench.task) };
        assert_eq!((extent, save.as_deref(), against.as_deref()), (Extent::Quick, None, Some("mine-1.0")));
    }

    #[test]
    fn words_that_mean_nothing_are_refused() {
        assert!(parsed(&["bench", "a", "b", "c"]).is_err());
        assert!(parsed(&["bench", "--save", "../x"]).unwrap_err().to_string().contains("no name for a run"));
        assert!(parsed(&["bench", "--save", ".x"]).unwrap_err().to_string().contains("no name for a run"));
        assert!(parsed(&["bench", "--save", "last"]).unwrap_err().to_string().contains("kept as `last`"));
        assert!(parsed(&["bench", "--gate", "--help"]).unwrap_err().to_string().contains("is no commit"));
        assert!(parsed(&["bench", "--quick", "--full"]).unwrap_err().to_string().contains("once"));
        assert!(parsed(&["bench", "--gate", "HEAD", "--quick"]).unwrap_err().to_string().contains("rounds of its own"));
        assert!(parsed(&["bench", "--gate", "HEAD", "--save", "a"]).unwrap_err().to_string().contains("keeps nothing"));
        assert!(parsed(&["bench", "--gate", "HEAD", "--instructions"]).unwrap_err().to_string().contains("two things"));
        assert!(parsed(&["report", "last", "--check"]).unwrap_err().to_string().contains("no other run"));
        assert!(parsed(&["bench", "--bless"]).is_err());
        assert!(
            parsed(&["bench", "common", "slot", "--save", "a"]).unwrap_err().to_string().contains("leave the scenario")
        );
        assert!(parsed(&["report", "--fast"]).is_err());
        assert!(parsed(&[]).is_err());
    }
}
