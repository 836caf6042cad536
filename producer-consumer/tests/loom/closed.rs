//! Who waits for the end is told of it, and takes nothing from anybody.

use crate::past;
use crate::task::{block_on, poll_once};
use common::model::model;
use producer_consumer::{bounded, broadcast, spsc};

#[test]
fn who_waits_for_the_end_is_told_of_a_close() {
    model("closed/close").preemptions(3).outcomes(&["told"]).check(|seen| {
        let (sender, receiver) = bounded::<i32>(1);
        let (is_closed, closed) = seen.race((
            || {
                block_on(sender.closed_async());
                sender.is_closed()
            },
            || receiver.close(),
        ));
        assert!(is_closed && closed);
        seen.outcome("told");
    });
}

#[test]
fn who_waits_for_the_end_is_told_of_the_last_receivers_drop() {
    model("closed/drop").preemptions(2).outcomes(&["told"]).check(|seen| {
        let (sender, receiver) = bounded::<i32>(1);
        seen.race((|| sender.wait_closed(), || drop(receiver)));
        assert!(sender.is_closed());
        seen.outcome("told");
    });
}

/// Of two that wait for the end one gives up: the other one is told all the same.
#[test]
fn a_wait_for_the_end_that_is_dropped_takes_no_wake_along() {
    model("closed/dropped").preemptions(1).outcomes(&["dropped", "ready"]).check(|seen| {
        let (sender, receiver) = bounded::<i32>(1);
        let brief = || poll_once(sender.closed_async()).is_some();
        let (was_ready, (), _) = seen.race((brief, || sender.wait_closed(), || receiver.close()));
        seen.outcome(if was_ready { "ready" } else { "dropped" });
    });
}

#[test]
fn a_wait_for_the_end_that_times_out_takes_no_room_from_a_sender() {
    model("closed/beside_a_send").preemptions(1).outcomes(&["sent"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        sender.send(1).unwrap();
        let late = || sender.wait_closed_deadline(past());
        let (is_closed, sent, got) = seen.race((late, || sender.send(2), || receiver.recv()));
        assert_eq!((is_closed, sent, got), (false, Ok(()), Ok(1)));
        seen.outcome("sent");
    });
}

#[test]
fn the_sender_of_two_threads_is_told_of_the_receivers_end() {
    model("closed/spsc").preemptions(3).outcomes(&["told"]).check(|seen| {
        let (mut sender, receiver) = spsc::bounded(1);
        let produce = || {
            block_on(sender.closed_async());
            sender.try_send(1).is_err_and(|refused| refused.is_disconnected())
        };
        assert!(seen.race((produce, || drop(receiver))).0, "who was told that it is closed can send nothing");
        seen.outcome("told");
    });
}

#[test]
fn a_broadcaster_that_waits_for_the_end_is_told_of_a_close() {
    model("closed/broadcast").preemptions(2).outcomes(&["told"]).check(|seen| {
        let (sender, receiver) = broadcast::bounded::<i32>(1);
        let ((), closed) = seen.race((|| block_on(sender.closed_async()), || receiver.close()));
        assert!(closed && sender.is_closed());
        seen.outcome("told");
    });
}
