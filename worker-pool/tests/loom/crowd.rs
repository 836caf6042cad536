//! More threads than loom can hold; shuttle alone runs these.

use crate::pool::pool;
use common::model::model;
use common::sync::atomic::{AtomicU32, Ordering};
use common::sync::{Arc, thread};
use worker_pool::{Full, JoinError, Pool, Shutdown, SubmitErrorKind};

const MANY: usize = 8;
const CROWD: &str = "more threads than a race has roles";

/// A submit may wait for room that any worker makes, and no wake may be lost on the way.
#[test]
fn eight_submitters_and_two_workers_run_every_job_once() {
    model("crowd/submit_and_join").outcomes(&["all ran"]).one_shape(CROWD).check(|seen| {
        let pool = pool(2, 2, Full::Block);
        thread::scope(|scope| {
            for submitter in 0..MANY {
                let pool = &pool;
                scope.spawn(move || {
                    let handle = pool.submit(move || submitter).unwrap();
                    assert_eq!(handle.join().unwrap(), submitter);
                });
            }
        });
        let report = pool.shutdown(Shutdown::Drain);
        assert!(report.is_clean());
        assert_eq!(report.completed, MANY as u64);
        seen.outcome("all ran");
    });
}

/// A tree of jobs in which each joins its two children, which run on other workers or on the one that waits for them.
#[test]
fn a_tree_of_nested_joins_finishes_on_eight_workers() {
    fn leaves(pool: Arc<Pool>, depth: u32) -> u32 {
        if depth == 0 {
            return 1;
        }
        let children = [(); 2].map(|()| {
            let inner = pool.clone();
            pool.submit(move || leaves(inner, depth - 1)).unwrap()
        });
        drop(pool);
        children.into_iter().map(|child| child.join().unwrap()).sum()
    }

    model("crowd/nested_joins").outcomes(&["finished"]).one_shape(CROWD).check(|seen| {
        let pool = Arc::new(pool(MANY, 1, Full::Block));
        let inner = pool.clone();
        assert_eq!(pool.submit(move || leaves(inner, 3)).unwrap().join().unwrap(), 8);
        pool.wait_idle();
        assert_eq!(pool.metrics().completed, 15);
        seen.outcome("finished");
    });
}

#[test]
fn a_stop_among_eight_submitters_accounts_for_every_job() {
    let outcomes = &["all ran", "some handed back", "some refused"];
    model("crowd/stop").outcomes(outcomes).one_shape(CROWD).check(|seen| {
        let pool = pool(3, 2, Full::Block);
        let ran = Arc::new(AtomicU32::new(0));
        let (mut completed, mut handed_back, mut refused) = (0, 0, 0);
        let report = thread::scope(|scope| {
            let submitters = [(); MANY].map(|()| {
                scope.spawn(|| {
                    let ran = ran.clone();
                    // ORDERING: Relaxed: read when all have been joined.
                    let job = move || ran.fetch_add(1, Ordering::Relaxed);
                    pool.submit(job).map(|handle| handle.join().map(drop)).map_err(|refused| refused.kind())
                })
            });
            thread::yield_now();
            let stop = scope.spawn(|| pool.shutdown(Shutdown::Now));
            for submitter in submitters {
                match submitter.join().unwrap() {
                    Ok(Ok(())) => completed += 1,
                    Ok(Err(JoinError::Dropped)) => handed_back += 1,
                    Err(SubmitErrorKind::Closed) => refused += 1,
                    other => panic!("{other:?}"),
                }
            }
            stop.join().unwrap()
        });
        assert_eq!((report.unstarted.len(), completed + handed_back + refused), (handed_back, MANY));
        // ORDERING: Relaxed, as above.
        assert_eq!(ran.load(Ordering::Relaxed) as usize, completed);
        seen.outcome(match (handed_back, refused) {
            (0, 0) => "all ran",
            (0, _) => "some refused",
            (_, _) => "some handed back",
        });
    });
}

/// Each job may be taken by a worker, its canceller or its joiner, and the pool adds up whoever it is.
#[test]
fn cancellers_joiners_and_workers_agree_on_every_job() {
    let outcomes = &["none cancelled", "some cancelled", "all cancelled"];
    model("crowd/cancel").outcomes(outcomes).one_shape(CROWD).check(|seen| {
        let pool = pool(MANY / 2, MANY, Full::Block);
        let handles = [(); MANY / 2].map(|()| pool.submit(|| ()).unwrap());
        let cancelled = thread::scope(|scope| {
            let cancellers = handles.each_ref().map(|handle| {
                let canceller = handle.canceller();
                scope.spawn(move || canceller.cancel())
            });
            let joiners = handles.map(|handle| scope.spawn(move || handle.join().is_err()));
            let cancelled = cancellers.map(|canceller| canceller.join().unwrap());
            assert_eq!(joiners.map(|joiner| joiner.join().unwrap()), cancelled);
            cancelled.iter().filter(|cancelled| **cancelled).count()
        });
        let report = pool.shutdown(Shutdown::Drain);
        assert!(report.is_clean());
        assert_eq!((report.completed, report.cancelled), ((MANY / 2 - cancelled) as u64, cancelled as u64));
        seen.outcome(match cancelled {
            0 => "none cancelled",
            count if count == MANY / 2 => "all cancelled",
            _ => "some cancelled",
        });
    });
}

/// A drain among submitters, whose jobs submit in turn: what it has accepted it finishes, children included.
#[test]
fn a_drain_among_eight_submitters_finishes_the_children_too() {
    let outcomes = &["all accepted", "some accepted", "none accepted"];
    model("crowd/drain").outcomes(outcomes).one_shape(CROWD).check(|seen| {
        let pool = Arc::new(pool(3, 2, Full::Block));
        let (accepted, report) = thread::scope(|scope| {
            let submitters = [(); MANY].map(|()| {
                scope.spawn(|| {
                    let inner = pool.clone();
                    let job = move || inner.submit(|| ()).expect("a job of a draining pool may submit").join().unwrap();
                    pool.spawn(job).is_ok()
                })
            });
            thread::yield_now();
            let drain = scope.spawn(|| pool.shutdown(Shutdown::Drain));
            let accepted = submitters.map(|submitter| submitter.join().unwrap());
            (accepted.iter().filter(|accepted| **accepted).count(), drain.join().unwrap())
        });
        assert!(report.is_clean());
        assert_eq!(report.completed, 2 * accepted as u64);
        seen.outcome(match accepted {
            0 => "none accepted",
            MANY => "all accepted",
            _ => "some accepted",
        });
    });
}
