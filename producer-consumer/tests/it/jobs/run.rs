//! Running: claims, results, failures, retries, panics, effects.

use crate::soon;
use producer_consumer::jobs::{
    Backoff, Done, Failure, Job, JobId, JobOptions, JobRecord, Queue, QueueOptions, State, Worker, rusqlite,
};
use std::path::PathBuf;
use std::sync::mpsc;
use std::sync::{Mutex, atomic::AtomicU32, atomic::Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn open() -> (TempDir, PathBuf, Queue<i64>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    let queue = Queue::open(&path, "q").unwrap();
    (directory, path, queue)
}

/// Runs all that is queued, and returns the record of `id`.
fn run<H>(queue: &Queue<i64>, id: &JobId, handler: H) -> JobRecord
where
    H: Fn(&Job<i64>) -> Result<Done<i64>, Failure> + Send + Sync + 'static,
{
    let worker = Worker::builder(queue).name("w1").start(handler).unwrap();
    assert!(queue.wait_idle_deadline(soon()).unwrap(), "{:?}", queue.counts());
    worker.drain(soon());
    queue.job(id).unwrap().unwrap()
}

#[test]
fn a_job_is_run_once_and_its_result_kept() {
    let (_directory, _path, queue) = open();
    let id = queue.add(&20).unwrap().id;
    let record = run(&queue, &id, |job| {
        assert_eq!((job.attempt(), job.is_cancelled()), (1, false));
        Ok(Done::new(job.payload() + 1))
    });
    assert_eq!((record.state, record.result), (State::Completed, Some(21.into())));
    assert_eq!((record.attempts_made, record.starts, record.lease_losses), (1, 1, 0));
    assert_eq!((record.worker.as_deref(), record.failed_reason), (Some("w1"), None));
    assert!(record.finished_at.unwrap() >= record.added_at);
}

#[test]
fn an_add_wakes_a_sleeping_worker_of_this_process() {
    let (_directory, _path, queue) = open();
    let (heard, hears) = mpsc::channel();
    let worker = Worker::builder(&queue)
        .concurrency(3)
        .start(move |job: &Job<i64>| {
            heard.send(*job.payload()).unwrap();
            Ok(Done::new(()))
        })
        .unwrap();
    for number in 0..5 {
        queue.add(&number).unwrap();
        assert_eq!(hears.recv_timeout(Duration::from_secs(30)), Ok(number));
    }
    assert_eq!(worker.drain(soon()).completed, 5);
}

#[test]
fn every_job_of_many_is_run_once() {
    let (_directory, _path, queue) = open();
    let ran = std::sync::Arc::new(Mutex::new(Vec::new()));
    let theirs = ran.clone();
    let worker = Worker::builder(&queue)
        .concurrency(4)
        .start(move |job: &Job<i64>| {
            theirs.lock().unwrap().push(*job.payload());
            Ok(Done::new(()))
        })
        .unwrap();
    (0..60).for_each(|number| drop(queue.add(&number).unwrap()));
    assert!(queue.wait_idle_deadline(soon()).unwrap());
    assert_eq!(worker.drain(soon()).completed, 60);
    let mut ran = ran.lock().unwrap().clone();
    ran.sort_unstable();
    assert_eq!(ran, (0..60).collect::<Vec<_>>());
}

#[test]
fn lower_priorities_run_first_and_equal_ones_by_age() {
    let (_directory, _path, queue) = open();
    for (number, priority) in [(1, 5), (2, 0), (3, 5), (4, 1)] {
        queue.add_with(&number, &JobOptions::new().priority(priority)).unwrap();
    }
    let (tell, told) = mpsc::channel();
    run(&queue, &JobId::from("1"), move |job| {
        tell.send(*job.payload()).unwrap();
        Ok(Done::new(0))
    });
    assert_eq!(told.into_iter().collect::<Vec<_>>(), [2, 4, 1, 3]);
}

#[test]
fn a_delayed_job_waits_for_its_time() {
    let (_directory, _path, queue) = open();
    let begin = Instant::now();
    let id = queue.add_with(&1, &JobOptions::new().delay(Duration::from_millis(200))).unwrap().id;
    assert_eq!(queue.job(&id).unwrap().unwrap().state, State::Delayed);
    let record = run(&queue, &id, |_| Ok(Done::new(0)));
    assert_eq!(record.state, State::Completed);
    assert!(begin.elapsed() >= Duration::from_millis(200));
}

#[test]
fn a_failed_attempt_is_retried_until_it_succeeds() {
    let (_directory, _path, queue) = open();
    let options = JobOptions::new().attempts(3).backoff(Backoff::exponential(Duration::from_millis(20)));
    let id = queue.add_with(&1, &options).unwrap().id;
    let begin = Instant::now();
    let record = run(&queue, &id, |job| match job.attempt() {
        3 => Ok(Done::new(3)),
        attempt => Err(Failure::retry(format!("attempt {attempt}"))),
    });
    assert_eq!((record.state, record.result), (State::Completed, Some(3.into())));
    assert_eq!((record.attempts_made, record.starts, record.failed_reason), (3, 3, None));
    assert!(begin.elapsed() >= Duration::from_millis(60), "the backoff is 20 ms, then 40 ms");
}

#[test]
fn a_job_without_attempts_left_fails_with_the_last_reason() {
    let (_directory, _path, queue) = open();
    let options = JobOptions::new().attempts(2).backoff(Backoff::none());
    let id = queue.add_with(&1, &options).unwrap().id;
    let record = run(&queue, &id, |job| Err(Failure::retry(format!("attempt {}", job.attempt()))));
    assert_eq!((record.state, record.failed_reason.as_deref()), (State::Failed, Some("attempt 2")));
    assert_eq!(queue.jobs(State::Failed, 10).unwrap(), [record]);

    assert!(queue.retry(&id).unwrap());
    assert!(!queue.retry(&id).unwrap(), "it is waiting now");
    let record = run(&queue, &id, |_| Ok(Done::new(7)));
    assert_eq!((record.state, record.attempts_made, record.starts), (State::Completed, 1, 3));
}

#[test]
fn a_fatal_failure_is_not_retried() {
    let (_directory, _path, queue) = open();
    let id = queue.add(&1).unwrap().id;
    let record = run(&queue, &id, |_| Err(Failure::fatal("no such picture")));
    assert_eq!((record.state, record.attempts_made), (State::Failed, 1));
    assert_eq!(record.failed_reason.as_deref(), Some("no such picture"));
}

#[test]
fn errors_of_all_kinds_become_retries() {
    let (_directory, _path, queue) = open();
    let id = queue.add_with(&1, &JobOptions::new().attempts(1)).unwrap().id;
    let record = run(&queue, &id, |_| {
        let error = anyhow::anyhow!("the disk is wet").context("saving");
        Err(error)?
    });
    assert_eq!(record.failed_reason.as_deref(), Some("saving: the disk is wet"));
}

#[test]
fn a_panic_is_a_failed_attempt_and_the_worker_goes_on() {
    let (_directory, _path, queue) = open();
    let options = JobOptions::new().attempts(2).backoff(Backoff::none());
    let id = queue.add_with(&1, &options).unwrap().id;
    let record = run(&queue, &id, |job| panic!("attempt {}", job.attempt()));
    assert_eq!((record.state, record.attempts_made), (State::Failed, 2));
    assert_eq!(record.failed_reason.as_deref(), Some("panicked: attempt 2"));
}

#[test]
fn a_result_over_the_limit_fails_the_job() {
    let directory = tempfile::tempdir().unwrap();
    let options = QueueOptions::new().max_payload(10);
    let queue: Queue<i64> = Queue::open_with(directory.path().join("q.db"), "q", options).unwrap();
    let id = queue.add(&1).unwrap().id;
    let worker = Worker::builder(&queue).start(|_| Ok(Done::new("x".repeat(20)))).unwrap();
    assert!(queue.wait_idle_deadline(soon()).unwrap());
    assert_eq!(worker.drain(soon()).failed, 1);
    let reason = queue.job(&id).unwrap().unwrap().failed_reason.unwrap();
    assert_eq!(reason, "the result has 22 bytes, and 10 are allowed");
}

#[test]
fn a_payload_that_somebody_broke_fails_its_job_with_the_reason() {
    let (_directory, _path, queue) = open();
    let broken = queue.add(&1).unwrap().id;
    let torn = queue.add(&2).unwrap().id;
    let whole = queue.add(&3).unwrap().id;
    let sql = "UPDATE jobs_job SET payload = '{oops' WHERE id = '1';
               UPDATE jobs_job SET payload = CAST(x'FF00FE' AS TEXT) WHERE id = '2'";
    queue.with_connection(|c| c.execute_batch(sql)).unwrap();
    assert_eq!(run(&queue, &whole, |_| Ok(Done::new(0))).state, State::Completed);
    for id in [broken, torn] {
        let record = queue.job(&id).unwrap().unwrap();
        assert_eq!(record.state, State::Failed);
        assert!(record.failed_reason.unwrap().starts_with("the payload cannot be read: "));
    }
}

#[test]
fn effects_commit_with_the_completion() {
    let (_directory, _path, queue) = open();
    queue.with_connection(|c| c.execute_batch("CREATE TABLE mine (x)")).unwrap();
    let id = queue.add(&5).unwrap().id;
    let inner = queue.clone();
    let record = run(&queue, &id, move |job| {
        let (queue, payload) = (inner.clone(), *job.payload());
        Ok(Done::new(payload).in_transaction(move |tx| {
            if payload == 5 {
                queue.add_in(tx, &6, &JobOptions::new()).expect("adding in the transaction works");
            }
            tx.execute("INSERT INTO mine VALUES (?1)", [payload])?;
            Ok(())
        }))
    });
    assert_eq!(record.state, State::Completed);
    assert_eq!(mine(&queue), [5, 6]);
}

#[test]
fn effects_that_fail_leave_no_trace_and_count_as_an_attempt() {
    let (_directory, _path, queue) = open();
    queue.with_connection(|c| c.execute_batch("CREATE TABLE mine (x)")).unwrap();
    let options = JobOptions::new().attempts(3).backoff(Backoff::none());
    let id = queue.add_with(&1, &options).unwrap().id;
    let inner = queue.clone();
    let record = run(&queue, &id, move |job| {
        let (queue, attempt) = (inner.clone(), i64::from(job.attempt()));
        Ok(Done::new(attempt).in_transaction(move |tx| {
            tx.execute("INSERT INTO mine VALUES (?1)", [attempt])?;
            match attempt {
                1 => tx.execute("INSERT INTO nowhere VALUES (1)", []).map(drop),
                2 => queue.add(&1).map(drop).map_err(|_| rusqlite::Error::InvalidQuery), // Panics: it would hang.
                _ => Ok(()),
            }
        }))
    });
    assert_eq!((record.state, record.attempts_made, record.result), (State::Completed, 3, Some(3.into())));
    assert_eq!(mine(&queue), [3]);
}

#[test]
fn effects_that_meet_a_busy_file_pause_before_that_costs_a_lease_loss() {
    let (_directory, _path, queue) = open();
    let id = queue.add(&1).unwrap().id;
    let tries = std::sync::Arc::new(AtomicU32::new(0));
    let begin = Instant::now();
    let record = run(&queue, &id, move |_| {
        let tries = tries.clone();
        Ok(Done::new(0).in_transaction(move |_| {
            // ORDERING: Relaxed: a count; the claims in between order it.
            match tries.fetch_add(1, Ordering::Relaxed) {
                0 | 1 => {
                    Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None))
                }
                _ => Ok(()),
            }
        }))
    });
    assert_eq!((record.state, record.attempts_made), (State::Completed, 1));
    assert_eq!((record.starts, record.lease_losses), (3, 2));
    assert!(begin.elapsed() >= Duration::from_secs(2), "a second before each loss: {:?}", begin.elapsed());
}

