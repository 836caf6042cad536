//! Records of latencies, by quantile.

use super::number;
use anyhow::{Context, Result};
use std::fmt;
use std::str::FromStr;

/// Stands behind the name of ours if it is its second turn.
const AGAIN: &str = " again";

/// What the open loop measured at one load, by one contender.
#[derive(Clone, Debug, PartialEq)]
pub struct LatencyRecord {
    /// Process of the run, from 0.
    pub launch: u32,
    /// Who it was.
    pub contender: String,
    /// Whether it is the second turn of ours.
    pub again: bool,
    /// Percent of the most that it can do.
    pub load: u64,
    /// Requests in a second.
    pub rate: u64,
    /// How many were measured.
    pub count: u64,
    /// In nanoseconds, as in [`QUANTILES`](Self::QUANTILES).
    pub latencies: [u64; 7],
}

impl LatencyRecord {
    /// The first line of a file of them.
    pub const HEAD: &str = "launch,contender,load,rate,count,p50,p90,p99,p99.9,p99.99,p99.999,max";

    /// How many fields stand before the latencies.
    pub const BEFORE: usize = 5;

    /// What is kept of a distribution.
    pub const QUANTILES: [f64; 7] = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1.0];
}

impl fmt::Display for LatencyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { launch, contender, again, load, rate, count, latencies } = self;
        let again = if *again { AGAIN } else { "" };
        write!(f, "{launch},{contender}{again},{load},{rate},{count}")?;
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
        let first_turn = head[1].strip_suffix(AGAIN);
        Ok(Self {
            launch: number(head[0])?,
            contender: first_turn.unwrap_or(head[1]).to_owned(),
            again: first_turn.is_some(),
            load: number(head[2])?,
            rate: number(head[3])?,
            count: number(head[4])?,
            latencies: latencies.try_into().ok().context("a record has seven latencies")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_read_as_they_were_written() {
        for (line, again) in
            [("0,std: a,90,5000,9,1,2,3,4,5,6,7", false), ("0,ours again,90,5000,9,1,2,3,4,5,6,7", true)]
        {
            let record: LatencyRecord = line.parse().unwrap();
            assert_eq!((record.to_string().as_str(), record.again), (line, again));
            assert!(!record.contender.ends_with(AGAIN));
        }
    }

    #[test]
    fn latencies_that_are_too_few_are_refused() {
        assert!("0,std,90,5000,9,1".parse::<LatencyRecord>().is_err());
        assert!("0,std".parse::<LatencyRecord>().is_err());
    }
}
