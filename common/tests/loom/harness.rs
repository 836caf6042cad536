//! The harness: what must not be green is not.

use common::model::model;
use common::sync::atomic::{AtomicUsize, Ordering};
use common::sync::{thread, thread_local};
use std::cell::Cell;
use std::collections::BTreeSet;
// No lock of the model: what is in it outlives an execution.
use std::sync::Mutex;

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
#[should_panic(expected = "outcomes reached in some shape (left) and declared (right)")]
fn a_model_that_misses_an_outcome_fails() {
    model("harness/missing_outcome").outcomes(&["done", "never"]).check(|seen| {
        let counter = AtomicUsize::new(0);
        // ORDERING: Relaxed, both: the race is there to have several executions.
        let count = || counter.fetch_add(1, Ordering::Relaxed);
        seen.race((count, count));
        seen.outcome("done");
    });
}

#[cfg(all(loom, target_os = "linux", target_pointer_width = "64"))]
#[test]
fn an_execution_runs_on_the_stacks_of_the_one_before() {
    use common::model::stacks;

    let before = stacks::reused();
    model("harness/stacks").outcomes(&["done"]).check(|seen| {
        let counter = AtomicUsize::new(0);
        // ORDERING: Relaxed, both: the race is there to have several executions.
        let count = || counter.fetch_add(1, Ordering::Relaxed);
        seen.race((count, count));
        seen.outcome("done");
    });
    assert!(stacks::reused() >= before + 4, "two threads, two shapes, and more than one execution of each");
}

thread_local! {
    static IS_CALLER: Cell<bool> = Cell::new(false);
}

/// Runs a race; the role that stays on the calling thread is told so.
fn mark_caller<R>(race: impl FnOnce() -> R) -> R {
    IS_CALLER.with(|is_caller| is_caller.set(true));
    race()
}

fn is_caller() -> bool {
    IS_CALLER.with(Cell::get)
}

/// Both shapes run: the first role stays on the calling thread in one, the last in the other.
#[test]
fn each_role_stays_on_the_calling_thread_once() {
    static STAYED: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());
    model("harness/shapes").outcomes(&["one stays"]).check(|seen| {
        let counter = AtomicUsize::new(0);
        let role = || {
            // ORDERING: Relaxed: the race is there to have several executions.
            counter.fetch_add(1, Ordering::Relaxed);
            is_caller()
        };
        let stays = mark_caller(|| seen.race((role, role, role)));
        STAYED.lock().unwrap().insert(match stays {
            (true, false, false) => 1,
            (false, false, true) => 3,
            _ => panic!("one role stays, and it is the first or the last: {stays:?}"),
        });
        seen.outcome("one stays");
    });
    assert_eq!(*STAYED.lock().unwrap(), BTreeSet::from([1, 3]));
}

/// What is reached in one shape only is not reached: each shape has to be as good as the other.
#[test]
#[should_panic(expected = "outcomes reached in some shape")]
fn a_shape_that_misses_an_outcome_fails() {
    model("harness/half_of_the_outcomes").outcomes(&["first", "last"]).check(|seen| {
        let counter = AtomicUsize::new(0);
        let role = || {
            // ORDERING: Relaxed: the race is there to have several executions.
            counter.fetch_add(1, Ordering::Relaxed);
            is_caller()
        };
        seen.outcome(if mark_caller(|| seen.race((role, role))).0 { "first" } else { "last" });
    });
}

/// One schedule in a shape is one too few, however many there are in the other.
#[test]
#[should_panic(expected = "in some shape nothing raced")]
fn a_shape_with_one_execution_fails() {
    model("harness/half_of_the_race").outcomes(&["done"]).check(|seen| {
        let counter = AtomicUsize::new(0);
        // ORDERING: Relaxed, both: as above.
        let first = || is_caller().then(|| counter.fetch_add(1, Ordering::Relaxed));
        let last = || (!is_caller()).then(|| counter.fetch_add(1, Ordering::Relaxed));
        mark_caller(|| seen.race((first, last)));
        seen.outcome("done");
    });
}

#[test]
#[should_panic(expected = "it did not fail by `half_way`")]
fn a_control_does_not_fail_by_its_own_name() {
    model("harness/control_half_way").must_fail("half_way", |_| panic!("of hunger"));
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
