//! Tasks on a channel for many: no message and no wake is lost with a future.

use crate::task::{block_on, poll_once};
use common::model::model;
use producer_consumer::bounded;

#[test]
fn a_receive_future_that_is_dropped_leaves_message_and_wake_to_another() {
    let outcomes = &["dropped", "ready"];
    model("future/dropped_recv").preemptions(1).outcomes(outcomes).check(|seen| {
        let (sender, receiver) = bounded(2);
        let brief = || poll_once(receiver.recv_async()).is_some();
        let send = || {
            sender.send(1).unwrap();
            sender.send(1).unwrap();
        };
        let (was_ready, (), got) = seen.race((brief, send, || receiver.recv()));
        assert_eq!(got, Ok(1));
        assert_eq!(receiver.len(), usize::from(!was_ready));
        seen.outcome(if was_ready { "ready" } else { "dropped" });
    });
}

#[test]
fn a_send_future_that_is_dropped_leaves_room_and_wake_to_another() {
    let outcomes = &["dropped", "ready"];
    model("future/dropped_send").preemptions(1).outcomes(outcomes).check(|seen| {
        let (sender, receiver) = bounded(1);
        sender.send(0).unwrap();
        let brief = || poll_once(sender.send_async(1)).is_some();
        let recv = || [receiver.recv(), receiver.recv()];
        let (was_ready, got, sent) = seen.race((brief, recv, || sender.send(2)));
        assert_eq!((got[0], sent), (Ok(0), Ok(())));
        assert_eq!(receiver.len(), usize::from(was_ready));
        seen.outcome(if was_ready { "ready" } else { "dropped" });
    });
}

#[test]
fn tasks_hand_over_in_both_ways_of_waiting() {
    model("future/both_ways").preemptions(2).outcomes(&["received"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let produce = || {
            block_on(sender.send_async(1)).unwrap();
            block_on(sender.send_async(2)).unwrap();
        };
        let mut batch = Vec::new();
        let consume = || {
            let first = block_on(receiver.recv_async());
            let count = block_on(receiver.recv_many_async(&mut batch, 2));
            (first, count)
        };
        let ((), got) = seen.race((produce, consume));
        assert_eq!((got, batch), ((Ok(1), Ok(1)), vec![2]));
        seen.outcome("received");
    });
}
