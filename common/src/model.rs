//! The model harness: runs a body under a model checker and does not let it be green without having explored.
//!
//! A plain call of a checker says nothing about what it tried: it can end after one execution because a load hid a
//! race (see [`sync`](crate::sync)), or silently at a limit. A [`Model`] declares the outcomes that its body must reach
//! over all executions of a shape together and fails when one is missing; it hands the roles of its race to
//! [`Seen::race`], which runs the body once with the first role on the calling thread and once with the last, because
//! what a checker misses depends on which thread does what; and it prints what it ran. A [control](Model::must_fail) is
//! the opposite: a known-bad variant that has to fail in the way it says, so that the model is known to see that class
//! of bug.
//!
//! The same bodies run under two checkers. **loom** tries every schedule, up to a bound on preemptions where a model
//! sets one, and weak memory. **shuttle** searches depth first as far as its budget goes, and then runs random and PCT
//! schedules in which threads wake, and weak compare-exchanges fail, without cause.
//!
//! ```text
//! model latch/open_races_wait: 74 executions, exhausted, 2 shapes, 2 of 2 outcomes
//! model ring/two_producers: 69014 executions, truncated (bound 3), 2 shapes, 4 of 4 outcomes
//! model ring/two_producers: 18000 executions, truncated (dfs 10000, random 4000, pct 4000), 2 shapes, 4 of 4 outcomes
//! ```
//!
//! # Environment
//!
//! `MODEL_DEEP=1` lifts bounds and budgets, which can take hours. `MODEL_REPLAY` has shuttle run only the schedule that it
//! holds; a failure prints it, and with it the shape that it belongs to, which `MODEL_SHAPE` picks, and the search that
//! found it, which `MODEL_SEARCH` names. What a replay reaches is not compared with what is declared.
//!
//! # Limits
//!
//! Four spawned threads under loom, no clock; see [`sync`](crate::sync). An execution may take 10,000
//! branches under loom and as many steps under shuttle.

mod control;
#[cfg_attr(loom, path = "model/loom.rs")]
#[cfg_attr(shuttle, path = "model/shuttle.rs")]
mod engine;
mod race;
#[cfg(all(loom, target_os = "linux", target_pointer_width = "64"))]
#[doc(hidden)]
pub mod stacks;

pub use self::race::Roles;

use std::collections::BTreeSet;
use std::env;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Lifts bounds and budgets; `cargo xtask loom --deep` and `shuttle --deep` set it.
const DEEP: &str = "MODEL_DEEP";
/// Runs one shape only, counted from 1.
const SHAPE: &str = "MODEL_SHAPE";
/// How often a body with a race runs: with its first role on the calling thread, and with its last.
const SHAPES: usize = 2;

/// A body to run in every schedule, and what it has to reach.
#[derive(Debug)]
pub struct Model {
    name: &'static str,
    outcomes: &'static [&'static str],
    weak: &'static [&'static str],
    preemptions: Option<usize>,
    one_shape: bool,
}

/// Where a body reports the outcome it reached, and what runs its roles.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    reached: Arc<Mutex<BTreeSet<&'static str>>>,
    raced: Arc<AtomicBool>,
    shape: usize,
}

impl Seen {
    /// Reports one of the declared outcomes.
    pub fn outcome(&self, name: &'static str) {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
    }

    /// The outcomes reported so far.
    pub fn reached(&self) -> BTreeSet<&'static str> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Runs each role on a thread of its own, one of them on the calling thread, and returns what they return.
    ///
    /// Which role stays on the calling thread is the shape: the first role or the last.
    pub fn race<R: Roles>(&self, roles: R) -> R::Outputs {
        // ORDERING: Relaxed: read after the run, on the same thread.
        self.raced.store(true, Ordering::Relaxed);
        roles.run(self.shape)
    }
}

/// Begins a model; `name` is `protocol/property`.
pub fn model(name: &'static str) -> Model {
    Model { name, outcomes: &[], weak: &[], preemptions: None, one_shape: false }
}

