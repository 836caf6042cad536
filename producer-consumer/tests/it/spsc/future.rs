//! The futures of the channel: wakes, and what a drop at any poll leaves.

use crate::Count;
use producer_consumer::spsc::{Receiver, Sender, bounded};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::thread;

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    Arc::<Count>::default().poll(future)
}

#[test]
fn a_future_waits_for_a_thread_and_a_thread_for_a_future() {
    let (mut sender, mut receiver) = bounded(1);
    let count = Arc::new(Count::default());
    {
        let mut recv = pin!(receiver.recv_async());
        assert!(count.poll(recv.as_mut()).is_pending());
        sender.send(1).unwrap();
        assert_eq!(count.wakes(), 1);
        assert_eq!(count.poll(recv.as_mut()), Poll::Ready(Ok(1)));
    }
    sender.send(2).unwrap();
    let mut send = pin!(sender.send_async(3));
    assert!(count.poll(send.as_mut()).is_pending());
    assert_eq!(count.wakes(), 1, "nobody made room");
    assert_eq!(receiver.recv(), Ok(2));
    assert_eq!(count.wakes(), 2);
    assert!(count.poll(send.as_mut()).is_ready());
    assert_eq!(receiver.recv(), Ok(3));
}

#[test]
fn futures_can_be_moved_to_other_threads() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let (mut sender, mut receiver) = bounded(1);
    drop(is_send(sender.send_async(1)));
    drop(is_send(sender.send_many_async([1])));
    drop(is_send(receiver.recv_async()));
    drop(is_send(receiver.recv_many_async(&mut Vec::new(), 1)));
}

#[test]
fn a_receive_that_is_dropped_at_any_poll_loses_no_message() {
    for polls in 0..3 {
        let (mut sender, mut receiver) = bounded(2);
        {
            let mut recv = pin!(receiver.recv_async());
            for _ in 0..polls {
                assert!(poll(recv.as_mut()).is_pending());
            }
            sender.send_many([1, 2]).unwrap();
        }
        {
            let mut got = Vec::new();
            let mut recv = pin!(receiver.recv_many_async(&mut got, 1));
            if polls > 1 {
                assert_eq!(poll(recv.as_mut()), Poll::Ready(Ok(1)));
            }
        }
        let rest = receiver.drain();
        assert_eq!(rest, [1, 2][usize::from(polls > 1)..]);
        let mut got = Vec::new();
        {
            let mut recv = pin!(receiver.recv_many_async(&mut got, 5));
            for _ in 0..polls {
                assert!(poll(recv.as_mut()).is_pending());
            }
            sender.send(3).unwrap();
        }
        assert!(got.is_empty(), "a future takes what it can return");
        assert_eq!(receiver.recv(), Ok(3));
    }
}

#[test]
fn a_send_that_is_dropped_at_any_poll_has_sent_nothing() {
    for polls in 0..3 {
        let (mut sender, mut receiver) = bounded(1);
        let value = Arc::new(());
        sender.send(value.clone()).unwrap();
        {
            let mut send = pin!(sender.send_async(value.clone()));
            for _ in 0..polls {
                assert!(poll(send.as_mut()).is_pending());
            }
            assert_eq!(Arc::strong_count(&value), 3);
        }
        assert_eq!(Arc::strong_count(&value), 2);
        {
            let mut send = pin!(sender.send_many_async([value.clone(), value.clone()]));
            for _ in 0..polls {
                assert!(poll(send.as_mut()).is_pending());
            }
            drop(receiver.recv());
            if polls == 2 {
                assert!(poll(send.as_mut()).is_pending(), "there was room for one");
            }
        }
        assert_eq!(receiver.len(), usize::from(polls == 2));
        assert_eq!(Arc::strong_count(&value), 1 + receiver.len());
    }
}

/// A future that is forgotten after it was polled stays in its set; the channel goes on without it.
#[test]
fn a_future_that_is_leaked_takes_no_wake_from_the_next() {
    let (mut sender, mut receiver) = bounded(1);
    let mut leaked = Box::pin(receiver.recv_async());
    assert!(poll(leaked.as_mut()).is_pending());
    std::mem::forget(leaked);
    let consumer = thread::spawn(move || (receiver.recv(), receiver.recv()));
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    assert_eq!(consumer.join().unwrap(), (Ok(1), Ok(2)));
}

#[test]
fn a_batch_future_gives_back_what_a_close_left() {
    let (mut sender, mut receiver): (Sender<i32>, Receiver<i32>) = bounded(2);
    let mut send = pin!(sender.send_many_async(1..=5));
    assert!(poll(send.as_mut()).is_pending());
    receiver.close();
    let Poll::Ready(Err(refused)) = poll(send) else { panic!("the channel is closed") };
    let unsent = refused.into_inner();
    assert_eq!(unsent.sent(), 2);
    assert!(unsent.eq(3..=5));
    assert_eq!(receiver.drain(), [1, 2]);
}
