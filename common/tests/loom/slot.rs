//! Slot: exactly one of value, closed and handed back, in every schedule.

use crate::past;
use common::model::model;
use common::slot::{Closed, slot};
use common::sync::thread;

#[test]
fn a_value_meets_a_blocking_receiver() {
    model("slot/send_races_recv").outcomes(&["received"]).check(|seen| {
        let (sender, mut receiver) = slot();
        let peer = thread::spawn(move || sender.send(7).unwrap());
        assert_eq!(receiver.recv(), Ok(7));
        seen.outcome("received");
        peer.join().unwrap();
    });
}

#[test]
fn a_spawned_receiver_meets_a_value_from_main() {
    model("slot/send_races_recv_roles_swapped").outcomes(&["received"]).check(|seen| {
        let (sender, mut receiver) = slot();
        let peer = thread::spawn(move || receiver.recv());
        sender.send(7).unwrap();
        assert_eq!(peer.join().unwrap(), Ok(7));
        seen.outcome("received");
    });
}

#[test]
fn a_dropped_sender_meets_a_blocking_receiver() {
    model("slot/drop_races_recv").outcomes(&["closed"]).check(|seen| {
        let (sender, mut receiver) = slot::<u8>();
        let peer = thread::spawn(move || drop(sender));
        assert_eq!(receiver.recv(), Err(Closed));
        seen.outcome("closed");
        peer.join().unwrap();
    });
}

#[test]
fn a_value_is_received_or_handed_back_and_never_both() {
    model("slot/send_races_receiver_drop").outcomes(&["dropped in the slot", "handed back"]).check(|seen| {
        let (sender, receiver) = slot();
        let token = common::sync::Arc::new(());
        let sent = token.clone();
        let peer = thread::spawn(move || sender.send(sent).is_err());
        drop(receiver);
        let back = peer.join().unwrap();
        assert_eq!(common::sync::Arc::strong_count(&token), 1, "the value outlived both ends");
        seen.outcome(if back { "handed back" } else { "dropped in the slot" });
    });
}

/// The time-out path: retract, and then either side may come first.
#[test]
fn a_value_that_meets_a_deadline_is_received_now_or_later() {
    model("slot/send_races_deadline").outcomes(&["now", "later"]).check(|seen| {
        let (sender, mut receiver) = slot();
        let peer = thread::spawn(move || sender.send(7).unwrap());
        match receiver.recv_deadline(past()).unwrap() {
            Some(value) => {
                assert_eq!(value, 7);
                seen.outcome("now");
            }
            None => {
                assert_eq!(receiver.recv(), Ok(7));
                seen.outcome("later");
            }
        }
        peer.join().unwrap();
    });
}

#[test]
fn a_future_is_woken() {
    model("slot/send_races_poll").outcomes(&["received"]).check(|seen| {
        let (sender, receiver) = slot();
        let peer = thread::spawn(move || sender.send(7).unwrap());
        assert_eq!(loom_block_on(receiver), Ok(7));
        seen.outcome("received");
        peer.join().unwrap();
    });
}

#[test]
fn a_spawned_future_is_woken_or_told() {
    model("slot/drop_races_poll").outcomes(&["closed"]).check(|seen| {
        let (sender, receiver) = slot::<u8>();
        let peer = thread::spawn(move || loom_block_on(receiver));
        drop(sender);
        assert_eq!(peer.join().unwrap(), Err(Closed));
        seen.outcome("closed");
    });
}

/// A poll leaves its waker behind; a blocking wait that follows must take it back before it puts its thread in.
#[test]
fn a_value_meets_a_receiver_that_was_polled_and_then_blocks() {
    model("slot/send_races_poll_then_recv").outcomes(&["by the poll", "by the wait"]).check(|seen| {
        let (sender, mut receiver) = slot();
        let peer = thread::spawn(move || sender.send(7).unwrap());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        if let std::task::Poll::Ready(value) = std::pin::Pin::new(&mut receiver).poll(&mut context) {
            assert_eq!(value, Ok(7));
            seen.outcome("by the poll");
        } else {
            assert_eq!(receiver.recv(), Ok(7));
            seen.outcome("by the wait");
        }
        peer.join().unwrap();
    });
}

/// Runs a future on this thread, with a waker made of a parker.
fn loom_block_on<F: Future>(future: F) -> F::Output {
    use common::park::Parker;
    use std::task::{Context, Poll, Wake, Waker};

    struct Unpark(common::park::Unparker);
    impl Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }

    let parker = Parker::new();
    let waker = Waker::from(std::sync::Arc::new(Unpark(parker.unparker())));
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => parker.park(),
        }
    }
}
