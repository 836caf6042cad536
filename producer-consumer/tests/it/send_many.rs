//! Batches that are sent: what goes in, what comes back, and whose iterator panics.

use crate::{Count, past};
use producer_consumer::{SendTimeoutError, bounded, unbounded};
use std::collections::BTreeMap;
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

#[test]
fn a_batch_takes_the_room_there_is_and_gives_the_rest_back() {
    for (sender, receiver) in [bounded(5), bounded(8)] {
        let capacity = sender.capacity().unwrap();
        // Several laps of the array, from several offsets.
        for lap in 0..7 {
            sender.send(0).unwrap();
            let rest = sender.try_send_many(1..20).unwrap_err();
            assert!(rest.is_full());
            let rest = rest.into_inner();
            assert_eq!((rest.sent(), rest.size_hint()), (capacity - 1, (20 - capacity, Some(20 - capacity))));
            assert!(rest.eq(capacity..20), "lap {lap}");
            assert!(receiver.drain().into_iter().eq(0..capacity));
            assert_eq!(sender.try_send_many(0..3).ok(), Some(3));
            assert_eq!(receiver.drain(), [0, 1, 2]);
        }
    }
}

#[test]
fn a_batch_larger_than_a_claim_goes_in_whole_and_in_order() {
    for (sender, receiver) in [bounded(2_000), bounded(1 << 20), unbounded()] {
        assert_eq!(sender.try_send_many(0..1_500).ok(), Some(1_500));
        assert!(receiver.drain().into_iter().eq(0..1_500));
    }
}

#[test]
fn a_queue_with_a_bound_takes_no_more_than_that() {
    let (sender, receiver) = bounded(100_000);
    assert_eq!(sender.try_send_many(iter::repeat_n((), 100_001)).unwrap_err().into_inner().count(), 1);
    assert_eq!((sender.len(), sender.is_full()), (100_000, true));
    drop(receiver);
}

#[test]
fn a_batch_of_nothing_is_sent_whatever_the_channel_says() {
    let (sender, receiver) = bounded(1);
    sender.send(1).unwrap();
    assert_eq!(sender.try_send_many([]).ok(), Some(0));
    drop(receiver);
    assert_eq!(sender.send_many([]).ok(), Some(0));
    let rest = sender.send_many([2, 3]).unwrap_err().into_inner();
    assert_eq!(rest.sent(), 0);
    assert!(rest.eq([2, 3]));
}

#[test]
fn a_batch_that_waits_gives_up_in_time_with_the_rest() {
    let (sender, receiver) = bounded(2);
    let late = sender.send_many_timeout([1, 2, 3], Duration::from_millis(5)).unwrap_err();
    assert!(matches!(late, SendTimeoutError::Timeout(_)) && late.into_inner().eq([3]));
    let late = sender.send_many_deadline([4, 5], past()).unwrap_err();
    assert!(late.is_timeout() && late.into_inner().eq([4, 5]));
    assert_eq!(receiver.drain(), [1, 2]);
}

#[test]
fn batches_of_several_producers_arrive_once_and_in_their_order() {
    const EACH: u64 = if cfg!(miri) { 40 } else { 6_000 };
    for capacity in [Some(3), Some(64), None] {
        let (sender, receiver) = capacity.map_or_else(unbounded, bounded);
        let receiver = &receiver;
        let taken: Vec<Vec<(u64, u64)>> = thread::scope(|scope| {
            for producer in 0..3 {
                let sender = sender.clone();
                scope.spawn(move || {
                    let mut values = (0..EACH).map(|number| (producer, number));
                    for size in (1..30).cycle() {
                        let sent = sender.send_many(values.by_ref().take(size)).unwrap();
                        if sent < size {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            let consume = |_| scope.spawn(move || receiver.iter().collect());
            [0, 1].map(consume).into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let mut counts = BTreeMap::<_, Vec<u64>>::new();
        for taken in &taken {
            for producer in 0..3 {
                let of_one = taken.iter().filter(|message| message.0 == producer).map(|message| message.1);
                assert!(of_one.clone().is_sorted(), "each receiver sees a sender's messages in their order");
                counts.entry(producer).or_default().extend(of_one);
            }
        }
        for mut numbers in counts.into_values() {
            numbers.sort_unstable();
            assert!(numbers.into_iter().eq(0..EACH));
        }
    }
}

#[test]
fn an_iterator_that_panics_leaves_the_channel_whole_and_no_value_behind() {
    for (sender, receiver) in [bounded(4), unbounded()] {
        let value = Arc::new(());
        let values = (0..).map(|number| {
            assert!(number < 2, "the third");
            value.clone()
        });
        assert!(catch_unwind(AssertUnwindSafe(|| sender.send_many(values).is_ok())).is_err());
        drop(receiver.drain());
        assert_eq!(Arc::strong_count(&value), 1);
        assert_eq!(sender.try_send_many([value.clone(), value.clone()]).ok(), Some(2));
        drop((sender, receiver));
        assert_eq!(Arc::strong_count(&value), 1);
    }
}

/// What was sent stays sent, what was not is dropped with the future, and nobody who is gone is waited for.
#[test]
fn a_batch_future_that_is_dropped_at_any_poll_keeps_what_it_has_sent() {
    for polls in 0..4 {
        let (sender, receiver) = bounded(1);
        let value = Arc::new(());
        let mut received = 0;
        {
            let mut sending = pin!(sender.send_many_async(vec![value.clone(); 3]));
            for poll in 0..polls {
                let outcome = Arc::<Count>::default().poll(sending.as_mut());
                if poll < 2 {
                    assert!(outcome.is_pending());
                    receiver.recv().unwrap();
                    received += 1;
                } else {
                    assert!(matches!(outcome, Poll::Ready(Ok(3))));
                    break;
                }
            }
        }
        assert_eq!((received, receiver.len()), (polls.min(2), usize::from(polls > 2)), "dropped after {polls}");
        drop(receiver.drain());
        assert_eq!(Arc::strong_count(&value), 1);
        sender.try_send(value).unwrap();
    }
}
