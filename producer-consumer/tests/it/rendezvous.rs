//! The channel without room: a message goes from hand to hand, or stays where it is.

mod cancel;
mod end;
mod stress;

use crate::{Count, past, soon};
use producer_consumer::{RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError, Unsent, rendezvous};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_rendezvous_is_both_empty_and_full() {
    let (sender, receiver) = rendezvous::<i32>();
    assert_eq!((sender.capacity(), sender.len(), receiver.capacity(), receiver.len()), (Some(0), 0, Some(0), 0));
    assert!(sender.is_full() && sender.is_empty() && receiver.is_full() && receiver.is_empty());
    assert_eq!(sender.try_send(1), Err(TrySendError::Full(1)));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(receiver.try_recv_many(&mut Vec::new(), 9), Err(TryRecvError::Empty));
    assert_eq!(receiver.try_recv_many(&mut Vec::new(), 0), Ok(0));
    assert!(receiver.drain().is_empty());
    assert!(sender.same_channel(&sender.clone()) && !sender.same_channel(&rendezvous().0));
}

#[test]
fn a_handle_of_a_rendezvous_is_as_small_as_any() {
    let (sender, receiver) = rendezvous::<[u64; 32]>();
    assert_eq!((size_of_val(&sender), size_of_val(&receiver)), (16, 16));
}

#[test]
fn a_send_is_over_when_a_receiver_has_the_message() {
    let (sender, receiver) = rendezvous();
    let task = Arc::<Count>::default();
    let mut send = pin!(sender.send_async(7));
    assert!(task.poll(send.as_mut()).is_pending());
    assert_eq!((task.wakes(), sender.len()), (0, 0));
    assert_eq!(receiver.try_recv(), Ok(7));
    assert_eq!(task.wakes(), 1);
    assert_eq!(task.poll(send), Poll::Ready(Ok(())));
}

#[test]
fn who_cannot_wait_meets_a_thread_that_does() {
    let (sender, receiver) = rendezvous();
    thread::scope(|scope| {
        let consumer = scope.spawn(|| receiver.recv());
        let mut value = 7;
        while let Err(refused) = sender.try_send(value) {
            value = refused.into_inner();
            thread::yield_now();
        }
        assert_eq!(consumer.join().unwrap(), Ok(7));
        let producer = scope.spawn(|| sender.send(8));
        while receiver.try_recv() != Ok(8) {
            thread::yield_now();
        }
        assert_eq!(producer.join().unwrap(), Ok(()));
    });
}

#[test]
fn who_cannot_wait_meets_a_task_that_does() {
    let (sender, receiver) = rendezvous();
    let task = Arc::<Count>::default();
    let mut recv = pin!(receiver.recv_async());
    assert!(task.poll(recv.as_mut()).is_pending());
    assert_eq!(sender.try_send(7), Ok(()));
    assert_eq!(sender.try_send(8), Err(TrySendError::Full(8)), "one at a time is on its way to tasks");
    assert_eq!(task.wakes(), 1);
    assert_eq!(task.poll(recv), Poll::Ready(Ok(7)));
    assert_eq!(sender.try_send(9), Err(TrySendError::Full(9)), "nobody waits any more");
}

#[test]
fn senders_are_received_in_the_order_in_which_they_came() {
    let (sender, receiver) = rendezvous();
    let tasks = [(); 3].map(|()| Arc::<Count>::default());
    let mut sends: Vec<_> = (0..3).map(|number| Box::pin(sender.send_async(number))).collect();
    for (task, send) in tasks.iter().zip(&mut sends) {
        assert!(task.poll(send.as_mut()).is_pending());
    }
    assert_eq!(sender.try_send(9), Err(TrySendError::Full(9)), "others were there first");
    assert_eq!(receiver.recv(), Ok(0));
    assert_eq!(tasks.each_ref().map(|task| task.wakes()), [1, 0, 0]);
    // The one in the middle goes, and is passed over.
    drop(sends.remove(1));
    assert_eq!((receiver.recv(), receiver.try_recv()), (Ok(2), Err(TryRecvError::Empty)));
    assert_eq!(tasks.each_ref().map(|task| task.wakes()), [1, 0, 1]);
}

