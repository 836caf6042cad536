//! The task's word, without a pool around it: who claims, who wakes, who drops.

use common::model::{Seen, model};
use common::sync::Arc;
use common::sync::atomic::{AtomicU32, Ordering};
use common::sync::thread;
use std::task::{Context, Wake, Waker};
use std::time::Instant;
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

fn joiner_and_runner(seen: &Seen, joiner_is_spawned: bool) {
    let runs = Runs::new();
    let (ticket, promise) = task::pair(runs.job());
    let (ran, (joined, result)) = if joiner_is_spawned {
        let joiner = thread::spawn(move || join(promise));
        (run_ticket(ticket), joiner.join().unwrap())
    } else {
        let runner = thread::spawn(move || run_ticket(ticket));
        let joined = join(promise);
        (runner.join().unwrap(), joined)
    };
    assert_ne!(ran, joined, "exactly one of them has the task");
    assert_eq!((result.unwrap(), runs.get()), (7, 1));
    seen.outcome(if ran { "runner ran" } else { "joiner ran" });
}

#[test]
fn a_job_runs_once_whether_its_joiner_or_a_runner_comes_first() {
    for (id, joiner_is_spawned) in
        [("task/joiner_races_runner", false), ("task/joiner_races_runner_roles_swapped", true)]
    {
        model(id).outcomes(&["runner ran", "joiner ran"]).check(move |seen| joiner_and_runner(seen, joiner_is_spawned));
    }
}

