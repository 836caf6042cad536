//! How a pool ends.

use crate::child::in_child;
use crate::gate::{Hold, LIMIT, pass, single};
use common::latch::Latch;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use worker_pool::{Full, JoinError, Pool, Shutdown, SubmitErrorKind};

/// Threads of this process.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

/// Waits for the kernel to take off its list those that have been joined; a thread that is left behind never comes off it.
fn wait_for_threads(count: usize) {
    while threads() > count {
        std::thread::yield_now();
    }
}

#[test]
fn drain_finishes_what_was_accepted() {
    let pool = Pool::builder().workers(2).build().unwrap();
    let handles: Vec<_> = (0..100).map(|n| pool.submit(move || n).unwrap()).collect();
    let report = pool.shutdown(Shutdown::Drain);
    assert!(report.is_clean());
    assert_eq!(report.completed, 100);
    assert!(handles.iter().all(worker_pool::JoinHandle::is_finished));
    assert_eq!(pool.submit(|| {}).unwrap_err().kind(), SubmitErrorKind::Closed);
}

#[test]
fn drain_finishes_the_children_of_what_was_accepted() {
    let pool = Arc::new(single(10, Full::Block));
    let hold = Hold::on(&pool);
    let inner = pool.clone();
    let parent = pool.submit(move || {
        let child = inner.submit(|| 5).unwrap();
        inner.spawn(|| {}).unwrap();
        child.join().unwrap()
    });
    std::thread::scope(|scope| {
        let drain = scope.spawn(|| pool.shutdown(Shutdown::Drain));
        while pool.try_submit(|| {}).is_ok_and(|handle| handle.cancel()) {
            std::thread::yield_now();
        }
        hold.release();
        let report = drain.join().unwrap();
        assert!(report.is_clean());
        assert_eq!(report.completed, 4);
    });
    assert_eq!(parent.unwrap().join().unwrap(), 5);
}

#[test]
fn now_hands_back_what_has_not_started() {
    let pool = Pool::builder().workers(2).name("w").build().unwrap();
    let hold = [Hold::on(&pool), Hold::on(&pool)];
    let ran = Arc::new(AtomicUsize::new(0));
    let handles: Vec<_> = (0..5)
        .map(|_| {
            let ran = ran.clone();
            pool.submit(move || ran.fetch_add(1, Ordering::Relaxed)).unwrap()
        })
        .collect();
    let report = pool.shutdown(Shutdown::Now);
    assert_eq!(report.busy, ["w-0", "w-1"]);
    assert_eq!(report.unstarted.len(), 5);
    for handle in handles {
        assert!(matches!(handle.join(), Err(JoinError::Dropped)), "a joiner is told at once, before the job is run");
    }
    for job in report.unstarted.into_iter().take(3) {
        job.run().unwrap();
    }
    drop(hold);
    pool.wait_idle();
    assert_eq!(ran.load(Ordering::Relaxed), 3);
    assert!(pool.shutdown(Shutdown::Drain).is_clean());
}

#[test]
fn a_job_handed_back_gives_its_panic_to_whoever_runs_it() {
    let pool = single(10, Full::Block);
    let _hold = Hold::on(&pool);
    pool.spawn(|| panic!("late")).unwrap();
    let mut report = pool.shutdown(Shutdown::Now);
    let panic = report.unstarted.remove(0).run().unwrap_err();
    assert_eq!(panic.message(), Some("late"));
    assert_eq!(pool.metrics().panicked, 0, "the pool has not run it");
}

#[test]
fn within_drains_and_then_stops() {
    let pool = single(10, Full::Block);
    let hold = Hold::on(&pool);
    pool.spawn(|| {}).unwrap();
    let report = pool.shutdown(Shutdown::Within(Duration::from_millis(20)));
    assert_eq!((report.unstarted.len(), report.busy.len()), (1, 1));
    hold.release();

    let pool = single(10, Full::Block);
    pool.spawn(|| {}).unwrap();
    let report = pool.shutdown(Shutdown::Within(Duration::MAX));
    assert!(report.is_clean());
    assert_eq!(report.completed, 1);
}

#[test]
fn a_waiting_joiner_is_told_when_its_job_is_handed_back() {
    let pool = single(10, Full::Block);
    let _hold = Hold::on(&pool);
    let handle = pool.submit(|| 5).unwrap();
    let joiner = std::thread::spawn(move || handle.join());
    let report = pool.shutdown(Shutdown::Now);
    assert!(matches!(joiner.join().unwrap(), Err(JoinError::Dropped)));
    assert_eq!(report.unstarted.len(), 1);
}

