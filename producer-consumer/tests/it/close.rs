//! The end of a channel: close, drain, the last handle's drop.

use crate::{Count, Trap};
use producer_consumer::{
    Builder, Overflow, Receiver, RecvError, Sender, TryRecvError, TrySendError, bounded, rendezvous, unbounded,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

#[test]
fn close_then_drain_delivers_all() {
    let (sender, receiver) = bounded(4);
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    assert!(sender.close());
    assert!(!receiver.close(), "closing twice is no news");
    assert!(sender.is_closed() && receiver.is_closed());
    assert_eq!(sender.try_send(3), Err(TrySendError::Disconnected(3)));
    assert_eq!(receiver.recv(), Ok(1));
    assert_eq!(receiver.drain(), [2]);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
}

#[test]
fn every_send_around_a_close_is_delivered_or_given_back() {
    const ROUNDS: u32 = if cfg!(miri) { 5 } else { 200 };
    for _ in 0..ROUNDS {
        let (sender, receiver) = bounded(3);
        let producers: Vec<_> = (0..2)
            .map(|_| {
                let sender = sender.clone();
                thread::spawn(move || (0..).take_while(|count| sender.send(*count).is_ok()).count())
            })
            .collect();
        let mut received = usize::from(receiver.recv().is_ok());
        receiver.close();
        received += receiver.iter().count();
        let accepted: usize = producers.into_iter().map(|producer| producer.join().unwrap()).sum();
        assert_eq!(accepted, received);
    }
}

#[test]
fn a_drain_closes_nothing() {
    let (sender, receiver) = bounded(2);
    sender.send(1).unwrap();
    assert_eq!(receiver.drain(), [1]);
    sender.send(2).unwrap();
    assert_eq!(receiver.recv(), Ok(2));
}

#[test]
fn the_last_sender_ends_the_channel_after_its_messages() {
    let (sender, receiver) = bounded(2);
    let other = sender.clone();
    sender.send(1).unwrap();
    drop(sender);
    assert!(!receiver.is_closed());
    other.send(2).unwrap();
    drop(other);
    assert!(receiver.is_closed());
    assert_eq!(receiver.iter().collect::<Vec<_>>(), [1, 2]);
    assert_eq!(receiver.recv(), Err(RecvError));
}

#[test]
fn the_last_receiver_drops_what_was_not_received() {
    let (sender, receiver) = bounded(2);
    let value = Arc::new(());
    sender.send(value.clone()).unwrap();
    let other = receiver.clone();
    drop(receiver);
    assert_eq!(Arc::strong_count(&value), 2);
    drop(other);
    assert_eq!(Arc::strong_count(&value), 1);
    assert!(sender.send(value).is_err());
}

#[test]
fn a_waiting_sender_gets_its_value_back_when_the_last_receiver_goes() {
    let (sender, receiver) = bounded(1);
    sender.send(1).unwrap();
    let producer = thread::spawn(move || sender.send(2).unwrap_err().into_inner());
    drop(receiver);
    assert_eq!(producer.join().unwrap(), 2);
}

/// A message whose drop uses the channel it lies in: it must not be dropped under the channel's lock.
struct Nosy(Sender<Nosy>);

impl Drop for Nosy {
    fn drop(&mut self) {
        assert!(self.0.is_closed());
        assert_eq!(self.0.len(), 0);
    }
}

#[test]
fn a_drop_that_uses_the_channel_does_not_deadlock() {
    let (sender, receiver): (Sender<Nosy>, Receiver<Nosy>) = bounded(2);
    sender.send(Nosy(sender.clone())).unwrap();
    drop(receiver);
    assert!(sender.is_closed());
}

/// Senders and a receiver wait at the same time, since a permit keeps the only place.
#[test]
fn a_waker_that_panics_keeps_nobody_from_hearing_of_the_end() {
    for (sender, receiver) in [bounded(1), Builder::new().capacity(1).overflow(Overflow::DropOldest).build()] {
        let _permit = sender.reserve().unwrap();
        let (mut first, mut second, mut recv) =
            (pin!(sender.send_async(1)), pin!(sender.send_async(2)), pin!(receiver.recv_async()));
        let tasks = [(); 2].map(|()| Arc::<Count>::default());
        Trap::poll(first.as_mut());
        assert!(tasks[0].poll(second.as_mut()).is_pending() && tasks[1].poll(recv.as_mut()).is_pending());
        assert!(catch_unwind(AssertUnwindSafe(|| receiver.close())).is_err());
        assert!(receiver.is_closed() && tasks.iter().all(|task| task.wakes() == 1));
    }
}

#[test]
fn a_waker_that_panics_keeps_nobody_in_a_line_from_hearing_of_the_end() {
    const SENDERS: usize = 40;
    let (sender, receiver) = rendezvous();
    let mut first = pin!(sender.send_async(0));
    Trap::poll(first.as_mut());
    let mut sends: Vec<_> =
        (1..SENDERS).map(|number| (Box::pin(sender.send_async(number)), Arc::<Count>::default())).collect();
    assert!(sends.iter_mut().all(|(send, task)| task.poll(send.as_mut()).is_pending()));
    assert!(catch_unwind(AssertUnwindSafe(|| receiver.close())).is_err());
    assert!(sends.iter().all(|(_, task)| task.wakes() == 1));
}

#[test]
fn a_message_whose_drop_panics_leaves_none_of_the_others_behind() {
    struct Loud<'a>(usize, &'a AtomicUsize);
    impl Drop for Loud<'_> {
        fn drop(&mut self) {
            // ORDERING: Relaxed: this test has one thread.
            self.1.fetch_add(1, Ordering::Relaxed);
            assert!(self.0 != 1, "a drop that panics");
        }
    }
    let drops = AtomicUsize::new(0);
    for (sender, receiver) in [bounded(4), unbounded()] {
        (0..4).for_each(|number| assert!(sender.send(Loud(number, &drops)).is_ok()));
        assert!(catch_unwind(AssertUnwindSafe(|| drop(receiver))).is_err());
        // ORDERING: Relaxed, as in `drop`.
        assert_eq!((drops.swap(0, Ordering::Relaxed), sender.len()), (4, 0));
    }
}
