//! A pool of one worker: submit against close, push against park, joins against the worker.

use common::model::{Seen, model};
use common::sync::atomic::{AtomicU32, Ordering};
use common::sync::{Arc, Condvar, Mutex, thread};
use worker_pool::{Full, JoinError, Pool, Shutdown, SubmitErrorKind};

fn single(capacity: usize, full: Full) -> Pool {
    Pool::builder().workers(1).queue(capacity, full).build().expect("loom has threads to spare")
}

fn submit_and_close(seen: &Seen, closer_is_spawned: bool) {
    let pool = Arc::new(single(2, Full::Block));
    let other = pool.clone();
    let submit = |pool: &Pool| pool.submit(|| 7);
    let close = |pool: &Pool| pool.shutdown(Shutdown::Now).unstarted.len();
    let (submitted, handed_back) = if closer_is_spawned {
        let closer = thread::spawn(move || close(&other));
        (submit(&pool), closer.join().unwrap())
    } else {
        let submitter = thread::spawn(move || submit(&other));
        let handed_back = close(&pool);
        (submitter.join().unwrap(), handed_back)
    };
    match submitted.map(|handle| handle.join()) {
        Ok(Ok(7)) if handed_back == 0 => seen.outcome("ran"),
        Ok(Err(JoinError::Dropped)) if handed_back == 1 => seen.outcome("handed back"),
        Err(refused) if handed_back == 0 && refused.kind() == SubmitErrorKind::Closed => seen.outcome("refused"),
        _ => panic!("a job is neither run, nor refused, nor handed back"),
    }
}

#[test]
fn an_accepted_job_runs_or_is_handed_back() {
    for (id, closer_is_spawned) in [("pool/submit_races_close", false), ("pool/submit_races_close_roles_swapped", true)]
    {
        model(id)
            .outcomes(&["ran", "handed back", "refused"])
            .preemptions(4)
            .check(move |seen| submit_and_close(seen, closer_is_spawned));
    }
}

fn push_and_park(seen: &Seen, submitter_is_spawned: bool) {
    let pool = Arc::new(single(2, Full::Block));
    let other = pool.clone();
    // A wake that is lost leaves the joiner asleep for ever, which loom reports as a deadlock.
    let round = |pool: &Pool| pool.submit(|| 7).unwrap().join().unwrap();
    let answer = if submitter_is_spawned {
        thread::spawn(move || round(&other)).join().unwrap()
    } else {
        drop(other);
        round(&pool)
    };
    assert_eq!(answer, 7);
    assert_eq!(pool.metrics().completed, 1, "a joined job is counted");
    let report = pool.shutdown(Shutdown::Drain);
    assert!(report.is_clean());
    seen.outcome(if pool.metrics().parks == 0 { "the worker never slept" } else { "the worker slept" });
}

#[test]
fn a_worker_does_not_fall_asleep_beside_a_job() {
    for (id, submitter_is_spawned) in [("pool/push_races_park", false), ("pool/push_races_park_roles_swapped", true)] {
        model(id)
            .outcomes(&["the worker slept", "the worker never slept"])
            .preemptions(4)
            .check(move |seen| push_and_park(seen, submitter_is_spawned));
    }
}

fn nested_join(seen: &Seen, submitter_is_spawned: bool) {
    let pool = Arc::new(single(1, Full::Block));
    let inner = pool.clone();
    let outer = move |pool: &Pool| {
        let job = move || {
            let child = inner.submit(|| 7).unwrap();
            // The last owner inside the pool must not be this job, or it would have to wait for itself.
            drop(inner);
            child.join().unwrap()
        };
        pool.submit(job).unwrap().join().unwrap()
    };
    let answer = if submitter_is_spawned {
        let other = pool.clone();
        thread::spawn(move || outer(&other)).join().unwrap()
    } else {
        outer(&pool)
    };
    assert_eq!(answer, 7);
    pool.wait_idle();
    assert_eq!((pool.metrics().inlined, pool.metrics().completed), (1, 2));
    seen.outcome("the worker ran the child it joined");
}

#[test]
fn a_nested_join_finishes_on_one_worker() {
    for (id, submitter_is_spawned) in [("pool/nested_join", false), ("pool/nested_join_roles_swapped", true)] {
        model(id)
            .outcomes(&["the worker ran the child it joined"])
            .preemptions(3)
            .check(move |seen| nested_join(seen, submitter_is_spawned));
    }
}

