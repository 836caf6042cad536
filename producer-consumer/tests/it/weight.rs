//! Bounds by weight: what fits, who waits for what, and what is counted.

mod wait;

use crate::past;
use producer_consumer::{Builder, Overflow, Receiver, SendTimeoutError, Sender, TrySendError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A channel of numbers that weigh what they are.
fn weighed(limit: usize) -> (Sender<usize>, Receiver<usize>) {
    Builder::new().weight(limit, |number: &usize| *number).build()
}

fn with_policy(limit: usize, overflow: Overflow) -> (Sender<usize>, Receiver<usize>) {
    Builder::new().weight(limit, |number: &usize| *number).overflow(overflow).build()
}

#[test]
fn a_message_goes_in_if_what_is_there_leaves_room_for_its_weight() {
    let (sender, receiver) = weighed(10);
    assert_eq!([4, 5].map(|weight| sender.try_send(weight)), [Ok(()); 2]);
    assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    assert_eq!((sender.weight(), sender.is_full(), sender.len()), (9, false, 2));
    assert_eq!(sender.try_send(1), Ok(()));
    assert_eq!((receiver.weight(), receiver.is_full(), sender.try_send(1).is_err()), (10, true, true));
    assert_eq!(sender.send_deadline(1, past()), Err(SendTimeoutError::Timeout(1)));
    assert_eq!((receiver.recv(), sender.weight()), (Ok(4), 6));
    assert_eq!((sender.weight_limit(), receiver.weight_limit(), sender.capacity()), (Some(10), Some(10), None));
    assert_eq!(receiver.drain(), [5, 1]);
    assert_eq!(sender.weight(), 0);
}

#[test]
fn what_is_heavier_than_the_limit_goes_in_when_nothing_else_is_there() {
    let (sender, receiver) = weighed(10);
    sender.send(1).unwrap();
    assert_eq!(sender.try_send(99), Err(TrySendError::Full(99)));
    assert_eq!(receiver.recv(), Ok(1));
    assert_eq!(sender.try_send(usize::MAX), Ok(()));
    assert_eq!((sender.weight(), sender.try_send(1), sender.is_full()), (usize::MAX, Err(TrySendError::Full(1)), true));
    assert_eq!((receiver.recv(), sender.weight(), sender.try_send(10)), (Ok(usize::MAX), 0, Ok(())));
}

#[test]
fn what_weighs_nothing_counts_as_one() {
    let (sender, receiver) = weighed(3);
    assert_eq!(sender.try_send_many([0; 5]).unwrap_err().into_inner().sent(), 3);
    assert_eq!((sender.weight(), receiver.drain(), sender.weight()), (3, vec![0; 3], 0));
}

#[test]
fn a_bound_in_messages_and_one_by_weight_hold_both() {
    let (sender, receiver) = Builder::new().capacity(2).weight(10, |number: &usize| *number).build();
    assert_eq!([1, 1, 1].map(|weight| sender.try_send(weight).is_ok()), [true, true, false]);
    assert_eq!((sender.capacity(), sender.is_full(), sender.weight()), (Some(2), true, 2));
    receiver.drain();
    assert_eq!([9, 2, 1].map(|weight| sender.try_send(weight).is_ok()), [true, false, true]);
    let (sender, _receiver) = producer_consumer::bounded::<u8>(1);
    assert_eq!((sender.weight(), sender.weight_limit()), (0, None));
}

#[test]
fn a_batch_goes_in_as_far_as_it_fits_and_in_its_order() {
    let (sender, receiver) = weighed(10);
    let rest = sender.try_send_many([4, 3, 5, 1]).unwrap_err().into_inner();
    assert_eq!((rest.sent(), rest.collect::<Vec<_>>(), sender.weight()), (2, vec![5, 1], 7));
    receiver.drain();
    assert_eq!(sender.try_send_many([20, 1]).unwrap_err().into_inner().sent(), 1);
    receiver.drain();
    let total: usize = thread::scope(|scope| {
        let consumer = scope.spawn(|| receiver.iter().sum());
        // All weights up to beyond the limit.
        assert_eq!(sender.send_many((0..1_000).map(|number| number % 14)).ok(), Some(1_000));
        sender.close();
        consumer.join().unwrap()
    });
    assert_eq!((total, sender.weight()), ((0..1_000).map(|number| number % 14).sum(), 0));
}

/// What a message weighed when it went in is taken off, whatever it weighs when it comes out.
#[test]
fn a_weight_that_changes_meanwhile_leaves_no_trace() {
    let (sender, receiver) =
        // ORDERING: Relaxed, all here: one thread.
        Builder::new().weight(10, |weight: &Arc<AtomicUsize>| weight.load(Ordering::Relaxed)).build();
    let message = Arc::new(AtomicUsize::new(7));
    sender.send(message.clone()).unwrap();
    message.store(1, Ordering::Relaxed);
    assert_eq!((sender.weight(), sender.try_send(message.clone()).is_ok()), (7, true));
    message.store(1_000, Ordering::Relaxed);
    receiver.recv().unwrap();
    assert_eq!(sender.weight(), 1);
    receiver.recv().unwrap();
    assert_eq!(sender.weight(), 0);
}

#[test]
fn a_function_that_panics_sends_nothing_and_leaves_the_channel_whole() {
    let (sender, receiver) = Builder::new().weight(10, |number: &usize| 10 / *number).build();
    assert!(catch_unwind(AssertUnwindSafe(|| sender.send(0))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| sender.send_many([5, 0]))).is_err());
    assert_eq!((sender.len(), sender.send(5), receiver.recv(), sender.weight()), (0, Ok(()), Ok(5), 0));
}

