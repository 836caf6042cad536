//! A waiter that gives up takes neither a message nor a wake with it.

use crate::{never, past};
use common::model::model;
use producer_consumer::{RecvError, RecvTimeoutError, SendTimeoutError, bounded};

#[test]
fn a_receiver_that_times_out_leaves_the_wake_to_another() {
    model("channel/recv_timeout_races_notify").preemptions(1).outcomes(&["patient", "timed"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let timed = || {
            let received = receiver.recv_deadline(past());
            if received.is_ok() {
                sender.send(2).unwrap();
            }
            received
        };
        match seen.race((timed, || sender.send(1).unwrap(), || receiver.recv())) {
            (Ok(1), (), Ok(2)) => seen.outcome("timed"),
            (Err(RecvTimeoutError::Timeout), (), Ok(1)) => seen.outcome("patient"),
            other => panic!("lost or doubled: {other:?}"),
        }
    });
}

#[test]
fn a_sender_that_times_out_leaves_the_wake_to_another() {
    model("channel/send_timeout_races_notify").preemptions(1).outcomes(&["patient only", "timed too"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        sender.send(0).unwrap();
        let timed = || sender.send_deadline(1, past());
        let consume = || [receiver.recv().unwrap(), receiver.recv().unwrap()];
        let (timed, [first, second], patient) = seen.race((timed, consume, || sender.send(2)));
        assert_eq!((first, patient), (0, Ok(())));
        match timed {
            Ok(()) => {
                seen.outcome("timed too");
                assert_eq!(second + receiver.recv().unwrap(), 3);
            }
            Err(refused) => {
                seen.outcome("patient only");
                assert_eq!((second, refused.is_timeout(), refused.into_inner()), (2, true, 1));
            }
        }
    });
}

#[test]
fn a_receive_deadline_and_a_close_agree() {
    model("channel/recv_timeout_races_close").preemptions(3).outcomes(&["closed", "timed out"]).check(|seen| {
        let (sender, receiver) = bounded::<i32>(1);
        match seen.race((|| receiver.recv_deadline(past()), || sender.close())) {
            (Err(RecvTimeoutError::Disconnected), true) => seen.outcome("closed"),
            (Err(RecvTimeoutError::Timeout), true) => seen.outcome("timed out"),
            other => panic!("nobody sent: {other:?}"),
        }
        assert_eq!(receiver.recv(), Err(RecvError));
    });
}

#[test]
fn a_send_deadline_and_a_close_give_the_value_back() {
    model("channel/send_timeout_races_close").preemptions(3).outcomes(&["closed", "timed out"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        sender.send(1).unwrap();
        match seen.race((|| sender.send_deadline(2, past()), || receiver.close())) {
            (Err(SendTimeoutError::Disconnected(2)), true) => seen.outcome("closed"),
            (Err(SendTimeoutError::Timeout(2)), true) => seen.outcome("timed out"),
            other => panic!("there was no room: {other:?}"),
        }
        assert_eq!(receiver.drain(), [1]);
    });
}

#[test]
fn a_far_deadline_waits_for_the_message() {
    model("channel/recv_far_deadline").preemptions(3).outcomes(&["message"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let raced = seen.race((|| sender.send_deadline(1, never()), || receiver.recv_deadline(never())));
        assert_eq!(raced, (Ok(()), Ok(1)));
        seen.outcome("message");
    });
}
