//! Panics of foreign code, in every place where foreign code runs.

use crate::gate::{Hold, LIMIT, single};
use std::panic::panic_any;
use std::sync::{Arc, mpsc};
use std::task::{Wake, Waker};
use worker_pool::{Full, JoinError, JoinHandle, Pool};

/// Panics when it is dropped.
struct Grenade;

impl Drop for Grenade {
    fn drop(&mut self) {
        panic!("a drop panics");
    }
}

/// The pool's only worker still runs jobs, and it is the thread it was.
fn assert_alive(pool: &Pool) {
    let index = pool.submit(worker_pool::worker_index).unwrap();
    assert_eq!(index.join().unwrap(), Some(0));
    assert!(pool.wait_idle_timeout(LIMIT));
    let metrics = pool.metrics();
    assert_eq!(metrics.running + metrics.queued, 0, "{metrics:?}");
}

fn message<T: std::fmt::Debug + 'static>(handle: JoinHandle<T>) -> String {
    match handle.join() {
        Err(JoinError::Panicked(panic)) => panic.message().unwrap_or("no text").to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_panic_is_the_result_of_its_job() {
    let pool = single(10, Full::Block);
    assert_eq!(message(pool.submit(|| panic!("a fixed text")).unwrap()), "a fixed text");
    let number = 7;
    assert_eq!(message(pool.submit(move || panic!("text {number}")).unwrap()), "text 7");
    let handle = pool.submit(|| panic_any(7_u8)).unwrap();
    let Err(JoinError::Panicked(panic)) = handle.join() else { panic!("the job panics") };
    assert_eq!(panic.into_payload().downcast_ref::<u8>(), Some(&7));
    pool.wait_idle();
    assert_eq!(pool.metrics().panicked, 3);
    assert_alive(&pool);
}

#[test]
fn a_panic_can_be_resumed_by_whoever_joins() {
    let pool = single(10, Full::Block);
    let handle = pool.submit(|| panic_any(9_u8)).unwrap();
    let Err(JoinError::Panicked(panic)) = handle.join() else { panic!("the job panics") };
    let again = std::thread::spawn(move || panic.resume()).join().unwrap_err();
    assert_eq!(again.downcast_ref::<u8>(), Some(&9));
}

#[test]
fn a_panic_in_the_drop_of_what_a_job_captured_is_its_result() {
    let pool = single(10, Full::Block);
    let grenade = Grenade;
    let handle = pool.submit(move || {
        let _explodes_at_the_end = &grenade;
        5
    });
    assert_eq!(message(handle.unwrap()), "a drop panics");
    assert_alive(&pool);
}

#[test]
fn a_panic_in_the_drop_of_a_job_that_never_ran_is_contained() {
    let pool = single(1, Full::DropOldest);
    let grenade = || {
        let grenade = Grenade;
        move || std::mem::forget(grenade)
    };
    let hold = Hold::on(&pool);
    let cancelled = pool.submit(grenade()).unwrap();
    assert!(cancelled.cancel());
    assert!(matches!(cancelled.join(), Err(JoinError::Cancelled)));
    let evicted = pool.submit(grenade()).unwrap();
    pool.spawn(|| {}).unwrap();
    assert!(matches!(evicted.join(), Err(JoinError::Dropped)));
    hold.release();
    pool.wait_idle();
    assert_alive(&pool);
}

#[test]
fn a_panic_in_the_drop_of_a_result_nobody_wants_is_contained() {
    let pool = single(10, Full::Block);
    let hold = Hold::on(&pool);
    drop(pool.submit(|| Grenade).unwrap());
    hold.release();
    pool.wait_idle();
    let wanted_too_late = pool.submit(|| Grenade).unwrap();
    pool.wait_idle();
    drop(wanted_too_late);
    assert_alive(&pool);
}

#[test]
fn a_panic_in_the_drop_of_a_panics_payload_is_contained() {
    let pool = single(10, Full::Block);
    pool.spawn(|| panic_any(Grenade)).unwrap();
    drop(pool.submit(|| panic_any(Grenade)).unwrap());
    pool.wait_idle();
    assert_eq!(pool.metrics().panicked, 2);
    assert_alive(&pool);
}

#[test]
fn a_panic_in_a_waker_is_contained() {
    struct Bomb(mpsc::Sender<()>);
    impl Wake for Bomb {
        fn wake(self: Arc<Self>) {
            self.0.send(()).unwrap();
            panic!("a waker panics");
        }
    }
    let pool = single(10, Full::Block);
    let hold = Hold::on(&pool);
    let mut handle = std::pin::pin!(pool.submit(|| 5).unwrap());
    let (woken, wakes) = mpsc::channel();
    let waker = Waker::from(Arc::new(Bomb(woken)));
    assert!(handle.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
    hold.release();
    wakes.recv_timeout(LIMIT).unwrap();
    assert_alive(&pool);
    assert_eq!(handle.try_join().unwrap().unwrap(), 5);
}

#[test]
fn a_panic_of_a_job_run_by_its_joiner_stops_there() {
    let pool = Arc::new(single(10, Full::Block));
    let inner = pool.clone();
    let outer = pool.submit(move || message(inner.submit(|| panic!("inner")).unwrap())).unwrap();
    assert_eq!(outer.join().unwrap(), "inner");
    assert_alive(&pool);
}

#[test]
fn a_panic_of_a_job_run_by_its_submitter_stops_there() {
    let pool = single(1, Full::CallerRuns);
    let hold = Hold::on(&pool);
    pool.spawn(|| {}).unwrap();
    assert_eq!(message(pool.submit(|| panic!("on the caller")).unwrap()), "on the caller");
    hold.release();
    pool.wait_idle();
    assert_alive(&pool);
}