#[test]
fn a_shutdown_from_inside_waits_for_nothing() {
    in_child("shutdown::a_shutdown_from_inside_waits_for_nothing", LIMIT, || {
        let pool = Arc::new(single(10, Full::Block));
        let gate = Arc::new(Latch::new());
        let (inner, opened) = (pool.clone(), gate.clone());
        let closer = pool.submit(move || {
            pass(&opened);
            let busy = inner.shutdown(Shutdown::Drain).busy;
            let within = inner.shutdown(Shutdown::Within(Duration::MAX)).unstarted.len();
            (busy, within, inner.shutdown(Shutdown::Now).unstarted.len())
        });
        pool.spawn(|| {}).unwrap();
        gate.open();
        assert_eq!(closer.unwrap().join().unwrap(), (vec!["worker-0".to_owned()], 0, 1));
        pool.wait_idle();
        assert!(pool.shutdown(Shutdown::Drain).is_clean());
    });
}

#[test]
fn a_wait_from_inside_panics_instead_of_hanging() {
    let pool = Arc::new(single(10, Full::Block));
    let inner = pool.clone();
    let waits = pool.submit(move || inner.wait_idle()).unwrap();
    assert!(matches!(waits.join(), Err(JoinError::Panicked(_))));
}

#[test]
fn a_second_shutdown_reports_again() {
    let pool = single(10, Full::Block);
    pool.spawn(|| {}).unwrap();
    let first = pool.shutdown(Shutdown::Drain);
    let second = pool.shutdown(Shutdown::Now);
    assert!(first.is_clean() && second.is_clean());
    assert_eq!(first.completed, second.completed);
}

#[test]
fn shutdowns_at_the_same_time_all_return() {
    let pool = Pool::builder().workers(2).build().unwrap();
    let hold = Hold::on(&pool);
    for _ in 0..10 {
        pool.spawn(|| {}).unwrap();
    }
    let (done, dones) = mpsc::channel();
    std::thread::scope(|scope| {
        for how in [Shutdown::Drain, Shutdown::Drain, Shutdown::Within(LIMIT), Shutdown::Now] {
            let (pool, done) = (&pool, done.clone());
            scope.spawn(move || done.send(pool.shutdown(how).unstarted.len()).unwrap());
        }
        // The one that says `Now` ends the patience of the others; the busy worker keeps none of them.
        let handed_back: usize = (0..4).map(|_| dones.recv_timeout(LIMIT).unwrap()).sum();
        hold.release();
        pool.wait_idle();
        assert_eq!(handed_back as u64 + pool.metrics().completed, 11);
    });
}

#[test]
fn dropping_a_pool_drains_it_and_ends_its_threads() {
    in_child("shutdown::dropping_a_pool_drains_it_and_ends_its_threads", LIMIT, || {
        let before = threads();
        let ran = Arc::new(AtomicUsize::new(0));
        let pool = Pool::builder().workers(4).build().unwrap();
        assert_eq!(threads(), before + 4);
        for _ in 0..100 {
            let ran = ran.clone();
            pool.spawn(move || {
                ran.fetch_add(1, Ordering::Relaxed);
            })
            .unwrap();
        }
        drop(pool);
        assert_eq!(ran.load(Ordering::Relaxed), 100);
        wait_for_threads(before);
    });
}

#[test]
fn dropping_a_pool_after_a_stop_does_not_wait_for_a_busy_worker() {
    let pool = single(10, Full::Block);
    let hold = Hold::on(&pool);
    assert_eq!(pool.shutdown(Shutdown::Now).busy.len(), 1);
    drop(pool);
    hold.release();
}

#[test]
fn a_pool_dropped_by_its_own_job_lets_its_workers_finish() {
    in_child("shutdown::a_pool_dropped_by_its_own_job_lets_its_workers_finish", LIMIT, || {
        let pool = Arc::new(single(10, Full::Block));
        let gate = Arc::new(Latch::new());
        let (inner, opened) = (pool.clone(), gate.clone());
        let dropper = pool.submit(move || {
            pass(&opened);
            drop(Arc::into_inner(inner).expect("this is the last owner"));
            1
        });
        let later = pool.submit(|| 2).unwrap();
        drop(pool);
        gate.open();
        assert_eq!(dropper.unwrap().join().unwrap(), 1);
        assert_eq!(later.join().unwrap(), 2, "what was accepted before runs after");
    });
}

