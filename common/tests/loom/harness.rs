//! The harness: what must not be green is not.

use common::model::model;
use common::sync::atomic::{AtomicUsize, Ordering};
use common::sync::{Arc, thread};

#[test]
#[should_panic(expected = "declares no outcome")]
fn a_model_without_outcomes_fails() {
    model("harness/no_outcome").check(|_| {});
}

#[test]
#[should_panic(expected = "nothing raced")]
fn a_model_with_one_execution_fails() {
    model("harness/one_execution").outcomes(&["done"]).check(|seen| seen.outcome("done"));
}

#[test]
#[should_panic(expected = "outcomes reached (left) and declared (right)")]
fn a_model_that_misses_an_outcome_fails() {
    model("harness/missing_outcome").outcomes(&["done", "never"]).check(|seen| {
        let counter = Arc::new(AtomicUsize::new(0));
        let theirs = counter.clone();
        // ORDERING: Relaxed, both: the race is there to have several executions.
        let other = thread::spawn(move || theirs.fetch_add(1, Ordering::Relaxed));
        counter.fetch_add(1, Ordering::Relaxed);
        other.join().unwrap();
        seen.outcome("done");
    });
}

#[test]
#[should_panic(expected = "no schedule failed")]
fn a_control_that_survives_fails() {
    model("harness/control_survives").must_fail(|_| {});
}

#[test]
#[should_panic(expected = "it met a limit of loom's")]
fn a_control_that_is_too_much_for_loom_fails() {
    model("harness/control_too_long").must_fail(|_| {
        let counter = AtomicUsize::new(0);
        // ORDERING: Relaxed: one thread. There are more accesses than an execution has branches.
        while counter.fetch_add(1, Ordering::Relaxed) < 20_000 {}
    });
}
