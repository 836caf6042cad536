//! The channel between two threads: each message once and in order, whoever sleeps.

mod close;
mod control;
mod future;

use crate::{never, past};
use common::model::model;
use common::sync::atomic::{AtomicUsize, Ordering};
use producer_consumer::spsc::bounded;
use producer_consumer::{RecvTimeoutError, SendTimeoutError, TryRecvError};

#[test]
fn a_full_spsc_channel_wraps_around_in_order() {
    model("spsc/wrap_around").preemptions(2).outcomes(&["came later", "was there"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
        let produce = || {
            sender.send(1).unwrap();
            sender.send(2).unwrap();
        };
        let consume = || match receiver.try_recv() {
            Ok(first) => ([Ok(first), receiver.recv()], "was there"),
            Err(TryRecvError::Empty) => ([receiver.recv(), receiver.recv()], "came later"),
            Err(TryRecvError::Disconnected) => panic!("a sender that has sent nothing yet is there"),
        };
        let ((), (got, when)) = seen.race((produce, consume));
        assert_eq!(got, [Ok(1), Ok(2)]);
        assert!(receiver.is_empty() && sender.is_empty());
        seen.outcome(when);
    });
}

#[test]
fn three_messages_go_around_two_slots_without_a_wait() {
    model("spsc/around_two").outcomes(&["fitted", "refused"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(2);
        let produce = || [1, 2, 3].map(|value| sender.try_send(value).is_ok());
        let consume = || [receiver.try_recv().ok(), receiver.try_recv().ok()];
        let (sent, got) = seen.race((produce, consume));
        assert!(sent[0] && sent[1]);
        let mut got: Vec<_> = got.into_iter().flatten().collect();
        got.extend(receiver.try_iter());
        assert_eq!(got, [1, 2, 3][..if sent[2] { 3 } else { 2 }]);
        seen.outcome(if sent[2] { "fitted" } else { "refused" });
    });
}

#[test]
fn a_message_shows_what_its_sender_did_before() {
    model("spsc/publishes").outcomes(&["received"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
        let before = AtomicUsize::new(0);
        let produce = || {
            // ORDERING: Relaxed: the channel has to publish it.
            before.store(1, Ordering::Relaxed);
            sender.send(()).unwrap();
        };
        let consume = || {
            receiver.recv().unwrap();
            // ORDERING: Relaxed, as above.
            before.load(Ordering::Relaxed)
        };
        assert_eq!(seen.race((produce, consume)).1, 1);
        seen.outcome("received");
    });
}

#[test]
fn a_receiver_that_goes_to_sleep_is_woken_by_the_message() {
    model("spsc/park_races_send").preemptions(3).outcomes(&["received"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
        let (sent, got) = seen.race((|| sender.try_send(1), || receiver.recv()));
        assert_eq!((sent, got), (Ok(()), Ok(1)));
        seen.outcome("received");
    });
}

#[test]
fn a_sender_that_goes_to_sleep_is_woken_by_the_room() {
    model("spsc/park_races_recv").preemptions(3).outcomes(&["sent"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
        sender.send(1).unwrap();
        let (sent, got) = seen.race((|| sender.send(2), || receiver.try_recv()));
        assert_eq!((sent, got, receiver.try_recv()), (Ok(()), Ok(1), Ok(2)));
        seen.outcome("sent");
    });
}

#[test]
fn a_receive_that_times_out_takes_nothing_along() {
    model("spsc/recv_timeout_races_send").preemptions(3).outcomes(&["received", "timed out"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
        let (got, ()) = seen.race((|| receiver.recv_deadline(past()), || sender.send(1).unwrap()));
        seen.outcome(match got {
            Ok(1) => "received",
            Err(RecvTimeoutError::Timeout) => {
                assert_eq!(receiver.recv(), Ok(1));
                "timed out"
            }
            other => panic!("nobody closed: {other:?}"),
        });
        assert!(receiver.is_empty());
    });
}

#[test]
fn a_send_that_times_out_gives_the_value_back() {
    model("spsc/send_timeout_races_recv").preemptions(3).outcomes(&["sent", "timed out"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
        sender.send(1).unwrap();
        let (sent, got) = seen.race((|| sender.send_deadline(2, past()), || receiver.recv()));
        assert_eq!(got, Ok(1));
        seen.outcome(match sent {
            Ok(()) => {
                assert_eq!(receiver.recv(), Ok(2));
                "sent"
            }
            Err(SendTimeoutError::Timeout(2)) => "timed out",
            other => panic!("nobody closed: {other:?}"),
        });
        assert!(receiver.is_empty());
    });
}

#[test]
fn a_send_deadline_and_a_close_give_the_value_back() {
    model("spsc/send_timeout_races_close").preemptions(3).outcomes(&["closed", "timed out"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
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
    model("spsc/far_deadline").preemptions(3).outcomes(&["message"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
        let raced = seen.race((|| sender.send_deadline(1, never()), || receiver.recv_deadline(never())));
        assert_eq!(raced, (Ok(()), Ok(1)));
        seen.outcome("message");
    });
}

#[test]
fn a_batch_comes_in_whole_whoever_takes_it_one_by_one() {
    model("spsc/batch_races_single").preemptions(3).outcomes(&["both", "none"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(2);
        let consume = || {
            let looked = if receiver.try_recv() == Ok(1) { (1, "both") } else { (0, "none") };
            let mut got = vec![1; looked.0];
            while got.len() < 2 {
                // The first of a batch is there with the second.
                let there = !got.is_empty();
                got.push(if there { receiver.try_recv().unwrap() } else { receiver.recv().unwrap() });
            }
            (got, looked.1)
        };
        let (sent, (got, looked)) = seen.race((|| sender.send_many([1, 2]), consume));
        assert_eq!((sent.unwrap(), got), (2, vec![1, 2]));
        seen.outcome(looked);
    });
}

/// More than there is room for at once, so the sender has to wait in the middle.
#[test]
fn a_batch_larger_than_the_channel_waits_for_room() {
    model("spsc/batch_waits").preemptions(2).outcomes(&["1 + 1"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
        let consume = || {
            let mut got = Vec::new();
            let taken = [receiver.recv_many(&mut got, 2).unwrap(), receiver.recv_many(&mut got, 2).unwrap()];
            (got, taken)
        };
        let (sent, (got, taken)) = seen.race((|| sender.send_many([1, 2]), consume));
        assert_eq!((sent.unwrap(), got, taken), (2, vec![1, 2], [1, 1]));
        seen.outcome("1 + 1");
    });
}
