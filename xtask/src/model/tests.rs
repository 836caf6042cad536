//! The tests of a model program, each in a process of its own, as many at a time as there are cores.
//!
//! A checker maps and unmaps a stack or two for each execution. Threads of one process that do so wait for each other and
//! interrupt each other's cores: two of them are no faster than one, and two processes are twice as fast.

use super::entry::{Entry, Explored};
use crate::excerpt::excerpt;
use crate::harness::is_overdue;
use crate::process::{Capture, run};
use crate::tally::Tally;
use anyhow::{Result, ensure};
use std::num::NonZero;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const LIST_LIMIT: Duration = Duration::from_secs(60);

/// The names of those that are to run.
pub(super) struct Tests(Vec<String>);

impl Tests {
    /// Asks a program for its tests.
    pub(super) fn list(mut program: Command, filter: Option<&str>) -> Result<Self> {
        program.args(filter).arg("--list");
        let finished = run(&mut program, Capture::Stdout, LIST_LIMIT, |_| {})?;
        ensure!(finished.success(), "a model program {} when it was asked for its tests", finished.end);
        Ok(Self(finished.stdout.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()))
    }

    /// Runs them all by `deadline`, and prints each model and control when it has ended.
    pub(super) fn run(&self, program: impl Fn() -> Command + Sync, deadline: Instant) -> Result<(Tally, Explored)> {
        let (next, total) = (Mutex::new(self.0.iter()), Mutex::new((Tally::default(), Explored::default())));
        let work = || -> Result<()> {
            loop {
                let Some(name) = next.lock().unwrap_or_else(PoisonError::into_inner).next() else { return Ok(()) };
                let (tally, explored) = run_one(program(), name, deadline)?;
                let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
                total.0 += tally;
                total.1 += explored;
            }
        };
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
            workers.into_iter().try_for_each(|worker| worker.join().expect("a worker does not panic"))
        })?;
        Ok(total.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

fn run_one(mut program: Command, name: &str, deadline: Instant) -> Result<(Tally, Explored)> {
    let mut explored = Explored::default();
    // A deadlock aborts the process, and output that is kept back would be lost.
    program.args(["--exact", name, "--nocapture", "--test-threads=1"]);
    let finished = run(&mut program, Capture::Merged, deadline.saturating_duration_since(Instant::now()), |line| {
        if let Some(entry) = Entry::find(line) {
            println!("{entry}");
            explored.add(&entry);
        } else if is_overdue(line) {
            println!("  {line}");
        }
    })?;
    let tally = tally_of_one(&finished.stdout).filter(|_| finished.success());
    if tally.is_none() {
        print!("{}", excerpt(&finished.stdout));
        println!("  failed: {name}; its process {}", finished.end);
    }
    Ok((tally.unwrap_or(Tally::FAILED), explored))
}

/// The result of one test that did not fail; none if its process ended before there was any, or ran another number.
fn tally_of_one(output: &str) -> Option<Tally> {
    output
        .lines()
        .rev()
        .find_map(Tally::of_result)
        .filter(|tally| tally.failed == 0 && tally.passed + tally.ignored == 1)
}

#[cfg(test)]
mod counts {
    use super::*;

    #[test]
    fn a_process_without_the_result_of_one_test_has_failed() {
        let result = |counts: &str| tally_of_one(&format!("test a ... x\ntest result: ok. {counts}; 0 measured\n"));
        assert_eq!(result("1 passed; 0 failed; 0 ignored"), Some(Tally::PASSED));
        assert_eq!(result("0 passed; 0 failed; 1 ignored"), Some(Tally { ignored: 1, ..Tally::default() }));
        assert_eq!(result("0 passed; 0 failed; 0 ignored"), None);
        assert_eq!(result("0 passed; 1 failed; 0 ignored"), None);
        assert_eq!(tally_of_one("test a ... "), None, "it exited by itself, and with success");
    }
}
