//! Jobs that wait for jobs. What would hang or overflow runs in a child process with a time limit.

use crate::child::in_child;
use crate::gate::{Hold, LIMIT, single};
use std::sync::{Arc, Mutex, mpsc};
use worker_pool::{Full, JoinError, JoinHandle, Pool, worker_index};

fn chain(pool: &Arc<Pool>, depth: u32) -> u32 {
    if depth == 0 {
        return 0;
    }
    let inner = pool.clone();
    pool.submit(move || chain(&inner, depth - 1)).unwrap().join().unwrap() + 1
}

fn fibonacci(pool: &Arc<Pool>, n: u32) -> u32 {
    if n < 2 {
        return n;
    }
    let inner = pool.clone();
    let left = pool.submit(move || fibonacci(&inner, n - 1)).unwrap();
    let right = fibonacci(pool, n - 2);
    left.join().unwrap() + right
}

#[test]
fn a_chain_of_a_thousand_joins_finishes_on_one_worker() {
    in_child("nested::a_chain_of_a_thousand_joins_finishes_on_one_worker", LIMIT, || {
        const DEPTH: u32 = if cfg!(miri) { 20 } else { 1_000 };
        let pool = Arc::new(single(1, Full::Block));
        let inner = pool.clone();
        assert_eq!(pool.submit(move || chain(&inner, DEPTH)).unwrap().join().unwrap(), DEPTH);
        assert_eq!(pool.metrics().inlined, u64::from(DEPTH));
    });
}

#[test]
fn a_tree_of_joins_finishes_on_any_number_of_workers() {
    in_child("nested::a_tree_of_joins_finishes_on_any_number_of_workers", LIMIT, || {
        const TREE: (u32, u32) = if cfg!(miri) { (6, 8) } else { (14, 377) };
        for workers in 1..=3 {
            let pool = Arc::new(Pool::builder().workers(workers).queue(1, Full::Block).build().unwrap());
            let inner = pool.clone();
            assert_eq!(pool.submit(move || fibonacci(&inner, TREE.0)).unwrap().join().unwrap(), TREE.1);
        }
    });
}

#[test]
fn a_join_under_a_lock_runs_nothing_else_under_it() {
    in_child("nested::a_join_under_a_lock_runs_nothing_else_under_it", LIMIT, || {
        let pool = Arc::new(single(10, Full::Block));
        let inner = pool.clone();
        let lock = Arc::new(Mutex::new(0));
        let outer = pool.submit(move || {
            let guard = lock.lock().unwrap();
            let wants_the_lock = {
                let lock = lock.clone();
                inner.submit(move || *lock.lock().unwrap() += 1).unwrap()
            };
            let child = inner.submit(|| 5).unwrap();
            let joined = (child.join().unwrap(), wants_the_lock.is_finished());
            drop(guard);
            wants_the_lock.join().unwrap();
            (joined, *lock.lock().unwrap())
        });
        assert_eq!(outer.unwrap().join().unwrap(), ((5, false), 1));
    });
}

#[test]
fn pools_that_join_into_each_other_do_not_wait_in_a_ring() {
    in_child("nested::pools_that_join_into_each_other_do_not_wait_in_a_ring", LIMIT, || {
        let pools = [Arc::new(single(1, Full::Block)), Arc::new(single(1, Full::Block))];
        let meet = Arc::new(std::sync::Barrier::new(2));
        let outer = |here: usize| -> JoinHandle<u32> {
            let (other, meet) = (pools[1 - here].clone(), meet.clone());
            // Both workers are busy when each submits to the other's queue, beyond its bound, and joins.
            let job = move || {
                meet.wait();
                let children: Vec<_> = (0..3).map(|n| other.submit(move || n).unwrap()).collect();
                children.into_iter().map(|child| child.join().unwrap()).sum()
            };
            pools[here].submit(job).unwrap()
        };
        let (left, right) = (outer(0), outer(1));
        assert_eq!((left.join().unwrap(), right.join().unwrap()), (3, 3));
        for pool in &pools {
            pool.wait_idle();
            assert_eq!(pool.metrics().completed, 4);
        }
    });
}

