//! Ordered results in a window.

use crate::gate::single;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use worker_pool::{Full, JoinError, Pool, Shutdown};

#[test]
fn map_keeps_the_order_of_the_items() {
    let pool = Pool::builder().workers(4).build().unwrap();
    let results: Vec<u64> = pool.map(0..200_u64, |n| n * 2).map(Result::unwrap).collect();
    assert_eq!(results, (0..200).map(|n| n * 2).collect::<Vec<_>>());
}

#[test]
fn map_never_has_more_than_its_window_alive() {
    let alive = Arc::new(AtomicUsize::new(0));
    let peak = Arc::new(AtomicUsize::new(0));
    struct Item(Arc<AtomicUsize>);
    impl Drop for Item {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }
    let items = {
        let (alive, peak) = (alive.clone(), peak.clone());
        (0..100).map(move |_| {
            peak.fetch_max(alive.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            Item(alive.clone())
        })
    };
    let pool = Pool::builder().workers(2).build().unwrap();
    // The item travels through the job into the result, so it lives until the result is read.
    assert_eq!(pool.map(items, |item| item).window(5).count(), 100);
    assert_eq!(alive.load(Ordering::SeqCst), 0);
    assert!((1..=5).contains(&peak.load(Ordering::SeqCst)), "{peak:?}");
}

#[test]
fn map_waits_for_room_whatever_the_policy() {
    for full in [Full::Reject, Full::CallerRuns, Full::DropOldest, Full::DropNewest] {
        let pool = single(2, full);
        let results: Vec<u32> = pool.map(0..50, |n| n).window(10).map(Result::unwrap).collect();
        assert_eq!(results, (0..50).collect::<Vec<_>>(), "{full:?}");
    }
}

#[test]
fn map_inside_a_job_finishes_on_one_worker() {
    let pool = Arc::new(single(2, Full::Block));
    let inner = pool.clone();
    let sum = pool.submit(move || inner.map(0..100_u32, |n| n).window(8).map(Result::unwrap).sum::<u32>()).unwrap();
    assert_eq!(sum.join().unwrap(), 4_950);
}

#[test]
fn map_gives_a_panic_its_place() {
    let pool = single(10, Full::Block);
    let results: Vec<_> = pool.map(0..4, |n| if n == 2 { panic!("two") } else { n }).collect();
    assert!(matches!(results[..], [Ok(0), Ok(1), Err(JoinError::Panicked(_)), Ok(3)]));
}

#[test]
fn a_dropped_map_cancels_what_has_not_started() {
    let pool = single(100, Full::Block);
    let mut map = pool.map(0.., |n: u32| n).window(50);
    assert_eq!(map.next().unwrap().unwrap(), 0);
    drop(map);
    pool.wait_idle();
    let metrics = pool.metrics();
    assert_eq!(metrics.completed + metrics.cancelled, 50, "{metrics:?}");
}

#[test]
fn map_on_a_pool_that_is_shut_down_says_so_for_each_item() {
    let pool = single(10, Full::Block);
    assert!(pool.shutdown(Shutdown::Drain).is_clean());
    let results: Vec<_> = pool.map(0..3, |n: u32| n).collect();
    assert!(matches!(results[..], [Err(JoinError::Dropped), Err(JoinError::Dropped), Err(JoinError::Dropped)]));
}
