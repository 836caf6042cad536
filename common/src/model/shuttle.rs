//! Exploration by shuttle: depth first within a budget, and then random and PCT schedules with chance.

use super::is_deep;
use crate::sync::{chance, prepare};
use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler, ReplayScheduler, Scheduler};
use shuttle::{Config, MaxSteps, Runner};
use std::env;
use std::fmt;
use std::ops::AddAssign;
use std::sync::Arc;
use std::thread;

/// What shuttle says when a body is too much for it, which is no failure of the body.
pub(super) const TOO_MUCH: &[&str] = &["exceeded max_steps bound"];

/// A schedule to run instead of the search.
const REPLAY: &str = "MODEL_REPLAY";
/// Which search found it: only the depth-first one runs without chance.
const SEARCH: &str = "MODEL_SEARCH";
const DEPTH_FIRST: &str = "dfs";
/// Steps in one execution, after which it counts as endless.
const STEPS: usize = 10_000;
/// Preemptions that the PCT scheduler places.
const DEPTH: usize = 3;
/// The same random schedules in every run; a failure prints its own.
const SEED: u64 = 0x5eed;

/// How many schedules each search may take, in one shape.
#[derive(Debug)]
struct Budget {
    depth_first: usize,
    random: usize,
    pct: usize,
}

const BUDGET: Budget = Budget { depth_first: 5_000, random: 2_000, pct: 2_000 };
const DEEP_BUDGET: Budget = Budget { depth_first: 1_000_000, random: 200_000, pct: 200_000 };

/// What was explored, by search.
#[derive(Debug, Default)]
pub(super) struct Explored {
    pub(super) executions: usize,
    depth_first: usize,
    random: usize,
    pct: usize,
    truncated: bool,
}

impl AddAssign for Explored {
    fn add_assign(&mut self, other: Self) {
        self.executions += other.executions;
        self.depth_first += other.depth_first;
        self.random += other.random;
        self.pct += other.pct;
        self.truncated |= other.truncated;
    }
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { executions, depth_first, random, pct, truncated } = self;
        let extent = if *truncated { "truncated" } else { "exhausted" };
        write!(f, "{executions} executions, {extent} (dfs {depth_first}, random {random}, pct {pct})")
    }
}

/// Runs `body` in the schedules that the budget allows, or in the one that is to be replayed.
pub(super) fn explore(_preemptions: Option<usize>, body: impl Fn() + Send + Sync + 'static) -> Explored {
    let body = Arc::new(body);
    let run = |search: &'static str, scheduler: Box<dyn Scheduler + Send>| {
        let _told = TellSearch(search);
        chance::allow(search != DEPTH_FIRST);
        let body = body.clone();
        let executions = Runner::new(scheduler, config()).run(move || {
            prepare();
            body();
        });
        chance::allow(false);
        executions
    };
    if let Ok(schedule) = env::var(REPLAY) {
        let is_depth_first = env::var(SEARCH).is_ok_and(|search| search == DEPTH_FIRST);
        let search = if is_depth_first { DEPTH_FIRST } else { "random" };
        let executions = run(search, Box::new(ReplayScheduler::new_from_encoded(&schedule)));
        return Explored { executions, truncated: true, ..Explored::default() };
    }
    let budget = if is_deep() { DEEP_BUDGET } else { BUDGET };
    let depth_first = run(DEPTH_FIRST, Box::new(DfsScheduler::new(Some(budget.depth_first), false)));
    if depth_first == 1 {
        // There is one schedule only, and the PCT scheduler would refuse it.
        return Explored { executions: 1, depth_first, ..Explored::default() };
    }
    let random = run("random", Box::new(RandomScheduler::new_from_seed(SEED, budget.random)));
    let pct = run("pct", Box::new(PctScheduler::new_from_seed(SEED, DEPTH, budget.pct)));
    let executions = depth_first + random + pct;
    Explored { executions, depth_first, random, pct, truncated: depth_first == budget.depth_first }
}

pub(super) fn is_replay() -> bool {
    env::var_os(REPLAY).is_some()
}

/// Says which search found a failure.
struct TellSearch(&'static str);

impl Drop for TellSearch {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("found by search {} ({SEARCH}={})", self.0, self.0);
        }
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config.max_steps = MaxSteps::FailAfter(STEPS);
    // loom is there for weak memory.
    config.silence_warnings = true;
    config
}
