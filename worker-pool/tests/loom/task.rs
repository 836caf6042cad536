//! The task's word, without a pool around it: who claims, who wakes, who drops.

use crate::past;
use common::model::{Seen, model};
use common::sync::atomic::{AtomicU32, Ordering};
use common::sync::cell::UnsafeCell;
use common::sync::{Arc, thread, thread_local};
use std::cell::Cell;
// FACADE: std's wakers are made of std's count.
use std::sync::Arc as StdArc;
use std::task::{Context, Wake, Waker};
use worker_pool::JoinError;
use worker_pool::task::{self, Claim, Promise, Ticket};

/// Counts how often a job ran. Relaxed: it must never be what makes the result visible.
#[derive(Clone)]
struct Runs(Arc<AtomicU32>);

impl Runs {
    fn new() -> Self {
        Self(Arc::new(AtomicU32::new(0)))
    }

    fn job(&self) -> impl FnOnce() -> u32 + Send + 'static {
        let runs = self.clone();
        // ORDERING: Relaxed, as above.
        move || runs.0.fetch_add(1, Ordering::Relaxed) + 7
    }

    fn get(&self) -> u32 {
        // ORDERING: Relaxed, as above.
        self.0.load(Ordering::Relaxed)
    }
}

fn run_ticket(ticket: Ticket) -> bool {
    ticket.claim().map(Claim::run).is_some()
}

/// Claims the task or waits for it, as a worker does that joins; true if it ran the job itself.
fn join(mut promise: Promise<u32>) -> (bool, Result<u32, JoinError>) {
    let claimed = promise.claim().map(Claim::run).is_some();
    assert!(promise.wait(None));
    let result = promise.take().expect("a wait without a deadline ends with a result");
    (claimed, result.expect("nobody took it before"))
}

#[test]
fn a_job_runs_once_whether_its_joiner_or_a_runner_comes_first() {
    model("task/joiner_races_runner").outcomes(&["runner ran", "joiner ran"]).check(|seen| {
        let runs = Runs::new();
        let (ticket, promise) = task::pair(runs.job());
        let (ran, (joined, result)) = seen.race((|| run_ticket(ticket), || join(promise)));
        assert_ne!(ran, joined, "exactly one of them has the task");
        assert_eq!((result.unwrap(), runs.get()), (7, 1));
        seen.outcome(if ran { "runner ran" } else { "joiner ran" });
    });
}

#[test]
fn runner_joiner_and_canceller_agree_on_one_of_them() {
    let outcomes = &["runner ran", "joiner ran", "cancelled"];
    model("task/runner_joiner_canceller").outcomes(outcomes).preemptions(3).check(|seen| {
        let runs = Runs::new();
        let (ticket, promise) = task::pair(runs.job());
        let remote = promise.remote();
        let cancel = || remote.claim().map(Claim::cancel).is_some();
        let (cancelled, ran, (joined, result)) = seen.race((cancel, || run_ticket(ticket), || join(promise)));
        assert_eq!(u32::from(ran) + u32::from(joined) + u32::from(cancelled), 1, "exactly one of them has the task");
        assert_eq!(runs.get(), u32::from(!cancelled));
        match result {
            Ok(7) if ran => seen.outcome("runner ran"),
            Ok(7) if joined => seen.outcome("joiner ran"),
            Err(JoinError::Cancelled) if cancelled => seen.outcome("cancelled"),
            other => panic!("{other:?}"),
        }
    });
}

thread_local! {
    static IS_RUNNER: Cell<bool> = Cell::new(false);
}

/// [`run_ticket`] on a thread that is known by it.
fn run_ticket_as_runner(ticket: Ticket) {
    IS_RUNNER.with(|is_runner| is_runner.set(true));
    assert!(run_ticket(ticket));
}

/// Says who dropped it, and that it was dropped once.
struct Tracked {
    seen: Seen,
    drops: Runs,
}

impl Drop for Tracked {
    fn drop(&mut self) {
        // ORDERING: Relaxed: each execution ends by joining, and only then is it read.
        assert_eq!(self.drops.0.fetch_add(1, Ordering::Relaxed), 0, "a result is dropped once");
        let by_runner = IS_RUNNER.with(Cell::get);
        self.seen.outcome(if by_runner { "dropped by its runner" } else { "dropped by its holder" });
    }
}

