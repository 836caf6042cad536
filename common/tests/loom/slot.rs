//! Slot: exactly one of value, closed and handed back, in every schedule.

use crate::past;
use crate::wait::block_on;
use common::model::model;
use common::slot::{Closed, slot};
use common::sync::Arc as Counted;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

#[test]
fn a_value_meets_a_blocking_receiver() {
    model("slot/send_races_recv").outcomes(&["received"]).check(|seen| {
        let (sender, mut receiver) = slot();
        assert_eq!(seen.race((|| receiver.recv(), || sender.send(7))), (Ok(7), Ok(())));
        seen.outcome("received");
    });
}

#[test]
fn a_dropped_sender_meets_a_blocking_receiver() {
    model("slot/drop_races_recv").outcomes(&["closed"]).check(|seen| {
        let (sender, mut receiver) = slot::<u8>();
        assert_eq!(seen.race((|| receiver.recv(), || drop(sender))).0, Err(Closed));
        seen.outcome("closed");
    });
}

#[test]
fn a_value_is_received_or_handed_back_and_never_both() {
    model("slot/send_races_receiver_drop").outcomes(&["dropped in the slot", "handed back"]).check(|seen| {
        let (sender, receiver) = slot();
        let token = Counted::new(());
        let sent = token.clone();
        let ((), back) = seen.race((|| drop(receiver), || sender.send(sent).is_err()));
        assert_eq!(Counted::strong_count(&token), 1, "the value outlived both ends");
        seen.outcome(if back { "handed back" } else { "dropped in the slot" });
    });
}

/// The time-out path: retract, and then either side may come first.
#[test]
fn a_value_that_meets_a_deadline_is_received_now_or_later() {
    model("slot/send_races_deadline").outcomes(&["now", "later"]).check(|seen| {
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

#[test]
fn a_future_is_woken() {
    model("slot/send_races_poll").outcomes(&["received"]).check(|seen| {
        let (sender, receiver) = slot();
        assert_eq!(seen.race((|| block_on(receiver), || sender.send(7))), (Ok(7), Ok(())));
        seen.outcome("received");
    });
}

#[test]
fn a_future_is_told_that_none_will_come() {
    model("slot/drop_races_poll").outcomes(&["closed"]).check(|seen| {
        let (sender, receiver) = slot::<u8>();
        assert_eq!(seen.race((|| drop(sender), || block_on(receiver))).1, Err(Closed));
        seen.outcome("closed");
    });
}

/// A poll leaves its waker behind; a blocking wait that follows must take it back before it puts its thread in.
#[test]
fn a_value_meets_a_receiver_that_was_polled_and_then_blocks() {
    model("slot/send_races_poll_then_recv").outcomes(&["by the poll", "by the wait"]).check(|seen| {
        let (sender, mut receiver) = slot();
        let receive = || {
            let mut context = Context::from_waker(Waker::noop());
            match Pin::new(&mut receiver).poll(&mut context) {
                Poll::Ready(value) => (value, "by the poll"),
                Poll::Pending => (receiver.recv(), "by the wait"),
            }
        };
        let ((value, how), sent) = seen.race((receive, || sender.send(7)));
        assert_eq!((value, sent), (Ok(7), Ok(())));
        seen.outcome(how);
    });
}
