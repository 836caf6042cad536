//! The task queue as an event source.

use crate::{past, soon};
use leader_followers::source::task::{self, SendError, TrySendError};
use leader_followers::source::{EventSource, Waited, Waker};
use std::collections::VecDeque;
use std::thread;

#[test]
fn tasks_come_out_in_order_and_in_batches() {
    let (sender, source) = task::queue(8);
    let mut source = source.batch(2);
    for n in 0..5 {
        sender.send(n).unwrap();
    }
    drop(sender);
    let mut batch = VecDeque::new();
    let waits: Vec<_> = (0..3).map(|_| source.wait(&mut batch, None).unwrap()).collect();
    assert_eq!(waits, [Waited::Open, Waited::Open, Waited::Ended]);
    assert_eq!(batch, [0, 1, 2, 3, 4]);
}

#[test]
fn a_full_queue_refuses_and_a_closed_one_gives_back() {
    let (sender, source) = task::queue(1);
    sender.try_send(1).unwrap();
    assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    source.waker().close();
    assert_eq!(sender.try_send(3), Err(TrySendError::Disconnected(3)));
    assert_eq!(sender.send(4), Err(SendError(4)));
    assert_eq!(source.into_tasks(), [1]);
}

#[test]
fn a_blocked_sender_goes_on_when_there_is_room() {
    let (sender, mut source) = task::queue(1);
    sender.send(1).unwrap();
    let blocked = thread::spawn(move || sender.send(2));
    let mut batch = VecDeque::new();
    while batch.len() < 2 {
        source.wait(&mut batch, Some(soon())).unwrap();
    }
    blocked.join().unwrap().unwrap();
    assert_eq!(batch, [1, 2]);
}

#[test]
fn a_blocked_sender_gets_its_task_back_when_the_source_is_gone() {
    let (sender, source) = task::queue(1);
    sender.send(1).unwrap();
    let blocked = thread::spawn(move || sender.send(2));
    drop(source);
    assert_eq!(blocked.join().unwrap(), Err(SendError(2)));
}

#[test]
fn a_wake_that_comes_first_ends_the_next_wait() {
    let (_sender, mut source) = task::queue::<()>(1);
    source.waker().wake();
    let mut batch = VecDeque::new();
    assert_eq!(source.wait(&mut batch, None).unwrap(), Waited::Open);
    assert_eq!(source.wait(&mut batch, Some(past())).unwrap(), Waited::Open);
    assert!(batch.is_empty());
}