fn three_claimers(seen: &Seen, canceller_is_main: bool) {
    let runs = Runs::new();
    let (ticket, promise) = task::pair(runs.job());
    let remote = promise.remote();
    let cancel = move || remote.claim().map(Claim::cancel).is_some();
    let runner = thread::spawn(move || run_ticket(ticket));
    let (cancelled, (joined, result)) = if canceller_is_main {
        let joiner = thread::spawn(move || join(promise));
        (cancel(), joiner.join().unwrap())
    } else {
        let canceller = thread::spawn(cancel);
        let joined = join(promise);
        (canceller.join().unwrap(), joined)
    };
    let ran = runner.join().unwrap();
    assert_eq!(u32::from(ran) + u32::from(joined) + u32::from(cancelled), 1, "exactly one of them has the task");
    assert_eq!(runs.get(), u32::from(!cancelled));
    match result {
        Ok(7) if ran => seen.outcome("runner ran"),
        Ok(7) if joined => seen.outcome("joiner ran"),
        Err(JoinError::Cancelled) if cancelled => seen.outcome("cancelled"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn runner_joiner_and_canceller_agree_on_one_of_them() {
    for (id, canceller_is_main) in
        [("task/runner_joiner_canceller", false), ("task/runner_joiner_canceller_roles_swapped", true)]
    {
        model(id)
            .outcomes(&["runner ran", "joiner ran", "cancelled"])
            .preemptions(3)
            .check(move |seen| three_claimers(seen, canceller_is_main));
    }
}

/// Says on which thread it was dropped, and that it was dropped once.
struct Tracked {
    seen: Seen,
    home: thread::ThreadId,
    drops: Runs,
}

impl Drop for Tracked {
    fn drop(&mut self) {
        // ORDERING: Relaxed: each execution ends by joining, and only then is it read.
        assert_eq!(self.drops.0.fetch_add(1, Ordering::Relaxed), 0, "a result is dropped once");
        let on_main = thread::current().id() == self.home;
        self.seen.outcome(if on_main { "dropped by main" } else { "dropped by the other" });
    }
}

fn handle_drop_and_completion(seen: &Seen, runner_is_spawned: bool) {
    let drops = Runs::new();
    let tracked = Tracked { seen: seen.clone(), home: thread::current().id(), drops: drops.clone() };
    let (ticket, promise) = task::pair(move || tracked);
    if runner_is_spawned {
        let runner = thread::spawn(move || run_ticket(ticket));
        drop(promise);
        assert!(runner.join().unwrap());
    } else {
        let holder = thread::spawn(move || drop(promise));
        assert!(run_ticket(ticket));
        holder.join().unwrap();
    }
    assert_eq!(drops.get(), 1);
}

#[test]
fn a_result_nobody_wants_is_dropped_once_by_whoever_comes_last() {
    for (id, runner_is_spawned) in
        [("task/handle_drop_races_completion", false), ("task/handle_drop_races_completion_roles_swapped", true)]
    {
        model(id)
            .outcomes(&["dropped by main", "dropped by the other"])
            .check(move |seen| handle_drop_and_completion(seen, runner_is_spawned));
    }
}

fn deadline_and_completion(seen: &Seen, waiter_is_spawned: bool) {
    let (ticket, mut promise) = task::pair(|| 7);
    let seen_here = seen.clone();
    let mut wait = move || {
        // The deadline has passed, so the wait registers, looks, and retracts.
        let in_time = promise.wait(Some(Instant::now()));
        seen_here.outcome(if in_time { "in time" } else { "timed out" });
        assert!(promise.wait(None), "a wait that timed out leaves a promise that can be waited for");
        assert_eq!(promise.take().unwrap().unwrap().unwrap(), 7);
    };
    if waiter_is_spawned {
        let waiter = thread::spawn(wait);
        assert!(run_ticket(ticket));
        waiter.join().unwrap();
    } else {
        let runner = thread::spawn(move || run_ticket(ticket));
        wait();
        assert!(runner.join().unwrap());
    }
}

#[test]
fn a_wait_that_times_out_loses_no_wake() {
    for (id, waiter_is_spawned) in
        [("task/deadline_races_completion", false), ("task/deadline_races_completion_roles_swapped", true)]
    {
        model(id)
            .outcomes(&["in time", "timed out"])
            .check(move |seen| deadline_and_completion(seen, waiter_is_spawned));
    }
}

/// A waker that counts.
struct Counting(AtomicU32);

impl Wake for Counting {
    fn wake(self: std::sync::Arc<Self>) {
        // ORDERING: Relaxed: read after the runner was joined.
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn wakers_and_completion(seen: &Seen, poller_is_spawned: bool) {
    let (ticket, mut promise) = task::pair(|| 7);
    let wakers = [0, 1].map(|_| std::sync::Arc::new(Counting(AtomicU32::new(0))));
    let mine = wakers.clone();
    let poll = move || {
        let polls = mine.map(|waker| {
            let waker = Waker::from(waker);
            promise.poll(&Context::from_waker(&waker)).is_pending()
        });
        (polls, promise)
    };
    let ([first, second], mut promise) = if poller_is_spawned {
        let poller = thread::spawn(poll);
        assert!(run_ticket(ticket));
        poller.join().unwrap()
    } else {
        let runner = thread::spawn(move || run_ticket(ticket));
        let polled = poll();
        assert!(runner.join().unwrap());
        polled
    };
    assert_eq!(promise.take().unwrap().unwrap().unwrap(), 7);
    // ORDERING: Relaxed: both threads have been joined.
    let woken = wakers.map(|waker| waker.0.load(Ordering::Relaxed));
    match (first, second, woken) {
        (true, true, [0, 1]) => seen.outcome("the last waker was woken"),
        (true, false, [1, 0]) => seen.outcome("the first waker was woken"),
        (true, false, [0, 0]) => seen.outcome("finished between the polls' steps"),
        (false, false, [0, 0]) => seen.outcome("finished before"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_pending_poll_is_woken_by_its_last_waker() {
    for (id, poller_is_spawned) in
        [("task/poll_races_completion", false), ("task/poll_races_completion_roles_swapped", true)]
    {
        model(id)
            .outcomes(&[
                "the last waker was woken",
                "the first waker was woken",
                "finished between the polls' steps",
                "finished before",
            ])
            .check(move |seen| wakers_and_completion(seen, poller_is_spawned));
    }
}

fn ticket_drop_and_join(seen: &Seen, joiner_is_spawned: bool) {
    let runs = Runs::new();
    let (ticket, promise) = task::pair(runs.job());
    let (joined, result) = if joiner_is_spawned {
        let joiner = thread::spawn(move || join(promise));
        drop(ticket);
        joiner.join().unwrap()
    } else {
        let dropper = thread::spawn(move || drop(ticket));
        let joined = join(promise);
        dropper.join().unwrap();
        joined
    };
    assert_eq!(runs.get(), u32::from(joined));
    match result {
        Ok(7) if joined => seen.outcome("ran"),
        Err(JoinError::Dropped) if !joined => seen.outcome("given up"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_ticket_that_is_dropped_leaves_nobody_waiting() {
    for (id, joiner_is_spawned) in
        [("task/ticket_drop_races_join", false), ("task/ticket_drop_races_join_roles_swapped", true)]
    {
        model(id).outcomes(&["ran", "given up"]).check(move |seen| ticket_drop_and_join(seen, joiner_is_spawned));
    }
}

/// Known bad: a look and a later mark instead of one read-modify-write.
#[test]
fn control_a_claim_in_two_steps_runs_a_job_twice() {
    model("task/control_claim_in_two_steps").must_fail(|_| {
        let word = Arc::new(AtomicU32::new(0));
        let runs = Runs::new();
        let claim = |word: &AtomicU32| {
            // ORDERING: Relaxed, as in the shipped claim; what is wrong is that there are two of them.
            let free = word.load(Ordering::Relaxed) == 0;
            if free {
                // ORDERING: as above.
                word.store(1, Ordering::Relaxed);
            }
            free
        };
        let other = {
            let (word, job) = (word.clone(), runs.job());
            thread::spawn(move || claim(&word).then(job).is_some())
        };
        claim(&word).then(runs.job());
        other.join().unwrap();
        assert_eq!(runs.get(), 1);
    });
}

/// Known bad: a waiter that looks and then sleeps without having left its waiter with the task.
#[test]
fn control_a_wait_without_registration_sleeps_for_ever() {
    model("task/control_wait_without_registration").must_fail(|_| {
        let (ticket, promise) = task::pair(|| 7);
        let runner = thread::spawn(move || run_ticket(ticket));
        while !promise.is_finished() {
            thread::park();
        }
        runner.join().unwrap();
    });
}