#[test]
fn a_paused_queue_hands_out_nothing_until_it_is_resumed() {
    let (_directory, _path, queue) = open();
    queue.pause().unwrap();
    let runs = std::sync::Arc::new(AtomicU32::new(0));
    let theirs = runs.clone();
    let worker = Worker::builder(&queue)
        .start(move |_: &Job<i64>| {
            // ORDERING: Relaxed: a count; the drain below orders it.
            theirs.fetch_add(1, Ordering::Relaxed);
            Ok(Done::new(()))
        })
        .unwrap();
    queue.add(&1).unwrap();
    assert!(!queue.wait_idle_deadline(Instant::now() + Duration::from_millis(150)).unwrap());
    // ORDERING: Relaxed, as above.
    assert_eq!(runs.load(Ordering::Relaxed), 0);
    queue.resume().unwrap();
    assert!(queue.wait_idle_deadline(soon()).unwrap());
    assert_eq!(worker.drain(soon()).completed, 1);
}

#[test]
fn a_job_that_keeps_losing_its_worker_fails_with_the_reason() {
    let (_directory, _path, queue) = open();
    let id = queue.add(&1).unwrap().id;
    // As a process that dies with the job leaves it behind, five times over.
    let sql = "UPDATE jobs_job SET state = 2, owner = 'gone', lease = lease + 1, losses = 4";
    queue.with_connection(|c| c.execute_batch(sql)).unwrap();
    let record = run(&queue, &id, |_| Ok(Done::new(0)));
    assert_eq!((record.state, record.lease_losses, record.starts), (State::Failed, 5, 0));
    assert_eq!(record.failed_reason.as_deref(), Some("lease lost: the worker's process died"));
}

