//! A run: what was measured, and on what. It is kept as a folder of raw records, crate by crate, so that one crate can be
//! measured again without the others.
//!
//! ```text
//! NAME/CRATE/machine.toml
//! NAME/CRATE/SCENARIO.csv
//! ```

use crate::machine::Machine;
use crate::workspace::{LAST, Measured, results};
use anyhow::{Context, Result, bail, ensure};
use barometer::Scenario;
use barometer::complete;
use barometer::record::{LatencyRecord, Record, parse};
use barometer::summary::{Part, Table, Tail};
use std::collections::BTreeMap;
use std::fmt::{self, Display};
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

    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.latencies.is_empty()
    }

    /// Takes what another process said, if no part of it is missing.
    pub(crate) fn add(&mut self, other: Self) -> Result<()> {
        other.check()?;
        self.records.extend(other.records);
        self.latencies.extend(other.latencies);
        self.check()
    }

    /// That there is something, and of what is there no part is missing.
    fn check(&self) -> Result<()> {
        match self.scenario.latency {
            Some(_) => ensure!(!self.latencies.is_empty(), "there is no latency"),
            None => complete::check(&self.scenario, &self.records)?,
        }
        Ok(())
    }

    /// One a placement.
    pub(crate) fn tables(&self) -> Vec<Table> {
        Table::of(&self.scenario, &self.records)
    }

    /// Of each contender at each load, the medians of what the launches measured.
    pub(crate) fn tails(&self) -> Vec<Tail> {
        let place = |record: &LatencyRecord| {
            let name = record.contender.strip_suffix(LatencyRecord::AGAIN);
            let place = self.scenario.contenders.iter().position(|it| it == name.unwrap_or(&record.contender));
            (place, name.is_some(), record.load)
        };
        let mut kinds = BTreeMap::<_, Vec<&LatencyRecord>>::new();
        self.latencies.iter().for_each(|record| kinds.entry(place(record)).or_default().push(record));
        kinds.into_values().map(|records| Tail::of(&records)).collect()
    }

    /// Why a table has no floor, if it has none.
    pub(crate) fn no_floor(&self, table: Option<&Table>) -> Option<String> {
        let has_floor = table.is_some_and(|table| table.rows.iter().any(|row| row.part == Part::Floor));
        let Scenario { floor, no_floor, .. } = &self.scenario;
        let not_measured = floor.as_ref().map(|floor| format!("{floor} was not measured in this run"));
        no_floor.clone().or(not_measured).filter(|_| !has_floor)
    }

    /// Who is faster than ours in any placement, and why; those with the same reason stand together.
    pub(crate) fn losses(&self) -> Vec<Loss<'_>> {
        let tables = self.tables();
        let is_faster = |name: &&String| tables.iter().flat_map(Table::losses).any(|row| row.contender == **name);
        let mut losses: Vec<Loss<'_>> = Vec::new();
        for name in self.scenario.contenders.iter().filter(is_faster) {
            let why = self.scenario.because.get(name).map_or("no reason is known yet", String::as_str);
            match losses.iter_mut().find(|loss| loss.why == why) {
                Some(loss) => loss.names.push(name),
                None => losses.push(Loss { names: vec![name], why }),
            }
        }
        losses
    }
}

/// Contenders that are faster than ours for the same reason.
#[derive(Debug, PartialEq)]
pub(crate) struct Loss<'a> {
    pub(crate) names: Vec<&'a str>,
    pub(crate) why: &'a str,
}

impl Display for Loss<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { names, why } = self;
        match &names[..] {
            [name] => write!(f, "{name} is faster: {why}."),
            [names @ .., last] => write!(f, "Each of {} and {last} is faster: {why}.", names.join(", ")),
            [] => Ok(()),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_names_all_who_have_its_reason() {
        let said = |names: &[&str]| Loss { names: names.to_vec(), why: "it spins" }.to_string();
        assert_eq!(said(&["kanal"]), "kanal is faster: it spins.");
        assert_eq!(said(&["kanal", "std: a", "b"]), "Each of kanal, std: a and b is faster: it spins.");
    }
}
