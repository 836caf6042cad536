//! The end of a worker: drain, stop, drop.

use crate::{past, soon};
use producer_consumer::jobs::worker::Builder;
use producer_consumer::jobs::{Done, Failure, Job, JobId, Queue, StartError, State, Worker};
use std::sync::{Mutex, mpsc};
use std::time::Duration;
use tempfile::TempDir;

fn open(jobs: i64) -> (TempDir, Queue<i64>) {
    let directory = tempfile::tempdir().unwrap();
    let queue = Queue::open(directory.path().join("q.db"), "q").unwrap();
    (0..jobs).for_each(|number| drop(queue.add(&number).unwrap()));
    (directory, queue)
}

/// A worker whose handler reports its start and goes on when told to; with `heeds` it looks whether it is cancelled.
fn gated(queue: &Queue<i64>, heeds: bool) -> (Worker, mpsc::Receiver<i64>, mpsc::Sender<()>) {
    let (tell, told) = mpsc::channel();
    let (go, gate) = mpsc::channel();
    let gate = Mutex::new(gate);
    let worker = Worker::builder(queue)
        .start(move |job: &Job<i64>| {
            tell.send(*job.payload()).unwrap();
            if heeds {
                while !job.is_cancelled() {
                    std::thread::yield_now();
                }
                return Err(Failure::retry("cancelled"));
            }
            gate.lock().unwrap().recv().map_err(|_| "the gate is gone")?;
            Ok(Done::new(()))
        })
        .unwrap();
    (worker, told, go)
}

#[test]
fn a_drain_finishes_what_was_claimed_and_claims_nothing_more() {
    let (_directory, queue) = open(3);
    let (worker, told, go) = gated(&queue, false);
    told.recv().unwrap();
    let drained = std::thread::spawn(move || worker.drain(soon()));
    go.send(()).unwrap();
    // The drain may begin after the first job has ended; then the worker has begun another.
    drop(go);
    let report = drained.join().unwrap();
    assert!(report.completed >= 1);
    assert_eq!(report.still_busy, 0);
    let counts = queue.counts().unwrap();
    assert_eq!((counts.active, counts.total()), (0, 3));
}

