//! Hands the scenarios that need one thread to criterion: a group a scenario, its contenders beside each other.
//!
//! criterion runs one after the other, so its ratios drift with the machine; what it is for is its history of one
//! contender, and its plots.

use crate::contender::Absent;
use crate::runner::Peers;
use crate::scenario::Scenarios;
use crate::seat::Seat;
use criterion::Criterion;

/// What the `main` of a bench does.
///
/// # Panics
///
/// Panics if a contender fails or comes to something else than it should.
pub fn bench(peers: &Peers) {
    let mut criterion = Criterion::default().configure_from_args();
    let scenarios = Scenarios::parse(peers.scenarios).unwrap_or_else(|error| panic!("{error:#}"));
    for scenario in scenarios.list.iter().filter(|scenario| scenario.alone) {
        let mut group = criterion.benchmark_group(&scenario.name);
        for name in &scenario.contenders {
            let mut seat = match Seat::take(peers, scenario, scenario.placements[0], name) {
                Err(error) if error.is::<Absent>() => continue,
                seat => seat.unwrap_or_else(|error| panic!("{error:#}")),
            };
            group.bench_function(name, |bencher| {
                bencher.iter_custom(|operations| {
                    let sample = seat.sample(operations).unwrap_or_else(|error| panic!("{error:#}"));
                    sample.elapsed
                });
            });
        }
        group.finish();
    }
    criterion.final_summary();
}