#[test]
fn a_result_nobody_wants_is_dropped_once_by_whoever_comes_last() {
    let outcomes = &["dropped by its holder", "dropped by its runner"];
    model("task/handle_drop_races_completion").outcomes(outcomes).check(|seen| {
        let drops = Runs::new();
        let tracked = Tracked { seen: seen.clone(), drops: drops.clone() };
        let (ticket, promise) = task::pair(move || tracked);
        seen.race((|| drop(promise), || run_ticket_as_runner(ticket)));
        assert_eq!(drops.get(), 1);
    });
}

/// A promise that has left a waker behind takes it back as it goes, unless the runner has it by then.
#[test]
fn a_polled_promise_that_is_dropped_leaves_neither_result_nor_waker() {
    let outcomes = &["dropped by its holder", "dropped by its runner"];
    model("task/polled_handle_drop_races_completion").outcomes(outcomes).check(|seen| {
        let drops = Runs::new();
        let tracked = Tracked { seen: seen.clone(), drops: drops.clone() };
        let (ticket, mut promise) = task::pair(move || tracked);
        let waker = StdArc::new(Counting(AtomicU32::new(0)));
        assert!(promise.poll(&Context::from_waker(&Waker::from(waker.clone()))).is_pending());
        seen.race((|| drop(promise), || run_ticket_as_runner(ticket)));
        assert_eq!(drops.get(), 1);
        assert_eq!(StdArc::strong_count(&waker), 1, "a waker does not outlive both ends");
    });
}

#[test]
fn a_wait_that_times_out_loses_no_wake() {
    model("task/deadline_races_completion").outcomes(&["in time", "timed out"]).check(|seen| {
        let (ticket, mut promise) = task::pair(|| 7);
        let wait = || {
            // The deadline has passed, so the wait registers, looks, and retracts.
            let in_time = promise.wait(Some(past()));
            assert!(promise.wait(None), "a wait that timed out leaves a promise that can be waited for");
            assert_eq!(promise.take().unwrap().unwrap().unwrap(), 7);
            if in_time { "in time" } else { "timed out" }
        };
        let (ran, when) = seen.race((|| run_ticket(ticket), wait));
        assert!(ran);
        seen.outcome(when);
    });
}

/// A waker that counts.
struct Counting(AtomicU32);

