//! The lossless broadcast: positions, bounds, ends.

mod panic;
mod stress;
mod task;

use crate::{past, soon};
use producer_consumer::broadcast::{self, Receiver, Sender};
use producer_consumer::{RecvError, RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
use std::panic::catch_unwind;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn every_subscriber_gets_what_is_sent_after_it_has_subscribed() {
    let (sender, mut first) = broadcast::bounded(8);
    assert_eq!(sender.send(1), Ok(1));
    let (mut second, mut same) = (sender.subscribe(), first.clone());
    assert_eq!((sender.receiver_count(), sender.send(2)), (3, Ok(3)));
    assert_eq!((first.len(), second.len(), same.len(), sender.len()), (2, 1, 2, 2));
    assert_eq!((first.recv(), second.recv()), (Ok(1), Ok(2)));
    // A clone goes on where its original is, a new subscriber at the end.
    let (mut copy, mut late) = (first.clone(), same.resubscribe());
    assert_eq!(sender.send(3), Ok(5));
    assert_eq!(first.drain(), [2, 3]);
    assert_eq!(second.drain(), [3]);
    assert_eq!(same.drain(), [1, 2, 3]);
    assert_eq!(copy.drain(), [2, 3]);
    assert_eq!(sender.len(), 1, "one has not read the last");
    assert_eq!(late.drain(), [3]);
    assert!(sender.is_empty() && late.is_empty());
}

#[test]
fn the_slowest_subscriber_fills_the_channel_and_nobody_lags() {
    let (sender, mut slow) = broadcast::bounded(2);
    let mut fast = slow.clone();
    for number in 0..10 {
        match sender.try_send(number) {
            Ok(reached) => assert_eq!((reached, fast.recv()), (2, Ok(number))),
            Err(refused) => {
                assert_eq!(refused, TrySendError::Full(number));
                assert!(sender.is_full() && fast.is_empty());
                assert_eq!(slow.recv(), Ok(number - 2));
                assert_eq!((sender.try_send(number), fast.recv()), (Ok(2), Ok(number)));
            }
        }
    }
    assert_eq!(slow.drain(), [8, 9]);
}

#[test]
fn a_slow_subscriber_pushes_back_until_it_reads_or_goes() {
    let (sender, mut slow) = broadcast::bounded(1);
    let mut fast = slow.clone();
    sender.send(1).unwrap();
    assert_eq!(fast.recv(), Ok(1));
    thread::scope(|scope| {
        let blocked = scope.spawn(|| [sender.send(2), sender.send(3)]);
        assert_eq!(slow.recv(), Ok(1));
        assert_eq!(fast.recv(), Ok(2));
        assert_eq!(fast.try_recv(), Err(TryRecvError::Empty), "the third waits for the slow one");
        drop(slow);
        assert_eq!(fast.recv(), Ok(3));
        assert_eq!(blocked.join().unwrap()[0], Ok(2));
    });
}

#[test]
fn a_message_without_subscribers_is_dropped_and_that_is_no_error() {
    let value = Arc::new(());
    let (sender, receiver) = broadcast::bounded(1);
    sender.send(value.clone()).unwrap();
    assert_eq!(Arc::strong_count(&value), 2);
    drop(receiver);
    assert_eq!(Arc::strong_count(&value), 1, "what only it had not read goes with it");
    assert_eq!((sender.send(value.clone()), sender.try_send(value.clone())), (Ok(0), Ok(0)));
    assert_eq!((Arc::strong_count(&value), sender.receiver_count(), sender.is_closed()), (1, 0, false));
    let mut late = sender.subscribe();
    assert_eq!(sender.send(value.clone()), Ok(1));
    assert!(late.recv().is_ok());
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn the_last_to_read_gets_the_message_itself() {
    let (sender, mut first) = broadcast::bounded(1);
    let mut second = first.clone();
    let text = String::from("the very one");
    let place = text.as_ptr();
    sender.send(text).unwrap();
    let (copy, original) = (first.recv().unwrap(), second.recv().unwrap());
    assert_ne!(copy.as_ptr(), place);
    assert_eq!((original.as_ptr(), original), (place, copy));
}

#[test]
fn a_close_from_either_side_leaves_what_was_sent() {
    for from_sender in [true, false] {
        let closes = |sender: &Sender<i32>, receiver: &Receiver<i32>| match from_sender {
            true => sender.close(),
            false => receiver.close(),
        };
        let (sender, mut first) = broadcast::bounded(4);
        sender.send(1).unwrap();
        let mut second = first.clone();
        sender.send(2).unwrap();
        assert!(closes(&sender, &first) && !closes(&sender, &first));
        assert!(sender.is_closed() && first.is_closed());
        assert_eq!(sender.try_send(3), Err(TrySendError::Disconnected(3)));
        assert_eq!(sender.send_timeout(3, Duration::MAX), Err(SendTimeoutError::Disconnected(3)));
        assert_eq!(first.drain(), [1, 2]);
        assert_eq!(second.recv(), Ok(1));
        let mut late = sender.subscribe();
        assert_eq!((late.recv(), late.try_recv()), (Err(RecvError), Err(TryRecvError::Disconnected)));
        assert!(second.iter().eq([2]) && second.clone().into_iter().next().is_none());
        assert_eq!(first.recv_timeout(Duration::MAX), Err(RecvTimeoutError::Disconnected));
    }
}

#[test]
fn the_last_sender_ends_the_broadcast_and_a_weak_one_does_not_keep_it() {
    let (sender, mut receiver) = broadcast::bounded(2);
    let weak = sender.downgrade();
    let other = weak.clone();
    let again = weak.upgrade().expect("there is a sender");
    assert!(again.same_channel(&sender) && !again.same_channel(&broadcast::bounded(1).0));
    drop(sender);
    again.send(1).unwrap();
    assert!(!receiver.is_closed());
    drop(again);
    assert!(weak.upgrade().is_none() && other.upgrade().is_none() && receiver.is_closed());
    assert_eq!((receiver.recv(), receiver.recv()), (Ok(1), Err(RecvError)));
    assert!(receiver.same_channel(&receiver.resubscribe()));
}

#[test]
fn a_broadcast_waits_as_long_as_it_may() {
    let (sender, mut receiver) = broadcast::bounded(1);
    let timeout = Duration::from_millis(5);
    let start = Instant::now();
    assert_eq!(receiver.recv_timeout(timeout), Err(RecvTimeoutError::Timeout));
    sender.send(1).unwrap();
    assert_eq!(sender.send_timeout(2, timeout), Err(SendTimeoutError::Timeout(2)));
    assert!(start.elapsed() >= 2 * timeout);
    assert_eq!(sender.send_deadline(2, past()), Err(SendTimeoutError::Timeout(2)));
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(sender.send_deadline(2, soon()), Ok(1)));
        assert_eq!((receiver.recv_deadline(soon()), receiver.recv_deadline(soon())), (Ok(1), Ok(2)));
    });
    assert_eq!(receiver.recv_many_timeout(&mut Vec::new(), 1, timeout), Err(RecvTimeoutError::Timeout));
    assert_eq!(receiver.recv_many_deadline(&mut Vec::new(), 1, past()), Err(RecvTimeoutError::Timeout));
    assert_eq!(receiver.recv_deadline(past()), Err(RecvTimeoutError::Timeout));
}

