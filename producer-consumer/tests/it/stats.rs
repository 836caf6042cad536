//! What a channel says about its past.

use crate::{Count, past};
use producer_consumer::{Builder, Overflow, Receiver, Select, Stats, bounded, broadcast, spsc, unbounded};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

fn flow(stats: Stats) -> (u64, u64, u64, usize) {
    (stats.sent, stats.received, stats.dropped, stats.depth)
}

#[test]
fn what_went_in_and_out_is_counted_lap_after_lap() {
    for (sender, receiver) in [bounded(5), bounded(8), bounded(1), unbounded()] {
        let capacity = sender.capacity().unwrap_or(6);
        for lap in 0..20 {
            let before = lap * capacity as u64;
            assert_eq!(flow(sender.stats()), (before, before, 0, 0));
            sender.send(0).unwrap();
            assert_eq!(sender.send_many(1..capacity).ok(), Some(capacity - 1));
            assert_eq!(flow(sender.stats()), (before + capacity as u64, before, 0, capacity));
            receiver.recv().unwrap();
            assert_eq!(receiver.drain().len(), capacity - 1);
        }
        assert_eq!(receiver.stats().high_water, capacity);
    }
}

#[test]
fn a_reserved_place_is_no_message_until_it_is_used() {
    let (sender, receiver) = bounded(2);
    let permits = sender.reserve_many(2).unwrap();
    assert_eq!(flow(sender.stats()), (0, 0, 0, 0));
    permits.for_each(|permit| permit.send(()).unwrap());
    assert_eq!((flow(sender.stats()), sender.stats().high_water), ((2, 0, 0, 2), 2));
    drop(receiver);
    // What the last receiver drops was taken out.
    assert_eq!(flow(sender.stats()), (2, 2, 0, 0));
}

#[test]
fn what_is_dropped_was_not_sent_or_is_not_received() {
    let (sender, receiver) = Builder::new().capacity(2).overflow(Overflow::DropOldest).build();
    assert_eq!(sender.send_many(0..5).ok(), Some(5));
    sender.force_send(5).unwrap();
    receiver.recv().unwrap();
    assert_eq!((flow(sender.stats()), sender.stats().high_water), ((6, 1, 4, 1), 2));
    let (sender, receiver) = Builder::new().capacity(2).overflow(Overflow::DropNewest).build();
    assert_eq!(sender.send_many(0..5).ok(), Some(5));
    receiver.recv().unwrap();
    assert_eq!(flow(sender.stats()), (2, 1, 3, 1));
}

#[test]
fn the_high_water_is_seen_after_a_batch_by_who_finds_no_room_and_by_who_asks() {
    let (sender, receiver) = bounded(1_000);
    assert_eq!(sender.send_many(0..300).ok(), Some(300));
    receiver.drain();
    assert_eq!(receiver.stats().high_water, 300);
    (0..500).for_each(|number| sender.send(number).unwrap());
    assert_eq!((sender.stats().high_water, receiver.drain().len()), (500, 500));
    assert!(sender.try_send_many(0..1_001).is_err());
    receiver.drain();
    assert_eq!(sender.stats().high_water, 1_000);
}

#[test]
fn waits_and_wakes_are_counted_once_each_and_tries_never() {
    let (sender, receiver) = bounded(1);
    let waits = || (sender.stats().send_waits, sender.stats().recv_waits, sender.stats().wakes);
    assert!(receiver.try_recv().is_err());
    assert!(receiver.recv_deadline(past()).is_err());
    sender.send(1).unwrap();
    assert!(sender.try_send(2).is_err() && sender.try_reserve().is_err() && sender.try_send_many([2]).is_err());
    assert_eq!(waits(), (0, 1, 0));
    assert!(sender.send_timeout(2, Duration::ZERO).is_err());
    assert!(sender.send_many_timeout([2], Duration::ZERO).is_err());
    assert!(sender.reserve_timeout(Duration::ZERO).is_err());
    assert_eq!(waits(), (3, 1, 0));
    let task = Arc::<Count>::default();
    {
        let (mut send, mut reserve) = (pin!(sender.send_async(2)), pin!(sender.reserve_async()));
        for _ in 0..3 {
            assert!(task.poll(send.as_mut()).is_pending());
            assert!(task.poll(reserve.as_mut()).is_pending());
        }
        assert_eq!(waits(), (5, 1, 0));
        assert_eq!(receiver.recv(), Ok(1));
        assert!(task.poll(send.as_mut()).is_ready());
        assert_eq!(waits(), (5, 1, 1));
    }
    assert_eq!(receiver.recv(), Ok(2));
    let mut recv = pin!(receiver.recv_async());
    assert!(task.poll(recv.as_mut()).is_pending());
    sender.close();
    assert_eq!(waits(), (5, 2, 2));
}