impl Model {
    /// Declares the outcomes that all executions of each shape together must reach, no more and no fewer.
    pub fn outcomes(self, outcomes: &'static [&'static str]) -> Self {
        Self { outcomes, ..self }
    }

    /// Declares further outcomes, which only weak memory allows: loom must reach them, shuttle must not.
    pub fn weak_outcomes(self, weak: &'static [&'static str]) -> Self {
        Self { weak, ..self }
    }

    /// Explores only schedules with at most `bound` preemptions under loom; the output says so.
    pub fn preemptions(self, bound: usize) -> Self {
        Self { preemptions: (!is_deep()).then_some(bound), ..self }
    }

    /// Runs the body in the one shape it has; `why` there is no other is for the reader.
    pub fn one_shape(self, _why: &'static str) -> Self {
        Self { one_shape: true, ..self }
    }

    /// Runs `body` in every schedule, once in each shape.
    ///
    /// # Panics
    ///
    /// Panics if the body panics or deadlocks in some schedule, if the model declares no outcome, if it has no second
    /// shape and does not say why, or if in one of its shapes there is only one schedule or the outcomes seen are not
    /// those declared.
    pub fn check(self, body: impl Fn(&Seen) + Send + Sync + 'static) {
        let name = self.name;
        assert!(!self.outcomes.is_empty(), "model {name} declares no outcome: it could explore nothing and pass");
        let weak = if cfg!(loom) { self.weak } else { &[] };
        let declared: BTreeSet<_> = self.outcomes.iter().chain(weak).copied().collect();
        let (body, mut total) = (Arc::new(body), engine::Explored::default());
        let mut ends = Vec::new();
        for shape in chosen_shapes() {
            let seen = Seen { shape, ..Seen::default() };
            let explored = self.explore(&seen, &body);
            let has_explored = explored.executions > 1;
            total += explored;
            // ORDERING: Relaxed: the run has ended on this thread.
            let has_raced = seen.raced.load(Ordering::Relaxed);
            assert!(has_raced || self.one_shape, "model {name}: one shape only; give its roles to `Seen::race`");
            ends.push((has_explored, seen.reached()));
            if self.one_shape {
                break;
            }
        }
        let fewest = ends.iter().map(|(_, reached)| reached.intersection(&declared).count()).min().unwrap_or(0);
        let (count, plural) = (ends.len(), if ends.len() == 1 { "" } else { "s" });
        println!("model {name}: {total}, {count} shape{plural}, {fewest} of {} outcomes", declared.len());
        if engine::is_replay() {
            return;
        }
        for (has_explored, reached) in ends {
            assert!(has_explored, "model {name}: in some shape nothing raced, one execution is all there is");
            assert_eq!(reached, declared, "model {name}: outcomes reached in some shape (left) and declared (right)");
        }
    }

    fn explore(&self, seen: &Seen, body: &Arc<impl Fn(&Seen) + Send + Sync + 'static>) -> engine::Explored {
        let _told = TellWhere { model: self.name, shape: seen.shape + 1 };
        let (seen, body) = (seen.clone(), body.clone());
        engine::explore(self.preemptions, move || body(&seen))
    }
}

fn is_deep() -> bool {
    env::var_os(DEEP).is_some_and(|deep| deep != "0")
}

/// The shapes to run, counted from 0: all, or the one that the environment names.
fn chosen_shapes() -> std::ops::Range<usize> {
    let Ok(chosen) = env::var(SHAPE) else { return 0..SHAPES };
    match chosen.parse() {
        Ok(shape @ 1..=SHAPES) => shape - 1..shape,
        _ => panic!("{SHAPE} is `{chosen}`; there are shapes 1 to {SHAPES}"),
    }
}

/// Says which model failed in which shape, below what the checker says of the schedule.
struct TellWhere {
    model: &'static str,
    shape: usize,
}

impl Drop for TellWhere {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("model {} failed in shape {} of {SHAPES} ({SHAPE}={})", self.model, self.shape, self.shape);
        }
    }
}
