//! Conformance: what each contender has to do before anybody looks at the clock.

use crate::contender::Absent;
use crate::runner::Peers;
use crate::scenario::Scenarios;
use crate::seat::Seat;

/// Lets every contender of every scenario, and every floor, do so many operations, and compares what comes out.
///
/// Those who are absent are named on standard error. Scenarios that ask for latencies are left to their own checks.
///
/// # Panics
///
/// Panics if a contender fails, comes to something else, or is unknown, and if the tables are not right.
pub fn check(peers: &Peers, operations: &[u64]) {
    let scenarios = Scenarios::parse(peers.scenarios).unwrap_or_else(|error| panic!("{error:#}"));
    for scenario in scenarios.list.iter().filter(|scenario| scenario.latency.is_none()) {
        for &placement in &scenario.placements {
            for name in scenario.names() {
                let place = format!("{}, {placement}, {name}", scenario.name);
                let mut seat = match Seat::take(peers, scenario, placement, name) {
                    Err(error) if error.is::<Absent>() => {
                        eprintln!("left out: {place}: {error}");
                        continue;
                    }
                    seat => seat.unwrap_or_else(|error| panic!("{place}: {error:#}")),
                };
                for &operations in operations {
                    let sample = seat.sample(operations);
                    sample.unwrap_or_else(|error| panic!("{place}, {operations} operations: {error:#}"));
                }
            }
        }
    }
}
