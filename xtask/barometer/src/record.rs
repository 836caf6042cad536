//! Records: what each sample measured, a line each, as CSV.
//!
//! Records are kept raw; all that is said about them, in a terminal or on a page, is computed from them again.

mod latency;

use crate::placement::Placement;
use anyhow::{Context, Result, ensure};
use std::fmt;
use std::str::FromStr;

pub use latency::LatencyRecord;

/// What one sample measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Where the threads ran.
    pub placement: Placement,
    /// Process of the run, from 0.
    pub launch: u32,
    /// Round of the launch, from 0.
    pub round: u32,
    /// Who it was.
    pub contender: String,
    /// Whether it is the second turn of ours.
    pub again: bool,
    /// How much was done.
    pub operations: u64,
    /// Time of all of it, in nanoseconds.
    pub nanoseconds: u64,
    /// CPU time of all of it, in nanoseconds.
    pub cpu: u64,
    /// Context switches.
    pub switches: u64,
    /// Memory that came into use, in KiB.
    pub peak: u64,
}

impl Record {
    /// The first line of a file of records.
    pub const HEAD: &str = "placement,launch,round,contender,again,operations,nanoseconds,cpu,switches,peak";

    /// Nanoseconds of one operation.
    pub fn each(&self) -> f64 {
        self.nanoseconds as f64 / self.operations as f64
    }

    /// CPU nanoseconds of one operation.
    pub fn cpu_each(&self) -> f64 {
        self.cpu as f64 / self.operations as f64
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { placement, launch, round, contender, again, operations, nanoseconds, cpu, switches, peak } = self;
        let again = u8::from(*again);
        write!(f, "{placement},{launch},{round},{contender},{again},{operations},{nanoseconds},{cpu},{switches},{peak}")
    }
}

impl FromStr for Record {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> Result<Self> {
        let fields: Vec<&str> = line.split(',').collect();
        let [placement, launch, round, contender, again, operations, nanoseconds, cpu, switches, peak] = fields[..]
        else {
            anyhow::bail!("a record has {} fields and not {}", Self::HEAD.split(',').count(), fields.len());
        };
        let (operations, nanoseconds) = (number(operations)?, number(nanoseconds)?);
        ensure!(operations > 0 && nanoseconds > 0, "a record of no operations, or of no time");
        Ok(Self {
            placement: placement.parse()?,
            launch: number(launch)?,
            round: number(round)?,
            contender: contender.to_owned(),
            again: number::<u8>(again)? != 0,
            operations,
            nanoseconds,
            cpu: number(cpu)?,
            switches: number(switches)?,
            peak: number(peak)?,
        })
    }
}

/// Reads a file of records.
///
/// # Errors
///
/// When a line is not one; the error has its number.
pub fn parse<R: FromStr<Err = anyhow::Error>>(text: &str, head: &str) -> Result<Vec<R>> {
    let mut lines = text.lines();
    ensure!(lines.next() == Some(head), "its first line is not {head}");
    lines.enumerate().map(|(at, line)| line.parse().with_context(|| format!("line {}", at + 2))).collect()
}

fn number<N: FromStr>(field: &str) -> Result<N> {
    field.parse().ok().with_context(|| format!("`{field}` is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "apart,4,29,tokio: mpsc,1,1000,123456,123000,7,12";

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let record: Record = LINE.parse().unwrap();
        assert_eq!((record.to_string().as_str(), record.each()), (LINE, 123.456));
    }

    #[test]
    fn a_broken_line_is_named() {
        let text = format!("{}\n{LINE}\napart,4", Record::HEAD);
        assert!(format!("{:#}", parse::<Record>(&text, Record::HEAD).unwrap_err()).starts_with("line 3: a record has"));
        assert!(format!("{:#}", parse::<Record>(LINE, Record::HEAD).unwrap_err()).contains("first line"));
        assert!("apart,4,29,std,1,0,1,1,7,12".parse::<Record>().is_err());
        assert!("apart,4,29,std,1,1,0,1,7,12".parse::<Record>().is_err());
    }
}
