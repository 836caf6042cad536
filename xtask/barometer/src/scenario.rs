//! A scenario: one question, who answers it, and what the answer has to be.
//!
//! Scenarios stand in tables in the `scenarios.toml` of a `peers` package, so that what is measured can be read without
//! reading how.

use crate::Outcome;
use crate::floor::Floor;
use crate::placement::Placement;
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::collections::BTreeMap;

/// All scenarios of a crate.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenarios {
    /// In the order of the report.
    #[serde(default, rename = "scenario")]
    pub list: Vec<Scenario>,
}

/// One question.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// Unique in its crate; also the name of the file with what was measured.
    pub name: String,
    /// The question, as a sentence.
    pub asks: String,
    /// What an operation is called.
    #[serde(default = "operation")]
    pub unit: String,
    /// Where the threads run.
    #[serde(default = "free")]
    pub placements: Vec<Placement>,
    /// Who answers, ours first. A name is that of a package, if need be with `: ` and which part of it.
    pub contenders: Vec<String>,
    /// What no contender can do without.
    pub floor: Option<Floor>,
    /// Why tables without a floor have none.
    pub no_floor: Option<String>,
    /// What comes out of the operations.
    #[serde(default)]
    pub checksum: Checksum,
    /// How often each operation arrives.
    #[serde(default = "one")]
    pub copies: u64,
    /// What a sample should take at least, in milliseconds.
    #[serde(default = "sample")]
    pub sample_ms: u64,
    /// Operations of a sample, if they are not to be found out.
    pub operations: Option<u64>,
    /// The least ratio to a contender that we allow ourselves.
    #[serde(default)]
    pub bounds: BTreeMap<String, f64>,
    /// Why ours loses to a contender.
    #[serde(default)]
    pub because: BTreeMap<String, String>,
    /// Asks how long one operation takes at a given rate, instead of how many there are in a given time.
    pub latency: Option<Load>,
    /// Whether it needs one thread only, so that criterion and those who count instructions can look at it, too.
    #[serde(default)]
    pub alone: bool,
    /// Whether it spins by the clock, so that its instructions are others each time.
    #[serde(default)]
    pub by_clock: bool,
    /// What the contenders have to know.
    #[serde(default)]
    pub with: BTreeMap<String, u64>,
}

/// What an open loop asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Load {
    /// In percent of the most that the contender itself can do.
    pub percent: Vec<u64>,
    /// How long each is kept up.
    pub seconds: f64,
}

/// What the numbers that operations carry are added up to.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Checksum {
    /// Each carries a 1.
    #[default]
    Count,
    /// Each carries its own number, from 0.
    Numbers,
}

impl Checksum {
    /// That of so many operations.
    pub fn of(self, operations: u64) -> u64 {
        match self {
            Self::Count => operations,
            // Modulo the size of a word, as those who add up do.
            Self::Numbers => (u128::from(operations) * u128::from(operations.saturating_sub(1)) / 2) as u64,
        }
    }
}

impl Scenarios {
    /// Reads the tables.
    ///
    /// # Errors
    ///
    /// When a table has other keys than a [`Scenario`], or says what cannot be.
    pub fn parse(text: &str) -> Result<Self> {
        let scenarios: Self = toml::from_str(text).context("scenarios.toml")?;
        for scenario in &scenarios.list {
            scenario.check().with_context(|| format!("scenario {}", scenario.name))?;
            let namesakes = scenarios.list.iter().filter(|other| other.name == scenario.name).count();
            ensure!(namesakes == 1, "{namesakes} scenarios are called {}", scenario.name);
        }
        Ok(scenarios)
    }

    /// The scenario of that name.
    ///
    /// # Errors
    ///
    /// When there is none; the error names those there are.
    pub fn find(&self, name: &str) -> Result<&Scenario> {
        self.list.iter().find(|scenario| scenario.name == name).with_context(|| {
            let names: Vec<&str> = self.list.iter().map(|scenario| scenario.name.as_str()).collect();
            format!("no scenario `{name}`; there are {}", names.join(", "))
        })
    }
}

