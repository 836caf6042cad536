//! EngineErrorKind that is nobody's fault: a file kept busy or full, and user code that goes wrong at the edges.

use crate::{past, soon};
use producer_consumer::jobs::rusqlite::Connection;
use producer_consumer::jobs::{AddError, Done, EngineErrorKind, Failure, Job, Queue, QueueOptions, State, Worker};
use std::path::PathBuf;
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn open(busy_timeout: Duration) -> (TempDir, PathBuf, Queue<i64>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    let queue = Queue::open_with(&path, "q", QueueOptions::new().busy_timeout(busy_timeout)).unwrap();
    queue.with_connection(|c| c.execute_batch("CREATE TABLE mine (x)")).unwrap();
    (directory, path, queue)
}

/// Keeps all others from writing to the file for as long as the connection lives.
fn keep_busy(path: &PathBuf) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    connection
}

fn last_error(worker: &Worker) -> String {
    let deadline = soon();
    loop {
        match worker.last_error() {
            Some(error) => return error,
            None => std::thread::yield_now(),
        }
        assert!(Instant::now() < deadline, "the worker has met no trouble");
    }
}

#[test]
fn a_busy_file_costs_a_completion_with_effects_no_second_run() {
    let (_directory, path, queue) = open(Duration::from_millis(50));
    let id = queue.add(&7).unwrap().id;
    let (tell, told) = mpsc::channel();
    let (go, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let worker = Worker::builder(&queue)
        .start(move |job: &Job<i64>| {
            tell.send(()).unwrap();
            gate.lock().unwrap().recv().map_err(|_| "the gate is gone")?;
            let payload = *job.payload();
            Ok(Done::new(()).in_transaction(move |tx| tx.execute("INSERT INTO mine VALUES (?1)", [payload]).map(drop)))
        })
        .unwrap();
    told.recv().unwrap();
    let busy = keep_busy(&path);
    go.send(()).unwrap();
    assert!(last_error(&worker).contains("busy"));
    drop((busy, go));
    assert!(queue.wait_idle_deadline(soon()).unwrap());
    assert_eq!(worker.drain(soon()).completed, 1);
    let record = queue.job(&id).unwrap().unwrap();
    assert_eq!((record.state, record.starts, record.lease_losses), (State::Completed, 1, 0));
    let rows: i64 = queue.with_connection(|c| c.query_row("SELECT count(*) FROM mine", [], |row| row.get(0))).unwrap();
    assert_eq!(rows, 1);
}

#[test]
fn a_full_file_fails_no_job_whose_effects_need_room() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    let small = QueueOptions::new().max_file_size(200 << 10);
    let queue: Queue<i64> = Queue::open_with(&path, "q", small).unwrap();
    queue.with_connection(|c| c.execute_batch("CREATE TABLE mine (x)")).unwrap();
    let id = queue.add(&1).unwrap().id;
    let grow = |_: &Job<i64>| -> Result<Done<()>, Failure> {
        Ok(Done::new(()).in_transaction(|tx| tx.execute("INSERT INTO mine VALUES (zeroblob(300000))", []).map(drop)))
    };
    let worker = Worker::builder(&queue).start(grow).unwrap();
    let deadline = soon();
    loop {
        let record = queue.job(&id).unwrap().unwrap();
        assert_eq!((record.lease_losses, record.attempts_made), (0, 0), "{record:?}");
        if record.starts > 2 {
            break;
        }
        assert!(Instant::now() < deadline, "{record:?}");
        std::thread::yield_now();
    }
    assert!(last_error(&worker).contains("full"));
    assert!(worker.stop(soon()).handed_back >= 2);
    drop(queue);

    let roomy: Queue<i64> = Queue::open(&path, "q").unwrap();
    let worker = Worker::builder(&roomy).start(grow).unwrap();
    assert!(roomy.wait_idle_deadline(soon()).unwrap());
    assert_eq!(worker.drain(soon()).completed, 1);
    assert_eq!(roomy.job(&id).unwrap().unwrap().lease_losses, 0);
}

