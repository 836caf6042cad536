//! The end of a channel without room.

use crate::{Count, block_on};
use producer_consumer::{RecvError, TryRecvError, TrySendError, rendezvous};
use std::pin::pin;
use std::sync::Arc;
use std::thread;

#[test]
fn a_close_gives_the_messages_of_waiting_senders_back() {
    let (sender, receiver) = rendezvous();
    let mut send = pin!(sender.send_async(1));
    assert!(Arc::<Count>::default().poll(send.as_mut()).is_pending());
    thread::scope(|scope| {
        let blocked = scope.spawn(|| sender.send(2).map_err(|refused| refused.0));
        assert!(receiver.close() && !sender.close());
        assert_eq!(blocked.join().unwrap(), Err(2));
    });
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected), "what waits was not accepted");
    assert!(receiver.drain().is_empty());
    assert_eq!(block_on(send).map_err(|refused| refused.0), Err(1));
    assert_eq!(sender.try_send(3), Err(TrySendError::Disconnected(3)));
    assert_eq!((receiver.recv(), receiver.recv_many(&mut Vec::new(), 1)), (Err(RecvError), Err(RecvError)));
}

#[test]
fn what_a_task_was_sent_before_a_close_is_received_after_it() {
    let (sender, receiver) = rendezvous();
    let mut recv = Box::pin(receiver.recv_async());
    assert!(Arc::<Count>::default().poll(recv.as_mut()).is_pending());
    sender.try_send(7).unwrap();
    sender.close();
    drop(recv);
    assert_eq!(receiver.drain(), [7]);
    assert_eq!(receiver.recv(), Err(RecvError));
}

#[test]
fn the_last_receiver_drops_what_a_task_was_sent_and_gives_back_what_waits() {
    let (sender, receiver) = rendezvous();
    let value = Arc::new(());
    let mut recv = Box::pin(receiver.recv_async());
    assert!(Arc::<Count>::default().poll(recv.as_mut()).is_pending());
    sender.try_send(value.clone()).unwrap();
    drop(recv);
    let mut send = pin!(sender.send_async(value.clone()));
    assert!(Arc::<Count>::default().poll(send.as_mut()).is_pending());
    assert_eq!(Arc::strong_count(&value), 3);
    drop(receiver);
    assert_eq!(Arc::strong_count(&value), 2);
    assert!(block_on(send).is_err());
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn the_end_wakes_threads_and_tasks_that_wait_to_receive() {
    let (sender, receiver) = rendezvous::<i32>();
    let task = Arc::<Count>::default();
    let mut recv = pin!(receiver.recv_async());
    assert!(task.poll(recv.as_mut()).is_pending());
    thread::scope(|scope| {
        let threads = [(); 2].map(|()| scope.spawn(|| receiver.recv()));
        drop(sender);
        threads.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), Err(RecvError)));
    });
    assert!(task.wakes() > 0);
    assert_eq!(block_on(recv), Err(RecvError));
}

#[test]
fn weak_handles_of_a_rendezvous_keep_nothing_open() {
    let (sender, receiver) = rendezvous();
    let weak = (sender.downgrade(), receiver.downgrade());
    let again = weak.0.upgrade().expect("there is a sender");
    drop(sender);
    thread::scope(|scope| {
        scope.spawn(|| again.send(1).unwrap());
        assert_eq!(weak.1.upgrade().map(|receiver| receiver.recv()), Some(Ok(1)));
    });
    drop(again);
    assert!(weak.0.upgrade().is_none());
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
}