#[test]
fn as_many_of_the_oldest_are_dropped_as_are_in_the_way() {
    let (sender, receiver) = with_policy(10, Overflow::DropOldest);
    sender.send_many([3, 3, 3]).unwrap();
    assert_eq!(sender.displace(5), Ok(vec![3, 3]));
    assert_eq!((sender.displace(2), sender.weight(), sender.dropped()), (Ok(vec![]), 10, 2));
    assert_eq!((sender.send(4), sender.weight(), sender.dropped()), (Ok(()), 6, 4));
    assert_eq!(sender.try_send(10), Err(TrySendError::Full(10)));
    assert_eq!((sender.displace(99), sender.dropped()), (Ok(vec![2, 4]), 6));
    assert_eq!((receiver.drain(), sender.weight(), sender.stats().sent), (vec![99], 0, 7));
    assert!(catch_unwind(AssertUnwindSafe(|| sender.force_send(1))).is_err());
    receiver.close();
    assert_eq!(sender.displace(7).unwrap_err().into_inner(), 7);
}

#[test]
fn a_heavy_message_without_room_is_rejected_or_dropped_and_a_light_one_goes_in() {
    let (sender, receiver) = with_policy(10, Overflow::Reject);
    sender.send(8).unwrap();
    assert_eq!(sender.send(3).unwrap_err().into_inner(), 3);
    assert_eq!((sender.send(2), receiver.drain()), (Ok(()), vec![8, 2]));
    let (sender, receiver) = with_policy(10, Overflow::DropNewest);
    assert_eq!(sender.send_many([8, 3, 2, 1]).ok(), Some(4));
    assert_eq!((sender.dropped(), receiver.drain(), sender.weight()), (2, vec![8, 2], 0));
}

#[test]
fn what_weight_there_is_and_was_is_counted() {
    let (sender, receiver) = weighed(10);
    sender.send_many([6, 3]).unwrap();
    receiver.recv().unwrap();
    let stats = sender.stats();
    assert_eq!((stats.weight, stats.weight_high_water, stats.depth, stats.high_water), (3, 9, 1, 2));
    receiver.close();
    assert_eq!((sender.weight(), receiver.drain(), sender.weight()), (3, vec![3], 0));
    drop(receiver);
    assert_eq!((sender.stats().sent, sender.stats().received, sender.stats().weight), (2, 2, 0));
}

#[test]
fn a_channel_of_no_weight_and_a_permit_by_weight_are_a_callers_errors() {
    assert!(catch_unwind(|| weighed(0)).is_err());
    let builder = || Builder::new().weight(1, |_: &u8| 1);
    assert!(catch_unwind(|| builder().capacity(0).build()).is_err());
    let (sender, _receiver) = builder().build();
    assert!(catch_unwind(AssertUnwindSafe(|| sender.try_reserve().is_ok())).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| sender.reserve_async())).is_err());
}

/// Senders by all ways, with weights up to the limit, and somebody who looks all the time.
#[test]
fn the_weight_is_never_over_the_limit_and_nothing_is_lost() {
    const EACH: usize = if cfg!(miri) { 50 } else { 2_000 };
    const LIMIT: usize = 32;
    let (sender, receiver) = Builder::new().weight(LIMIT, |(_, number): &(usize, usize)| number % LIMIT + 1).build();
    let done = AtomicUsize::new(0);
    let received = thread::scope(|scope| {
        for producer in 0..3 {
            let (sender, done) = (sender.clone(), &done);
            scope.spawn(move || {
                for number in 0..EACH {
                    match number % 3 {
                        0 => sender.send((producer, number)).unwrap(),
                        1 => crate::block_on(sender.send_async((producer, number))).unwrap(),
                        _ => {
                            while sender.try_send((producer, number)).is_err() {
                                thread::yield_now();
                            }
                        }
                    }
                    assert!(sender.weight() <= LIMIT);
                }
                // ORDERING: Relaxed: a count.
                if done.fetch_add(1, Ordering::Relaxed) == 2 {
                    sender.close();
                }
            });
        }
        let consume = || {
            let mut got = Vec::new();
            while receiver.recv_many(&mut got, 5).is_ok() {}
            got
        };
        let consumers = [(); 2].map(|()| scope.spawn(consume));
        consumers.map(|consumer| consumer.join().unwrap())
    });
    for of_one in &received {
        assert!((0..3).all(|producer| of_one.iter().filter(|got| got.0 == producer).is_sorted()));
    }
    let mut all = received.concat();
    all.sort_unstable();
    assert!(all.into_iter().eq((0..3).flat_map(|producer| (0..EACH).map(move |number| (producer, number)))));
    let stats = sender.stats();
    assert!(stats.weight_high_water <= LIMIT && stats.weight == 0, "{stats:?}");
}
