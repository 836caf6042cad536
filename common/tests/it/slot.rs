//! Slot: the value arrives, or its end is reported, or it comes back.

use crate::{past, soon};
use common::slot::{Closed, slot};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

/// How often a race is run.
const ROUNDS: u32 = if cfg!(miri) { 20 } else { 2_000 };

#[test]
fn a_value_sent_first_is_received() {
    let (sender, mut receiver) = slot();
    assert_eq!(receiver.try_recv(), Ok(None));
    sender.send(7).unwrap();
    assert_eq!(receiver.try_recv(), Ok(Some(7)));
    assert_eq!(receiver.try_recv(), Err(Closed));
}

#[test]
fn a_blocked_receiver_is_woken_by_the_value() {
    for round in 0..ROUNDS {
        let (sender, mut receiver) = slot();
        let peer = thread::spawn(move || receiver.recv());
        sender.send(round).unwrap();
        assert_eq!(peer.join().unwrap(), Ok(round));
    }
}

#[test]
fn a_dropped_sender_ends_the_wait() {
    let (sender, mut receiver) = slot::<u8>();
    let peer = thread::spawn(move || receiver.recv_deadline(soon()));
    drop(sender);
    assert_eq!(peer.join().unwrap(), Err(Closed));
}

#[test]
fn a_value_nobody_waits_for_comes_back() {
    let (sender, receiver) = slot();
    assert!(!sender.is_closed());
    drop(receiver);
    assert!(sender.is_closed());
    assert_eq!(sender.send("late"), Err("late"));
}

#[test]
fn a_wait_that_timed_out_can_be_repeated() {
    let (sender, mut receiver) = slot();
    assert_eq!(receiver.recv_deadline(past()), Ok(None));
    sender.send(1).unwrap();
    assert_eq!(receiver.recv_deadline(past()), Ok(Some(1)));
}

#[test]
fn a_value_left_in_the_slot_is_dropped_once() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    let (sender, receiver) = slot();
    assert!(sender.send(Counted(drops.clone())).is_ok());
    assert_eq!(drops.load(Ordering::Relaxed), 0);
    drop(receiver);
    assert_eq!(drops.load(Ordering::Relaxed), 1);
}

struct CountWakes(AtomicUsize);

impl Wake for CountWakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_future_wakes_the_last_waker_it_was_polled_with() {
    let (sender, receiver) = slot();
    let mut receiver = pin!(receiver);
    let wakers: [Arc<CountWakes>; 2] = std::array::from_fn(|_| Arc::new(CountWakes(AtomicUsize::new(0))));
    for waker in &wakers {
        let waker = Waker::from(waker.clone());
        assert_eq!(receiver.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Pending);
    }
    sender.send(3).unwrap();
    assert_eq!(wakers.each_ref().map(|waker| waker.0.load(Ordering::Relaxed)), [0, 1]);
    let waker = Waker::from(wakers[1].clone());
    assert_eq!(receiver.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Ready(Ok(3)));
}

#[test]
fn a_future_dropped_while_pending_hands_the_value_back() {
    let (sender, mut receiver) = slot();
    let waker = Arc::new(CountWakes(AtomicUsize::new(0)));
    let pending = std::pin::Pin::new(&mut receiver).poll(&mut Context::from_waker(&Waker::from(waker.clone())));
    assert_eq!(pending, Poll::Pending);
    drop(receiver);
    assert_eq!(Arc::strong_count(&waker), 1, "the waker must go with the receiver");
    assert_eq!(sender.send(3), Err(3));
    assert_eq!(waker.0.load(Ordering::Relaxed), 0);
}

#[test]
fn a_receiver_that_was_polled_can_still_block() {
    for round in 0..ROUNDS {
        let (sender, mut receiver) = slot();
        let waker = Arc::new(CountWakes(AtomicUsize::new(0)));
        let pending = std::pin::Pin::new(&mut receiver).poll(&mut Context::from_waker(&Waker::from(waker.clone())));
        assert_eq!(pending, Poll::Pending);
        assert_eq!(receiver.recv_deadline(past()), Ok(None));
        assert_eq!(Arc::strong_count(&waker), 1, "the waker of the poll has made room for the thread");
        let peer = thread::spawn(move || sender.send(round));
        assert_eq!(receiver.recv_deadline(soon()), Ok(Some(round)));
        assert_eq!(peer.join().unwrap(), Ok(()));
    }
}
