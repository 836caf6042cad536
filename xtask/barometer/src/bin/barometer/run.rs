//! A run: what was measured, and on what. It is kept as a folder of raw records.
//!
//! ```text
//! NAME/machine.toml
//! NAME/CRATE/SCENARIO.csv
//! ```

use crate::machine::Machine;
use crate::workspace::{LAST, Measured, results};
use anyhow::{Context, Result, bail, ensure};
use barometer::Scenario;
use barometer::record::{LatencyRecord, Record, parse};
use std::fmt::Display;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) machine: Machine,
    /// In the order of the workspace; only those that have records.
    pub(crate) answers: Vec<Answer>,
}

/// What a scenario was answered with.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) crate_name: String,
    pub(crate) scenario: Scenario,
    pub(crate) records: Vec<Record>,
    pub(crate) latencies: Vec<LatencyRecord>,
}

impl Answer {
    pub(crate) fn new(crate_name: &str, scenario: &Scenario) -> Self {
        let (crate_name, scenario) = (crate_name.to_owned(), scenario.clone());
        Self { crate_name, scenario, records: Vec::new(), latencies: Vec::new() }
    }

    fn is_empty(&self) -> bool {
        self.records.is_empty() && self.latencies.is_empty()
    }
}

impl Run {
    /// Keeps it under a name. Scenarios that it did not ask stay as they were; the machine is that of this run.
    pub(crate) fn keep(&self, name: &str) -> Result<()> {
        let folder = results(name);
        for answer in &self.answers {
            let path = folder.join(&answer.crate_name).join(format!("{}.csv", answer.scenario.name));
            let text = match answer.scenario.latency {
                Some(_) => csv(LatencyRecord::HEAD, &answer.latencies),
                None => csv(Record::HEAD, &answer.records),
            };
            write(&path, &text)?;
        }
        let machine = toml::to_string(&self.machine).context("a machine can be written down")?;
        write(&folder.join("machine.toml"), &machine)
    }

    /// A kept run, of those scenarios that still exist.
    pub(crate) fn load(name: &str, measured: &[Measured]) -> Result<Self> {
        let folder = results(name);
        let machine = match fs::read_to_string(folder.join("machine.toml")) {
            Ok(text) => toml::from_str(&text).with_context(|| format!("machine.toml of run {name}"))?,
            Err(error) if error.kind() == ErrorKind::NotFound && name == LAST => {
                bail!("nothing has been measured here yet; `cargo xtask bench` does")
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                bail!("no run `{name}` is kept in {}; `cargo xtask bench --save {name}` makes one", folder.display())
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read run {name}")),
        };
        let mut answers = Vec::new();
        for Measured { name: crate_name, scenarios } in measured {
            for scenario in &scenarios.list {
                let answer = read(&folder, crate_name, scenario).with_context(|| format!("run {name}"))?;
                answers.extend(Some(answer).filter(|answer| !answer.is_empty()));
            }
        }
        ensure!(!answers.is_empty(), "run {name} has answers to no scenario that there is");
        Ok(Self { machine, answers })
    }
}

fn read(folder: &Path, crate_name: &str, scenario: &Scenario) -> Result<Answer> {
    let mut answer = Answer::new(crate_name, scenario);
    let path = folder.join(crate_name).join(format!("{}.csv", scenario.name));
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(answer),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let of_file = || path.display().to_string();
    match scenario.latency {
        Some(_) => answer.latencies = parse(&text, LatencyRecord::HEAD).with_context(of_file)?,
        None => answer.records = parse(&text, Record::HEAD).with_context(of_file)?,
    }
    Ok(answer)
}

fn csv(head: &str, records: &[impl Display]) -> String {
    let mut text = format!("{head}\n");
    records.iter().for_each(|record| text += &format!("{record}\n"));
    text
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
