//! The futures of the channel: no message and no wake is lost with one.

use crate::task::{block_on, poll_once};
use common::model::model;
use producer_consumer::RecvError;
use producer_consumer::spsc::{Receiver, Sender, bounded};

#[test]
fn a_receive_future_that_is_dropped_loses_nothing() {
    model("spsc/dropped_recv_races_send").preemptions(3).outcomes(&["dropped", "ready"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
        let consume = || match poll_once(receiver.recv_async()) {
            Some(got) => (got, "ready"),
            None => (receiver.recv(), "dropped"),
        };
        let ((), (got, when)) = seen.race((|| sender.send(1).unwrap(), consume));
        assert_eq!(got, Ok(1));
        assert!(receiver.is_empty());
        seen.outcome(when);
    });
}

#[test]
fn a_send_future_that_is_dropped_has_not_sent() {
    model("spsc/dropped_send_races_recv").preemptions(2).outcomes(&["dropped", "ready"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
        sender.send(1).unwrap();
        let produce = || match poll_once(sender.send_async(2)) {
            Some(sent) => {
                sent.unwrap();
                "ready"
            }
            None => {
                sender.send(3).unwrap();
                "dropped"
            }
        };
        let (when, got) = seen.race((produce, || [receiver.recv(), receiver.recv()]));
        assert_eq!(got, [Ok(1), Ok(if when == "ready" { 2 } else { 3 })]);
        assert!(receiver.is_empty());
        seen.outcome(when);
    });
}

#[test]
fn a_task_and_a_thread_hand_over_two_messages_each_way_of_waiting() {
    model("spsc/async_both_ways").preemptions(2).outcomes(&["received"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
        let produce = || {
            block_on(sender.send_async(1)).unwrap();
            block_on(sender.send_async(2)).unwrap();
        };
        let consume = || [block_on(receiver.recv_async()), block_on(receiver.recv_async())];
        let ((), got) = seen.race((produce, consume));
        assert_eq!(got, [Ok(1), Ok(2)]);
        seen.outcome("received");
    });
}

#[test]
fn a_pending_receive_is_told_of_the_senders_drop() {
    model("spsc/async_recv_races_drop").outcomes(&["ended"]).check(|seen| {
        let (sender, mut receiver): (Sender<i32>, Receiver<i32>) = bounded(1);
        let (got, ()) = seen.race((|| block_on(receiver.recv_async()), move || drop(sender)));
        assert_eq!(got, Err(RecvError));
        seen.outcome("ended");
    });
}
