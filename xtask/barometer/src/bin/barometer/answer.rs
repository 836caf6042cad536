//! What a scenario was answered with, and what that comes to.

use anyhow::{Result, ensure};
use barometer::Scenario;
use barometer::completeness;
use barometer::record::{LatencyRecord, Record};
use barometer::summary::{Part, Table, Tail};
use std::collections::BTreeMap;
use std::fmt;

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
    pub(crate) fn check(&self) -> Result<()> {
        match self.scenario.latency {
            Some(_) => ensure!(!self.latencies.is_empty(), "there is no latency"),
            None => completeness::check(&self.scenario, &self.records)?,
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
            let place = self.scenario.contenders.iter().position(|name| *name == record.contender);
            (place, record.again, record.load)
        };
        let mut kinds = BTreeMap::<_, Vec<&LatencyRecord>>::new();
        self.latencies.iter().for_each(|record| kinds.entry(place(record)).or_default().push(record));
        kinds.into_values().map(|records| Tail::of(&records)).collect()
    }

    /// Why a table has no floor, if it has none.
    pub(crate) fn no_floor(&self, table: Option<&Table>) -> Option<String> {
        let has_floor = table.is_some_and(|table| table.rows.iter().any(|row| row.part == Part::Floor));
        let Scenario { floor, no_floor, .. } = &self.scenario;
        let not_measured = floor.map(|floor| format!("{floor} was not measured in this run"));
        no_floor.clone().or(not_measured).filter(|_| !has_floor)
    }

    /// Which peers are faster than ours in any placement, and why; those with the same reason stand together.
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

impl fmt::Display for Loss<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { names, why } = self;
        match &names[..] {
            [name] => write!(f, "{name} is faster: {why}."),
            [names @ .., last] => write!(f, "Each of {} and {last} is faster: {why}.", names.join(", ")),
            [] => Ok(()),
        }
    }
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
