//! Tasks that broadcast: wakes, and what a drop at any poll leaves.

use crate::{Count, block_on};
use producer_consumer::broadcast::{self, Receiver, Sender};
use producer_consumer::{RecvError, SendError};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

#[test]
fn a_message_wakes_all_subscribers_and_the_slowest_wakes_the_sender() {
    let (sender, mut first) = broadcast::bounded(1);
    let mut second = first.clone();
    let tasks = [(); 3].map(|()| Arc::<Count>::default());
    let (mut recv, mut other) = (pin!(first.recv_async()), Box::pin(second.recv_async()));
    assert!(tasks[0].poll(recv.as_mut()).is_pending());
    assert!(tasks[1].poll(other.as_mut()).is_pending());
    sender.send(1).unwrap();
    let mut send = pin!(sender.send_async(2));
    assert!(tasks[2].poll(send.as_mut()).is_pending());
    assert_eq!(tasks[0].poll(recv), Poll::Ready(Ok(1)));
    assert_eq!(tasks.each_ref().map(|task| task.wakes()), [1, 1, 0]);
    assert_eq!(tasks[1].poll(other.as_mut()), Poll::Ready(Ok(1)));
    assert_eq!(tasks[2].wakes(), 1);
    assert_eq!(tasks[2].poll(send), Poll::Ready(Ok(2)));
}

/// What a future has not returned its subscriber has not taken, at whichever poll it is dropped.
#[test]
fn a_broadcast_future_that_is_dropped_at_any_poll_loses_nothing() {
    for polls in 0..4 {
        let (sender, mut receiver) = broadcast::bounded(1);
        let mut other = receiver.clone();
        let mut taken = Vec::new();
        let value = Arc::new(());
        {
            let mut recv = pin!(receiver.recv_many_async(&mut taken, 8));
            let mut late = Box::pin(sender.send_async(value.clone()));
            for poll in 0..polls {
                if poll == 2 {
                    sender.send(value.clone()).unwrap();
                    assert!(Arc::<Count>::default().poll(late.as_mut()).is_pending(), "it is full");
                }
                let outcome = Arc::<Count>::default().poll(recv.as_mut());
                assert_eq!(outcome, if poll < 2 { Poll::Pending } else { Poll::Ready(Ok(1)) });
                if poll == 2 {
                    break;
                }
            }
        }
        let is_sent = usize::from(polls > 2);
        assert_eq!((taken.len(), receiver.len(), other.len()), (is_sent, 0, is_sent), "dropped after {polls}");
        drop((taken, other.drain()));
        assert_eq!(Arc::strong_count(&value), 1);
        sender.send(value).unwrap();
        assert!(receiver.recv().is_ok() && other.recv().is_ok());
    }
}

#[test]
fn a_broadcast_that_is_dropped_hands_its_wake_on() {
    let (sender, mut receiver) = broadcast::bounded(1);
    sender.send(0).unwrap();
    let task = Arc::<Count>::default();
    let mut second = pin!(sender.send_async(2));
    {
        let first = pin!(sender.send_async(1));
        assert!(Arc::<Count>::default().poll(first).is_pending());
        assert!(task.poll(second.as_mut()).is_pending());
        assert_eq!((receiver.recv(), task.wakes()), (Ok(0), 0));
    }
    assert_eq!(task.wakes(), 1);
    assert_eq!(task.poll(second), Poll::Ready(Ok(1)));
}

#[test]
fn a_batch_of_a_broadcast_wakes_as_many_senders_as_it_made_room_for() {
    let (sender, mut receiver) = broadcast::bounded(3);
    (0..3).for_each(|number| assert_eq!(sender.send(number), Ok(1)));
    let tasks = [(); 3].map(|()| Arc::<Count>::default());
    let mut sends: Vec<_> = (3..6).map(|number| Box::pin(sender.send_async(number))).collect();
    for (task, send) in tasks.iter().zip(&mut sends) {
        assert!(task.poll(send.as_mut()).is_pending());
    }
    let mut batch = Vec::new();
    assert_eq!(receiver.try_recv_many(&mut batch, 2), Ok(2));
    assert_eq!(tasks.each_ref().map(|task| task.wakes()), [1, 1, 0]);
    drop(receiver);
    assert_eq!(tasks.each_ref().map(|task| task.wakes()), [1, 1, 1]);
}

#[test]
fn a_subscriber_that_goes_wakes_as_many_senders_as_it_made_room_for() {
    let (sender, mut fast) = broadcast::bounded(2);
    let slow = fast.clone();
    (0..2).for_each(|number| assert_eq!(sender.send(number), Ok(2)));
    assert_eq!(fast.drain(), [0, 1]);
    let tasks = [(); 3].map(|()| Arc::<Count>::default());
    let mut sends: Vec<_> = (2..5).map(|number| Box::pin(sender.send_async(number))).collect();
    for (task, send) in tasks.iter().zip(&mut sends) {
        assert!(task.poll(send.as_mut()).is_pending());
    }
    drop(slow);
    assert_eq!(tasks.each_ref().map(|task| task.wakes()), [1, 1, 0]);
}

#[test]
fn the_end_of_a_broadcast_wakes_every_task() {
    let (sender, receiver) = broadcast::bounded(1);
    let mut full = receiver.clone();
    sender.send(0).unwrap();
    let tasks = [(); 3].map(|()| Arc::<Count>::default());
    let mut late = [receiver.resubscribe(), receiver.resubscribe()];
    let [first, second] = late.each_mut();
    let (mut first, mut second) = (Box::pin(first.recv_async()), Box::pin(second.recv_async()));
    let mut send = Box::pin(sender.send_async(1));
    assert!(tasks[0].poll(first.as_mut()).is_pending() && tasks[1].poll(second.as_mut()).is_pending());
    assert!(tasks[2].poll(send.as_mut()).is_pending());
    receiver.close();
    assert!(tasks.iter().all(|task| task.wakes() > 0));
    assert_eq!(
        (block_on(first), block_on(second), block_on(send)),
        (Err(RecvError), Err(RecvError), Err(SendError(1)))
    );
    assert_eq!((block_on(full.recv_async()), block_on(full.recv_async())), (Ok(0), Err(RecvError)));
}

#[test]
fn the_last_subscriber_that_goes_wakes_every_sender() {
    let (sender, receiver) = broadcast::bounded(1);
    sender.send(0).unwrap();
    thread::scope(|scope| {
        let blocked = [1, 2, 3].map(|value| {
            let sender = &sender;
            scope.spawn(move || sender.send(value))
        });
        drop(receiver);
        blocked.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), Ok(0)));
    });
}

#[test]
fn broadcast_futures_can_be_moved_to_other_threads() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let (sender, mut receiver): (Sender<i32>, Receiver<i32>) = broadcast::bounded(1);
    drop(is_send(sender.send_async(1)));
    drop(is_send(receiver.recv_async()));
    drop(is_send(receiver.recv_many_async(&mut Vec::new(), 1)));
}
