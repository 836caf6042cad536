//! Whoever goes away takes nothing along that is another's, and leaves nothing behind that is its own.

use crate::{Count, block_on};
use producer_consumer::{Receiver, TryRecvError, rendezvous};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

#[test]
fn a_send_that_is_dropped_at_any_poll_takes_its_message_along_unless_it_was_received() {
    for polls in 0..4 {
        for is_received in [false, true] {
            let (sender, receiver) = rendezvous();
            let value = Arc::new(());
            let mut send = Box::pin(sender.send_async(value.clone()));
            (0..polls).for_each(|_| assert!(Arc::<Count>::default().poll(send.as_mut()).is_pending()));
            let received = if is_received { receiver.try_recv().ok() } else { None };
            assert_eq!(received.is_some(), is_received && polls > 0);
            drop(send);
            assert_eq!(Arc::strong_count(&value), 1 + usize::from(received.is_some()));
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        }
    }
}

#[test]
fn a_receive_that_is_dropped_at_any_poll_leaves_the_message_to_another() {
    for polls in 0..3 {
        let (sender, receiver) = rendezvous();
        let task = Arc::<Count>::default();
        let mut recv = Box::pin(receiver.recv_async());
        (0..polls).for_each(|_| assert!(task.poll(recv.as_mut()).is_pending()));
        let sender_task = Arc::<Count>::default();
        let mut send = pin!(sender.send_async(7));
        assert!(sender_task.poll(send.as_mut()).is_pending(), "a task takes its message itself");
        assert_eq!(task.wakes(), usize::from(polls > 0));
        drop(recv);
        assert_eq!(sender_task.wakes(), 0);
        assert_eq!(receiver.try_recv(), Ok(7));
        assert_eq!(sender_task.poll(send), Poll::Ready(Ok(())));
    }
}

#[test]
fn a_task_that_turns_away_leaves_its_wake_and_the_message_to_the_next() {
    let (sender, receiver) = rendezvous();
    let tasks = [(); 2].map(|()| Arc::<Count>::default());
    let mut first = Box::pin(receiver.recv_async());
    let mut second = pin!(receiver.recv_async());
    assert!(tasks[0].poll(first.as_mut()).is_pending());
    assert!(tasks[1].poll(second.as_mut()).is_pending());
    assert_eq!(sender.try_send(7), Ok(()));
    assert_eq!(tasks.each_ref().map(|task| task.wakes()), [1, 0]);
    drop(first);
    assert_eq!(tasks.each_ref().map(|task| task.wakes()), [1, 1]);
    assert_eq!(tasks[1].poll(second), Poll::Ready(Ok(7)));
}

/// A future that is forgotten leaves its message in the channel, where it does no harm.
#[test]
fn a_send_that_is_forgotten_can_still_be_received() {
    let (sender, receiver) = rendezvous();
    let mut send = Box::pin(sender.send_async(7));
    assert!(Arc::<Count>::default().poll(send.as_mut()).is_pending());
    std::mem::forget(send);
    drop(sender.clone());
    assert_eq!((receiver.try_recv(), receiver.try_recv()), (Ok(7), Err(TryRecvError::Empty)));
}

/// A waker that looks at the channel when it is dropped, and so must not be dropped under a lock.
struct Nosy(Receiver<i32>);

impl Wake for Nosy {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Nosy {
    fn drop(&mut self) {
        assert!(!self.0.is_closed());
    }
}

#[test]
fn a_waker_that_uses_the_channel_when_it_is_dropped_does_not_deadlock() {
    let (sender, receiver) = rendezvous();
    let mut send = Box::pin(sender.send_async(7));
    for _ in 0..3 {
        let waker = Waker::from(Arc::new(Nosy(receiver.clone())));
        assert!(send.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    drop(send);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
}

/// A waker that panics.
struct Angry;

impl Wake for Angry {
    fn wake(self: Arc<Self>) {
        panic!("a waker that panics");
    }
}

#[test]
fn a_waker_that_panics_keeps_nobody_else_from_being_woken() {
    let (sender, receiver) = rendezvous();
    let task = Arc::<Count>::default();
    let mut sends: Vec<_> = (0..4).map(|number| Box::pin(sender.send_async(number))).collect();
    for (number, send) in sends.iter_mut().enumerate() {
        let waker = if number % 2 == 0 { Waker::from(Arc::new(Angry)) } else { Waker::from(task.clone()) };
        assert!(send.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    let mut batch = Vec::new();
    assert!(catch_unwind(AssertUnwindSafe(|| receiver.try_recv_many(&mut batch, 2))).is_err());
    assert_eq!((batch, task.wakes()), (vec![0, 1], 1));
    assert!(catch_unwind(AssertUnwindSafe(|| sender.close())).is_err());
    assert_eq!(task.wakes(), 2);
    let ends = sends.into_iter().map(|send| block_on(send).map_err(|refused| refused.0));
    assert!(ends.eq([Ok(()), Ok(()), Err(2), Err(3)]));
}

#[test]
fn a_receiver_that_panics_while_it_waits_is_nobodys_partner() {
    let (sender, receiver) = rendezvous();
    let mut select = pin!(receiver.recv_async());
    assert!(Arc::<Count>::default().poll(select.as_mut()).is_pending());
    // The offer wakes the task, whose waker panics in the sender's thread: what it offered goes with it.
    let value = Arc::new(());
    let (angry_sender, angry_receiver) = rendezvous();
    let mut angry = Box::pin(angry_receiver.recv_async());
    // It waits by now, and does not wake itself any more.
    assert!(Arc::<Count>::default().poll(angry.as_mut()).is_pending());
    assert!(angry.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::new(Angry)))).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| angry_sender.send(value.clone()))).is_err());
    drop(angry);
    assert_eq!(Arc::strong_count(&value), 1);
    assert_eq!(angry_receiver.try_recv(), Err(TryRecvError::Empty));
    // And a channel with which nothing is wrong goes on.
    thread::scope(|scope| {
        scope.spawn(|| sender.send(1).unwrap());
        assert_eq!(block_on(select), Ok(1));
    });
}
