//! Submitting, joining, waiting.

use crate::gate::{Hold, LIMIT, single};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};
use worker_pool::{BuildError, Full, JoinError, MAX_STACK, MAX_WORKERS, Pool, worker_index};

#[test]
fn a_result_comes_back() {
    let pool = Pool::builder().workers(2).build().unwrap();
    let handles: Vec<_> = (0..100).map(|n| pool.submit(move || n * n).unwrap()).collect();
    for (n, handle) in handles.into_iter().enumerate() {
        assert_eq!(handle.join().unwrap(), n * n);
    }
}

#[test]
fn one_worker_runs_jobs_in_the_order_of_their_submits() {
    const JOBS: u32 = if cfg!(miri) { 50 } else { 500 };
    let pool = single(1_000, Full::Block);
    let order = Arc::new(Mutex::new(Vec::new()));
    let hold = Hold::on(&pool);
    for n in 0..JOBS {
        let order = order.clone();
        pool.spawn(move || order.lock().unwrap().push(n)).unwrap();
    }
    hold.release();
    pool.wait_idle();
    assert_eq!(*order.lock().unwrap(), (0..JOBS).collect::<Vec<_>>());
}

#[test]
fn wait_idle_returns_when_every_job_has_ended() {
    let pool = Pool::builder().workers(3).build().unwrap();
    let handles: Vec<_> = (0..50).map(|n| pool.submit(move || n).unwrap()).collect();
    pool.wait_idle();
    assert!(handles.iter().all(worker_pool::JoinHandle::is_finished));
    assert_eq!(pool.metrics().completed, 50);
}

#[test]
fn wait_idle_gives_up_while_a_job_runs() {
    let pool = single(1, Full::Block);
    let hold = Hold::on(&pool);
    assert!(!pool.wait_idle_timeout(Duration::from_millis(20)));
    assert!(!pool.wait_idle_deadline(Instant::now() + Duration::from_millis(20)));
    hold.release();
    assert!(pool.wait_idle_deadline(Instant::now() + LIMIT));
    assert!(pool.wait_idle_timeout(Duration::MAX), "a time-out beyond the clock's range is no time-out");
}

#[test]
fn a_dropped_handle_lets_the_job_run() {
    let pool = single(10, Full::Block);
    let (ran, runs) = mpsc::channel();
    drop(pool.submit(move || ran.send(7).unwrap()).unwrap());
    assert_eq!(runs.recv_timeout(LIMIT), Ok(7));
}

#[test]
fn a_spawned_job_runs_without_a_handle() {
    let pool = single(10, Full::Block);
    let (ran, runs) = mpsc::channel();
    pool.spawn(move || ran.send(7).unwrap()).unwrap();
    assert_eq!(runs.recv_timeout(LIMIT), Ok(7));
}

#[test]
fn workers_are_named_and_numbered() {
    let pool = Pool::builder().workers(1).name("img").build().unwrap();
    let name = pool.submit(|| std::thread::current().name().map(str::to_owned)).unwrap();
    assert_eq!(name.join().unwrap().as_deref(), Some("img-0"));
    assert_eq!(pool.submit(worker_index).unwrap().join().unwrap(), Some(0));
    assert_eq!(worker_index(), None);
}

#[test]
fn a_join_that_gives_up_leaves_the_handle_usable() {
    let pool = single(10, Full::Block);
    let hold = Hold::on(&pool);
    let mut handle = pool.submit(|| 5).unwrap();
    assert!(handle.try_join().is_none());
    assert!(handle.join_timeout(Duration::from_millis(20)).is_none());
    assert!(handle.join_timeout(Duration::ZERO).is_none());
    assert!(handle.join_deadline(Instant::now() + Duration::from_millis(20)).is_none());
    hold.release();
    assert_eq!(handle.join_deadline(Instant::now() + LIMIT).unwrap().unwrap(), 5);
    assert!(matches!(handle.join_timeout(LIMIT), Some(Err(JoinError::Taken))));
}

#[test]
fn a_result_is_taken_once() {
    let pool = single(10, Full::Block);
    let mut handle = pool.submit(|| 5).unwrap();
    pool.wait_idle();
    assert_eq!(handle.try_join().unwrap().unwrap(), 5);
    assert!(handle.is_finished());
    assert!(matches!(handle.try_join(), Some(Err(JoinError::Taken))));
    assert!(matches!(handle.join(), Err(JoinError::Taken)));
}

#[test]
fn an_outside_thread_never_runs_the_job_it_joins() {
    let pool = single(10, Full::Block);
    let hold = Hold::on(&pool);
    let handle = pool.submit(|| std::thread::current().id()).unwrap();
    let joiner = std::thread::spawn(move || (std::thread::current().id(), handle.join().unwrap()));
    assert!(!pool.wait_idle_timeout(Duration::from_millis(20)));
    hold.release();
    let (joiner, runner) = joiner.join().unwrap();
    assert_ne!(joiner, runner);
    assert_eq!(pool.metrics().inlined, 0);
}

#[test]
fn what_is_out_of_bounds_is_not_built() {
    let bad = |builder: worker_pool::Builder| builder.build().map(drop).unwrap_err();
    assert!(matches!(bad(Pool::builder().workers(0)), BuildError::Workers(0)));
    assert!(matches!(bad(Pool::builder().workers(MAX_WORKERS + 1)), BuildError::Workers(_)));
    assert!(matches!(bad(Pool::builder().queue(0, Full::Block)), BuildError::Queue(0)));
    assert!(matches!(bad(Pool::builder().queue(8, Full::Block).inside_capacity(7)), BuildError::Queue(7)));
    assert!(matches!(bad(Pool::builder().stack_size(MAX_STACK + 1)), BuildError::Stack(_)));
    assert!(matches!(bad(Pool::builder().name("a\0b")), BuildError::Name(_)));
    let huge = Pool::builder().workers(1).queue(usize::MAX, Full::Block).build();
    assert_eq!(huge.unwrap().submit(|| 1).unwrap().join().unwrap(), 1, "a bound allocates nothing by itself");
}
