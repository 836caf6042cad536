//! Measurements that must never hold up whoever measures: the channel keeps the newest, and counts what it drops.
//!
//! A probe sends with a policy of `DropOldest`. While somebody looks, each measurement is seen; while nobody does, the oldest
//! make room for the newest. What is dropped is not gone without a trace: `send` counts it, and `force_send` returns it, so
//! that a probe can sum up what nobody will see.
//!
//! Run it with `cargo run -p producer-consumer --example telemetry`.

use producer_consumer::{Builder, Overflow, Receiver, Sender};
use std::fmt;
use std::thread;

const ROOM: usize = 100;
const PROBES: u64 = 3;
const EACH: u64 = 2_000;

fn main() {
    nobody_looks();
    summed_up();
    everybody_at_once();
}

fn channel() -> (Sender<u64>, Receiver<u64>) {
    Builder::new().capacity(ROOM).overflow(Overflow::DropOldest).build()
}

/// The probe does not wait, and what is left is the newest.
fn nobody_looks() {
    let (probe, screen) = channel();
    (1..=1_000).for_each(|sample| probe.send(sample).expect("the screen is on"));
    let stats = probe.stats();
    println!(
        "nobody looks: {} sent, {} dropped, {} there, never more than {}, and the probe waited {} times",
        stats.sent, stats.dropped, stats.depth, stats.high_water, stats.send_waits
    );
    let seen = Summary::of(screen.try_iter());
    println!("  then somebody does: {seen}");
}

/// What is displaced comes back to the probe, which keeps a summary of it.
fn summed_up() {
    let (probe, screen) = channel();
    let unseen = Summary::of((1..=1_000).filter_map(|sample| probe.force_send(sample).expect("the screen is on")));
    probe.close();
    let seen = Summary::of(screen.iter());
    println!("summed up: {unseen} unseen\n           {seen} seen");
    assert_eq!(unseen.count, probe.dropped());
}

/// Several probes and a screen at their own speeds: how many are dropped is chance, that each is counted is not.
fn everybody_at_once() {
    let (probe, screen) = channel();
    let (unseen, seen) = thread::scope(|scope| {
        let measure = |probe: Sender<u64>| {
            Summary::of((1..=EACH).filter_map(|sample| probe.force_send(sample).expect("the screen is on")))
        };
        let probes: Vec<_> = (0..PROBES)
            .map(|_| {
                let probe = probe.clone();
                scope.spawn(move || measure(probe))
            })
            .collect();
        drop(probe); // When the last of them has ended, so has the channel.
        let seen = Summary::of(screen.iter());
        let unseen = probes.into_iter().map(|probe| probe.join().expect("a probe does not panic"));
        (unseen.fold(Summary::default(), Summary::and), seen)
    });
    assert_eq!(unseen.count, screen.stats().dropped);
    println!("everybody at once: {} seen or unseen", seen.and(unseen));
}

#[derive(Clone, Copy, Default)]
struct Summary {
    count: u64,
    sum: u64,
    highest: u64,
}

impl Summary {
    fn of(samples: impl Iterator<Item = u64>) -> Self {
        samples.map(|sample| Self { count: 1, sum: sample, highest: sample }).fold(Self::default(), Self::and)
    }

    fn and(self, other: Self) -> Self {
        Self { count: self.count + other.count, sum: self.sum + other.sum, highest: self.highest.max(other.highest) }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, sum, highest } = self;
        let mean = *sum as f64 / (*count).max(1) as f64;
        write!(f, "{count} samples, {mean:.1} on average, {highest} at most,")
    }
}
