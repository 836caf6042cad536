//! Processes that are killed without warning.

use crate::child::{Stage, effects, open, soon, work};
use producer_consumer::jobs::{State, Worker};
use rustix::process::Signal;
use std::time::{Duration, Instant};

#[test]
fn a_killed_workers_jobs_are_finished_by_a_survivor_exactly_once_and_soon() {
    let stage = Stage::of(a_killed_workers_jobs_are_finished_by_a_survivor_exactly_once_and_soon);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    let queue = open(&path);
    (0..6).for_each(|number| drop(queue.add(&number).unwrap()));
    let mut victim = stage.start("hold", &path);
    (0..4).for_each(|_| drop(victim.hear().expect("the victim claims four jobs")));
    assert_eq!(queue.counts().unwrap().active, 4);

    let survivor = Worker::builder(&queue).concurrency(2).start(work).unwrap();
    victim.signal(Signal::KILL);
    let killed = Instant::now();
    assert!(queue.wait_idle_deadline(soon()).unwrap());
    assert!(killed.elapsed() < Duration::from_secs(30), "its leases would have run for 600 s");
    assert_eq!(survivor.drain(soon()).completed, 6);
    assert_eq!(effects(&queue), [0, 1, 2, 3, 4, 5]);
    let records = queue.jobs(State::Completed, 10).unwrap();
    assert_eq!(records.iter().map(|record| record.lease_losses).sum::<u32>(), 4);
    assert!(records.iter().all(|record| record.starts == 1 + record.lease_losses));
}

#[test]
fn workers_killed_at_any_moment_lose_no_job_and_double_no_effect() {
    let stage = Stage::of(workers_killed_at_any_moment_lose_no_job_and_double_no_effect);
    const JOBS: i64 = 40;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    let queue = open(&path);
    (0..JOBS).for_each(|number| drop(queue.add(&number).unwrap()));
    for kills in 1..=4 {
        // Each victim is killed a different number of starts into its life, while it commits, claims or both.
        let mut victim = stage.start("work", &path);
        (0..kills).for_each(|_| drop(victim.hear()));
        victim.signal(Signal::KILL);
    }
    let mut last = stage.start("work", &path);
    assert!(queue.wait_idle_deadline(soon()).unwrap(), "{:?}", queue.counts());
    last.release();
    assert_eq!(effects(&queue), (0..JOBS).collect::<Vec<_>>());
    let records = queue.jobs(State::Completed, 100).unwrap();
    assert_eq!(records.len() as i64, JOBS);
    assert!(records.iter().all(|record| record.starts == 1 + record.lease_losses), "{records:?}");
}

#[test]
fn what_a_killed_producer_was_told_is_added_is_there() {
    let stage = Stage::of(what_a_killed_producer_was_told_is_added_is_there);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    let mut producer = stage.start("fill", &path);
    let mut told = 0;
    while told < 20 {
        assert_eq!(producer.hear().as_deref(), Some(told.to_string().as_str()));
        told += 1;
    }
    producer.signal(Signal::KILL);
    while producer.hear().is_some() {
        told += 1;
    }
    let waiting = open(&path).counts().unwrap().waiting;
    assert!(waiting == told || waiting == told + 1, "told {told}, there are {waiting}");
}
