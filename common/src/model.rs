//! The model harness: runs a body under loom and does not let it be green without having explored.
//!
//! A plain `loom::model` call says nothing about what it tried: it can end after one execution because a load hid a
//! race (see [`sync`](crate::sync)), or silently at a limit. A [`Model`] declares the outcomes that its body must reach
//! over all executions together and fails when one is missing, or when there is only one execution; it sets no limit on
//! time or executions, and prints how many it ran and whether a preemption bound applied. A
//! [`control`](Model::must_fail) is the opposite: a known-bad variant that has to fail, so that the model is known to
//! see that class of bug.
//!
//! ```text
//! model latch/open_races_wait: 37 executions, exhausted, 2 of 2 outcomes
//! model ring/two_producers: 69014 executions, exhausted within 3 preemptions, 4 of 4 outcomes
//! ```
//!
//! # Limits
//!
//! Four spawned threads, no clock; see [`sync`](crate::sync). An execution may branch 10,000 times.

use std::collections::BTreeSet;
use std::env;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Names the one control that a test binary, started by [`Model::must_fail`], has to run.
const CONTROL: &str = "COMMON_MODEL_CONTROL";
/// Lifts preemption bounds; `cargo xtask loom --deep` sets it.
const DEEP: &str = "MODEL_DEEP";
const RUNNING: &str = "control is running:";
const SURVIVED: &str = "control has survived:";
/// What loom says when a body is too much for it, which is no failure of the body: too many branches, too many threads.
const TOO_MUCH: [&str; 2] = ["Model exceeded maximum number of branches", "self.threads.len() < self.max()"];

/// A body to run in every schedule, and what it has to reach.
#[derive(Debug)]
pub struct Model {
    name: &'static str,
    outcomes: &'static [&'static str],
    preemptions: Option<usize>,
}

/// Where a body reports the outcome it reached.
#[derive(Clone, Debug, Default)]
pub struct Seen(Arc<Mutex<BTreeSet<&'static str>>>);

impl Seen {
    /// Reports one of the declared outcomes.
    pub fn outcome(&self, name: &'static str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
    }

    /// The outcomes reported so far.
    pub fn reached(&self) -> BTreeSet<&'static str> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Begins a model; `name` is `protocol/property`.
pub fn model(name: &'static str) -> Model {
    Model { name, outcomes: &[], preemptions: None }
}

impl Model {
    /// Declares the outcomes that all executions together must reach, no more and no fewer.
    pub fn outcomes(self, outcomes: &'static [&'static str]) -> Self {
        Self { outcomes, ..self }
    }

    /// Explores only schedules with at most `bound` preemptions; the output says so.
    ///
    /// With `MODEL_DEEP` in the environment the bound is lifted, which can take hours.
    pub fn preemptions(self, bound: usize) -> Self {
        Self { preemptions: env::var_os(DEEP).is_none().then_some(bound), ..self }
    }

    /// Runs `body` in every schedule.
    ///
    /// # Panics
    ///
    /// Panics if the body panics or deadlocks in some schedule, if the model declares no outcome, if there is only one
    /// schedule, or if the outcomes seen are not those declared.
    pub fn check(self, body: impl Fn(&Seen) + Send + Sync + 'static) {
        assert!(
            !self.outcomes.is_empty(),
            "model {} declares no outcome: it could explore nothing and pass",
            self.name
        );
        let seen = Seen::default();
        let executions = self.run(seen.clone(), body);
        let reached = seen.reached();
        let declared: BTreeSet<_> = self.outcomes.iter().copied().collect();
        println!(
            "model {}: {executions} executions, {}, {} of {} outcomes",
            self.name,
            self.extent(),
            reached.intersection(&declared).count(),
            declared.len()
        );
        assert!(executions > 1, "model {}: nothing raced, one execution is all there is", self.name);
        assert_eq!(reached, declared, "model {}: outcomes reached (left) and declared (right)", self.name);
    }

    /// Runs a known-bad `body`, which has to panic or deadlock in some schedule.
    ///
    /// It runs in a process of its own, this test binary started again: a deadlock leaves loom's objects on stacks that
    /// cannot be unwound, and that aborts.
    ///
    /// # Panics
    ///
    /// Panics if no schedule fails, if what fails is a limit of loom's, or if the process cannot be started.
    pub fn must_fail(self, body: impl Fn(&Seen) + Send + Sync + 'static) {
        if let Some(chosen) = env::var_os(CONTROL) {
            if chosen == self.name {
                println!("{RUNNING} {}", self.name);
                self.run(Seen::default(), body);
                println!("{SURVIVED} {}", self.name);
            }
            return;
        }
        let child = Command::new(env::current_exe().expect("a test binary knows its own path"))
            .args(thread::current().name().filter(|name| *name != "main"))
            .args(["--nocapture", "--test-threads=1"])
            .env(CONTROL, self.name)
            .output()
            .expect("the test binary starts a second time");
        let output = String::from_utf8_lossy(&child.stdout) + String::from_utf8_lossy(&child.stderr);
        assert!(output.contains(RUNNING), "control {}: it did not run in its own process:\n{output}", self.name);
        assert!(!output.contains(SURVIVED) && !child.status.success(), "control {}: no schedule failed", self.name);
        let limit = TOO_MUCH.iter().find(|limit| output.contains(**limit));
        assert!(limit.is_none(), "control {}: it did not fail, it met a limit of loom's: {limit:?}", self.name);
        let mut lines = output.lines().skip_while(|line| !line.contains("panicked at"));
        println!("control {}: failed as it must: {}", self.name, lines.nth(1).unwrap_or("aborted"));
    }

    fn run(&self, seen: Seen, body: impl Fn(&Seen) + Send + Sync + 'static) -> u64 {
        let executions = Arc::new(AtomicU64::new(0));
        let count = executions.clone();
        let mut builder = loom::model::Builder::new();
        builder.max_branches = 10_000;
        builder.max_permutations = None;
        builder.max_duration = None;
        builder.preemption_bound = self.preemptions;
        builder.check(move || {
            // ORDERING: Relaxed: a count that is read after the run.
            count.fetch_add(1, Ordering::Relaxed);
            body(&seen);
        });
        // ORDERING: Relaxed: the run has ended on this thread.
        executions.load(Ordering::Relaxed)
    }

    fn extent(&self) -> String {
        match self.preemptions {
            None => "exhausted".to_owned(),
            Some(bound) => format!("exhausted within {bound} preemptions"),
        }
    }
}
