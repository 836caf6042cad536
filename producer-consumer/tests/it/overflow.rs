//! What a send does when there is no room, by policy.

use crate::{Count, past};
use producer_consumer::{Builder, Overflow, Receiver, SendTimeoutError, Sender, TrySendError, bounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

fn full<T>(capacity: usize, overflow: Overflow, values: impl IntoIterator<Item = T>) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = Builder::new().capacity(capacity).overflow(overflow).build();
    assert_eq!(sender.try_send_many(values).ok(), Some(capacity));
    assert_eq!((sender.capacity(), sender.overflow()), (Some(capacity), overflow));
    (sender, receiver)
}

/// By all ways to send that may wait.
fn send_by_all_ways(sender: &Sender<i32>) -> [bool; 5] {
    let mut sending = pin!(sender.send_async(14));
    let ready = Arc::<Count>::default().poll(sending.as_mut());
    [
        sender.send(11).is_ok(),
        sender.send_timeout(12, Duration::MAX).is_ok(),
        sender.send_many([13]).is_ok(),
        ready == Poll::Ready(Ok(())),
        sender.send_many_timeout([15], Duration::MAX).is_ok(),
    ]
}

#[test]
fn a_channel_that_rejects_gives_the_value_back_at_once() {
    for capacity in [2, 100_000] {
        let (sender, receiver) = full(capacity, Overflow::Reject, 0..capacity as i32);
        assert_eq!(sender.send(7).unwrap_err().into_inner(), 7);
        assert_eq!(send_by_all_ways(&sender), [false; 5]);
        let rest = sender.send_many([8, 9]).unwrap_err().into_inner();
        assert!(rest.sent() == 0 && rest.eq([8, 9]));
        assert_eq!((receiver.len(), sender.dropped()), (capacity, 0));
        assert_eq!(receiver.recv(), Ok(0));
        assert_eq!(sender.send(7), Ok(()));
    }
}

/// A time-out is what somebody has waited for.
#[test]
fn a_timed_send_is_told_full_by_a_channel_that_rejects_and_timeout_by_one_that_blocks() {
    let (sender, _receiver) = full(1, Overflow::Reject, [1]);
    for refused in [sender.send_timeout(7, Duration::MAX), sender.send_deadline(7, past())] {
        assert_eq!(refused, Err(SendTimeoutError::Full(7)));
    }
    assert!(sender.send_many_timeout([7], Duration::MAX).is_err_and(|refused| refused.is_full()));
    assert!(sender.send_many_deadline([7], past()).is_err_and(|refused| refused.is_full()));
    // A permit is waited for, whatever the policy.
    assert!(sender.reserve_deadline(past()).is_err_and(|refused| refused.is_timeout()));
    assert_eq!(sender.stats().send_waits, 1);
    let (sender, _receiver) = full(1, Overflow::Block, [1]);
    assert_eq!(sender.send_deadline(7, past()), Err(SendTimeoutError::Timeout(7)));
    assert!(sender.send_many_deadline([7], past()).is_err_and(|refused| refused.is_timeout()));
}

#[test]
fn a_channel_that_drops_the_newest_keeps_what_is_there() {
    for capacity in [2, 100_000] {
        let (sender, receiver) = full(capacity, Overflow::DropNewest, 0..capacity as i32);
        assert_eq!(send_by_all_ways(&sender), [true; 5]);
        assert_eq!(sender.send_many(0..10).ok(), Some(10));
        assert_eq!(sender.dropped(), 15);
        assert!(receiver.drain().into_iter().eq(0..capacity as i32));
    }
}

#[test]
fn a_channel_that_drops_the_oldest_holds_the_newest() {
    let (sender, receiver) = full(5, Overflow::DropOldest, 0..5);
    // The future was polled first.
    assert_eq!(send_by_all_ways(&sender), [true; 5]);
    assert_eq!((sender.dropped(), sender.is_full()), (5, true));
    assert_eq!(receiver.drain(), [14, 11, 12, 13, 15]);
    assert_eq!(sender.send_many(0..12).ok(), Some(12));
    assert_eq!(receiver.drain(), [7, 8, 9, 10, 11]);
    assert_eq!(sender.dropped(), 12);
}