#[test]
fn a_stop_on_a_busy_file_ends_soon_and_its_leases_run_out() {
    const JOBS: usize = 8;
    let (_directory, path, queue) = open(Duration::from_secs(1));
    (0..JOBS).for_each(|_| drop(queue.add(&1).unwrap()));
    let (tell, told) = mpsc::channel();
    let (go, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let worker = Worker::builder(&queue)
        .concurrency(JOBS)
        .lease(Duration::from_secs(3))
        .start(move |_: &Job<i64>| {
            tell.send(()).unwrap();
            let _ = gate.lock().unwrap().recv();
            Ok(Done::new(()))
        })
        .unwrap();
    (0..JOBS).for_each(|_| told.recv().unwrap());
    let busy = keep_busy(&path);
    let begin = Instant::now();
    let report = worker.stop(past());
    assert!(begin.elapsed() < Duration::from_secs(4), "one busy time-out, not one for each of the {JOBS} jobs");
    assert_eq!((report.handed_back, report.still_busy), (0, JOBS as u64));
    drop(busy);

    // The handlers hang on; nobody keeps their leases, so another worker gets the jobs.
    let second = Worker::builder(&queue).start(|_| Ok(Done::new(()))).unwrap();
    assert!(queue.wait_idle_deadline(soon()).unwrap(), "{:?}", queue.counts());
    drop(go);
    assert_eq!(second.drain(soon()).completed, JOBS as u64);
}

#[test]
fn a_drain_does_not_wait_for_a_keeper_that_waits_for_the_file() {
    let (_directory, path, queue) = open(Duration::from_secs(10));
    queue.add(&1).unwrap();
    let dead = "UPDATE jobs_job SET state = 2, owner = 'gone', lease = 1";
    queue.with_connection(|c| c.execute_batch(dead)).unwrap();
    let busy = keep_busy(&path);
    let worker = Worker::builder(&queue).start(|_| Ok(Done::new(()))).unwrap();
    // Several of the keeper's rounds go by, in one of which it wants to take the job back.
    assert!(!queue.wait_idle_deadline(Instant::now() + Duration::from_millis(400)).unwrap());
    let begin = Instant::now();
    let report = worker.drain(Instant::now() + Duration::from_millis(100));
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!((report.completed, report.still_busy), (0, 0));
    drop(busy);
}

#[test]
fn a_job_claimed_while_a_drain_came_is_handed_back() {
    let (_directory, path, queue) = open(Duration::from_secs(30));
    let id = queue.add(&1).unwrap().id;
    let (tell, told) = mpsc::channel();
    let busy = keep_busy(&path);
    let worker = Worker::builder(&queue)
        .start(move |_: &Job<i64>| {
            tell.send(()).unwrap();
            Ok(Done::new(()))
        })
        .unwrap();
    // Long enough for the thread to see the job and wait for the file.
    assert!(!queue.wait_idle_deadline(Instant::now() + Duration::from_millis(400)).unwrap());
    assert_eq!(worker.drain(past()).still_busy, 0);
    drop(busy);
    told.recv().expect_err("nothing is begun after a drain that reports nobody busy");
    assert_eq!(queue.job(&id).unwrap().unwrap().state, State::Waiting);
}

#[test]
fn threads_of_one_process_wait_for_the_file_together_and_not_in_turn() {
    let (_directory, path, queue) = open(Duration::from_secs(1));
    let busy = keep_busy(&path);
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let refused = queue.add(&1).unwrap_err();
                assert!(
                    matches!(&refused, AddError::Engine(error) if error.kind() == EngineErrorKind::Busy),
                    "{refused}"
                );
            });
        }
    });
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
    drop(busy);
    queue.add(&1).unwrap();
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[test]
fn a_handler_that_panics_in_its_drop_leaves_the_report_whole() {
    let (_directory, _path, queue) = open(Duration::from_secs(5));
    queue.add(&1).unwrap();
    let bomb = Bomb;
    let worker = Worker::builder(&queue)
        .start(move |_: &Job<i64>| {
            let _captured = &bomb;
            Ok(Done::new(()))
        })
        .unwrap();
    assert!(queue.wait_idle_deadline(soon()).unwrap());
    assert_eq!(worker.drain(soon()).completed, 1);
}

#[test]
fn using_a_queue_inside_another_inside_it_panics_instead_of_hanging() {
    let (_directory, _path, queue) = open(Duration::from_secs(5));
    let (_other_directory, _other_path, other) = open(Duration::from_secs(5));
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            queue.with_connection(|_| Ok(other.with_connection(|_| Ok(queue.counts()))))
        }));
        tell.send(caught.is_err()).unwrap();
    });
    assert_eq!(told.recv_timeout(Duration::from_secs(30)), Ok(true));
}
