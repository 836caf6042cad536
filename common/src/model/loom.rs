//! Exploration by loom: every schedule, or every one within a bound of preemptions.

use crate::sync::prepare;
use std::fmt;
use std::ops::AddAssign;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What loom says when a body is too much for it, which is no failure of the body.
pub(super) const TOO_MUCH: &[&str] =
    &["Model exceeded maximum number of branches", "self.threads.len() < self.max()", "thread_id.as_usize()"];

/// Branches in one execution; the default of 1,000 is too few for shadowed atomics.
const BRANCHES: usize = 10_000;

/// What was explored.
#[derive(Debug, Default)]
pub(super) struct Explored {
    pub(super) executions: usize,
    bound: Option<usize>,
}

impl AddAssign for Explored {
    fn add_assign(&mut self, other: Self) {
        self.executions += other.executions;
        self.bound = self.bound.or(other.bound);
    }
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} executions, ", self.executions)?;
        match self.bound {
            None => f.write_str("exhausted"),
            Some(bound) => write!(f, "truncated (bound {bound})"),
        }
    }
}

/// A schedule of loom's cannot be given from outside.
pub(super) fn is_replay() -> bool {
    false
}

/// Runs `body` in every schedule, without a limit on time or executions.
pub(super) fn explore(preemptions: Option<usize>, body: impl Fn() + Send + Sync + 'static) -> Explored {
    let executions = Arc::new(AtomicUsize::new(0));
    let count = executions.clone();
    let mut builder = loom::model::Builder::new();
    builder.max_branches = BRANCHES;
    builder.max_permutations = None;
    builder.max_duration = None;
    builder.preemption_bound = preemptions;
    builder.check(move || {
        // ORDERING: Relaxed: a count that is read after the run.
        count.fetch_add(1, Ordering::Relaxed);
        prepare();
        body();
    });
    // ORDERING: Relaxed: the run has ended on this thread.
    Explored { executions: executions.load(Ordering::Relaxed), bound: preemptions }
}
