//! Batches: several messages for one wait and one claim.

use crate::past;
use crate::spsc::memory::bytes;
use producer_consumer::{RecvError, RecvTimeoutError, TryRecvError, bounded, unbounded};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_batch_takes_what_is_there_and_no_more_than_was_asked_for() {
    for (sender, receiver) in [bounded(5), bounded(8), bounded(1 << 20), unbounded()] {
        let mut batch = vec![0];
        assert_eq!(receiver.try_recv_many(&mut batch, 3), Err(TryRecvError::Empty));
        // Several laps of the array.
        for first in [1, 5, 9, 13] {
            (first..first + 4).for_each(|number| sender.send(number).unwrap());
            assert_eq!(receiver.recv_many(&mut batch, 3), Ok(3));
            assert_eq!(receiver.try_recv_many(&mut batch, usize::MAX), Ok(1));
        }
        assert!(batch.into_iter().eq(0..17));
        assert_eq!(receiver.try_recv_many(&mut Vec::new(), 0), Ok(0));
    }
}

#[test]
fn the_end_of_a_batch_is_told_when_all_has_been_received() {
    for (sender, receiver) in [bounded(4), unbounded()] {
        sender.send(1).unwrap();
        sender.close();
        let mut batch = Vec::new();
        assert_eq!(receiver.recv_many(&mut batch, 4), Ok(1));
        assert_eq!(receiver.recv_many(&mut batch, 4), Err(RecvError));
        assert_eq!(receiver.try_recv_many(&mut batch, 4), Err(TryRecvError::Disconnected));
        assert_eq!(receiver.recv_many_timeout(&mut batch, 4, Duration::MAX), Err(RecvTimeoutError::Disconnected));
        assert_eq!(receiver.recv_many_linger(&mut batch, 4, Duration::MAX), Err(RecvError));
        assert_eq!(batch, [1]);
    }
}

#[test]
fn a_batch_that_waits_gives_up_in_time() {
    let (_sender, receiver) = bounded::<i32>(4);
    let (start, mut batch) = (past(), Vec::new());
    let timeout = Duration::from_millis(5);
    assert_eq!(receiver.recv_many_timeout(&mut batch, 4, timeout), Err(RecvTimeoutError::Timeout));
    assert_eq!(receiver.recv_many_deadline(&mut batch, 4, past()), Err(RecvTimeoutError::Timeout));
    assert!(start.elapsed() >= timeout && batch.is_empty());
}

#[test]
fn a_batch_that_lingers_is_full_or_late() {
    let (sender, receiver) = bounded(2);
    let mut batch = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| (1..=6).for_each(|number| sender.send(number).unwrap()));
        // It lingers for as long as it takes, so it is full, which takes three times what fits in at once.
        assert_eq!(receiver.recv_many_linger(&mut batch, 6, Duration::MAX), Ok(6));
    });
    assert_eq!(batch, [1, 2, 3, 4, 5, 6]);
    sender.send(7).unwrap();
    let (start, linger) = (Instant::now(), Duration::from_millis(5));
    assert_eq!(receiver.recv_many_linger(&mut batch, 6, linger), Ok(1));
    assert!(start.elapsed() >= linger);
}

#[test]
fn a_batch_wakes_as_many_senders_as_it_made_room_for() {
    let (sender, receiver) = bounded(3);
    (0..3).for_each(|number| sender.send(number).unwrap());
    let mut batch = Vec::new();
    thread::scope(|scope| {
        for number in 3..6 {
            let sender = &sender;
            scope.spawn(move || sender.send(number).unwrap());
        }
        // Whoever is not told waits for ever, since nobody receives after the batch.
        assert_eq!(receiver.recv_many(&mut batch, 3), Ok(3));
    });
    let mut rest = receiver.drain();
    rest.sort_unstable();
    assert_eq!((batch, rest), (vec![0, 1, 2], vec![3, 4, 5]));
}

#[test]
fn the_memory_of_a_burst_goes_back() {
    let before = bytes();
    let (sender, receiver) = unbounded();
    for _ in 0..2 {
        (0..100_000_u64).for_each(|number| sender.send(number).unwrap());
        assert!(receiver.try_iter().eq(0..100_000));
        let held = bytes().wrapping_sub(before);
        assert!(held <= 2048, "{held} bytes are held");
    }
    assert_eq!((receiver.len(), receiver.capacity()), (0, None));
    drop((sender, receiver));
    assert_eq!(bytes(), before);
}
