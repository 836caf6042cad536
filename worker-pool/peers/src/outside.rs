//! Jobs that nobody waits for, from one thread outside the pool.

use crate::pool::Pool;
use anyhow::{Result, ensure};
use barometer::{Contender, Outcome};
use crossbeam_utils::CachePadded;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long jobs may take to run, all together.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often the submitter looks whether all have run: seldom enough to leave the workers their cores, and often enough
/// not to show in a sample.
const LOOK: Duration = Duration::from_micros(50);

pub(crate) struct Outside<P>(pub(crate) P);

impl<P: Pool> Contender for Outside<P> {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        // Other pools sleep meanwhile, so what is added is this one's.
        let before = Tally::sum();
        for number in 0..operations {
            // Two words, as a job that knows what to do with what: 16 bytes.
            let once = 1_u64;
            self.0.spawn(move || Tally::add(once, number));
        }
        let patience = Instant::now() + PATIENCE;
        loop {
            let now = Tally::sum();
            let ran = Outcome { count: now.count - before.count, checksum: now.checksum.wrapping_sub(before.checksum) };
            if ran.count >= operations {
                return Ok(ran);
            }
            ensure!(Instant::now() < patience, "of {operations} jobs {} ran within {PATIENCE:?}", ran.count);
            thread::sleep(LOOK);
        }
    }
}

/// What has run on one thread; one word for all would cost more than some pools do.
#[derive(Default)]
struct Tally {
    checksum: AtomicU64,
    count: AtomicU64,
}

/// Those of all threads there have been, each for good.
static TALLIES: Mutex<Vec<&'static CachePadded<Tally>>> = Mutex::new(Vec::new());

thread_local! {
    static TALLY: &'static CachePadded<Tally> = Tally::of_new_thread();
}

impl Tally {
    fn of_new_thread() -> &'static CachePadded<Self> {
        let tally = &*Box::leak(Box::default());
        TALLIES.lock().unwrap_or_else(PoisonError::into_inner).push(tally);
        tally
    }

    /// A job runs on this thread.
    fn add(count: u64, number: u64) {
        TALLY.with(|tally| {
            // ORDERING: Relaxed: only this thread writes, and the count below publishes the sum.
            let checksum = tally.checksum.load(Ordering::Relaxed).wrapping_add(number);
            tally.checksum.store(checksum, Ordering::Relaxed);
            // ORDERING: Release: pairs with the load in `sum`.
            tally.count.store(tally.count.load(Ordering::Relaxed) + count, Ordering::Release);
        });
    }

    /// What has run on all threads.
    fn sum() -> Outcome {
        let tallies = TALLIES.lock().unwrap_or_else(PoisonError::into_inner);
        let of_one = |tally: &&'static CachePadded<Self>| {
            // ORDERING: Acquire: whoever sees a count sees what was added before it.
            let count = tally.count.load(Ordering::Acquire);
            // ORDERING: Relaxed: see the line above.
            Outcome { count, checksum: tally.checksum.load(Ordering::Relaxed) }
        };
        tallies.iter().map(of_one).sum()
    }
}
