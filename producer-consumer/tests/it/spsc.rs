//! The channel between two threads: its contract and its end.

mod future;
mod history;
pub(crate) mod memory;
mod panic;

use crate::{past, soon};
use producer_consumer::spsc::{Sender, bounded};
use producer_consumer::{RecvError, RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
use std::collections::VecDeque;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

#[test]
fn a_spsc_channel_holds_as_many_as_it_was_made_for() {
    for capacity in [1, 2, 3, 7, 1_000] {
        let (mut sender, mut receiver) = bounded(capacity);
        assert_eq!((sender.capacity(), receiver.capacity()), (capacity, capacity));
        for lap in 0..3 {
            for at in 0..capacity {
                assert_eq!((sender.len(), receiver.len(), sender.is_full()), (at, at, false));
                sender.try_send(lap * capacity + at).unwrap();
            }
            assert!(sender.is_full() && receiver.is_full());
            assert_eq!(sender.try_send(0), Err(TrySendError::Full(0)));
            assert!(receiver.try_iter().eq(lap * capacity..(lap + 1) * capacity));
            assert!(sender.is_empty() && receiver.is_empty());
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        }
    }
}

#[test]
fn a_capacity_of_zero_panics() {
    assert!(catch_unwind(|| bounded::<i32>(0)).is_err());
}

#[test]
fn values_without_a_size_go_through() {
    let (mut sender, mut receiver) = bounded(2);
    sender.send_many([(); 2]).unwrap();
    assert!(sender.try_send(()).unwrap_err().is_full());
    assert_eq!(receiver.drain(), [(); 2]);
}

#[test]
fn an_empty_channel_times_out_and_a_full_one_gives_the_value_back() {
    let (mut sender, mut receiver) = bounded(1);
    assert_eq!(receiver.recv_deadline(past()), Err(RecvTimeoutError::Timeout));
    assert_eq!(receiver.recv_timeout(Duration::from_millis(5)), Err(RecvTimeoutError::Timeout));
    assert_eq!(receiver.recv_many_timeout(&mut Vec::new(), 2, Duration::ZERO), Err(RecvTimeoutError::Timeout));
    assert_eq!(receiver.recv_many_deadline(&mut Vec::new(), 2, past()), Err(RecvTimeoutError::Timeout));
    sender.send(1).unwrap();
    assert_eq!(sender.send_timeout(2, Duration::ZERO), Err(SendTimeoutError::Timeout(2)));
    assert_eq!(sender.send_deadline(2, past()), Err(SendTimeoutError::Timeout(2)));
    assert_eq!(receiver.drain(), [1]);
}

#[test]
fn what_comes_before_the_deadline_is_taken() {
    let (mut sender, mut receiver) = bounded(1);
    let producer = thread::spawn(move || {
        sender.send_deadline(1, soon()).unwrap();
        sender.send_timeout(2, Duration::MAX).unwrap();
        sender.send_timeout(3, Duration::from_secs(30)).unwrap();
    });
    assert_eq!(receiver.recv_timeout(Duration::MAX), Ok(1));
    assert_eq!(receiver.recv_deadline(soon()), Ok(2));
    let mut got = Vec::new();
    assert_eq!(receiver.recv_many_timeout(&mut got, 9, Duration::from_secs(30)), Ok(1));
    producer.join().unwrap();
    assert_eq!(receiver.recv_many_timeout(&mut got, 9, Duration::from_secs(30)), Err(RecvTimeoutError::Disconnected));
    assert_eq!(got, [3]);
}

#[test]
fn batches_arrive_whole_and_in_order() {
    const COUNT: usize = if cfg!(miri) { 300 } else { 100_000 };
    for (capacity, most) in [(1, 1), (3, 7), (64, 64), (100, 33)] {
        let (mut sender, mut receiver) = bounded(capacity);
        let producer = thread::spawn(move || sender.send_many(0..COUNT).unwrap());
        let mut got = Vec::new();
        while let Ok(taken) = receiver.recv_many(&mut got, most) {
            assert!((1..=most).contains(&taken));
        }
        assert_eq!(producer.join().unwrap(), COUNT);
        assert!(got.into_iter().eq(0..COUNT));
    }
}

#[test]
fn a_batch_for_which_there_is_no_room_comes_back() {
    let (mut sender, mut receiver) = bounded(3);
    assert_eq!(sender.try_send_many([1, 2]).unwrap(), 2);
    let mut values = [3, 4, 5].into_iter();
    let refused = sender.try_send_many(&mut values).unwrap_err();
    assert!(refused.is_full());
    let unsent = refused.into_inner();
    assert_eq!((unsent.sent(), unsent.size_hint()), (1, (2, Some(2))));
    assert!(unsent.eq([4, 5]));
    assert_eq!(sender.try_send_many([0; 0]).unwrap(), 0, "nothing fits into a full channel");
    receiver.close();
    let unsent = sender.send_many([6, 7]).unwrap_err().into_inner();
    assert_eq!((unsent.sent(), unsent.collect::<Vec<_>>()), (0, vec![6, 7]));
    assert_eq!(receiver.drain(), [1, 2, 3]);
    assert_eq!(receiver.recv_many(&mut Vec::new(), 1), Err(RecvError));
    assert_eq!(receiver.recv_many(&mut Vec::new(), 0), Ok(0));
    assert_eq!(sender.send_many([0; 0]).unwrap(), 0, "nothing fits into a closed channel, too");
}

#[test]
fn a_batch_that_waits_when_the_channel_is_closed_comes_back() {
    let (mut sender, mut receiver) = bounded(2);
    let producer = thread::spawn(move || {
        let unsent = sender.send_many(1..=5).unwrap_err().into_inner();
        (unsent.sent(), unsent.collect::<Vec<_>>())
    });
    let first = receiver.recv().unwrap();
    receiver.close();
    let mut got = vec![first];
    got.extend(receiver.drain());
    let (sent, unsent) = producer.join().unwrap();
    assert_eq!(sent, got.len());
    got.extend(unsent);
    assert_eq!(got, [1, 2, 3, 4, 5]);
}

#[test]
fn lingering_fills_the_batch_or_ends_with_the_channel() {
    let (mut sender, mut receiver) = bounded(2);
    let mut got = Vec::new();
    sender.send(0).unwrap();
    assert_eq!(receiver.recv_many_linger(&mut got, 9, Duration::from_millis(5)), Ok(1));
    let producer = thread::spawn(move || sender.send_many(1..=20).unwrap());
    assert_eq!(receiver.recv_many_linger(&mut got, 13, Duration::from_secs(30)), Ok(13));
    assert_eq!(receiver.recv_many_linger(&mut got, 13, Duration::from_secs(30)), Ok(7));
    assert_eq!(receiver.recv_many_linger(&mut got, 13, Duration::from_secs(30)), Err(RecvError));
    assert_eq!(producer.join().unwrap(), 20);
    assert!(got.into_iter().eq(0..=20));
}

#[test]
fn close_then_drain_delivers_all() {
    let (mut sender, mut receiver) = bounded(4);
    sender.send_many([1, 2]).unwrap();
    assert!(sender.close());
    assert!(!receiver.close() && !sender.close(), "closing twice is no news");
    assert!(sender.is_closed() && receiver.is_closed());
    assert_eq!(sender.try_send(3), Err(TrySendError::Disconnected(3)));
    assert_eq!((sender.len(), receiver.len()), (2, 2));
    assert_eq!(receiver.recv(), Ok(1));
    assert_eq!(receiver.drain(), [2]);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    assert_eq!(receiver.recv_deadline(soon()), Err(RecvTimeoutError::Disconnected));
}

#[test]
fn a_receiver_that_has_closed_gets_what_was_accepted_and_the_sender_the_rest() {
    let (mut sender, mut receiver) = bounded(4);
    sender.send_many([1, 2]).unwrap();
    assert!(receiver.close() && !sender.close());
    for value in 3..6 {
        assert_eq!(sender.try_send(value), Err(TrySendError::Disconnected(value)));
    }
    assert_eq!(sender.send_timeout(6, Duration::from_secs(30)), Err(SendTimeoutError::Disconnected(6)));
    assert_eq!((sender.len(), receiver.len()), (2, 2));
    assert!(receiver.into_iter().eq([1, 2]));
}

#[test]
fn every_send_around_a_close_is_delivered_or_given_back() {
    const ROUNDS: usize = if cfg!(miri) { 10 } else { 5_000 };
    for round in 0..ROUNDS {
        let (mut sender, mut receiver) = bounded(1 + round % 5);
        let producer = thread::spawn(move || match round % 2 {
            0 => (0..).take_while(|count| sender.send(*count).is_ok()).count(),
            _ => {
                let unsent = sender.send_many(0..).unwrap_err().into_inner();
                let sent = unsent.sent();
                assert!(unsent.take(3).eq(sent..sent + 3), "what comes back follows what was sent");
                sent
            }
        });
        let mut received = usize::from(receiver.recv().is_ok());
        received += receiver.try_iter().take(round % 50).count();
        receiver.close();
        received += receiver.iter().count();
        assert_eq!(producer.join().unwrap(), received);
    }
}

#[test]
fn the_receivers_drop_drops_what_was_not_received() {
    let (mut sender, receiver) = bounded(2);
    let value = Arc::new(());
    sender.send(value.clone()).unwrap();
    drop(receiver);
    assert_eq!(Arc::strong_count(&value), 1);
    assert!(sender.is_closed());
    assert!(sender.send(value).is_err());
}

#[test]
fn a_waiting_sender_gets_its_value_back_when_the_receiver_goes() {
    let (mut sender, receiver) = bounded(1);
    sender.send(1).unwrap();
    let producer = thread::spawn(move || sender.send(2).unwrap_err().into_inner());
    drop(receiver);
    assert_eq!(producer.join().unwrap(), 2);
}

/// A message whose drop uses the other end of the channel that it lies in.
struct Nosy(Option<Box<Sender<Nosy>>>);

impl Drop for Nosy {
    fn drop(&mut self) {
        if let Some(sender) = &mut self.0 {
            assert!(sender.is_closed());
            assert!(sender.send(Nosy(None)).is_err());
        }
    }
}

#[test]
fn a_message_can_hold_the_sender_of_its_own_channel() {
    let (mut sender, receiver) = bounded(2);
    let (mut other, other_receiver) = bounded(1);
    sender.send(Nosy(None)).unwrap();
    other.send(Nosy(Some(Box::new(sender)))).unwrap();
    drop(receiver);
    drop(other_receiver);
}

#[test]
fn a_collection_may_be_any_that_extends() {
    let (mut sender, mut receiver) = bounded(4);
    sender.send_many(["a", "b", "c"]).unwrap();
    let (mut queue, mut text) = (VecDeque::new(), String::new());
    assert_eq!(receiver.recv_many(&mut queue, 2), Ok(2));
    assert_eq!(receiver.recv_many(&mut text, 2), Ok(1));
    assert_eq!((queue, text.as_str()), (VecDeque::from(["a", "b"]), "c"));
}
