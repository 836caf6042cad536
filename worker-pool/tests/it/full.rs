//! A full queue: every policy, outside and inside.

use crate::gate::{Hold, LIMIT, single};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use worker_pool::{Full, JoinError, Shutdown, SubmitErrorKind};

#[test]
fn block_waits_for_room_and_loses_nothing() {
    let pool = single(1, Full::Block);
    let hold = Hold::on(&pool);
    let sums = std::thread::scope(|scope| {
        let submitters: Vec<_> = (0..3_u64)
            .map(|one| {
                let pool = &pool;
                scope.spawn(move || (0..50).map(|n| pool.submit(move || one * 100 + n).unwrap()).collect::<Vec<_>>())
            })
            .collect();
        assert!(!pool.wait_idle_timeout(Duration::from_millis(10)));
        assert!(pool.metrics().queued <= 1, "the bound holds while submitters wait");
        hold.release();
        let handles = submitters.into_iter().flat_map(|submitter| submitter.join().unwrap());
        handles.map(|handle| handle.join().unwrap()).sum::<u64>()
    });
    assert_eq!(sums, (100 + 200) * 50 + 3 * (49 * 50 / 2));
    assert_eq!(pool.metrics().peak_queued, 1);
}

#[test]
fn reject_gives_the_job_back_runnable() {
    let pool = single(1, Full::Reject);
    let _hold = Hold::on(&pool);
    let _queued = pool.submit(|| 0).unwrap();
    let text = String::from("still mine");
    let refused = pool.submit(move || text.len()).unwrap_err();
    assert_eq!(refused.kind(), SubmitErrorKind::Full);
    assert_eq!(refused.to_string(), "the job was not accepted: the queue is full");
    assert_eq!(refused.into_inner()(), 10);
    let refused = pool.spawn(|| {}).unwrap_err();
    refused.into_inner()();
    assert_eq!(pool.metrics().rejected, 2);
}

#[test]
fn caller_runs_runs_the_job_before_the_submit_returns() {
    let pool = single(1, Full::CallerRuns);
    let _hold = Hold::on(&pool);
    let _queued = pool.submit(|| 0).unwrap();
    let handle = pool.submit(|| std::thread::current().id()).unwrap();
    assert!(handle.is_finished());
    assert_eq!(handle.join().unwrap(), std::thread::current().id());
    assert_eq!(pool.metrics().caller_ran, 1);
}

#[test]
fn drop_oldest_makes_room_and_tells_the_victim() {
    let pool = single(2, Full::DropOldest);
    let hold = Hold::on(&pool);
    let handles: Vec<_> = (0..5).map(|n| pool.submit(move || n).unwrap()).collect();
    hold.release();
    let ends: Vec<_> = handles.into_iter().map(|handle| handle.join().ok()).collect();
    assert_eq!(ends, [None, None, None, Some(3), Some(4)]);
    assert_eq!(pool.metrics().dropped, 3);
}

#[test]
fn drop_newest_keeps_the_queue_and_tells_the_victim() {
    let pool = single(2, Full::DropNewest);
    let hold = Hold::on(&pool);
    let handles: Vec<_> = (0..5).map(|n| pool.submit(move || n).unwrap()).collect();
    assert!(handles[4].is_finished());
    hold.release();
    let ends: Vec<_> = handles.into_iter().map(|handle| handle.join()).collect();
    assert!(matches!(
        ends[..],
        [Ok(0), Ok(1), Err(JoinError::Dropped), Err(JoinError::Dropped), Err(JoinError::Dropped)]
    ));
}

#[test]
fn try_submit_and_submit_timeout_overrule_the_policy() {
    for full in [Full::Block, Full::Reject, Full::CallerRuns, Full::DropOldest, Full::DropNewest] {
        let pool = single(1, full);
        let _hold = Hold::on(&pool);
        let queued = pool.submit(|| 0).unwrap();
        assert_eq!(pool.try_submit(|| 1).unwrap_err().kind(), SubmitErrorKind::Full);
        let late = pool.submit_timeout(|| 2, Duration::from_millis(5)).unwrap_err();
        assert_eq!(late.kind(), SubmitErrorKind::Full);
        assert_eq!(late.into_inner()(), 2);
        assert!(!queued.is_finished(), "{full:?}: nobody took the queued job's place");
    }
}

#[test]
fn a_blocked_submit_is_refused_when_the_pool_shuts_down() {
    let pool = single(1, Full::Block);
    let _hold = Hold::on(&pool);
    let _queued = pool.submit(|| 0).unwrap();
    std::thread::scope(|scope| {
        let blocked = scope.spawn(|| pool.submit(|| 7).map(drop).unwrap_err());
        let report = pool.shutdown(Shutdown::Now);
        let refused = blocked.join().unwrap();
        assert_eq!(refused.kind(), SubmitErrorKind::Closed);
        assert_eq!(refused.into_inner()(), 7);
        assert_eq!(report.unstarted.len(), 1);
    });
}

#[test]
fn a_submit_from_inside_never_waits_nor_runs_on_the_spot() {
    for full in [Full::Block, Full::Reject, Full::CallerRuns, Full::DropOldest, Full::DropNewest] {
        let pool = Arc::new(single(1, full));
        let inner = pool.clone();
        let order = Arc::new(Mutex::new(Vec::new()));
        let log = order.clone();
        let submitted = pool.submit(move || {
            for n in 0..10 {
                let log = log.clone();
                inner.spawn(move || log.lock().unwrap().push(n)).unwrap();
            }
            assert!(log.lock().unwrap().is_empty());
            inner.metrics().queued
        });
        assert_eq!(submitted.unwrap().join().unwrap(), 10, "{full:?}");
        assert!(pool.wait_idle_timeout(LIMIT));
        assert_eq!(*order.lock().unwrap(), (0..10).collect::<Vec<_>>(), "{full:?}");
    }
}

#[test]
fn even_jobs_from_inside_have_a_bound() {
    let pool =
        Arc::new(worker_pool::Pool::builder().workers(1).queue(2, Full::Block).inside_capacity(5).build().unwrap());
    let inner = pool.clone();
    let count = pool.submit(move || {
        let accepted = (0..9).take_while(|_| inner.spawn(|| {}).is_ok()).count();
        (accepted, inner.submit(|| 8).unwrap_err().kind())
    });
    assert_eq!(count.unwrap().join().unwrap(), (5, SubmitErrorKind::InsideFull));
}
