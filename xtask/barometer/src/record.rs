//! Records: what each sample measured, a line each, as CSV.
//!
//! Records are kept raw; all that is said about them, in a terminal or on a page, is computed from them again.

use crate::placement::Placement;
use anyhow::{Context, Result, ensure};
use std::fmt;
use std::str::FromStr;

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

/// What the open loop measured at one load, by one contender: latencies in nanoseconds, by quantile.
#[derive(Clone, Debug, PartialEq)]
pub struct LatencyRecord {
    /// Process of the run, from 0.
    pub launch: u32,
    /// Who it was, with [`AGAIN`](Self::AGAIN) behind its name if it is the second turn of ours.
    pub contender: String,
    /// Percent of the most that it can do.
    pub load: u64,
    /// Requests in a second.
    pub rate: u64,
    /// How many were measured.
    pub count: u64,
    /// As in [`QUANTILES`](Self::QUANTILES).
    pub latencies: [u64; 7],
}

impl LatencyRecord {
    /// The first line of a file of them.
    pub const HEAD: &str = "launch,contender,load,rate,count,p50,p90,p99,p99.9,p99.99,p99.999,max";

    /// Marks the second turn of ours.
    pub const AGAIN: &str = " again";

    /// How many fields stand before the latencies.
    pub const BEFORE: usize = 5;

    /// What is kept of a distribution.
    pub const QUANTILES: [f64; 7] = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1.0];
}

impl fmt::Display for LatencyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { launch, contender, load, rate, count, latencies } = self;
        write!(f, "{launch},{contender},{load},{rate},{count}")?;
        latencies.iter().try_for_each(|latency| write!(f, ",{latency}"))
    }
}

impl FromStr for LatencyRecord {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> Result<Self> {
        let fields: Vec<&str> = line.split(',').collect();
        let (head, latencies) =
            fields.split_at_checked(Self::BEFORE).context("a record of latencies begins with five other fields")?;
        let latencies = latencies.iter().map(|field| number(field)).collect::<Result<Vec<u64>>>()?;
        Ok(Self {
            launch: number(head[0])?,
            contender: head[1].to_owned(),
            load: number(head[2])?,
            rate: number(head[3])?,
            count: number(head[4])?,
            latencies: latencies.try_into().ok().context("a record has seven latencies")?,
        })
    }
}

/// A line of what a `peers` program says.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// What a sample measured.
    Record(Record),
    /// What the open loop measured.
    Latency(LatencyRecord),
    /// Somebody is not here, and why.
    Absent(String, String),
    /// Somebody's version, who is no package.
    Version(String, String),
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(record) => write!(f, "record,{record}"),
            Self::Latency(record) => write!(f, "latency,{record}"),
            Self::Absent(name, why) => write!(f, "absent,{name},{why}"),
            Self::Version(name, version) => write!(f, "version,{name},{version}"),
        }
    }
}

impl FromStr for Said {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> Result<Self> {
        let (kind, rest) = line.split_once(',').with_context(|| format!("`{line}` says nothing"))?;
        let pair = || {
            let (name, text) = rest.split_once(',').with_context(|| format!("`{line}` has no name in it"))?;
            anyhow::Ok((name.to_owned(), text.to_owned()))
        };
        Ok(match kind {
            "record" => Self::Record(rest.parse()?),
            "latency" => Self::Latency(rest.parse()?),
            "absent" => pair().map(|(name, why)| Self::Absent(name, why))?,
            "version" => pair().map(|(name, version)| Self::Version(name, version))?,
            _ => anyhow::bail!("`{line}` says nothing"),
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
    const LATENCIES: &str = "0,std,90,5000,10000,1,2,3,4,5,6,7";

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let record: Record = LINE.parse().unwrap();
        assert_eq!((record.to_string().as_str(), record.each()), (LINE, 123.456));
        assert_eq!(LATENCIES.parse::<LatencyRecord>().unwrap().to_string(), LATENCIES);
    }

    #[test]
    fn what_is_said_is_understood() {
        for line in [
            &format!("record,{LINE}"),
            &format!("latency,{LATENCIES}"),
            "absent,node,not here, sorry",
            "version,node,20",
        ] {
            assert_eq!(line.parse::<Said>().unwrap().to_string(), *line);
        }
        assert!("warning: something".parse::<Said>().is_err());
        assert!("absent,node".parse::<Said>().is_err());
    }

    #[test]
    fn a_broken_line_is_named() {
        let text = format!("{}\n{LINE}\napart,4", Record::HEAD);
        assert!(format!("{:#}", parse::<Record>(&text, Record::HEAD).unwrap_err()).starts_with("line 3: a record has"));
        assert!(format!("{:#}", parse::<Record>(LINE, Record::HEAD).unwrap_err()).contains("first line"));
        assert!("apart,4,29,std,1,0,1,1,7,12".parse::<Record>().is_err());
        assert!("apart,4,29,std,1,1,0,1,7,12".parse::<Record>().is_err());
        assert!("0,std,90,5000,10000,1".parse::<LatencyRecord>().is_err());
    }
}
