//! Floors between threads.

use crate::contender::{Absent, Contender, Outcome};
use crate::crew;
use crate::floor::steps;
use crate::placement::{Placement, cores};
use crate::scenario::Scenario;
use anyhow::{Result, ensure};
use std::hint::spin_loop;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, Thread};

pub(super) struct LineTransfer;

impl LineTransfer {
    pub(super) fn new(placement: Placement) -> Result<Self> {
        let is_transferred = placement != Placement::Together && cores() > 1;
        ensure!(is_transferred, Absent("a line does not change its core where threads share one".to_owned()));
        Ok(Self)
    }
}

impl Contender for LineTransfer {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let turn = AtomicU64::new(0);
        // The turn goes from thread to thread, so each transfer is one half of a round trip.
        let outcome = crew::run(2, Placement::Apart, |thread| {
            let mut outcome = Outcome::default();
            for number in (thread as u64..operations).step_by(2) {
                // ORDERING: Acquire, Release: as those who hand something over.
                while turn.load(Ordering::Acquire) != number {
                    spin_loop();
                }
                turn.store(number + 1, Ordering::Release);
                outcome.add(number);
            }
            Ok(outcome)
        });
        outcome.map(|outcome| Outcome { count: operations, checksum: outcome.checksum })
    }
}

pub(super) struct Park(pub(super) Placement);

impl Contender for Park {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let turn = AtomicU64::new(0);
        let threads = [const { OnceLock::<Thread>::new() }; 2];
        crew::run(2, self.0, |thread| {
            threads[thread].get_or_init(thread::current);
            let mut outcome = Outcome::default();
            for number in 0..operations {
                let mine = 2 * number + thread as u64;
                // ORDERING: Acquire, Release: the token may be a stale one, so the word has to order the threads.
                while turn.load(Ordering::Acquire) != mine {
                    thread::park();
                }
                turn.store(mine + 1, Ordering::Release);
                let other = loop {
                    match threads[1 - thread].get() {
                        Some(other) => break other,
                        None => thread::yield_now(),
                    }
                };
                other.unpark();
                // A round trip counts once.
                if thread == 0 {
                    outcome.add(number);
                }
            }
            Ok(outcome)
        })
    }
}

pub(super) struct FetchAdd(pub(super) Placement);

impl Contender for FetchAdd {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let word = AtomicU64::new(0);
        crew::run(2, self.0, |thread| {
            let share = crew::share(operations, thread, 2);
            for number in share.clone() {
                // ORDERING: Relaxed: a count.
                word.fetch_add(number, Ordering::Relaxed);
            }
            Ok(share.collect())
        })
    }
}

/// Items of work, each by one of a few threads, which need no more than their share of the numbers.
pub(super) struct Work {
    placement: Placement,
    steps: u64,
    workers: usize,
}

impl Work {
    pub(super) fn new(scenario: &Scenario, placement: Placement) -> Result<Self> {
        let workers = usize::try_from(scenario.with("workers")?)?;
        Ok(Self { placement, steps: scenario.with("steps")?, workers })
    }
}

impl Contender for Work {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        crew::run(self.workers, self.placement, |thread| {
            let share = crew::share(operations, thread, self.workers);
            Ok(share.inspect(|_| steps(self.steps)).collect())
        })
    }
}
