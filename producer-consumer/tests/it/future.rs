//! The futures of channels for many: wakes, and what a drop at any poll leaves.

use crate::{Count, block_on};
use producer_consumer::{Receiver, RecvError, Sender, bounded, unbounded};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

#[test]
fn a_message_wakes_the_task_that_has_waited_longest() {
    for (sender, receiver) in [bounded(2), unbounded()] {
        let tasks = [(); 2].map(|()| Arc::<Count>::default());
        let (mut first, mut second) = (pin!(receiver.recv_async()), pin!(receiver.recv_async()));
        assert!(tasks[0].poll(first.as_mut()).is_pending());
        assert!(tasks[1].poll(second.as_mut()).is_pending());
        sender.send(7).unwrap();
        assert_eq!(tasks.each_ref().map(|task| task.wakes()), [1, 0]);
        assert_eq!(tasks[0].poll(first), Poll::Ready(Ok(7)));
        assert!(tasks[1].poll(second).is_pending());
    }
}

#[test]
fn a_receive_that_is_dropped_hands_its_wake_on() {
    let (sender, receiver) = bounded(2);
    let task = Arc::<Count>::default();
    let mut second = pin!(receiver.recv_async());
    {
        let first = pin!(receiver.recv_async());
        assert!(Arc::<Count>::default().poll(first).is_pending());
        assert!(task.poll(second.as_mut()).is_pending());
        sender.send(7).unwrap();
        assert_eq!(task.wakes(), 0);
    }
    assert_eq!(task.wakes(), 1);
    assert_eq!(task.poll(second), Poll::Ready(Ok(7)));
}

#[test]
fn a_send_that_is_dropped_hands_its_wake_on_and_drops_its_value_once() {
    let (sender, receiver) = bounded(1);
    let value = Arc::new(());
    sender.send(value.clone()).unwrap();
    let task = Arc::<Count>::default();
    let mut second = pin!(sender.send_async(value.clone()));
    {
        let first = pin!(sender.send_async(value.clone()));
        assert!(Arc::<Count>::default().poll(first).is_pending());
        assert!(task.poll(second.as_mut()).is_pending());
        assert_eq!(Arc::strong_count(&value), 4);
        drop(receiver.recv());
    }
    assert_eq!((task.wakes(), Arc::strong_count(&value)), (1, 2));
    assert_eq!(task.poll(second), Poll::Ready(Ok(())));
    assert_eq!(receiver.len(), 1);
}

/// What a future has not returned it has not taken, at whichever poll it is dropped.
#[test]
fn a_future_that_is_dropped_at_any_poll_loses_nothing() {
    for polls in 0..4 {
        let (sender, receiver) = bounded(1);
        let mut taken = Vec::new();
        {
            let mut recv = pin!(receiver.recv_many_async(&mut taken, 8));
            let mut late = pin!(sender.send_async(2));
            for poll in 0..polls {
                if poll == 2 {
                    sender.send(1).unwrap();
                    assert!(Arc::<Count>::default().poll(late.as_mut()).is_pending(), "it is full");
                }
                let outcome = Arc::<Count>::default().poll(recv.as_mut());
                assert_eq!(outcome, if poll < 2 { Poll::Pending } else { Poll::Ready(Ok(1)) });
                if poll == 2 {
                    break;
                }
            }
        }
        assert_eq!(taken, [1][..usize::from(polls > 2)], "dropped after {polls}");
        assert!(receiver.is_empty());
        sender.send(3).unwrap();
        assert_eq!(receiver.recv(), Ok(3), "nobody who is gone is waited for");
    }
}

#[test]
fn the_end_wakes_every_task() {
    let (sender, receiver) = bounded::<i32>(1);
    let tasks = [(); 3].map(|()| Arc::<Count>::default());
    let mut waits = [(); 3].map(|()| Box::pin(receiver.recv_async()));
    for (task, wait) in tasks.iter().zip(&mut waits) {
        assert!(task.poll(wait.as_mut()).is_pending());
    }
    drop(sender);
    for (task, wait) in tasks.iter().zip(&mut waits) {
        assert!(task.wakes() > 0);
        assert_eq!(task.poll(wait.as_mut()), Poll::Ready(Err(RecvError)));
    }
}

#[test]
fn tasks_and_threads_share_a_channel_without_loss() {
    const EACH: u64 = if cfg!(miri) { 30 } else { 5_000 };
    let (sender, receiver) = bounded(3);
    let total: u64 = thread::scope(|scope| {
        for is_task in [false, true, true, false] {
            let sender = sender.clone();
            scope.spawn(move || {
                for number in 1..=EACH {
                    let sent = if is_task { block_on(sender.send_async(number)) } else { sender.send(number) };
                    sent.unwrap();
                }
            });
        }
        drop(sender);
        let consume = |is_task: bool| {
            let receiver = receiver.clone();
            let next = move || if is_task { block_on(receiver.recv_async()) } else { receiver.recv() };
            scope.spawn(move || std::iter::from_fn(|| next().ok()).sum::<u64>())
        };
        [true, false, true].map(consume).into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(total, 4 * EACH * (EACH + 1) / 2);
}

#[test]
fn futures_can_be_moved_to_other_threads() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let (sender, receiver): (Sender<i32>, Receiver<i32>) = bounded(1);
    drop(is_send(sender.send_async(1)));
    drop(is_send(receiver.recv_async()));
    drop(is_send(receiver.recv_many_async(&mut Vec::new(), 1)));
}
