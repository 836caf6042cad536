//! The harness: what must not be green is not.

use common::model::model;
use common::sync::atomic::{AtomicUsize, Ordering};
use common::sync::{thread, thread_local};
use std::cell::Cell;

#[test]
#[should_panic(expected = "declares no outcome")]
fn a_model_without_outcomes_fails() {
    model("harness/no_outcome").check(|_| {});
}

#[test]
#[should_panic(expected = "one shape only")]
fn a_model_without_a_race_fails() {
    model("harness/no_race").outcomes(&["done"]).check(|seen| {
        thread::spawn(|| {}).join().unwrap();
        seen.outcome("done");
    });
}

#[test]
#[should_panic(expected = "nothing raced")]
fn a_model_with_one_execution_fails() {
    model("harness/one_execution")
        .outcomes(&["done"])
        .one_shape("it races with nobody")
        .check(|seen| seen.outcome("done"));
}

#[test]
#[should_panic(expected = "outcomes reached (left) and declared (right)")]
fn a_model_that_misses_an_outcome_fails() {
    model("harness/missing_outcome").outcomes(&["done", "never"]).check(|seen| {
        let counter = AtomicUsize::new(0);
        // ORDERING: Relaxed, both: the race is there to have several executions.
        let count = || counter.fetch_add(1, Ordering::Relaxed);
        seen.race((count, count));
        seen.outcome("done");
    });
}

/// Both shapes run: the first role stays on the calling thread in one, the last in the other.
#[test]
fn each_role_stays_on_the_calling_thread_once() {
    thread_local! {
        static IS_CALLER: Cell<bool> = Cell::new(false);
    }
    model("harness/shapes").outcomes(&["first", "last"]).check(|seen| {
        IS_CALLER.with(|is_caller| is_caller.set(true));
        let counter = AtomicUsize::new(0);
        let role = || {
            // ORDERING: Relaxed: the race is there to have several executions.
            counter.fetch_add(1, Ordering::Relaxed);
            IS_CALLER.with(Cell::get)
        };
        let stays = seen.race((role, role, role));
        seen.outcome(match stays {
            (true, false, false) => "first",
            (false, false, true) => "last",
            _ => panic!("one role stays, and it is the first or the last: {stays:?}"),
        });
    });
}

#[test]
#[should_panic(expected = "no schedule failed")]
fn a_control_that_survives_fails() {
    model("harness/control_survives").must_fail("anything", |_| {});
}

#[test]
#[should_panic(expected = "it did not fail by")]
fn a_control_that_fails_in_another_way_fails() {
    model("harness/control_other_failure").must_fail("of thirst", |_| panic!("of hunger"));
}

#[test]
#[should_panic(expected = "it met a limit of the checker")]
fn a_control_that_is_too_much_for_the_checker_fails() {
    model("harness/control_too_long").must_fail("anything", |_| {
        let counter = AtomicUsize::new(0);
        // ORDERING: Relaxed: one thread. There are more accesses than an execution may have.
        while counter.fetch_add(1, Ordering::Relaxed) < 200_000 {}
    });
}