#[test]
fn an_owner_that_somebody_broke_is_dead_and_keeps_no_other_job_from_being_taken_back() {
    let (_directory, _path, queue) = open();
    let broken = queue.add(&1).unwrap().id;
    queue.add(&2).unwrap();
    let sql = "UPDATE jobs_job SET state = 2, owner = 'gone', lease = 1;
               UPDATE jobs_job SET owner = CAST(x'FF00FE' AS TEXT), boot = CAST(x'FE' AS TEXT) WHERE id = '1'";
    queue.with_connection(|c| c.execute_batch(sql)).unwrap();
    let record = run(&queue, &broken, |_| Ok(Done::new(0)));
    assert_eq!((record.state, record.lease_losses), (State::Completed, 1));
    assert_eq!(queue.counts().unwrap().completed, 2);
}

#[test]
fn counts_stay_right_through_every_state() {
    let (_directory, _path, queue) = open();
    queue.add_with(&0, &JobOptions::new().attempts(1)).unwrap();
    queue.add(&1).unwrap();
    queue.add_with(&2, &JobOptions::new().attempts(2).backoff(Backoff::none())).unwrap();
    let gone = queue.add(&3).unwrap().id;
    run(&queue, &gone, |job| match (job.payload(), job.attempt()) {
        (0, _) | (2, 1) => Err(Failure::retry("no")),
        (payload, _) => Ok(Done::new(*payload)),
    });
    assert!(queue.remove(&gone).unwrap());
    let kept = queue.counts().unwrap();
    assert_eq!((kept.completed, kept.failed, kept.unfinished(), kept.total()), (2, 1, 0, 3));
    let sql = "SELECT count(*) FROM jobs_job";
    let rows: u64 = queue.with_connection(|c| c.query_row(sql, [], |row| row.get::<_, i64>(0))).unwrap() as u64;
    assert_eq!(rows, kept.total());
}

fn mine(queue: &Queue<i64>) -> Vec<i64> {
    let read = |c: &rusqlite::Connection| {
        c.prepare("SELECT x FROM mine ORDER BY x")?.query_map([], |row| row.get(0))?.collect()
    };
    queue.with_connection(read).unwrap()
}
