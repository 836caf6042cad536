//! The numbers add up.

use crate::gate::{Hold, single};
use std::sync::Arc;
use worker_pool::{Full, Shutdown};

#[test]
fn an_idle_pool_adds_up() {
    let pool = Arc::new(single(4, Full::DropOldest));
    let hold = Hold::on(&pool);
    let handles: Vec<_> = (0..10).map(|n| pool.submit(move || assert_ne!(n, 9)).unwrap()).collect();
    assert!(handles[7].cancel());
    assert!(pool.try_submit(|| {}).is_ok(), "the cancelled job left room");
    assert!(pool.try_submit(|| {}).is_err());
    hold.release();
    pool.wait_idle();
    let metrics = pool.metrics();
    assert_eq!((metrics.queued, metrics.running), (0, 0));
    assert_eq!((metrics.completed, metrics.panicked), (4, 1), "{metrics:?}");
    assert_eq!((metrics.cancelled, metrics.dropped, metrics.rejected), (1, 6, 1), "{metrics:?}");
    assert_eq!(metrics.completed + metrics.panicked + metrics.cancelled + metrics.dropped, 12, "{metrics:?}");
    assert_eq!((metrics.workers, metrics.peak_queued), (1, 4));
}

#[test]
fn a_joined_job_is_counted() {
    let pool = single(10, Full::Block);
    for n in 1..200 {
        pool.submit(|| {}).unwrap().join().unwrap();
        assert_eq!(pool.metrics().completed, n);
    }
}

#[test]
fn a_report_counts_what_it_hands_back() {
    let pool = single(10, Full::Block);
    let hold = Hold::on(&pool);
    for _ in 0..3 {
        pool.spawn(|| {}).unwrap();
    }
    let report = pool.shutdown(Shutdown::Now);
    let metrics = pool.metrics();
    assert_eq!((metrics.handed_back, metrics.queued, metrics.running), (3, 0, 1));
    assert_eq!((report.unstarted.len(), report.completed), (3, 0));
    hold.release();
    pool.wait_idle();
    assert_eq!(pool.metrics().completed, 1);
}