#[test]
fn a_pool_dropped_with_a_cancelled_job_is_not_waited_for() {
    in_child("shutdown::a_pool_dropped_with_a_cancelled_job_is_not_waited_for", LIMIT, || {
        let pool = Arc::new(single(10, Full::Block));
        let hold = Hold::on(&pool);
        let owner = pool.clone();
        let owns_the_pool = pool.submit(move || drop(owner)).unwrap();
        drop(pool);
        assert!(owns_the_pool.cancel());
        assert!(matches!(owns_the_pool.join(), Err(JoinError::Cancelled)));
        hold.release();
    });
}

#[test]
fn a_handle_outlives_its_pool() {
    let pool = single(10, Full::Block);
    let handle = pool.submit(|| 5).unwrap();
    drop(pool);
    assert!(!handle.cancel());
    assert_eq!(handle.join().unwrap(), 5);
}

#[test]
fn a_long_queue_is_dropped_without_recursion() {
    in_child("shutdown::a_long_queue_is_dropped_without_recursion", LIMIT, || {
        const LONG: usize = if cfg!(miri) { 500 } else { 200_000 };
        let pool = single(LONG, Full::Reject);
        let _hold = Hold::on(&pool);
        let dropped = Arc::new(());
        for _ in 0..LONG {
            let dropped = dropped.clone();
            pool.spawn(move || drop(dropped)).unwrap();
        }
        // On a small stack, so that even shallow frames would overflow it.
        let small = std::thread::Builder::new().stack_size(64 * 1024);
        let report = pool.shutdown(Shutdown::Now);
        assert_eq!(report.unstarted.len(), LONG);
        small.spawn(move || drop(report)).unwrap().join().unwrap();
        assert_eq!(Arc::strong_count(&dropped), 1);
    });
}

#[test]
fn a_stopped_pool_is_not_clean_while_a_job_runs_on_its_submitter() {
    let pool = single(1, Full::CallerRuns);
    let hold = Hold::on(&pool);
    let queued = pool.submit(|| {}).unwrap();
    let (started, gate) = (Arc::new(Latch::new()), Arc::new(Latch::new()));
    let (starts, opened) = (started.clone(), gate.clone());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            pool.spawn(move || {
                starts.open();
                pass(&opened);
            })
            .unwrap();
        });
        pass(&started);
        hold.release();
        queued.join().unwrap();
        while pool.metrics().running > 1 {
            std::thread::yield_now();
        }
        let report = pool.shutdown(Shutdown::Now);
        assert_eq!((report.unstarted.len(), report.busy.len(), report.elsewhere), (0, 0, 1));
        assert!(!report.is_clean(), "one job has not ended");
        gate.open();
    });
    assert!(pool.shutdown(Shutdown::Drain).is_clean());
}

/// Shuts its pool down when the thread that keeps it ends.
struct Ends(Arc<Pool>);

impl Drop for Ends {
    fn drop(&mut self) {
        assert_eq!(self.0.shutdown(Shutdown::Now).unstarted.len(), 0);
    }
}

thread_local! {
    static KEPT: std::cell::RefCell<Option<Arc<Pool>>> = const { std::cell::RefCell::new(None) };
    static ENDS: std::cell::RefCell<Option<Ends>> = const { std::cell::RefCell::new(None) };
}

#[test]
fn a_worker_that_keeps_its_pool_to_its_end_does_not_join_itself() {
    in_child("shutdown::a_worker_that_keeps_its_pool_to_its_end_does_not_join_itself", LIMIT, || {
        let before = threads();
        let pool = Arc::new(single(10, Full::Block));
        let (kept, gate) = (pool.clone(), Arc::new(Latch::new()));
        let opened = gate.clone();
        let keeper = pool.submit(move || {
            pass(&opened);
            assert_eq!(kept.shutdown(Shutdown::Drain).busy.len(), 1);
            KEPT.set(Some(kept));
        });
        drop(pool);
        gate.open();
        keeper.unwrap().join().unwrap();
        wait_for_threads(before);

        let pool = Arc::new(single(10, Full::Block));
        let kept = Ends(pool.clone());
        pool.submit(|| ENDS.set(Some(kept))).unwrap().join().unwrap();
        assert!(pool.shutdown(Shutdown::Drain).is_clean());
    });
}