#[test]
fn a_channel_of_two_threads_counts_too() {
    let (mut sender, mut receiver) = spsc::bounded(2);
    let waits = |stats: Stats| (stats.send_waits, stats.recv_waits, stats.wakes);
    assert!(receiver.try_recv().is_err() && receiver.recv_deadline(past()).is_err());
    assert_eq!((flow(sender.stats()), waits(sender.stats())), ((0, 0, 0, 0), (0, 1, 0)));
    let task = Arc::<Count>::default();
    {
        let mut recv = pin!(receiver.recv_async());
        assert!(task.poll(recv.as_mut()).is_pending() && task.poll(recv.as_mut()).is_pending());
        assert_eq!(sender.send_many([1, 2]).ok(), Some(2));
        assert_eq!(task.poll(recv), Poll::Ready(Ok(1)));
        sender.send(3).unwrap();
    }
    assert!(sender.try_send(4).is_err() && sender.try_send_many([4]).is_err());
    assert!(sender.send_deadline(4, past()).is_err() && sender.send_many_deadline([4], past()).is_err());
    assert_eq!((flow(sender.stats()), waits(receiver.stats())), ((3, 1, 0, 2), (2, 2, 1)));
    let mut none = Some(4);
    assert!(Select::new().send(&mut sender, &mut none, drop).wait_deadline(past()).is_err());
    assert_eq!(waits(receiver.stats()), (3, 2, 1));
    drop(receiver);
    let stats = sender.stats();
    assert_eq!((flow(stats), stats.high_water), ((3, 3, 0, 0), 2));
}

/// In each channel whose operation is on; a look without a wait is none.
#[test]
fn a_select_that_waits_is_counted_in_each_channel_it_waits_for() {
    let ((first, receiver), (second, other), (_third, off)) = (bounded(1), bounded(1), bounded::<i32>(1));
    second.send(0).unwrap();
    let waits = || [receiver.stats(), second.stats(), off.stats()].map(|stats| (stats.recv_waits, stats.send_waits));
    let (mut value, mut none) = (Some(1), None);
    assert!(Select::new().recv(&receiver, drop).send(&second, &mut value, drop).try_now().is_err());
    assert_eq!(waits(), [(0, 0), (0, 0), (0, 0)]);
    let late = Select::new()
        .recv(&receiver, drop)
        .recv_any([&receiver, &receiver], |_, _| ())
        .recv(None::<&Receiver<i32>>, drop)
        .send(&second, &mut value, drop)
        .send(&second, &mut none, drop);
    assert!(late.wait_deadline(past()).is_err());
    assert_eq!(waits(), [(3, 0), (0, 1), (0, 0)]);
    let task = Arc::<Count>::default();
    let mut select = pin!(Select::new().recv(&receiver, drop).send(&second, &mut value, drop).wait_async());
    assert!(task.poll(select.as_mut()).is_pending());
    assert!(task.poll(select.as_mut()).is_pending());
    assert_eq!((waits(), second.stats().wakes), ([(4, 0), (0, 2), (0, 0)], 0));
    first.send(1).unwrap();
    assert!(task.poll(select.as_mut()).is_ready());
    assert_eq!((waits()[0], first.stats().wakes, other.len()), ((4, 0), 1, 1));
}

#[test]
fn a_broadcast_counts_messages_once_and_each_wait_and_wake() {
    let (sender, mut first) = broadcast::bounded(2);
    let mut second = sender.subscribe();
    let waits = |stats: Stats| (stats.send_waits, stats.recv_waits, stats.wakes);
    assert!(first.try_recv().is_err() && first.recv_deadline(past()).is_err());
    assert_eq!((flow(sender.stats()), waits(first.stats())), ((0, 0, 0, 0), (0, 1, 0)));
    let task = Arc::<Count>::default();
    {
        let (mut one, mut other) = (pin!(first.recv_async()), pin!(second.recv_async()));
        assert!(task.poll(one.as_mut()).is_pending() && task.poll(other.as_mut()).is_pending());
        sender.send(1).unwrap();
        assert!(task.poll(one).is_ready() && task.poll(other).is_ready());
    }
    assert_eq!((flow(sender.stats()), waits(sender.stats())), ((1, 1, 0, 0), (0, 3, 2)));
    sender.send(2).unwrap();
    sender.send(3).unwrap();
    assert!(sender.try_send(4).is_err() && sender.send_deadline(4, past()).is_err());
    assert_eq!(first.drain(), [2, 3]);
    assert_eq!((flow(sender.stats()), waits(sender.stats())), ((3, 1, 0, 2), (1, 3, 2)));
    drop((first, second));
    sender.send(5).unwrap();
    let stats = sender.stats();
    assert_eq!((flow(stats), stats.high_water), ((3, 3, 1, 0), 2));
}

#[test]
fn the_counts_of_many_threads_add_up() {
    const EACH: u64 = if cfg!(miri) { 50 } else { 10_000 };
    for capacity in [1, 3, 200] {
        let (sender, receiver) = bounded(capacity);
        let stats = thread::scope(|scope| {
            for _ in 0..3 {
                let sender = sender.clone();
                scope.spawn(move || (0..EACH).for_each(|number| sender.send(number).unwrap()));
            }
            let consumers = [(); 2].map(|()| {
                let receiver = receiver.clone();
                scope.spawn(move || receiver.into_iter().count())
            });
            while sender.stats().received < 3 * EACH {
                let stats = receiver.stats();
                assert!(stats.received <= stats.sent && stats.sent <= 3 * EACH, "{stats:?}");
                assert!(stats.depth <= capacity && stats.high_water <= capacity, "{stats:?}");
                thread::yield_now();
            }
            drop(sender);
            assert_eq!(consumers.map(|consumer| consumer.join().unwrap()).iter().sum::<usize>() as u64, 3 * EACH);
            receiver.stats()
        });
        assert_eq!(flow(stats), (3 * EACH, 3 * EACH, 0, 0));
        assert!(stats.high_water > 0);
    }
}
