//! Latencies of one contender's turns at one load, over all launches.

use crate::record::LatencyRecord;
use std::array;

/// The medians of what the launches measured.
///
/// A launch finds out by itself what its contender can do at most, so rates differ from launch to launch. Medians of all
/// of them keep the rates of different loads apart, which a launch picked for each load would not.
#[derive(Clone, Debug, PartialEq)]
pub struct Tail {
    /// Who it was.
    pub contender: String,
    /// Whether it is the second turn of ours.
    pub again: bool,
    /// Percent of the most that it can do.
    pub load: u64,
    /// Requests in a second.
    pub rate: u64,
    /// In nanoseconds, as in [`LatencyRecord::QUANTILES`].
    pub latencies: [u64; LatencyRecord::QUANTILES.len()],
    /// Least and most that a launch had as its 99th percentile.
    pub p99: [u64; 2],
}

const P99: usize = 2;

impl Tail {
    /// Of records of the same turn at the same load.
    ///
    /// # Panics
    ///
    /// Panics if there are none.
    pub fn of(records: &[&LatencyRecord]) -> Self {
        let median = |value: &dyn Fn(&LatencyRecord) -> u64| {
            let mut values: Vec<u64> = records.iter().map(|record| value(record)).collect();
            values.sort_unstable();
            values[values.len() / 2]
        };
        let p99 = || records.iter().map(|record| record.latencies[P99]);
        Self {
            contender: records[0].contender.clone(),
            again: records[0].again,
            load: records[0].load,
            rate: median(&|record| record.rate),
            latencies: array::from_fn(|at| median(&|record| record.latencies[at])),
            p99: [p99().min(), p99().max()].map(|latency| latency.expect("there are records")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_odd_launch_of_three_moves_no_figure() {
        let record = |rate, factor: u64| LatencyRecord {
            launch: 0,
            contender: "ours".to_owned(),
            again: false,
            load: 90,
            rate,
            count: 1,
            latencies: [1, 2, 3, 4, 5, 6, 7].map(|latency| latency * factor),
        };
        let (a, odd, c) = (record(1_000, 10), record(10, 1_000), record(1_100, 11));
        let tail = Tail::of(&[&a, &odd, &c]);
        assert_eq!((tail.rate, tail.latencies, tail.p99), (1_000, c.latencies, [30, 3_000]));
    }
}