impl Scenario {
    fn check(&self) -> Result<()> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        ensure!(
            self.name.starts_with(char::is_alphanumeric) && self.name.chars().all(is_plain),
            "its name is that of a file: letters, digits and - only"
        );
        ensure!(self.contenders.iter().all(|name| !name.contains([',', '\n'])), "a comma ends a field of a record");
        ensure!(self.contenders.len() > 1, "who is measured alone is not measured beside anybody");
        for (at, name) in self.contenders.iter().enumerate() {
            ensure!(!self.contenders[..at].contains(name), "{name} is there twice");
        }
        for name in self.bounds.keys().chain(self.because.keys()) {
            ensure!(self.contenders.contains(name) && !self.is_ours(name), "{name} is no peer in it");
        }
        ensure!(!self.placements.is_empty(), "threads have to run somewhere");
        ensure!(self.operations != Some(0), "a sample is at least one operation");
        Ok(())
    }

    /// Who is measured: ours, the others, and the floor.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.contenders.iter().map(String::as_str).chain(self.floor.map(Floor::name))
    }

    /// Whether a contender is ours, or another part of it.
    pub(crate) fn is_ours(&self, name: &str) -> bool {
        let part = name.strip_prefix(&self.contenders[0]);
        part.is_some_and(|part| part.is_empty() || part.starts_with(": "))
    }

    /// What `operations` have to come to.
    pub fn expects(&self, operations: u64) -> Outcome {
        let checksum = self.checksum.of(operations).wrapping_mul(self.copies);
        Outcome { count: operations * self.copies, checksum }
    }

    /// What the table says the contenders have to know of `key`.
    ///
    /// # Errors
    ///
    /// When it does not say.
    pub fn with(&self, key: &str) -> Result<u64> {
        self.with.get(key).copied().with_context(|| format!("scenario {} says nothing about {key}", self.name))
    }
}

fn operation() -> String {
    "operation".to_owned()
}

fn free() -> Vec<Placement> {
    vec![Placement::Free]
}

fn one() -> u64 {
    1
}

fn sample() -> u64 {
    20
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(table: &str) -> Result<Scenarios> {
        Scenarios::parse(&format!("[[scenario]]\nname = \"a\"\nasks = \"?\"\n{table}"))
    }

    #[test]
    fn a_table_says_what_comes_out() {
        let scenarios = parse("contenders = [\"ours\", \"std: x\"]\nchecksum = \"numbers\"\ncopies = 2").unwrap();
        let scenario = scenarios.find("a").unwrap();
        assert_eq!(scenario.expects(5), Outcome { count: 10, checksum: 20 });
        assert_eq!(scenario.expects(0), Outcome::default());
    }

    #[test]
    fn a_table_that_cannot_be_is_refused() {
        let error = |table| format!("{:#}", parse(table).unwrap_err());
        assert!(error("contenders = [\"ours\"]").contains("beside anybody"));
        assert!(error("contenders = [\"ours\", \"ours\"]").contains("twice"));
        assert!(error("contenders = [\"ours\", \"std\"]\nbounds = { flume = 1.0 }").contains("flume is no peer"));
        assert!(error("contenders = [\"ours\", \"ours: b\"]\nbounds = { \"ours: b\" = 1.0 }").contains("b is no peer"));
        assert!(error("contenders = [\"ours\", \"std\"]\nspeed = 1").contains("unknown field"));
        assert!(error("contenders = [\"ours\", \"std, too\"]").contains("a comma"));
        assert!(error("contenders = [\"ours\", \"std\"]\nfloor = \"cellar\"").contains("unknown variant `cellar`"));
        let path = "[[scenario]]\nname = \"../a\"\nasks = \"?\"\ncontenders = [\"ours\", \"std\"]";
        assert!(format!("{:#}", Scenarios::parse(path).unwrap_err()).contains("that of a file"));
    }

    #[test]
    fn an_unknown_name_names_the_known() {
        let scenarios = parse("contenders = [\"ours\", \"std\"]").unwrap();
        assert!(scenarios.find("b").unwrap_err().to_string().ends_with("there are a"));
        assert!(scenarios.find("a").unwrap().with("capacity").unwrap_err().to_string().contains("about capacity"));
    }
}
