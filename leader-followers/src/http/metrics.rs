//! Counts of a server, and a histogram of its latency.
//!
//! Each count is one atomic that all threads share: cheap at the rates of one demultiplexer, and exact.

use crate::promotion::Handovers;
use common::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Buckets: four to each power of two of nanoseconds.
const BUCKETS: usize = 256;

/// What a server has done so far.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Metrics {
    /// Connections that are open now.
    pub connections_open: u64,
    /// Connections that were accepted.
    pub accepted: u64,
    /// Times the listener paused because the system had no descriptors or memory to accept with.
    pub accept_backoffs: u64,
    /// Times the listener paused because as many connections were open as are allowed.
    pub accept_suspensions: u64,
    /// Requests that were received completely and given to the handler.
    pub requests: u64,
    /// Responses by the first digit of their status: `[1]` counts 2xx, `[4]` counts 5xx; a 100 is not counted.
    pub responses_by_class: [u64; 5],
    /// Requests that were refused before the handler saw them; their responses are counted above too.
    pub rejections: u64,
    /// Connections that were closed because they took too long, with a 408 or without.
    pub timeouts: u64,
    /// Bytes read from clients.
    pub bytes_in: u64,
    /// Bytes written to clients.
    pub bytes_out: u64,
    /// How often leadership changed hands.
    pub handovers: Handovers,
    /// Requests whose handler panicked.
    pub panicked: u64,
    /// From a complete request to its response being ready to send.
    pub latency: Latency,
}

/// A histogram of durations: four buckets to each power of two, so a figure is at most 25 % too high.
#[derive(Clone, Debug, Default)]
pub struct Latency {
    buckets: Vec<u64>,
}

impl Latency {
    /// How many durations were recorded.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// The duration that `percent` of those recorded did not exceed; `None` if there are none.
    ///
    /// # Panics
    ///
    /// Panics if `percent` is not in 0.0..=100.0.
    pub fn percentile(&self, percent: f64) -> Option<Duration> {
        assert!((0.0..=100.0).contains(&percent), "a percentage is in 0..=100");
        let count = self.count();
        let rank = ((percent / 100.0 * count as f64).ceil() as u64).max(1);
        let mut seen = 0;
        for (index, bucket) in self.buckets.iter().enumerate() {
            seen += bucket;
            if seen >= rank {
                return Some(Duration::from_nanos(ceiling(index)));
            }
        }
        None
    }
}

fn index(nanos: u64) -> usize {
    if nanos < 4 {
        return nanos as usize;
    }
    let exponent = nanos.ilog2();
    let quarter = nanos >> (exponent - 2) & 3;
    (exponent as usize - 1) * 4 + quarter as usize
}

/// The largest duration of a bucket.
fn ceiling(index: usize) -> u64 {
    if index < 4 {
        return index as u64;
    }
    let (exponent, quarter) = (index as u32 / 4 + 1, index as u64 % 4);
    ((4 + quarter + 1) as u128 * (1 << (exponent - 2)) - 1).min(u128::from(u64::MAX)) as u64
}

/// A count that many threads raise.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, amount: u64) {
        // ORDERING: Relaxed: a count that publishes nothing.
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        // ORDERING: Relaxed: a count that publishes nothing.
        self.0.load(Ordering::Relaxed)
    }
}

/// The counts of a running server.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) accepted: Count,
    pub(crate) accept_backoffs: Count,
    pub(crate) accept_suspensions: Count,
    pub(crate) requests: Count,
    pub(crate) responses: [Count; 5],
    pub(crate) rejections: Count,
    pub(crate) timeouts: Count,
    pub(crate) bytes_in: Count,
    pub(crate) bytes_out: Count,
    pub(crate) panicked: Count,
    latency: Box<[Count]>,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            accepted: Count::default(),
            accept_backoffs: Count::default(),
            accept_suspensions: Count::default(),
            requests: Count::default(),
            responses: Default::default(),
            rejections: Count::default(),
            timeouts: Count::default(),
            bytes_in: Count::default(),
            bytes_out: Count::default(),
            panicked: Count::default(),
            latency: (0..BUCKETS).map(|_| Count::default()).collect(),
        }
    }

    pub(crate) fn response(&self, status: u16) {
        self.responses[usize::from(status / 100).clamp(1, 5) - 1].add(1);
    }

    pub(crate) fn latency(&self, latency: Duration) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.latency[index(nanos)].add(1);
    }

    pub(crate) fn snapshot(&self) -> Metrics {
        Metrics {
            connections_open: 0,
            accepted: self.accepted.get(),
            accept_backoffs: self.accept_backoffs.get(),
            accept_suspensions: self.accept_suspensions.get(),
            requests: self.requests.get(),
            responses_by_class: self.responses.each_ref().map(Count::get),
            rejections: self.rejections.get(),
            timeouts: self.timeouts.get(),
            bytes_in: self.bytes_in.get(),
            bytes_out: self.bytes_out.get(),
            handovers: Handovers::default(),
            panicked: self.panicked.get(),
            latency: Latency { buckets: self.latency.iter().map(Count::get).collect() },
        }
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn every_duration_is_in_the_bucket_that_covers_it() {
        const SMALL: u64 = if cfg!(miri) { 500 } else { 5_000 };
        for nanos in
            (0..SMALL).chain((5..64).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1 << bit) + 1])).chain([u64::MAX])
        {
            let at = index(nanos);
            assert!(at < BUCKETS);
            assert!(nanos <= ceiling(at), "{nanos} in bucket {at}");
            assert!(at == 0 || nanos > ceiling(at - 1), "{nanos} in bucket {at}");
            assert!(ceiling(at) as f64 <= nanos as f64 * 1.25, "{nanos} in bucket {at}");
        }
    }

    #[test]
    fn percentiles_are_ranks() {
        let tally = Tally::new();
        for micros in 1..=100 {
            tally.latency(Duration::from_micros(micros));
        }
        let latency = tally.snapshot().latency;
        assert_eq!(latency.count(), 100);
        for percent in [1, 50, 99, 100] {
            let figure = latency.percentile(f64::from(percent)).unwrap();
            let exact = Duration::from_micros(u64::from(percent as u32));
            assert!(figure >= exact && figure <= exact.mul_f64(1.25), "{percent} %: {figure:?}");
        }
        assert_eq!(Tally::new().snapshot().latency.percentile(50.0), None);
    }
}