#[test]
fn a_drain_past_its_deadline_leaves_the_handler_its_job() {
    let (_directory, queue) = open(1);
    let (tell, told) = mpsc::channel();
    let (go, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let worker = Worker::builder(&queue)
        .start(move |job: &Job<i64>| {
            tell.send(()).unwrap();
            gate.lock().unwrap().recv().map_err(|_| "the gate is gone")?;
            Ok(Done::new(job.is_cancelled()))
        })
        .unwrap();
    told.recv().unwrap();
    let report = worker.drain(past());
    assert_eq!((report.still_busy, report.completed, report.handed_back), (1, 0, 0));
    assert_eq!(queue.counts().unwrap().active, 1);
    go.send(()).unwrap();
    assert!(queue.wait_idle_deadline(soon()).unwrap());
    let record = queue.job(&JobId::from("1")).unwrap().unwrap();
    assert_eq!((record.state, record.starts), (State::Completed, 1));
    assert_eq!(record.result, Some(false.into()), "a drain calls nobody off, even when it gives up waiting");
}

#[test]
fn a_stop_hands_back_what_a_heeding_handler_gives_up() {
    let (_directory, queue) = open(2);
    let (worker, told, _go) = gated(&queue, true);
    told.recv().unwrap();
    let report = worker.stop(soon());
    assert_eq!((report.handed_back, report.still_busy, report.retried), (1, 0, 0));
    assert_eq!(queue.counts().unwrap().waiting, 2);
    let record = queue.job(&JobId::from("1")).unwrap().unwrap();
    assert_eq!((record.attempts_made, record.starts, record.lease_losses), (0, 1, 0));
}

#[test]
fn a_stop_past_its_deadline_hands_the_job_back_and_refuses_the_late_return() {
    let (_directory, queue) = open(1);
    let (worker, told, go) = gated(&queue, false);
    told.recv().unwrap();
    let report = worker.stop(past());
    assert_eq!((report.handed_back, report.still_busy), (1, 1));
    let id = JobId::from("1");
    assert_eq!(queue.job(&id).unwrap().unwrap().state, State::Waiting);

    // Another worker takes the job; the late return of the first must not end it.
    let (second, told_again, go_again) = gated(&queue, false);
    told_again.recv().unwrap();
    go.send(()).unwrap();
    drop(go);
    told.recv().expect_err("the first worker's handler has returned and its thread ended");
    assert_eq!(queue.job(&id).unwrap().unwrap().state, State::Active);
    go_again.send(()).unwrap();
    assert!(queue.wait_idle_deadline(soon()).unwrap());
    assert_eq!(second.drain(soon()).completed, 1);
    assert_eq!(queue.job(&id).unwrap().unwrap().starts, 2);
}

#[test]
fn a_dropped_worker_claims_nothing_more_and_its_handler_is_told() {
    let (_directory, queue) = open(2);
    let (worker, told, _go) = gated(&queue, true);
    told.recv().unwrap();
    drop(worker);
    told.recv().expect_err("the worker's threads have ended");
    assert_eq!(queue.counts().unwrap().waiting, 2);
}

/// A value that panics when it is dropped, which is late enough to get past the handler.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[test]
fn a_value_that_panics_in_its_drop_costs_no_thread_and_no_job() {
    let (_directory, queue) = open(2);
    let (armed, hears) = mpsc::channel();
    let (go, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let worker = Worker::builder(&queue)
        .start(move |job: &Job<i64>| {
            let bomb = (*job.payload() == 0).then(|| Bomb);
            if bomb.is_some() && armed.send(()).is_ok() {
                // Until the lease is lost, so that the effects are refused and dropped unused.
                gate.lock().unwrap().recv().map_err(|_| "the gate is gone")?;
            }
            Ok(Done::new(()).in_transaction(move |_| {
                std::mem::forget(bomb);
                Ok(())
            }))
        })
        .unwrap();
    hears.recv().unwrap();
    let take = "UPDATE jobs_job SET lease = lease + 1, state = 3 WHERE id = '1'";
    queue.with_connection(|c| c.execute_batch(take)).unwrap();
    go.send(()).unwrap();
    assert!(queue.wait_idle_deadline(soon()).unwrap());
    let report = worker.drain(soon());
    assert_eq!((report.completed, report.still_busy), (1, 0));
}

#[test]
fn a_worker_with_settings_out_of_bounds_is_not_started() {
    let (_directory, queue) = open(0);
    let asked = |set: fn(Builder<i64>) -> Builder<i64>| {
        set(Worker::builder(&queue)).start(|_| Ok(Done::new(()))).map(|worker| worker.stop(soon()))
    };
    assert!(matches!(asked(|b| b.concurrency(0)), Err(StartError::Concurrency(0))));
    assert!(matches!(asked(|b| b.concurrency(257)), Err(StartError::Concurrency(257))));
    assert!(matches!(asked(|b| b.lease(Duration::from_millis(99))), Err(StartError::Lease(_))));
    assert!(matches!(asked(|b| b.lease(Duration::from_secs(86_401))), Err(StartError::Lease(_))));
    assert!(matches!(asked(|b| b.max_losses(0)), Err(StartError::MaxLosses)));
    assert!(matches!(asked(|b| b.name("a\0b")), Err(StartError::Name)));
    assert!(matches!(asked(|b| b.name(&"n".repeat(257))), Err(StartError::Name)));
    asked(|b| b.concurrency(256).lease(Duration::from_millis(100)).max_losses(1).name(&"n".repeat(256))).unwrap();
    asked(|b| b.lease(Duration::from_secs(86_400))).unwrap();
}

#[test]
fn an_idle_worker_ends_at_once() {
    let (_directory, queue) = open(0);
    let worker = Worker::builder(&queue).concurrency(4).start(|_| Ok(Done::new(()))).unwrap();
    let report = worker.drain(soon());
    assert_eq!((report.completed, report.still_busy), (0, 0));
}