fn cancel_and_worker(seen: &Seen, canceller_is_spawned: bool) {
    let pool = single(2, Full::Block);
    let handle = pool.submit(|| 7).unwrap();
    let canceller = handle.canceller();
    let (cancelled, result) = if canceller_is_spawned {
        let canceller = thread::spawn(move || canceller.cancel());
        let result = handle.join();
        (canceller.join().unwrap(), result)
    } else {
        let joiner = thread::spawn(move || handle.join());
        (canceller.cancel(), joiner.join().unwrap())
    };
    assert!(pool.shutdown(Shutdown::Drain).is_clean(), "a drain sees the cancelled job go");
    match result {
        Ok(7) if !cancelled => seen.outcome("ran"),
        Err(JoinError::Cancelled) if cancelled => seen.outcome("cancelled"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_cancelled_job_does_not_keep_a_pool_from_draining() {
    for (id, canceller_is_spawned) in
        [("pool/cancel_races_worker", false), ("pool/cancel_races_worker_roles_swapped", true)]
    {
        model(id)
            .outcomes(&["ran", "cancelled"])
            .preemptions(2)
            .check(move |seen| cancel_and_worker(seen, canceller_is_spawned));
    }
}

fn blocked_submit_and_close(seen: &Seen, closer_is_spawned: bool) {
    let pool = Arc::new(single(1, Full::Block));
    let other = pool.clone();
    // The second of two submits to a queue for one waits, unless the worker was quick.
    let submit = |pool: &Pool| [pool.spawn(|| {}).is_ok(), pool.spawn(|| {}).is_ok()];
    let close = |pool: &Pool| pool.shutdown(Shutdown::Drain);
    let (accepted, report) = if closer_is_spawned {
        let closer = thread::spawn(move || close(&other));
        (submit(&pool), closer.join().unwrap())
    } else {
        let submitter = thread::spawn(move || submit(&other));
        let report = close(&pool);
        (submitter.join().unwrap(), report)
    };
    assert!(report.is_clean());
    let completed = pool.shutdown(Shutdown::Drain).completed;
    assert_eq!(completed, accepted.iter().filter(|accepted| **accepted).count() as u64);
    seen.outcome(match accepted {
        [true, true] => "both ran",
        [true, false] => "the second was refused",
        [false, false] => "both were refused",
        [false, true] => panic!("a closed pool accepts nothing"),
    });
}

#[test]
fn a_submit_that_waits_for_room_is_served_or_refused() {
    for (id, closer_is_spawned) in
        [("pool/blocked_submit_races_close", false), ("pool/blocked_submit_races_close_roles_swapped", true)]
    {
        model(id)
            .outcomes(&["both ran", "the second was refused", "both were refused"])
            .preemptions(3)
            .check(move |seen| blocked_submit_and_close(seen, closer_is_spawned));
    }
}

/// Nobody closes the pool before both are in, so only the worker can wake the submit that waits.
fn blocked_submit_and_worker(seen: &Seen, submitter_is_spawned: bool) {
    let pool = Arc::new(single(1, Full::Block));
    let other = pool.clone();
    let submit = |pool: &Pool| [pool.spawn(|| {}).is_ok(), pool.spawn(|| {}).is_ok()];
    let accepted = if submitter_is_spawned {
        thread::spawn(move || submit(&other)).join().unwrap()
    } else {
        drop(other);
        submit(&pool)
    };
    assert_eq!(accepted, [true, true]);
    let report = pool.shutdown(Shutdown::Drain);
    assert!(report.is_clean());
    assert_eq!(report.completed, 2);
    seen.outcome("both ran");
}

#[test]
fn a_submit_that_waits_for_room_is_woken_by_the_worker() {
    for (id, submitter_is_spawned) in
        [("pool/blocked_submit_races_worker", false), ("pool/blocked_submit_races_worker_roles_swapped", true)]
    {
        model(id)
            .outcomes(&["both ran"])
            .preemptions(3)
            .check(move |seen| blocked_submit_and_worker(seen, submitter_is_spawned));
    }
}

/// Known bad: a worker that tests for work, unlocks, and then sleeps.
#[test]
fn control_a_worker_that_tests_outside_the_lock_misses_a_job() {
    model("pool/control_test_outside_the_lock").must_fail(|_| {
        let shared = Arc::new((Mutex::new(()), Condvar::new(), AtomicU32::new(0)));
        let queue = shared.clone();
        let worker = thread::spawn(move || {
            // ORDERING: Acquire and Release below: the fault shown is not one of orderings.
            if queue.2.load(Ordering::Acquire) == 0 {
                queue.1.wait(&mut queue.0.lock());
            }
        });
        shared.2.store(1, Ordering::Release);
        shared.1.notify_one();
        worker.join().unwrap();
    });
}
