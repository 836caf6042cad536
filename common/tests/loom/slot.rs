//! Slot: each way to send meets each way to receive, and the value, the waiter and the block have one end each.
//!
//! A block that leaks, is freed twice or is freed under the other end's hands fails every model here by itself; see
//! `heap.rs` for the controls.

use crate::{Bell, past};
use common::latch::Latch;
use common::model::{Seen, model};
use common::park::block_on;
use common::slot::{Receiver, RecvError, Sender, slot};
use common::sync::atomic::{AtomicUsize, Ordering};
use common::sync::cell::UnsafeCell;
use common::sync::heap::Block;
use common::sync::thread::{self, Thread};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize as Count;
use std::task::{Context, Poll, Waker};

/// A value, or its drops: exactly one, whatever became of it.
struct Value(Arc<Count>);

impl Drop for Value {
    fn drop(&mut self) {
        // ORDERING: Relaxed, here and below: a count that no checker sees, in a run of one thread at a time.
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

type Received = Result<Option<Value>, RecvError>;

/// Runs a sender against a receiver, and counts the value's drops and the waker's owners afterwards.
///
/// A sender says whether its value came back; a receiver gets a waker to poll with, and is dropped by `receive`.
fn meet(
    name: &'static str,
    outcomes: &'static [&'static str],
    send: fn(Sender<Value>, Value) -> bool,
    receive: fn(Receiver<Value>, &Waker) -> Received,
) {
    model(name).outcomes(outcomes).check(move |seen: &Seen| {
        let (drops, bell) = (Arc::new(Count::new(0)), Arc::<Bell>::default());
        let (sender, receiver) = slot();
        let value = Value(drops.clone());
        let waker = Waker::from(bell.clone());
        let (received, came_back) = seen.race((|| receive(receiver, &waker), || send(sender, value)));
        let in_hand = matches!(received, Ok(Some(_)));
        assert_eq!(drops.load(Ordering::Relaxed), usize::from(!in_hand), "dropped too early, twice or never");
        assert!(!(came_back && in_hand), "one value came out at both ends");
        seen.outcome(match received {
            Ok(Some(_)) => "received",
            Ok(None) if came_back => "came back",
            Ok(None) => "left in the slot",
            Err(RecvError::Closed) => "closed",
            Err(RecvError::Panicked) => "panicked",
        });
        assert_eq!(Arc::strong_count(&bell), 2, "a waker was left behind or dropped twice");
    });
}

fn send(sender: Sender<Value>, value: Value) -> bool {
    sender.send(value).is_err()
}

fn close(sender: Sender<Value>, _value: Value) -> bool {
    drop(sender);
    false
}

fn panic(sender: Sender<Value>, _value: Value) -> bool {
    sender.report_panic();
    false
}

fn wait(mut receiver: Receiver<Value>, _: &Waker) -> Received {
    receiver.recv().map(Some)
}

fn wait_until_past(mut receiver: Receiver<Value>, _: &Waker) -> Received {
    receiver.recv_deadline(past())
}

fn poll_once(mut receiver: Receiver<Value>, waker: &Waker) -> Received {
    match Pin::new(&mut receiver).poll(&mut Context::from_waker(waker)) {
        Poll::Ready(result) => result.map(Some),
        Poll::Pending => Ok(None),
    }
}

fn poll_twice(mut receiver: Receiver<Value>, waker: &Waker) -> Received {
    match Pin::new(&mut receiver).poll(&mut Context::from_waker(waker)) {
        Poll::Ready(result) => result.map(Some),
        Poll::Pending => poll_once(receiver, waker),
    }
}

/// A poll leaves its waker behind; a blocking wait that follows must take it back before it puts its thread in.
fn poll_then_wait(mut receiver: Receiver<Value>, waker: &Waker) -> Received {
    match Pin::new(&mut receiver).poll(&mut Context::from_waker(waker)) {
        Poll::Ready(result) => result.map(Some),
        Poll::Pending => receiver.recv().map(Some),
    }
}

fn leave(receiver: Receiver<Value>, _: &Waker) -> Received {
    drop(receiver);
    Ok(None)
}

#[test]
fn a_value_meets_a_blocking_receiver() {
    meet("slot/send_races_recv", &["received"], send, wait);
}

#[test]
fn a_value_meets_a_deadline() {
    meet("slot/send_races_deadline", &["received", "left in the slot", "came back"], send, wait_until_past);
}

#[test]
fn a_value_meets_a_poll() {
    meet("slot/send_races_poll", &["received", "left in the slot", "came back"], send, poll_once);
}

#[test]
fn a_value_meets_two_polls_with_one_waker() {
    meet("slot/send_races_two_polls", &["received", "left in the slot", "came back"], send, poll_twice);
}

#[test]
fn a_value_meets_a_receiver_that_was_polled_and_then_blocks() {
    meet("slot/send_races_poll_then_recv", &["received"], send, poll_then_wait);
}

#[test]
fn a_value_meets_a_receiver_that_leaves() {
    meet("slot/send_races_receiver_drop", &["left in the slot", "came back"], send, leave);
}

#[test]
fn a_dropped_sender_meets_a_blocking_receiver() {
    meet("slot/drop_races_recv", &["closed"], close, wait);
}

#[test]
fn a_dropped_sender_meets_a_deadline() {
    meet("slot/drop_races_deadline", &["closed", "left in the slot"], close, wait_until_past);
}

#[test]
fn a_dropped_sender_meets_a_poll() {
    meet("slot/drop_races_poll", &["closed", "left in the slot"], close, poll_once);
}

#[test]
fn a_dropped_sender_meets_two_polls_with_one_waker() {
    meet("slot/drop_races_two_polls", &["closed", "left in the slot"], close, poll_twice);
}

#[test]
fn a_dropped_sender_meets_a_receiver_that_was_polled_and_then_blocks() {
    meet("slot/drop_races_poll_then_recv", &["closed"], close, poll_then_wait);
}

#[test]
fn a_dropped_sender_meets_a_receiver_that_leaves() {
    meet("slot/drop_races_receiver_drop", &["left in the slot"], close, leave);
}

#[test]
fn a_panic_is_told_to_a_blocking_receiver() {
    meet("slot/panic_races_recv", &["panicked"], panic, wait);
}

/// The waker of the last poll is the one that is woken, once, and the other one is not.
fn meet_two_wakers(name: &'static str, send: fn(Sender<Value>, Value) -> bool) {
    let outcomes = &["at the first poll", "at the second poll", "woken"];
    model(name).outcomes(outcomes).check(move |seen: &Seen| {
        let bells: [Arc<Bell>; 2] = Default::default();
        let wakers = bells.each_ref().map(|bell| Waker::from(bell.clone()));
        let (sender, mut receiver) = slot();
        let value = Value(Arc::default());
        let poll_twice = || {
            let is_ready = |waker| Pin::new(&mut receiver).poll(&mut Context::from_waker(waker)).is_ready();
            wakers.iter().position(is_ready)
        };
        let (ready_at, came_back) = seen.race((poll_twice, || send(sender, value)));
        assert!(!came_back, "the receiver is still there");
        let rung = bells.each_ref().map(|bell| bell.0.load(Ordering::Relaxed));
        match ready_at {
            Some(0) => assert_eq!(rung, [0, 0], "nobody has waited"),
            Some(_) => assert_eq!(rung[1], 0, "the second one has not waited"),
            None => assert_eq!(rung, [0, 1], "the last one waits"),
        }
        assert!(ready_at.is_some() || !matches!(receiver.try_recv(), Ok(None)), "woken for nothing");
        drop(receiver);
        drop(wakers);
        assert_eq!(bells.each_ref().map(Arc::strong_count), [1, 1], "a waker was left behind or dropped twice");
        seen.outcome(ready_at.map_or("woken", |at| outcomes[at]));
    });
}

#[test]
fn a_value_meets_polls_with_two_wakers() {
    meet_two_wakers("slot/send_races_changed_waker", send);
}

#[test]
fn a_dropped_sender_meets_polls_with_two_wakers() {
    meet_two_wakers("slot/drop_races_changed_waker", close);
}

#[test]
fn a_future_is_woken() {
    model("slot/send_races_block_on").outcomes(&["received"]).check(|seen| {
        let (sender, receiver) = slot();
        assert_eq!(seen.race((|| block_on(receiver), || sender.send(7))), (Ok(7), Ok(())));
        seen.outcome("received");
    });
}

/// The time-out path: retract, and then either side may come first.
#[test]
fn a_value_that_meets_a_deadline_is_received_now_or_later() {
    model("slot/send_races_deadline_then_recv").outcomes(&["now", "later"]).check(|seen| {
        let (sender, mut receiver) = slot();
        let receive = || match receiver.recv_deadline(past()).unwrap() {
            Some(value) => (value, "now"),
            None => (receiver.recv().unwrap(), "later"),
        };
        let ((value, when), sent) = seen.race((receive, || sender.send(7)));
        assert_eq!((value, sent), (7, Ok(())));
        seen.outcome(when);
    });
}

/// A sender that was told that its receiver is gone gets the value back.
#[test]
fn a_value_is_never_sent_to_a_receiver_that_was_seen_to_be_gone() {
    model("slot/is_closed_then_send").outcomes(&["gone", "still there"]).check(|seen| {
        let (sender, receiver) = slot();
        let send = || {
            let was_closed = sender.is_closed();
            let came_back = sender.send(7).is_err();
            assert!(came_back || !was_closed, "a receiver that is gone took the value");
            was_closed
        };
        let (was_closed, ()) = seen.race((send, || drop(receiver)));
        seen.outcome(if was_closed { "gone" } else { "still there" });
    });
}

/// A slot without a value, whose receiver frees the block as soon as it sees the end.
struct Hasty {
    word: AtomicUsize,
    waiter: UnsafeCell<Option<Thread>>,
}

// SAFETY: the word says whose the waiter is.
unsafe impl Sync for Hasty {}

/// I4 broken: the end was seen, but the sender still reads the waiter. This is why it is handed over in a second step.
#[test]
fn control_a_receiver_frees_the_block_that_the_sender_takes_the_waiter_from() {
    // In loom nothing can happen between the sender's addition and its read, so that there the read is not too late but
    // without an order to the free.
    let failure = if cfg!(loom) { "Causality violation" } else { "a block is used after it was freed" };
    model("slot/control_no_hand_over").must_fail(failure, |seen| {
        let block = Block::new(Hasty { word: AtomicUsize::new(0), waiter: UnsafeCell::new(None) });
        let other = block.share();
        // SAFETY: none, after the free: that is what is wrong with it.
        let word = |block: *const Hasty| unsafe { &(*block).word };
        let receive = || {
            // SAFETY: the word is 0, so the waiter is the receiver's.
            block.with(|block| unsafe { &(*block).waiter }.with_mut(|cell| unsafe { *cell = Some(thread::current()) }));
            // ORDERING: Release, the waiter; Acquire, that the sender has ended. Both are what `slot` has.
            block.with(|block| word(block).fetch_add(1, Ordering::AcqRel));
            while block.with(|block| word(block).load(Ordering::Acquire)) < 2 {
                thread::park();
            }
            // SAFETY: none, as above.
            unsafe { block.free() };
        };
        let send = || {
            // ORDERING: as above.
            if other.with(|block| word(block).fetch_add(2, Ordering::AcqRel)) == 1 {
                // SAFETY: none, as above.
                let waiter = other.with(|block| unsafe { &(*block).waiter }.with_mut(|cell| unsafe { (*cell).take() }));
                waiter.expect("a waiting receiver has left its waiter").unpark();
            }
        };
        seen.race((receive, send));
    });
}

/// I4 broken the other way: the waiter is woken before the block is handed over. The receiver may free it then before the
/// sender hands it over.
#[test]
fn control_a_sender_touches_the_block_after_its_receiver_has_freed_it() {
    model("slot/control_two_steps_for_the_end").must_fail("a block is used after it was freed", |seen| {
        let block = Block::new(AtomicUsize::new(0));
        let other = block.share();
        // SAFETY: none, after the free: that is what is wrong with it.
        let word = |block: *const AtomicUsize| unsafe { &*block };
        let woken = Latch::new();
        let send = || {
            // ORDERING: AcqRel, here and below, so that it is no missing edge that fails.
            other.with(|block| word(block).fetch_add(1, Ordering::AcqRel));
            woken.open();
            other.with(|block| word(block).fetch_add(1, Ordering::AcqRel));
        };
        let receive = || {
            woken.wait();
            assert!(block.with(|block| word(block).fetch_add(0, Ordering::AcqRel)) >= 1);
            // SAFETY: none, as above.
            unsafe { block.free() };
        };
        seen.race((receive, send));
    });
}