#[test]
fn a_job_on_its_submitter_claims_what_it_joins() {
    in_child("nested::a_job_on_its_submitter_claims_what_it_joins", LIMIT, || {
        let pool = Arc::new(single(1, Full::CallerRuns));
        let hold = Hold::on(&pool);
        let _queued = pool.submit(|| 0).unwrap();
        let inner = pool.clone();
        // The only worker stays busy, so nobody but this thread can run the child.
        let outer = pool.submit(move || inner.submit(|| 5).unwrap().join().unwrap()).unwrap();
        assert_eq!(outer.join().unwrap(), 5);
        assert_eq!(pool.metrics().inlined, 1);
        hold.release();
    });
}

#[test]
fn a_job_that_joins_itself_gets_an_error() {
    in_child("nested::a_job_that_joins_itself_gets_an_error", LIMIT, || {
        let pool = single(10, Full::Block);
        let (give, take) = mpsc::channel::<JoinHandle<bool>>();
        let itself = pool.submit(move || {
            let own = take.recv_timeout(LIMIT).unwrap();
            matches!(own.join(), Err(JoinError::SelfJoin))
        });
        let canceller = itself.as_ref().unwrap().canceller();
        give.send(itself.unwrap()).unwrap();
        pool.wait_idle();
        assert!(canceller.is_finished());
        assert_eq!((pool.metrics().completed, pool.metrics().panicked), (1, 0));
    });
}

#[test]
fn a_child_that_joins_its_waiting_parent_gets_an_error() {
    in_child("nested::a_child_that_joins_its_waiting_parent_gets_an_error", LIMIT, || {
        let pool = Arc::new(single(10, Full::Block));
        let (give, take) = mpsc::channel::<JoinHandle<()>>();
        let (told, tells) = mpsc::channel();
        let inner = pool.clone();
        let parent = pool.submit(move || {
            let parent = take.recv_timeout(LIMIT).unwrap();
            let child = inner.submit(move || parent.join()).unwrap();
            told.send(matches!(child.join().unwrap(), Err(JoinError::SelfJoin))).unwrap();
        });
        give.send(parent.unwrap()).unwrap();
        assert_eq!(tells.recv_timeout(LIMIT), Ok(true));
    });
}

#[test]
fn a_worker_runs_only_the_job_it_joins() {
    let pool = Arc::new(single(10, Full::Block));
    let inner = pool.clone();
    let log = Arc::new(Mutex::new(Vec::new()));
    let outer = pool.submit(move || {
        let handles: Vec<_> = (0..4)
            .map(|n| {
                let log = log.clone();
                inner.submit(move || log.lock().unwrap().push(n)).unwrap()
            })
            .collect();
        let mut handles = handles.into_iter();
        handles.nth(2).unwrap().join().unwrap();
        log.lock().unwrap().clone()
    });
    assert_eq!(outer.unwrap().join().unwrap(), [2]);
    assert_eq!(pool.metrics().inlined, 1);
}

#[test]
fn a_timed_join_inside_runs_the_job_too() {
    let pool = Arc::new(single(10, Full::Block));
    let inner = pool.clone();
    let outer = pool.submit(move || {
        let mut child = inner.submit(worker_index).unwrap();
        child.join_timeout(std::time::Duration::ZERO).map(Result::unwrap)
    });
    assert_eq!(outer.unwrap().join().unwrap(), Some(Some(0)));
}

#[test]
fn a_loop_of_submit_and_join_inside_leaves_no_tombstones_behind() {
    const ROUNDS: u64 = if cfg!(miri) { 20 } else { 10_000 };
    let pool = Arc::new(Pool::builder().workers(1).queue(1, Full::Block).inside_capacity(4).build().unwrap());
    let inner = pool.clone();
    // A tombstone that counted against the bound would refuse the sixth child.
    let sum = pool.submit(move || (0..ROUNDS).map(|n| inner.submit(move || n).unwrap().join().unwrap()).sum::<u64>());
    assert_eq!(sum.unwrap().join().unwrap(), ROUNDS * (ROUNDS - 1) / 2);
}
