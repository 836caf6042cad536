//! Drain and stop by a deadline, and whom they wake.

use crate::child::in_child;
use crate::gate::{Hold, LIMIT, pass, single};
use common::latch::Latch;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use worker_pool::{Full, JoinError, Pool, Shutdown, SubmitErrorKind};

fn until(condition: impl Fn() -> bool) {
    let end = Instant::now() + LIMIT;
    while !condition() {
        assert!(Instant::now() < end, "it never came to pass");
        std::thread::yield_now();
    }
}

/// Drains the pool, whose only worker sleeps and finds the pool draining but not at rest; then opens the gate.
fn drain_around(pool: &Pool, gate: &Latch) {
    let parks = pool.metrics().parks;
    std::thread::scope(|scope| {
        let drain = scope.spawn(|| pool.shutdown(Shutdown::Drain));
        // The drain has woken the worker, and it sleeps again: only who ends last can wake it now.
        until(|| pool.metrics().parks > parks);
        gate.open();
        assert!(drain.join().unwrap().is_clean());
    });
}

#[test]
fn drain_keeps_its_deadline_and_hands_back_the_rest() {
    let pool = single(10, Full::Block);
    let hold = Hold::on(&pool);
    pool.spawn(|| {}).unwrap();
    let report = pool.drain(Instant::now() + Duration::from_millis(20));
    assert_eq!((report.unstarted.len(), report.busy.len()), (1, 1));
    hold.release();

    let pool = single(10, Full::Block);
    pool.spawn(|| {}).unwrap();
    let report = pool.drain(Instant::now() + LIMIT);
    assert!(report.is_clean());
    assert_eq!(report.completed, 1);
    assert!(pool.drain(Instant::now()).is_clean(), "a second drain reports again");
}

#[test]
fn stop_hands_back_what_has_not_started_and_waits_for_what_has() {
    let pool = single(10, Full::Block);
    let hold = Hold::on(&pool);
    pool.spawn(|| {}).unwrap();
    std::thread::scope(|scope| {
        let stop = scope.spawn(|| pool.stop(Instant::now() + LIMIT));
        until(|| pool.metrics().handed_back == 1);
        assert!(!stop.is_finished(), "a job runs");
        hold.release();
        let report = stop.join().unwrap();
        assert_eq!((report.unstarted.len(), report.busy.len(), report.completed), (1, 0, 1));
    });
}

#[test]
fn stop_at_its_deadline_says_who_is_busy() {
    let pool = single(10, Full::Block);
    let hold = Hold::on(&pool);
    assert_eq!(pool.stop(Instant::now() + Duration::from_millis(20)).busy, ["worker-0"]);
    hold.release();
    assert!(pool.stop(Instant::now() + LIMIT).is_clean());
}

#[test]
fn stop_tells_a_running_job_that_what_it_joins_does_not_run() {
    let pool = single(10, Full::Block);
    let (give, take) = mpsc::channel();
    let (started, gate) = (Arc::new(Latch::new()), Arc::new(Latch::new()));
    let (starts, opened) = (started.clone(), gate.clone());
    let parent = pool.submit(move || {
        let child: worker_pool::JoinHandle<()> = take.recv_timeout(LIMIT).unwrap();
        starts.open();
        pass(&opened);
        child.join()
    });
    give.send(pool.submit(|| {}).unwrap()).unwrap();
    pass(&started);
    std::thread::scope(|scope| {
        let stop = scope.spawn(|| pool.stop(Instant::now() + LIMIT));
        until(|| pool.metrics().handed_back == 1);
        gate.open();
        let report = stop.join().unwrap();
        assert_eq!((report.unstarted.len(), report.busy.len()), (1, 0), "the parent does not wait for the stop");
    });
    assert!(matches!(parent.unwrap().join(), Ok(Err(JoinError::Dropped))));
}

#[test]
fn a_stop_from_inside_waits_for_nothing() {
    in_child("drain::a_stop_from_inside_waits_for_nothing", LIMIT, || {
        let pool = Arc::new(single(10, Full::Block));
        let inner = pool.clone();
        let stopped = pool.submit(move || inner.stop(Instant::now() + 2 * LIMIT).busy).unwrap();
        assert_eq!(stopped.join().unwrap(), ["worker-0"]);
        assert!(pool.stop(Instant::now() + LIMIT).is_clean());
    });
}

#[test]
fn a_drain_ends_with_the_drop_of_a_cancelled_job() {
    /// Blocks in its drop.
    struct Slow(Arc<Latch>, Arc<Latch>);
    impl Drop for Slow {
        fn drop(&mut self) {
            self.0.open();
            pass(&self.1);
        }
    }
    in_child("drain::a_drain_ends_with_the_drop_of_a_cancelled_job", LIMIT, || {
        let pool = single(10, Full::Block);
        let hold = Hold::on(&pool);
        let (started, gate) = (Arc::new(Latch::new()), Arc::new(Latch::new()));
        let slow = Slow(started.clone(), gate.clone());
        let handle = pool.submit(move || drop(slow)).unwrap();
        std::thread::scope(|scope| {
            let cancel = scope.spawn(|| handle.cancel());
            pass(&started);
            hold.release();
            // Its last job is over, so it sleeps: the one in the queue is claimed.
            until(|| pool.metrics().running == 0);
            drain_around(&pool, &gate);
            assert!(cancel.join().unwrap());
        });
    });
}

#[test]
fn a_drain_ends_with_a_job_on_its_submitter() {
    in_child("drain::a_drain_ends_with_a_job_on_its_submitter", LIMIT, || {
        let pool = single(1, Full::CallerRuns);
        let hold = Hold::on(&pool);
        let queued = pool.submit(|| {}).unwrap();
        let (started, gate) = (Arc::new(Latch::new()), Arc::new(Latch::new()));
        let (starts, opened) = (started.clone(), gate.clone());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let job = move || {
                    starts.open();
                    pass(&opened);
                };
                pool.spawn(job).unwrap();
            });
            pass(&started);
            hold.release();
            queued.join().unwrap();
            // The submitter's alone: the worker sleeps.
            until(|| pool.metrics().running == 1);
            drain_around(&pool, &gate);
        });
    });
}

#[test]
fn a_drain_refuses_every_submit_that_waits_for_room() {
    in_child("drain::a_drain_refuses_every_submit_that_waits_for_room", LIMIT, || {
        let pool = single(1, Full::Block);
        let hold = Hold::on(&pool);
        let queued = pool.submit(|| {}).unwrap();
        let (submitting, threads) = mpsc::channel();
        let (refused, refusals) = mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                let (pool, submitting, refused) = (&pool, submitting.clone(), refused.clone());
                scope.spawn(move || {
                    submitting.send(std::fs::read_link("/proc/thread-self").unwrap()).unwrap();
                    refused.send(pool.submit(|| {}).map(drop).unwrap_err().kind()).unwrap();
                });
            }
            for _ in 0..2 {
                let stat = std::path::Path::new("/proc").join(threads.recv_timeout(LIMIT).unwrap()).join("stat");
                until(|| std::fs::read_to_string(&stat).unwrap().contains(") S "));
            }
            let drain = scope.spawn(|| pool.shutdown(Shutdown::Drain));
            // The worker is held until both are back, so nobody but the drain can wake them.
            let both = [(); 2].map(|()| refusals.recv_timeout(LIMIT).unwrap());
            assert_eq!(both, [SubmitErrorKind::Closed; 2]);
            hold.release();
            assert!(drain.join().unwrap().is_clean());
        });
        queued.join().unwrap();
    });
}
