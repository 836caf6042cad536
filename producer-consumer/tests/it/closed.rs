//! Waiting for the end, on real threads.

use crate::{Count, block_on, past, soon};
use producer_consumer::{Builder, Overflow, bounded, broadcast, rendezvous, spsc, unbounded};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

#[test]
fn a_channel_of_any_kind_tells_who_waits_for_its_end() {
    let dropping = Builder::new().capacity(2).overflow(Overflow::DropOldest).build();
    for (sender, receiver) in [bounded(2), unbounded(), bounded(100_000), dropping, rendezvous::<i32>()] {
        assert!(!sender.wait_closed_deadline(past()));
        let task = Arc::<Count>::default();
        let mut closed = pin!(sender.closed_async());
        assert!(task.poll(closed.as_mut()).is_pending());
        thread::scope(|scope| {
            let by_thread = scope.spawn(|| sender.wait_closed_deadline(soon()));
            let by_task = scope.spawn(|| block_on(sender.closed_async()));
            drop(receiver);
            assert!(by_thread.join().unwrap());
            by_task.join().unwrap();
        });
        assert_eq!((task.wakes(), task.poll(closed.as_mut())), (1, Poll::Ready(())));
        assert!(sender.wait_closed_deadline(past()));
        sender.wait_closed();
    }
}

/// It may wait for as long as the channel lives, and costs no one else a wake.
#[test]
fn who_waits_for_the_end_is_not_woken_by_what_comes_and_goes() {
    let task = Arc::<Count>::default();
    let (sender, receiver) = bounded(1);
    let mut closed = pin!(sender.closed_async());
    assert!(task.poll(closed.as_mut()).is_pending());
    for number in 0..10 {
        sender.send(number).unwrap();
        let mut send = pin!(sender.send_async(number));
        let waiting = Arc::<Count>::default();
        assert!(waiting.poll(send.as_mut()).is_pending());
        assert_eq!(receiver.recv(), Ok(number));
        assert_eq!((waiting.wakes(), task.wakes()), (1, 0), "the room's wake is the sender's");
        assert!(waiting.poll(send.as_mut()).is_ready());
        assert_eq!(receiver.recv(), Ok(number));
    }
    let stats = sender.stats();
    assert_eq!((stats.send_waits, stats.wakes), (10, 10));
    assert!(sender.close());
    assert_eq!(task.wakes(), 1);
}

#[test]
fn one_of_two_that_wait_for_the_end_may_go() {
    let (sender, receiver) = unbounded::<i32>();
    let task = Arc::<Count>::default();
    let mut stays = pin!(sender.closed_async());
    {
        let mut goes = pin!(sender.closed_async());
        assert!(task.poll(goes.as_mut()).is_pending());
        assert!(task.poll(stays.as_mut()).is_pending());
    }
    receiver.close();
    assert_eq!((task.wakes(), task.poll(stays)), (1, Poll::Ready(())));
}

#[test]
fn the_other_kinds_of_channel_tell_of_their_end() {
    let (sender, mut receiver) = spsc::bounded::<i32>(1);
    assert!(!sender.wait_closed_deadline(past()));
    thread::scope(|scope| {
        scope.spawn(|| assert!(receiver.close()));
        block_on(sender.closed_async());
    });
    assert!(sender.wait_closed_deadline(past()));
    let (sender, receiver) = broadcast::bounded::<i32>(1);
    drop(receiver);
    assert!(!sender.wait_closed_deadline(past()), "somebody may subscribe yet");
    thread::scope(|scope| {
        scope.spawn(|| assert!(sender.close()));
        sender.wait_closed();
        block_on(sender.closed_async());
    });
}