#[test]
fn a_batch_of_a_broadcast_takes_what_is_there_and_makes_room() {
    let (sender, mut receiver) = broadcast::bounded(3);
    (0..3).for_each(|number| assert_eq!(sender.send(number), Ok(1)));
    let mut batch = Vec::new();
    assert_eq!(receiver.try_recv_many(&mut batch, 0), Ok(0));
    thread::scope(|scope| {
        for number in 3..6 {
            let sender = &sender;
            scope.spawn(move || sender.send(number).unwrap());
        }
        // Whoever is not told waits for ever, since nobody receives after the batch.
        assert_eq!(receiver.recv_many(&mut batch, 3), Ok(3));
    });
    let mut rest: Vec<_> = receiver.try_iter().collect();
    rest.sort_unstable();
    assert_eq!((batch, rest), (vec![0, 1, 2], vec![3, 4, 5]));
    assert_eq!(receiver.try_recv_many(&mut Vec::new(), 9), Err(TryRecvError::Empty));
}

#[test]
fn a_broadcast_of_no_capacity_panics_and_one_of_all_takes_no_memory() {
    assert!(catch_unwind(|| broadcast::bounded::<i32>(0)).is_err());
    let (sender, mut receiver) = broadcast::bounded(usize::MAX);
    assert_eq!((sender.capacity(), receiver.capacity()), (usize::MAX, usize::MAX));
    sender.send([0_u8; 64]).unwrap();
    assert!(receiver.recv().is_ok());
}

/// What comes while it lingers is in the batch, and the end ends it.
#[test]
fn a_batch_that_lingers_goes_on_until_it_is_full_or_the_channel_ends() {
    let (sender, mut receiver) = broadcast::bounded(2);
    let mut batch = Vec::new();
    thread::scope(|scope| {
        scope.spawn(move || (1..=7).for_each(|number| assert_eq!(sender.send(number), Ok(1))));
        assert_eq!(receiver.recv_many_linger(&mut batch, 4, Duration::MAX), Ok(4));
        assert_eq!(receiver.recv_many_linger(&mut batch, 4, Duration::MAX), Ok(3), "the end is not waited for twice");
    });
    assert_eq!(batch, [1, 2, 3, 4, 5, 6, 7]);
    assert!(receiver.recv_many_linger(&mut batch, 4, Duration::MAX).is_err());
}
