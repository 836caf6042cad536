//! A contender: one way to do what a scenario asks.

use anyhow::Result;
use std::error::Error;
use std::fmt;

/// Something that can be done often, and says each time what came out.
pub trait Contender {
    /// Does it `operations` times.
    ///
    /// What is set up for it and could be left for the next call is left, so that a call costs what its operations cost.
    ///
    /// # Errors
    ///
    /// When it could not be done; the run ends with it.
    fn run(&mut self, operations: u64) -> Result<Outcome>;

    /// Processes beside this one that do the work, by id: what they cost is its cost.
    fn processes(&self) -> Vec<u32> {
        Vec::new()
    }

    /// Its version, if it is no package of this workspace.
    fn version(&self) -> Option<String> {
        None
    }
}

/// What came out, for the scenario to compare with what it expects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many operations arrived at their end.
    pub count: u64,
    /// Of what they carried, see [`Checksum`](crate::scenario::Checksum).
    pub checksum: u64,
}

impl Outcome {
    /// One more operation has arrived, and carried `number`.
    pub fn add(&mut self, number: u64) {
        self.count += 1;
        self.checksum = self.checksum.wrapping_add(number);
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with checksum {}", self.count, self.checksum)
    }
}

impl FromIterator<u64> for Outcome {
    fn from_iter<I: IntoIterator<Item = u64>>(numbers: I) -> Self {
        let mut outcome = Self::default();
        numbers.into_iter().for_each(|number| outcome.add(number));
        outcome
    }
}

impl std::iter::Sum for Outcome {
    fn sum<I: Iterator<Item = Self>>(outcomes: I) -> Self {
        let add = |sum: Self, it: Self| Self {
            count: sum.count + it.count,
            checksum: sum.checksum.wrapping_add(it.checksum),
        };
        outcomes.fold(Self::default(), add)
    }
}

/// A contender that is done in a loop and cannot go wrong.
///
/// The loop returns the checksum of its operations; that it got to its end is their count.
#[derive(Debug)]
pub struct Loop<F>(pub F);

impl<F: FnMut(u64) -> u64> Contender for Loop<F> {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        Ok(Outcome { count: operations, checksum: (self.0)(operations) })
    }
}

/// A contender is not here, which is no error: its row is left out, aloud.
#[derive(Debug)]
pub struct Absent(
    /// What is missing, and how to get it.
    pub String,
);

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Absent {}
