//! Sending and receiving: order, bounds, deadlines.

use crate::{past, soon};
use producer_consumer::{
    RecvError, RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError, bounded, broadcast, rendezvous, spsc,
    unbounded,
};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{RefUnwindSafe, UnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_channel_holds_as_many_as_it_was_made_for() {
    let (sender, receiver) = bounded(2);
    assert_eq!((sender.capacity(), receiver.capacity()), (Some(2), Some(2)));
    sender.try_send(1).unwrap();
    assert_eq!((sender.len(), sender.is_full(), receiver.is_empty()), (1, false, false));
    sender.try_send(2).unwrap();
    assert!(sender.is_full() && receiver.is_full());
    assert_eq!(sender.try_send(3), Err(TrySendError::Full(3)));
    assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [1, 2]);
    assert!(sender.is_empty());
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn a_capacity_of_zero_panics() {
    assert!(catch_unwind(|| bounded::<i32>(0)).is_err());
}

/// Places for messages are made where they stay, not on the stack; who receives such a message needs room for it.
#[test]
fn a_channel_for_huge_messages_is_made_on_a_small_stack() {
    type Huge = [u8; 8 << 20];
    let make = || {
        let ends = (bounded::<Huge>(1), unbounded::<Huge>(), spsc::bounded::<Huge>(1));
        assert!(ends.0.1.is_empty() && ends.1.1.is_empty() && ends.2.1.is_empty());
        ends
    };
    let ends = thread::Builder::new().stack_size(1 << 20).spawn(make).unwrap().join().unwrap();
    thread::Builder::new().stack_size(512 << 20).spawn(|| drop(ends)).unwrap().join().unwrap();
}

#[test]
fn a_huge_capacity_takes_no_memory_before_it_is_used() {
    let (sender, receiver) = bounded(usize::MAX);
    sender.send([0_u8; 64]).unwrap();
    assert!(receiver.recv().is_ok());
}

#[test]
fn many_producers_and_consumers_lose_and_double_nothing() {
    const EACH: u64 = if cfg!(miri) { 20 } else { 2_000 };
    let (sender, receiver) = bounded(7);
    let producers: Vec<_> = (0..3)
        .map(|number| {
            let sender = sender.clone();
            thread::spawn(move || (0..EACH).for_each(|count| sender.send(number * EACH + count).unwrap()))
        })
        .collect();
    drop(sender);
    let consumers: Vec<_> = (0..3)
        .map(|_| {
            let receiver = receiver.clone();
            thread::spawn(move || receiver.into_iter().collect::<Vec<_>>())
        })
        .collect();
    drop(receiver);
    producers.into_iter().for_each(|producer| producer.join().unwrap());
    let got: Vec<u64> = consumers.into_iter().flat_map(|consumer| consumer.join().unwrap()).collect();
    assert_eq!(got.len() as u64, 3 * EACH);
    assert_eq!(got.into_iter().collect::<BTreeSet<_>>(), (0..3 * EACH).collect());
}

#[test]
fn a_message_sent_before_the_deadline_is_received() {
    let (sender, receiver) = bounded(1);
    let producer = thread::spawn(move || sender.send_deadline(1, soon()));
    assert_eq!(receiver.recv_timeout(Duration::from_secs(30)), Ok(1));
    producer.join().unwrap().unwrap();
}

#[test]
fn an_empty_channel_times_out_and_a_full_one_gives_the_value_back() {
    let (sender, receiver) = bounded(1);
    assert_eq!(receiver.recv_deadline(past()), Err(RecvTimeoutError::Timeout));
    let begin = Instant::now();
    assert_eq!(receiver.recv_timeout(Duration::from_millis(30)), Err(RecvTimeoutError::Timeout));
    assert!(begin.elapsed() >= Duration::from_millis(30));
    sender.send(1).unwrap();
    assert_eq!(sender.send_timeout(2, Duration::ZERO), Err(SendTimeoutError::Timeout(2)));
    assert_eq!(sender.send_deadline(2, past()), Err(SendTimeoutError::Timeout(2)));
    assert_eq!(receiver.drain(), [1]);
}

#[test]
fn a_timeout_too_long_for_the_clock_is_no_limit() {
    let (sender, receiver) = bounded(1);
    let producer = thread::spawn(move || sender.send_timeout(1, Duration::MAX));
    assert_eq!(receiver.recv_timeout(Duration::MAX), Ok(1));
    producer.join().unwrap().unwrap();
}

#[test]
fn clones_are_of_the_same_channel_and_others_are_not() {
    let (sender, receiver) = bounded::<i32>(1);
    let (other_sender, other_receiver) = bounded::<i32>(1);
    assert!(sender.same_channel(&sender.clone()) && receiver.same_channel(&receiver.clone()));
    assert!(!sender.same_channel(&other_sender) && !receiver.same_channel(&other_receiver));
}

#[test]
fn errors_say_what_happened_and_give_the_value_back() {
    let (sender, receiver) = bounded(1);
    sender.send(1).unwrap();
    let full = sender.try_send(2).unwrap_err();
    assert_eq!((full.to_string().as_str(), full.into_inner()), ("sending on a full channel", 2));
    assert_eq!(receiver.recv(), Ok(1));
    assert_eq!(receiver.try_recv().unwrap_err().to_string(), "receiving on an empty channel");
    drop(receiver);
    let closed = sender.send(3).unwrap_err();
    assert_eq!(
        (closed.to_string().as_str(), closed.into_inner()),
        ("sending on a closed channel, or on a full one that rejects", 3)
    );
}

#[test]
fn the_ways_in_which_nothing_came_can_be_asked_for_and_made_of_each_other() {
    assert!(TryRecvError::Empty.is_empty() && !TryRecvError::Empty.is_disconnected());
    assert!(RecvTimeoutError::Timeout.is_timeout() && !RecvTimeoutError::Timeout.is_disconnected());
    let (tried, late) = (TryRecvError::from(RecvError), RecvTimeoutError::from(RecvError));
    assert!(tried.is_disconnected() && !tried.is_empty() && late.is_disconnected() && !late.is_timeout());
}

#[test]
fn handles_are_counted_side_by_side() {
    for (sender, receiver) in [bounded::<i32>(1), unbounded(), rendezvous()] {
        let (others, weak) = ((sender.clone(), receiver.clone()), sender.downgrade());
        assert_eq!((sender.sender_count(), receiver.receiver_count()), (2, 2));
        drop(others);
        let door = receiver.doorbell();
        assert_eq!((receiver.sender_count(), sender.receiver_count()), (1, 2));
        drop((sender, door));
        assert_eq!((receiver.sender_count(), receiver.receiver_count()), (0, 1));
        assert!(weak.upgrade().is_none());
    }
}

/// What a panic unwinds through leaves channels whole, whatever their messages are.
#[test]
fn handles_pass_where_a_panic_is_caught() {
    fn pass<T: UnwindSafe + RefUnwindSafe>(_: &T) {}
    let (sender, receiver) = bounded::<Cell<i32>>(2);
    pass(&(sender.downgrade(), receiver.downgrade(), sender.try_reserve().unwrap()));
    pass(&(sender, receiver));
    pass(&spsc::bounded::<Cell<i32>>(1));
    pass(&broadcast::bounded::<i32>(1));
}
