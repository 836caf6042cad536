//! Slot: the value arrives, or its end is reported, or it comes back.

use crate::{Bell, Panics, drop_in_a_panic, past, soon};
use common::slot::{Receiver, RecvError, Sender, slot};
use std::future::Future;
use std::panic;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

/// How often a race is run.
const ROUNDS: u32 = if cfg!(miri) { 20 } else { 2_000 };

#[test]
fn a_value_sent_first_is_received() {
    let (sender, mut receiver) = slot();
    assert_eq!(receiver.try_recv(), Ok(None));
    sender.send(7).unwrap();
    assert_eq!(receiver.try_recv(), Ok(Some(7)));
    assert_eq!(receiver.try_recv(), Err(RecvError::Closed));
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
    assert_eq!(peer.join().unwrap(), Err(RecvError::Closed));
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

/// A value may be big, or nothing at all.
#[test]
fn values_of_any_size_and_alignment_go_through() {
    #[repr(align(64))]
    #[derive(Debug, PartialEq)]
    struct Wide([u8; 200]);

    let (sender, mut receiver) = slot();
    assert_eq!(sender.send(Wide([7; 200])), Ok(()));
    assert_eq!(receiver.recv(), Ok(Wide([7; 200])));
    let (sender, mut receiver) = slot();
    assert_eq!(sender.send(()), Ok(()));
    assert_eq!(receiver.recv(), Ok(()));
}

#[test]
fn a_timeout_ends_a_wait_and_one_past_the_end_of_time_does_not() {
    let (sender, mut receiver) = slot();
    assert_eq!(receiver.recv_timeout(Duration::ZERO), Ok(None));
    assert_eq!(receiver.recv_timeout(Duration::from_millis(1)), Ok(None));
    let peer = thread::spawn(move || receiver.recv_timeout(Duration::MAX));
    sender.send(1).unwrap();
    assert_eq!(peer.join().unwrap(), Ok(Some(1)));
}

#[test]
fn a_sender_dropped_by_a_panic_says_so() {
    let (sender, mut receiver) = slot::<u8>();
    let worker = thread::spawn(move || {
        let _sender = sender;
        panic::resume_unwind(Box::new("on purpose, and without a message"));
    });
    assert_eq!(receiver.recv(), Err(RecvError::Panicked));
    assert_eq!(receiver.recv(), Err(RecvError::Panicked), "it stays so");
    assert!(worker.join().is_err());
}

#[test]
fn a_panic_that_was_caught_can_be_reported() {
    let (sender, mut receiver) = slot::<u8>();
    sender.report_panic();
    assert_eq!(receiver.try_recv(), Err(RecvError::Panicked));
}

#[test]
fn a_waker_that_panics_where_its_sender_unwinds_ends_no_process() {
    let (sender, receiver) = slot::<u32>();
    let mut receiver = pin!(receiver);
    let waker = Waker::from(Arc::new(Panics));
    assert!(receiver.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop_in_a_panic(sender);
    assert_eq!(receiver.recv(), Err(RecvError::Panicked));
}

/// A waker is foreign code: one whose drop panics must not keep the block, or the value, from being freed.
#[test]
fn a_waker_that_panics_when_it_is_dropped_leaves_the_slot_whole() {
    struct Rude;
    impl Wake for Rude {
        fn wake(self: Arc<Self>) {}
    }
    impl Drop for Rude {
        fn drop(&mut self) {
            panic::resume_unwind(Box::new("rude"));
        }
    }
    let (sender, mut receiver) = slot();
    let waker = Waker::from(Arc::new(Rude));
    assert_eq!(Pin::new(&mut receiver).poll(&mut Context::from_waker(&waker)), Poll::Pending);
    drop(waker);
    let polled = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        // Takes the rude waker out.
        Pin::new(&mut receiver).poll(&mut Context::from_waker(Waker::noop()))
    }));
    assert!(polled.is_err());
    sender.send(Box::new(7)).unwrap();
    assert_eq!(receiver.recv(), Ok(Box::new(7)));

    let (sender, mut receiver) = slot();
    let waker = Waker::from(Arc::new(Rude));
    assert_eq!(Pin::new(&mut receiver).poll(&mut Context::from_waker(&waker)), Poll::Pending);
    drop(waker);
    assert!(panic::catch_unwind(panic::AssertUnwindSafe(|| drop(receiver))).is_err());
    assert_eq!(sender.send(Box::new(7)), Err(Box::new(7)));
}

