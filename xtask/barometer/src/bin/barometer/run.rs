//! A run: what was measured, and on what. It is kept as a folder of raw records, crate by crate, so that one crate can be
//! measured again without the others.
//!
//! ```text
//! NAME/CRATE/machine.toml
//! NAME/CRATE/SCENARIO.csv
//! ```

use crate::answer::Answer;
use crate::machine::Machine;
use crate::workspace::{LAST, Measured, results};
use anyhow::{Context, Result, bail};
use barometer::Scenario;
use barometer::record::{LatencyRecord, Record, parse};
use barometer::summary::{Part, Table};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

#[derive(Clone, Debug, Default)]
pub(crate) struct Run {
    /// By crate.
    pub(crate) machines: BTreeMap<String, Machine>,
    /// In the order of the workspace; only those that have records.
    pub(crate) answers: Vec<Answer>,
}

impl Run {
    /// How many rows have each of these parts.
    pub(crate) fn count<const N: usize>(&self, parts: [Part; N]) -> [usize; N] {
        let tables: Vec<Table> = self.answers.iter().flat_map(Answer::tables).collect();
        let rows = || tables.iter().flat_map(|table| &table.rows);
        parts.map(|part| rows().filter(|row| row.part == part).count())
    }

    /// Keeps it under a name, in the place of what was kept there of the same crates.
    pub(crate) fn keep(&self, name: &str) -> Result<()> {
        let folder = results(name);
        for (crate_name, machine) in &self.machines {
            let folder = folder.join(crate_name);
            match fs::remove_dir_all(&folder) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("cannot empty {}", folder.display()));
                }
                _ => {}
            }
            let machine = toml::to_string(machine).context("a machine can be written down")?;
            write(&folder.join("machine.toml"), &machine)?;
        }
        for answer in &self.answers {
            let path = folder.join(&answer.crate_name).join(format!("{}.csv", answer.scenario.name));
            let text = match answer.scenario.latency {
                Some(_) => csv(LatencyRecord::HEAD, &answer.latencies),
                None => csv(Record::HEAD, &answer.records),
            };
            write(&path, &text)?;
        }
        Ok(())
    }

    /// A kept run, of those scenarios that still exist.
    pub(crate) fn load(name: &str, measured: &[Measured]) -> Result<Self> {
        let folder = results(name);
        let mut run = Self::default();
        for Measured { name: crate_name, scenarios } in measured {
            let path = folder.join(crate_name).join("machine.toml");
            let machine = match fs::read_to_string(&path) {
                Ok(text) => toml::from_str(&text).with_context(|| path.display().to_string())?,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
            };
            run.machines.insert(crate_name.clone(), machine);
            for scenario in &scenarios.list {
                let answer = read(&folder, crate_name, scenario)?;
                run.answers.extend(Some(answer).filter(|answer| !answer.is_empty()));
            }
        }
        match name {
            _ if !run.answers.is_empty() => Ok(run),
            LAST => bail!("nothing has been measured here yet; `cargo xtask bench` does"),
            _ => bail!("no run `{name}` is kept in {}; `cargo xtask bench --save {name}` makes one", folder.display()),
        }
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
    answer.check().with_context(of_file)?;
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
