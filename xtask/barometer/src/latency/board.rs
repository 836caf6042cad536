//! Where the latencies of requests are written down, by whoever answers them.

use anyhow::{Context, Result, ensure};
use hdrhistogram::Histogram;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long the last requests may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it takes to look again whether they have been answered.
const LOOK: Duration = Duration::from_micros(200);
/// Latencies are kept to three digits.
const DIGITS: u8 = 3;
/// Stands where no latency has been written down.
const UNANSWERED: u64 = u64::MAX;

/// A request on its way.
#[derive(Debug)]
pub struct Request {
    pub(super) number: u64,
    pub(super) board: Arc<Board>,
}

impl Request {
    /// Its number, from 0.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// It has been answered, now.
    pub fn answered(self) {
        let latency = self.board.start.elapsed().saturating_sub(self.board.intended(self.number));
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(UNANSWERED - 1);
        // In a closed loop all have one place, which nobody reads.
        let latencies = &self.board.latencies;
        // ORDERING: Relaxed: the count below publishes it.
        latencies[self.number as usize % latencies.len()].store(nanoseconds, Ordering::Relaxed);
        // ORDERING: Release: pairs with the load in `Board::answered`, whose reader sees the latency.
        self.board.answered.fetch_add(1, Ordering::Release);
    }
}

/// Where latencies are written down, without a lock and without an allocation.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) start: Instant,
    /// From one intended time to the next.
    interval: Duration,
    /// In nanoseconds, by number.
    latencies: Box<[AtomicU64]>,
    answered: AtomicU64,
}

impl Board {
    pub(super) fn new(interval: Duration, requests: usize) -> Arc<Self> {
        let latencies = (0..requests).map(|_| AtomicU64::new(UNANSWERED)).collect();
        Arc::new(Self { start: Instant::now(), interval, latencies, answered: AtomicU64::new(0) })
    }

    pub(super) fn intended(&self, number: u64) -> Duration {
        Duration::from_nanos((self.interval.as_nanos() as u64).saturating_mul(number))
    }

    pub(super) fn answered(&self) -> u64 {
        // ORDERING: Acquire: pairs with the addition in `Request::answered`.
        self.answered.load(Ordering::Acquire)
    }

    /// Waits until so many have been answered, and not more.
    pub(super) fn wait(&self, requests: u64) -> Result<()> {
        let patience = Instant::now() + PATIENCE;
        while self.answered() < requests {
            let answered = self.answered();
            ensure!(Instant::now() < patience, "of {requests} requests {answered} were answered within {PATIENCE:?}");
            // SLEEP: a wake for each answer would be part of what is measured.
            thread::sleep(LOOK);
        }
        ensure!(self.answered() == requests, "{requests} requests were answered {} times", self.answered());
        Ok(())
    }

    /// The latencies, in nanoseconds, once all have been answered.
    pub(super) fn histogram(&self) -> Result<Histogram<u64>> {
        let mut histogram = Histogram::new(DIGITS).context("a histogram of three digits")?;
        for latency in &self.latencies {
            // ORDERING: Relaxed: all have been counted.
            let latency = latency.load(Ordering::Relaxed);
            ensure!(latency != UNANSWERED, "a request was answered twice and another one never");
            histogram.record(latency.max(1)).context("a latency fits")?;
        }
        Ok(histogram)
    }
}