/// The same, and worse: its drop sends the value, and takes the thread's token, while the receiver is about to sleep.
#[test]
fn a_waker_whose_drop_eats_the_token_does_not_make_the_receiver_oversleep() {
    struct Eater(Mutex<Option<Sender<u8>>>);
    impl Wake for Eater {
        fn wake(self: Arc<Self>) {}
    }
    impl Drop for Eater {
        fn drop(&mut self) {
            let sender = self.0.lock().unwrap().take();
            sender.unwrap().send(7).unwrap();
            thread::park();
        }
    }
    let (sender, mut receiver) = slot();
    let waker = Waker::from(Arc::new(Eater(Mutex::new(Some(sender)))));
    assert_eq!(Pin::new(&mut receiver).poll(&mut Context::from_waker(&waker)), Poll::Pending);
    drop(waker);
    assert_eq!(receiver.recv(), Ok(7));
}

/// Many meetings on real threads, each way: under Miri, with its own schedules, this is where a block leaks or is freed
/// too early if it ever is.
#[test]
fn both_ends_come_and_go_in_any_order() {
    for round in 0..2 * ROUNDS {
        let (sender, mut receiver) = slot();
        let peer =
            thread::spawn(move || if round % 3 == 0 { drop(sender) } else { drop(sender.send(Box::new(round))) });
        let waker = Waker::from(Arc::<Bell>::default());
        let poll = |receiver: &mut Receiver<_>| Pin::new(receiver).poll(&mut Context::from_waker(&waker));
        let expected = if round % 3 == 0 { Err(RecvError::Closed) } else { Ok(Box::new(round)) };
        match round % 5 {
            0 => drop(receiver),
            1 => assert_eq!(receiver.recv(), expected),
            2 => drop(receiver.recv_deadline(past())),
            3 => drop(poll(&mut receiver)),
            _ => match poll(&mut receiver) {
                Poll::Ready(result) => assert_eq!(result, expected),
                Poll::Pending => assert_eq!(receiver.recv(), expected),
            },
        }
        peer.join().unwrap();
    }
}

#[test]
fn a_future_wakes_the_last_waker_it_was_polled_with() {
    let (sender, receiver) = slot();
    let mut receiver = pin!(receiver);
    let wakers: [Arc<Bell>; 2] = Default::default();
    for waker in &wakers {
        let waker = Waker::from(waker.clone());
        assert_eq!(receiver.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Pending);
    }
    sender.send(3).unwrap();
    assert_eq!(wakers.each_ref().map(|waker| waker.rung()), [0, 1]);
    let waker = Waker::from(wakers[1].clone());
    assert_eq!(receiver.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Ready(Ok(3)));
}

#[test]
fn a_future_dropped_while_pending_hands_the_value_back() {
    let (sender, mut receiver) = slot();
    let waker = Arc::<Bell>::default();
    let pending = Pin::new(&mut receiver).poll(&mut Context::from_waker(&Waker::from(waker.clone())));
    assert_eq!(pending, Poll::Pending);
    drop(receiver);
    assert_eq!(Arc::strong_count(&waker), 1, "the waker must go with the receiver");
    assert_eq!(sender.send(3), Err(3));
    assert_eq!(waker.rung(), 0);
}

#[test]
fn a_receiver_that_was_polled_can_still_block() {
    for round in 0..ROUNDS {
        let (sender, mut receiver) = slot();
        let waker = Arc::<Bell>::default();
        let pending = Pin::new(&mut receiver).poll(&mut Context::from_waker(&Waker::from(waker.clone())));
        assert_eq!(pending, Poll::Pending);
        assert_eq!(receiver.recv_deadline(past()), Ok(None));
        assert_eq!(Arc::strong_count(&waker), 1, "the waker of the poll has made room for the thread");
        let peer = thread::spawn(move || sender.send(round));
        assert_eq!(receiver.recv_deadline(soon()), Ok(Some(round)));
        assert_eq!(peer.join().unwrap(), Ok(()));
    }
}
