//! A seat: a contender on its place at the table of a scenario, and what its samples cost.
//!
//! # Limits
//!
//! A sample that takes less than a millisecond says more about the clock than about the contender, and one that takes
//! seconds meets every disturbance there is. How many operations make a sample is found out once a launch.

use crate::contender::{Absent, Contender};
use crate::floor;
use crate::placement::Placement;
use crate::scenario::Scenario;
use crate::usage::{Growth, Usage};
use crate::{Outcome, Peers};
use anyhow::{Context, Result, ensure};
use std::time::{Duration, Instant};

/// A contender of a scenario on its place at the table.
pub(crate) struct Seat {
    pub(crate) name: String,
    pub(crate) contender: Box<dyn Contender>,
    /// What so many operations have to come to.
    expects: Box<dyn Fn(u64) -> Outcome>,
    /// How many operations make a sample, once it is calibrated.
    pub(crate) operations: u64,
}

/// What one sample cost.
pub(crate) struct Sample {
    pub(crate) elapsed: Duration,
    pub(crate) usage: Usage,
    /// Memory that came into use, in KiB.
    pub(crate) peak: u64,
}

impl Seat {
    /// Makes the contender of that name, or the floor.
    pub(crate) fn take(peers: &Peers, scenario: &Scenario, placement: Placement, name: &str) -> Result<Self> {
        placement.pin(0);
        let floor = scenario.floor.filter(|floor| floor.name() == name);
        let (contender, expects): (_, Box<dyn Fn(u64) -> Outcome>) = if let Some(floor) = floor {
            (floor.contender(scenario, placement)?, Box::new(floor::expects))
        } else {
            let scenario = scenario.clone();
            let contender = match (peers.contender)(&scenario, name, placement) {
                Err(error) if error.is::<Absent>() => return Err(error),
                contender => contender.with_context(|| format!("{}, {name}", scenario.name))?,
            };
            (contender, Box::new(move |operations| scenario.expects(operations)))
        };
        Ok(Self { name: name.to_owned(), contender, expects, operations: 0 })
    }

    /// Finds out how many operations make a sample; that warms up, too.
    pub(crate) fn calibrate(&mut self, scenario: &Scenario) -> Result<()> {
        let wanted = Duration::from_millis(scenario.sample_ms);
        let mut operations = scenario.operations.unwrap_or(16);
        loop {
            // The better of two: a disturbance must not make all samples short.
            let elapsed = self.sample(operations)?.elapsed.min(self.sample(operations)?.elapsed);
            if elapsed >= wanted || scenario.operations.is_some() {
                self.operations = operations;
                return Ok(());
            }
            operations *= if elapsed < wanted / 8 { 4 } else { 2 };
        }
    }

    /// Does so many operations, and refuses an outcome that is not the expected one.
    pub(crate) fn sample(&mut self, operations: u64) -> Result<Sample> {
        let processes = self.contender.processes();
        let growth = Growth::begin(&processes);
        let usage = Usage::now(&processes);
        let start = Instant::now();
        let outcome = self.contender.run(operations).with_context(|| self.name.clone())?;
        let elapsed = start.elapsed();
        let usage = Usage::now(&processes).since(usage);
        let expected = (self.expects)(operations);
        ensure!(outcome == expected, "{}: {operations} operations came to {outcome}, not {expected}", self.name);
        Ok(Sample { elapsed, usage, peak: growth.peak() })
    }
}