#[test]
fn a_batch_takes_the_messages_of_all_who_wait_and_wakes_them() {
    let (sender, receiver) = rendezvous();
    let tasks = [(); 20].map(|()| Arc::<Count>::default());
    let mut sends: Vec<_> = (0..20).map(|number| Box::pin(sender.send_async(number))).collect();
    for (task, send) in tasks.iter().zip(&mut sends) {
        assert!(task.poll(send.as_mut()).is_pending());
    }
    let mut batch = Vec::new();
    assert_eq!(receiver.recv_many(&mut batch, 2), Ok(2));
    assert_eq!(tasks.iter().map(|task| task.wakes()).sum::<usize>(), 2);
    assert_eq!(receiver.recv_many(&mut batch, usize::MAX), Ok(18));
    assert!(batch.into_iter().eq(0..20));
    for (task, send) in tasks.iter().zip(&mut sends) {
        assert_eq!((task.wakes(), task.poll(send.as_mut())), (1, Poll::Ready(Ok(()))));
    }
}

#[test]
fn a_batch_waits_for_a_sender_and_lingers_for_more() {
    let (sender, receiver) = rendezvous();
    thread::scope(|scope| {
        scope.spawn(|| (0..4).for_each(|number| sender.send(number).unwrap()));
        let mut batch = Vec::new();
        let first = receiver.recv_many(&mut batch, 4).unwrap();
        assert!((1..=4).contains(&first));
        while batch.len() < 4 {
            receiver.recv_many_linger(&mut batch, 1, Duration::MAX).unwrap();
        }
        assert_eq!(batch, [0, 1, 2, 3]);
        let (start, timeout) = (Instant::now(), Duration::from_millis(5));
        assert_eq!(receiver.recv_many_timeout(&mut batch, 4, timeout), Err(RecvTimeoutError::Timeout));
        assert!(start.elapsed() >= timeout);
    });
}

/// As each of its messages would be by itself: by receivers that only try, too.
#[test]
fn a_batch_is_handed_over_one_by_one() {
    let (sender, receiver) = rendezvous();
    let task = Arc::<Count>::default();
    let mut send = pin!(sender.send_many_async([1, 2]));
    assert!(task.poll(send.as_mut()).is_pending());
    assert_eq!((receiver.try_recv(), receiver.try_recv(), task.wakes()), (Ok(1), Err(TryRecvError::Empty), 1));
    assert!(task.poll(send.as_mut()).is_pending());
    assert_eq!((receiver.try_recv(), task.wakes()), (Ok(2), 2));
    assert!(matches!(task.poll(send), Poll::Ready(Ok(2))));
    thread::scope(|scope| {
        let producer = scope.spawn(|| sender.send_many(3..6));
        for expected in 3..6 {
            while receiver.try_recv() != Ok(expected) {
                thread::yield_now();
            }
        }
        assert_eq!(producer.join().unwrap().ok(), Some(3));
    });
}

#[test]
fn a_batch_that_meets_nobody_more_gives_the_rest_back() {
    let (sender, receiver) = rendezvous();
    let rest = |rest: Unsent<std::array::IntoIter<i32, 3>>| (rest.sent(), rest.collect::<Vec<_>>());
    let late = sender.send_many_timeout([1, 2, 3], Duration::from_millis(1)).unwrap_err();
    assert!(late.is_timeout());
    assert_eq!(rest(late.into_inner()), (0, vec![1, 2, 3]));
    let task = Arc::<Count>::default();
    let mut send = pin!(sender.send_many_async([1, 2, 3]));
    assert!(task.poll(send.as_mut()).is_pending());
    assert_eq!(receiver.recv(), Ok(1));
    assert!(task.poll(send.as_mut()).is_pending());
    receiver.close();
    let Poll::Ready(Err(refused)) = task.poll(send) else { panic!("a close ends the wait") };
    assert_eq!(rest(refused.into_inner()), (1, vec![2, 3]));
}

#[test]
fn a_meeting_before_the_deadline_takes_place() {
    let (sender, receiver) = rendezvous();
    let producer = thread::spawn(move || sender.send_deadline(1, soon()));
    assert_eq!(receiver.recv_timeout(Duration::MAX), Ok(1));
    assert_eq!(producer.join().unwrap(), Ok(()));
}

#[test]
fn nobody_there_times_out_and_gives_the_value_back() {
    let (sender, receiver) = rendezvous();
    let timeout = Duration::from_millis(5);
    for _ in 0..2 {
        let start = Instant::now();
        assert_eq!(receiver.recv_timeout(timeout), Err(RecvTimeoutError::Timeout));
        assert_eq!(sender.send_timeout(1, timeout), Err(SendTimeoutError::Timeout(1)));
        assert!(start.elapsed() >= 2 * timeout);
        assert_eq!(receiver.recv_deadline(past()), Err(RecvTimeoutError::Timeout));
        assert_eq!(sender.send_deadline(1, past()), Err(SendTimeoutError::Timeout(1)));
    }
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty), "an offer that was withdrawn is gone");
}
