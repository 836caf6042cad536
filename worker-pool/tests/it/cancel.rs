//! Calling jobs off.

use crate::gate::{Hold, LIMIT, single};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use worker_pool::{Full, JoinError, SubmitErrorKind};

#[test]
fn a_cancelled_job_never_runs_and_is_dropped_at_once() {
    let pool = single(10, Full::Block);
    let hold = Hold::on(&pool);
    let (captured, ran) = (Arc::new(()), Arc::new(AtomicBool::new(false)));
    let job = {
        let (captured, ran) = (captured.clone(), ran.clone());
        move || {
            drop(captured);
            ran.store(true, Ordering::Relaxed);
        }
    };
    let handle = pool.submit(job).unwrap();
    assert!(handle.cancel());
    assert_eq!(Arc::strong_count(&captured), 1, "what the job captured is gone while its ticket is still queued");
    assert!(!handle.cancel(), "only one call cancels");
    assert!(matches!(handle.join(), Err(JoinError::Cancelled)));
    hold.release();
    pool.wait_idle();
    assert!(!ran.load(Ordering::Relaxed));
    assert_eq!(pool.metrics().cancelled, 1);
}

#[test]
fn a_running_job_is_not_cancelled() {
    let pool = single(10, Full::Block);
    let (started, starts) = std::sync::mpsc::channel();
    let (go_on, gate) = std::sync::mpsc::channel::<()>();
    let handle = pool
        .submit(move || {
            started.send(()).unwrap();
            gate.recv_timeout(LIMIT).unwrap();
            3
        })
        .unwrap();
    starts.recv_timeout(LIMIT).unwrap();
    assert!(!handle.cancel());
    go_on.send(()).unwrap();
    assert_eq!(handle.join().unwrap(), 3);
}

#[test]
fn a_canceller_ends_the_wait_of_another_thread() {
    let pool = single(10, Full::Block);
    let _hold = Hold::on(&pool);
    let handle = pool.submit(|| 3).unwrap();
    let canceller = handle.canceller();
    let joiner = std::thread::spawn(move || handle.join());
    assert!(!canceller.is_finished());
    assert!(canceller.cancel());
    assert!(matches!(joiner.join().unwrap(), Err(JoinError::Cancelled)));
    assert!(canceller.is_finished());
    assert!(!canceller.cancel());
}

#[test]
fn a_cancelled_job_frees_its_place() {
    let pool = single(1, Full::Reject);
    let _hold = Hold::on(&pool);
    let first = pool.submit(|| 1).unwrap();
    assert_eq!(pool.submit(|| 2).unwrap_err().kind(), SubmitErrorKind::Full);
    assert!(first.cancel());
    assert!(pool.submit(|| 3).is_ok());
}

#[test]
fn a_cancel_lets_a_blocked_submit_in() {
    let pool = single(1, Full::Block);
    let hold = Hold::on(&pool);
    let first = pool.submit(|| 1).unwrap();
    std::thread::scope(|scope| {
        let blocked = scope.spawn(|| pool.submit_timeout(|| 2, LIMIT).unwrap());
        assert!(first.cancel());
        let second = blocked.join().unwrap();
        hold.release();
        assert_eq!(second.join().unwrap(), 2);
    });
}

#[test]
fn a_drained_pool_ends_although_its_last_job_was_cancelled() {
    let pool = single(10, Full::Block);
    let hold = Hold::on(&pool);
    let last = pool.submit(|| 1).unwrap();
    std::thread::scope(|scope| {
        let drain = scope.spawn(|| pool.shutdown(worker_pool::Shutdown::Within(LIMIT)));
        assert!(last.cancel());
        hold.release();
        assert!(drain.join().unwrap().is_clean());
    });
    assert!(pool.wait_idle_timeout(Duration::ZERO));
}
