//! The doorbell in `crossbeam_channel::select!`, on real threads.

use crate::Count;
use crossbeam_channel::select;
use producer_consumer::{Receiver, Select, TryRecvError, bounded, rendezvous, unbounded};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

#[test]
fn a_bell_has_rung_when_there_is_something_and_else_is_silent() {
    for (sender, receiver) in [bounded(2), unbounded()] {
        let mut door = receiver.doorbell();
        assert!(door.rings().is_empty());
        assert_eq!(door.try_recv(), Err(TryRecvError::Empty));
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        for expected in [1, 2] {
            assert_eq!((door.rings().try_recv(), door.try_recv()), (Ok(()), Ok(expected)));
        }
        assert_eq!((door.rings().try_recv(), door.try_recv()), (Ok(()), Err(TryRecvError::Empty)));
        assert!(door.rings().is_empty(), "it rings once for nothing, not for ever");
        drop(sender);
        for _ in 0..3 {
            assert_eq!((door.rings().try_recv(), door.try_recv()), (Ok(()), Err(TryRecvError::Disconnected)));
        }
    }
}

#[test]
fn a_bell_made_late_rings_for_what_is_there() {
    let (sender, receiver) = bounded(1);
    sender.send(1).unwrap();
    let mut door = receiver.doorbell();
    assert_eq!((door.rings().try_recv(), door.try_recv()), (Ok(()), Ok(1)));
    sender.close();
    assert_eq!(receiver.doorbell().rings().try_recv(), Ok(()));
}

#[test]
fn a_doorbell_is_a_receiver_that_keeps_the_channel_open_and_nothing_longer() {
    let (sender, receiver) = bounded(1);
    let door = receiver.doorbell();
    drop(receiver);
    let value = Arc::new(());
    sender.send(value.clone()).unwrap();
    drop(door);
    assert!(sender.is_closed());
    assert_eq!(Arc::strong_count(&value), 1, "what was not received is dropped with the last receiver");
}

/// Sums what comes through a bell, and through channels of crossbeam's, until all have ended.
fn consume(receiver: &Receiver<u64>, theirs: &crossbeam_channel::Receiver<u64>) -> (u64, u64) {
    let (mut door, mut sum, mut count) = (receiver.doorbell(), 0, 0);
    let (mut is_open, mut open) = (true, Some(theirs.clone()));
    let never = crossbeam_channel::never();
    while is_open || open.is_some() {
        let theirs = open.clone().unwrap_or_else(crossbeam_channel::never);
        let rings = if is_open { door.rings() } else { &never };
        let got = select! {
            recv(rings) -> _ => match door.try_recv() {
                Err(TryRecvError::Empty) => continue,
                Err(TryRecvError::Disconnected) => {
                    is_open = false;
                    continue;
                }
                Ok(message) => message,
            },
            recv(theirs) -> message => match message {
                Ok(message) => message,
                Err(_) => {
                    open = None;
                    continue;
                }
            },
        };
        (sum, count) = (sum + got, count + 1);
    }
    (sum, count)
}

/// Two loops with bells and two plain receivers share a channel; the loops have one of crossbeam's beside it.
#[test]
fn loops_with_bells_and_receivers_lose_and_double_nothing() {
    const EACH: u64 = if cfg!(miri) { 20 } else { 20_000 };
    let ((sender, receiver), (theirs, their)) = (bounded(4), crossbeam_channel::bounded(4));
    let (receiver, their) = (&receiver, &their);
    let results: Vec<(u64, u64)> = thread::scope(|scope| {
        for number in 0..2 {
            let sender = sender.clone();
            scope.spawn(move || (number * EACH..(number + 1) * EACH).for_each(|at| sender.send(at).unwrap()));
        }
        drop(sender);
        scope.spawn(move || (2 * EACH..3 * EACH).for_each(|at| theirs.send(at).unwrap()));
        let loops = [(); 2].map(|()| scope.spawn(|| consume(receiver, their)));
        let plain = [(); 2].map(|()| scope.spawn(|| receiver.iter().fold((0, 0), |all, one| (all.0 + one, all.1 + 1))));
        loops.into_iter().chain(plain).map(|thread| thread.join().unwrap()).collect()
    });
    let (sum, count) = results.into_iter().fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    assert_eq!((count, sum), (3 * EACH, (0..3 * EACH).sum()));
}

/// Their dynamic select, which waits for readiness only, takes a bell as well.
#[test]
fn a_bell_is_ready_for_their_dynamic_select() {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..3).map(|_| bounded(1)).unzip();
    let mut doors: Vec<_> = receivers.iter().map(Receiver::doorbell).collect();
    thread::scope(|scope| {
        scope.spawn(|| senders[1].send(7).unwrap());
        let mut select = crossbeam_channel::Select::new();
        for door in &doors {
            select.recv(door.rings());
        }
        assert_eq!(select.ready(), 1);
    });
    assert_eq!(doors[1].try_recv(), Ok(7));
}

/// Who waits in a select to send without room waits for somebody who sits and waits, as a bell does.
#[test]
fn a_bell_without_room_rings_for_a_select_that_waits_to_send() {
    let (sender, receiver) = rendezvous();
    let (mut value, task) = (Some(7), Arc::<Count>::default());
    let mut select = pin!(Select::new().send(&sender, &mut value, |sent| sent).wait_async());
    assert!(task.poll(select.as_mut()).is_pending());
    let mut door = receiver.doorbell();
    assert_eq!((task.wakes(), door.rings().len()), (1, 0));
    assert_eq!(task.poll(select), Poll::Ready(Ok(())));
    assert_eq!((door.rings().try_recv(), door.try_recv()), (Ok(()), Ok(7)));
}
