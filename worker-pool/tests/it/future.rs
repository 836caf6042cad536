//! Handles as futures.

use crate::gate::{Hold, LIMIT, single};
use common::park::block_on;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Wake, Waker};
use std::thread;
use worker_pool::{Full, JoinError};

/// Says which of two wakers was woken.
struct Named(usize, mpsc::Sender<usize>);

impl Wake for Named {
    fn wake(self: Arc<Self>) {
        self.1.send(self.0).unwrap();
    }
}

#[test]
fn a_result_can_be_awaited() {
    let pool = single(100, Full::Block);
    let sum = block_on(async {
        let handles: Vec<_> = (0..20).map(|n| pool.submit(move || n).unwrap()).collect();
        let mut sum = 0;
        for handle in handles {
            sum += handle.await.unwrap();
        }
        sum
    });
    assert_eq!(sum, 190);
}

#[test]
fn the_last_waker_is_the_one_that_is_woken() {
    let pool = single(10, Full::Block);
    let hold = Hold::on(&pool);
    let mut handle = pool.submit(|| 5).unwrap();
    let (woken, wakes) = mpsc::channel();
    for name in 0..3 {
        let waker = Waker::from(Arc::new(Named(name, woken.clone())));
        assert!(Pin::new(&mut handle).poll(&mut Context::from_waker(&waker)).is_pending());
    }
    hold.release();
    assert_eq!(wakes.recv_timeout(LIMIT), Ok(2));
    assert!(wakes.try_recv().is_err(), "a replaced waker stays asleep");
    assert_eq!(handle.join().unwrap(), 5, "a polled handle can still be joined");
}

#[test]
fn a_dropped_future_drops_its_waker_and_lets_the_job_run() {
    struct Counted(AtomicUsize);
    impl Wake for Counted {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let pool = single(10, Full::Block);
    let hold = Hold::on(&pool);
    let counted = Arc::new(Counted(AtomicUsize::new(0)));
    let waker = Waker::from(counted.clone());
    let mut handle = pool.submit(|| 5).unwrap();
    assert!(Pin::new(&mut handle).poll(&mut Context::from_waker(&waker)).is_pending());
    drop((handle, waker));
    assert_eq!(Arc::strong_count(&counted), 1);
    hold.release();
    pool.wait_idle();
    assert_eq!(counted.0.load(Ordering::Relaxed), 0);
    assert_eq!(pool.metrics().completed, 2);
}

#[test]
fn an_await_inside_a_job_runs_the_job_it_awaits() {
    let pool = Arc::new(single(10, Full::Block));
    let inner = pool.clone();
    let outer = pool.submit(move || block_on(inner.submit(|| 6 * 7).unwrap()).unwrap()).unwrap();
    assert_eq!(outer.join().unwrap(), 42);
    assert_eq!(pool.metrics().inlined, 1);
}

#[test]
fn a_cancelled_job_wakes_its_future() {
    let pool = single(10, Full::Block);
    let _hold = Hold::on(&pool);
    let handle = pool.submit(|| 5).unwrap();
    let canceller = handle.canceller();
    let awaiting = thread::spawn(move || block_on(handle));
    assert!(canceller.cancel());
    assert!(matches!(awaiting.join().unwrap(), Err(JoinError::Cancelled)));
}