impl Counting {
    fn get(&self) -> u32 {
        // ORDERING: Relaxed: read after the roles of a race have ended.
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Counting {
    fn wake(self: StdArc<Self>) {
        // ORDERING: Relaxed: as in `get`.
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_pending_poll_is_woken_by_its_last_waker() {
    let outcomes = &[
        "the last waker was woken",
        "the first waker was woken",
        "finished between the polls' steps",
        "finished before",
    ];
    model("task/poll_races_completion").outcomes(outcomes).check(|seen| {
        let (ticket, mut promise) = task::pair(|| 7);
        let wakers = [0, 1].map(|_| StdArc::new(Counting(AtomicU32::new(0))));
        let poll = || {
            wakers.each_ref().map(|waker| {
                let waker = Waker::from(waker.clone());
                promise.poll(&Context::from_waker(&waker)).is_pending()
            })
        };
        let (ran, [first, second]) = seen.race((|| run_ticket(ticket), poll));
        assert!(ran);
        assert_eq!(promise.take().unwrap().unwrap().unwrap(), 7);
        match (first, second, wakers.map(|waker| waker.get())) {
            (true, true, [0, 1]) => seen.outcome("the last waker was woken"),
            (true, false, [1, 0]) => seen.outcome("the first waker was woken"),
            (true, false, [0, 0]) => seen.outcome("finished between the polls' steps"),
            (false, false, [0, 0]) => seen.outcome("finished before"),
            other => panic!("{other:?}"),
        }
    });
}

/// A poll leaves its waker behind; a wait that follows must take it back before it puts its thread in.
#[test]
fn a_promise_that_was_polled_can_be_waited_for() {
    let outcomes = &["by the poll", "by the wait, after a wake", "by the wait"];
    model("task/poll_then_wait_races_completion").outcomes(outcomes).check(|seen| {
        let (ticket, mut promise) = task::pair(|| 7);
        let waker = StdArc::new(Counting(AtomicU32::new(0)));
        let wait = || {
            let pending = promise.poll(&Context::from_waker(&Waker::from(waker.clone()))).is_pending();
            assert!(promise.wait(None));
            assert_eq!(promise.take().unwrap().unwrap().unwrap(), 7);
            pending
        };
        let (pending, ran) = seen.race((wait, || run_ticket(ticket)));
        assert!(ran);
        seen.outcome(match (pending, waker.get()) {
            (false, 0) => "by the poll",
            (true, 1) => "by the wait, after a wake",
            (true, 0) => "by the wait",
            other => panic!("a waker is woken once, and only if it was left behind: {other:?}"),
        });
    });
}

#[test]
fn a_ticket_that_is_dropped_leaves_nobody_waiting() {
    model("task/ticket_drop_races_join").outcomes(&["ran", "given up"]).check(|seen| {
        let runs = Runs::new();
        let (ticket, promise) = task::pair(runs.job());
        let ((), (joined, result)) = seen.race((|| drop(ticket), || join(promise)));
        assert_eq!(runs.get(), u32::from(joined));
        match result {
            Ok(7) if joined => seen.outcome("ran"),
            Err(JoinError::Dropped) if !joined => seen.outcome("given up"),
            other => panic!("{other:?}"),
        }
    });
}

/// E1 by the look alone: whoever finds a task finished, and takes nothing, sees what its job did.
#[test]
fn a_finished_task_shows_what_its_job_did() {
    model("task/finish_publishes").outcomes(&["finished", "not yet"]).check(|seen| {
        let did = Runs::new();
        let (ticket, promise) = task::pair(did.job());
        let remote = promise.remote();
        let look = || {
            if !remote.is_finished() {
                return "not yet";
            }
            assert_eq!(did.get(), 1);
            "finished"
        };
        let (ran, found) = seen.race((|| run_ticket(ticket), look));
        assert!(ran);
        seen.outcome(found);
    });
}

/// Known bad: a look and a later mark instead of one read-modify-write.
#[test]
fn control_a_claim_in_two_steps_runs_a_job_twice() {
    model("task/control_claim_in_two_steps").must_fail("the job ran twice", |seen| {
        let word = AtomicU32::new(0);
        let runs = Runs::new();
        let claim = || {
            // ORDERING: Relaxed, as in the shipped claim; what is wrong is that there are two of them.
            if word.load(Ordering::Relaxed) == 0 {
                // ORDERING: as above.
                word.store(1, Ordering::Relaxed);
                runs.job()();
            }
        };
        seen.race((claim, claim));
        assert_eq!(runs.get(), 1, "the job ran twice");
    });
}

/// Known bad: a waiter that looks and then sleeps without having left its waiter with the task.
#[test]
fn control_a_wait_without_registration_sleeps_for_ever() {
    model("task/control_wait_without_registration").must_fail("deadlock", |seen| {
        let (ticket, promise) = task::pair(|| 7);
        let wait = || {
            while !promise.is_finished() {
                thread::park();
            }
        };
        seen.race((wait, || run_ticket(ticket)));
    });
}

/// E1 broken: FINISHED set with Relaxed publishes no result.
#[test]
fn control_a_relaxed_finish_publishes_no_result() {
    struct Slot(UnsafeCell<u32>);
    // SAFETY: nothing is read or written through the cell's pointers; the checker looks at the accesses only.
    unsafe impl Sync for Slot {}

    model("task/control_relaxed_finish").must_fail_in_weak_memory("Causality violation", |seen| {
        let (word, result) = (AtomicU32::new(0), Slot(UnsafeCell::new(0)));
        let result = &result;
        let finish = || {
            result.0.with_mut(|_| ());
            // ORDERING: Relaxed, which is what is wrong; and Acquire.
            word.fetch_or(1, Ordering::Relaxed);
        };
        let look = || {
            if word.load(Ordering::Acquire) == 1 {
                result.0.with(|_| ());
            }
        };
        seen.race((finish, look));
    });
}
