//! Permits: capacity that is kept, and given back.

use crate::{Count, past};
use common::history::{Clock, History, Order, Received, Sent};
use producer_consumer::{Builder, Overflow, SendTimeoutError, TrySendError, bounded, unbounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;
use std::time::Duration;

#[test]
fn what_is_kept_is_room_for_nobody_else() {
    // An array, and a queue under a lock.
    for (sender, receiver) in [bounded(3), Builder::new().capacity(3).overflow(Overflow::DropOldest).build()] {
        // Several laps, from several offsets.
        for lap in 0..8 {
            let (first, second) = (sender.try_reserve().unwrap(), sender.reserve().unwrap());
            sender.try_send(0).unwrap();
            assert!(sender.is_full() && sender.len() == 1, "lap {lap}");
            assert_eq!(sender.try_send(9), Err(TrySendError::Full(9)));
            assert_eq!(sender.try_send_many([9]).unwrap_err().into_inner().sent(), 0);
            assert_eq!(sender.try_reserve().unwrap_err(), TrySendError::Full(()));
            second.send(1).unwrap();
            assert_eq!(receiver.recv(), Ok(0));
            assert_eq!(sender.try_send_many([2, 9]).unwrap_err().into_inner().sent(), 1);
            first.send(3).unwrap();
            assert_eq!(sender.try_reserve_many(1).unwrap_err(), TrySendError::Full(()));
            assert_eq!(receiver.drain(), [1, 2, 3]);
            assert!(!sender.is_full());
        }
    }
}

#[test]
fn several_places_are_kept_together_or_not_at_all() {
    for (sender, receiver) in [bounded(4), Builder::new().capacity(4).overflow(Overflow::DropOldest).build()] {
        sender.send(0).unwrap();
        assert_eq!(sender.try_reserve_many(4).unwrap_err(), TrySendError::Full(()));
        let mut permits = sender.reserve_many(3).unwrap();
        assert!(sender.is_full());
        permits.next().unwrap().send(1).unwrap();
        drop(permits.next());
        assert_eq!(permits.len(), 1);
        assert_eq!(sender.try_send_many([2, 3]).unwrap_err().into_inner().sent(), 1);
        drop(permits);
        sender.try_send(4).unwrap();
        assert_eq!(receiver.drain(), [0, 1, 2, 4]);
        assert_eq!(sender.reserve_many(0).unwrap().count(), 0);
        assert_eq!(sender.reserve_many(4).unwrap().len(), 4);
    }
}

#[test]
fn more_than_there_will_ever_be_is_a_callers_error() {
    let refuses = |capacity: usize, count: usize| {
        let (sender, _receiver) = bounded::<()>(capacity);
        let late = || sender.reserve_many_deadline(count, past()).is_ok();
        catch_unwind(AssertUnwindSafe(late)).is_err()
    };
    assert!(refuses(1, 2) && !refuses(1, 1));
    assert!(refuses(65_536, 32_768) && !refuses(65_536, 32_767));
    assert!(refuses(65_537, 65_538) && !refuses(65_537, 65_537));
    let (sender, receiver) = bounded(65_536);
    let most = sender.reserve_many(32_767).unwrap();
    assert_eq!(sender.try_reserve().unwrap_err(), TrySendError::Full(()));
    assert_eq!(sender.send_many(0..32_769).ok(), Some(32_769), "the others are for everybody");
    assert!(sender.is_full());
    for permit in most {
        permit.send(0).unwrap();
    }
    assert_eq!(receiver.len(), 65_536);
}

#[test]
fn a_channel_without_a_bound_has_permits_too() {
    let (sender, receiver) = unbounded();
    let permits = sender.reserve_many(1_000).unwrap();
    sender.send(7).unwrap();
    assert_eq!((sender.len(), sender.is_full()), (1, false));
    permits.take(2).for_each(|permit| permit.send(8).unwrap());
    assert_eq!(receiver.drain(), [7, 8, 8]);
}

#[test]
fn a_permit_of_a_closed_channel_gives_the_value_back() {
    for (sender, receiver) in [bounded(2), unbounded()] {
        let (permit, owned) = (sender.reserve().unwrap(), sender.reserve().unwrap().into_owned());
        receiver.close();
        assert_eq!(permit.send(1).unwrap_err().into_inner(), 1);
        assert_eq!(owned.send(2).unwrap_err().into_inner(), 2);
        assert!(sender.reserve().is_err() && sender.try_reserve().unwrap_err().is_disconnected());
        assert!(sender.reserve_timeout(Duration::MAX).unwrap_err().is_disconnected());
        assert!(sender.reserve_many_timeout(2, Duration::MAX).unwrap_err().is_disconnected());
        assert!(receiver.drain().is_empty());
    }
}

#[test]
fn an_owned_permit_keeps_the_channel_open_and_a_leaked_one_a_place() {
    let (sender, receiver) = bounded(2);
    std::mem::forget(sender.reserve().unwrap());
    let owned = sender.reserve().unwrap().into_owned();
    assert!(sender.reserve_deadline(past()).unwrap_err().is_timeout());
    drop(sender);
    assert!(!receiver.is_closed());
    thread::spawn(move || owned.send(1).unwrap()).join().unwrap();
    assert!(receiver.is_closed());
    assert_eq!(receiver.drain(), [1]);
    let (sender, _receiver) = bounded::<i32>(1);
    drop(sender.reserve().unwrap().into_owned());
    assert!(sender.try_reserve().is_ok());
}

#[test]
fn a_reserve_that_waits_gives_up_in_time() {
    let (sender, receiver) = bounded(2);
    sender.send(0).unwrap();
    assert!(matches!(sender.reserve_many_timeout(2, Duration::from_millis(5)), Err(SendTimeoutError::Timeout(()))));
    assert!(sender.reserve_many_deadline(2, past()).unwrap_err().is_timeout());
    sender.send(1).unwrap();
    assert!(sender.reserve_timeout(Duration::ZERO).unwrap_err().is_timeout());
    assert_eq!(receiver.drain(), [0, 1]);
    assert_eq!(sender.reserve_many_timeout(2, Duration::ZERO).unwrap().len(), 2);
}

/// What a future has not returned is kept by nobody, at whichever poll it is dropped.
#[test]
fn a_reserve_that_is_dropped_at_any_poll_keeps_no_place() {
    for polls in 0..4 {
        let (sender, receiver) = bounded(2);
        sender.try_send_many([1, 2]).unwrap();
        let mut late = pin!(sender.send_async(3));
        let task = Arc::<Count>::default();
        {
            let mut two = pin!(sender.reserve_many_async(2));
            for poll in 0..polls {
                let outcome = task.poll(two.as_mut());
                assert_eq!(outcome.is_ready(), poll == 2);
                receiver.try_recv().ok();
            }
            if polls < 3 {
                assert_eq!(task.poll(late.as_mut()).is_ready(), polls > 0);
            }
        }
        drop(receiver.drain());
        assert_eq!(sender.try_reserve_many(2).unwrap().len(), 2, "dropped after {polls}");
    }
}

/// Who cannot use the one place that there is tells the next when he goes.
#[test]
fn a_reserve_for_two_that_is_dropped_wakes_the_one_behind() {
    let (sender, receiver) = bounded(2);
    sender.try_send_many([1, 2]).unwrap();
    let tasks = [(); 2].map(|()| Arc::<Count>::default());
    let mut behind = pin!(sender.send_async(3));
    {
        let mut two = pin!(sender.reserve_many_async(2));
        assert!(tasks[0].poll(two.as_mut()).is_pending());
        assert!(tasks[1].poll(behind.as_mut()).is_pending());
        receiver.recv().unwrap();
        assert!(tasks[0].poll(two.as_mut()).is_pending());
        assert_eq!(tasks[1].wakes(), 0, "it is behind");
    }
    assert_eq!(tasks[1].wakes(), 1);
    assert_eq!(tasks[1].poll(behind.as_mut()), Poll::Ready(Ok(())));
}

#[test]
fn permits_and_sends_of_many_threads_never_pass_the_bound() {
    const EACH: usize = if cfg!(miri) { 40 } else { 5_000 };
    for capacity in [1, 2, 7] {
        let (sender, receiver) = bounded(capacity);
        let (held, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let total: usize = thread::scope(|scope| {
            for producer in 0..4 {
                let (sender, held, most) = (sender.clone(), &held, &most);
                scope.spawn(move || {
                    for number in 1..=EACH {
                        match (producer, number % 3) {
                            (0, _) => sender.send(number).unwrap(),
                            (1, 0) => drop(sender.reserve().unwrap()),
                            (2, 0) => {
                                let permits = sender.reserve_many(capacity.min(2)).unwrap();
                                // ORDERING: Relaxed, all: a count of permits, which are what keeps it small.
                                let count = permits.len() + held.fetch_add(permits.len(), Ordering::Relaxed);
                                most.fetch_max(count, Ordering::Relaxed);
                                held.fetch_sub(permits.len(), Ordering::Relaxed);
                            }
                            _ => sender.reserve().unwrap().send(number).unwrap(),
                        }
                    }
                });
            }
            drop(sender);
            let consume = |_| {
                let receiver = receiver.clone();
                scope.spawn(move || receiver.into_iter().sum::<usize>())
            };
            [0, 1].map(consume).into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        let all = EACH * (EACH + 1) / 2;
        let thirds = 3 * (EACH / 3) * (EACH / 3 + 1) / 2;
        assert_eq!(total, 4 * all - 2 * thirds);
        // ORDERING: Relaxed: the threads were joined.
        assert!(most.load(Ordering::Relaxed) <= capacity);
    }
}

#[test]
fn a_forced_send_takes_no_place_that_a_permit_holds() {
    let (sender, receiver) = Builder::new().capacity(2).overflow(Overflow::DropOldest).build();
    let (first, second) = (sender.reserve().unwrap(), sender.reserve().unwrap());
    assert!(sender.send_timeout(9, Duration::ZERO).unwrap_err().is_timeout());
    thread::scope(|scope| {
        let forced = scope.spawn(|| sender.force_send(1));
        drop(first);
        assert_eq!(forced.join().unwrap(), Ok(None));
    });
    assert_eq!(sender.force_send(2), Ok(Some(1)));
    second.send(3).unwrap();
    assert_eq!((receiver.drain(), sender.dropped()), (vec![2, 3], 1));
}

/// A message that is sent with a permit is in its place from the send, not from the permit.
#[test]
fn what_permits_and_sends_were_told_is_what_a_fifo_queue_says() {
    const EACH: u64 = if cfg!(miri) { 40 } else { 3_000 };
    for capacity in [1, 2, 7] {
        let (clock, (sender, receiver)) = (Clock::new(), bounded(capacity));
        let recorders: Vec<_> = thread::scope(|scope| {
            let produce = |number: u64| {
                let (mut recorder, sender) = (clock.recorder(), sender.clone());
                scope.spawn(move || {
                    for value in number * EACH..(number + 1) * EACH {
                        let permit = (value % 2 == 0).then(|| sender.reserve().unwrap());
                        recorder.send(value, || {
                            let sent = match permit {
                                Some(permit) => permit.send(value),
                                None => sender.send(value),
                            };
                            sent.map_or(Sent::Closed, |()| Sent::Accepted)
                        });
                    }
                    recorder
                })
            };
            let producers = [0, 1, 2].map(produce);
            drop(sender);
            let consumers = [(); 2].map(|()| {
                let (mut recorder, receiver) = (clock.recorder(), &receiver);
                scope.spawn(move || {
                    let receive = || receiver.recv().map_or(Received::Closed, Received::Value);
                    while recorder.receive(receive) != Received::Closed {}
                    recorder
                })
            });
            producers.into_iter().chain(consumers).map(|thread| thread.join().unwrap()).collect()
        });
        let history = History::merge(recorders).excusing_empties();
        let summary = history.check(Order::Fifo).unwrap_or_else(|violation| panic!("capacity {capacity}: {violation}"));
        assert_eq!((summary.accepted as u64, summary.received as u64, summary.pending), (3 * EACH, 3 * EACH, 0));
    }
}