#[test]
fn no_policy_is_asked_by_try_send_nor_after_the_end() {
    for overflow in [Overflow::Block, Overflow::Reject, Overflow::DropNewest, Overflow::DropOldest] {
        let (sender, receiver) = full(1, overflow, [1]);
        assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
        assert_eq!(sender.try_send_many([2]).unwrap_err().into_inner().count(), 1);
        receiver.close();
        assert_eq!(sender.send(2).unwrap_err().into_inner(), 2);
        assert_eq!(sender.send_timeout(2, Duration::ZERO), Err(SendTimeoutError::Disconnected(2)));
        assert_eq!(sender.send_many([2]).unwrap_err().into_inner().sent(), 0);
        assert_eq!((receiver.drain(), sender.dropped()), (vec![1], 0));
    }
}

#[test]
fn a_forced_send_returns_what_it_displaces() {
    let (sender, receiver) = full(2, Overflow::DropOldest, [1, 2]);
    assert_eq!([3, 4].map(|value| sender.force_send(value)), [Ok(Some(1)), Ok(Some(2))]);
    assert_eq!(receiver.recv(), Ok(3));
    assert_eq!(sender.force_send(5), Ok(None));
    sender.close();
    assert_eq!(sender.force_send(6).unwrap_err().into_inner(), 6);
    assert_eq!(receiver.drain(), [4, 5]);
}

#[test]
fn a_forced_send_into_another_channel_is_a_callers_error() {
    let (sender, _receiver) = bounded(1);
    assert!(catch_unwind(AssertUnwindSafe(|| sender.force_send(1))).is_err());
    assert!(catch_unwind(|| Builder::new().build::<i32>()).is_err());
    assert!(catch_unwind(|| Builder::new().capacity(0).build::<i32>()).is_err());
    let (sender, receiver) = Builder::new().unbounded().overflow(Overflow::DropOldest).build();
    assert!((0..100).all(|value| sender.force_send(value) == Ok(None)));
    assert_eq!(receiver.len(), 100);
}

/// The victim's drop uses the channel, which no lock and no counter is held for.
#[test]
fn a_victim_whose_drop_uses_the_channel_or_panics_leaves_it_whole() {
    struct Echo(Sender<Option<Echo>>);
    impl Drop for Echo {
        fn drop(&mut self) {
            self.0.send(None).unwrap();
            panic!("a drop that panics");
        }
    }
    // Each that is displaced displaces the next, and the last of them an echo.
    for (overflow, dropped) in [(Overflow::DropNewest, 2), (Overflow::DropOldest, 4)] {
        let (sender, receiver) = Builder::new().capacity(2).overflow(overflow).build();
        let fill = || (0..3).try_for_each(|_| sender.send(Some(Echo(sender.clone()))));
        assert!(catch_unwind(AssertUnwindSafe(fill)).is_err());
        assert_eq!((receiver.len(), sender.dropped()), (2, dropped));
        receiver.drain().into_iter().for_each(std::mem::forget);
    }
}

#[test]
fn every_message_of_a_channel_that_drops_is_received_or_given_back_or_counted_once() {
    const EACH: usize = if cfg!(miri) { 50 } else { 20_000 };
    for capacity in [1, 3, 64] {
        let (sender, receiver) = Builder::new().capacity(capacity).overflow(Overflow::DropOldest).build();
        let alive = Arc::new(());
        let (returned, received) = thread::scope(|scope| {
            let produce = |producer: usize| {
                let (sender, alive) = (sender.clone(), &alive);
                scope.spawn(move || {
                    let force = |number| sender.force_send((producer, number, alive.clone())).unwrap();
                    (0..EACH).filter_map(force).map(|(producer, number, _)| (producer, number)).collect::<Vec<_>>()
                })
            };
            let producers = [0, 1].map(produce);
            let consumers = [(); 2].map(|()| {
                let receiver = &receiver;
                scope.spawn(move || receiver.iter().map(|(producer, number, _)| (producer, number)).collect::<Vec<_>>())
            });
            let returned = producers.map(|producer| producer.join().unwrap()).concat();
            sender.close();
            let received = consumers.map(|consumer| consumer.join().unwrap());
            for of_one in &received {
                let in_order = |producer| of_one.iter().filter(|got| got.0 == producer).is_sorted();
                assert!(in_order(0) && in_order(1), "each receiver sees a sender's messages in their order");
            }
            (returned, received.concat())
        });
        assert_eq!(returned.len() as u64, sender.dropped());
        let mut all = [returned, received].concat();
        all.sort_unstable();
        assert!(all.into_iter().eq((0..2).flat_map(|producer| (0..EACH).map(move |number| (producer, number)))));
        assert_eq!(Arc::strong_count(&alive), 1);
    }
}
