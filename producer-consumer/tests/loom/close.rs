//! Close, last drop: what was accepted is delivered, what was not is given back.

use common::model::model;
use common::sync::Arc;
use common::sync::atomic::{AtomicUsize, Ordering};
use producer_consumer::{RecvError, bounded};

#[test]
fn close_races_send_and_the_message_is_delivered_or_given_back() {
    model("channel/close_races_send").outcomes(&["delivered", "given back"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let close = || {
            assert!(receiver.close());
            receiver.drain()
        };
        match seen.race((|| sender.send(7), close)) {
            (Ok(()), rest) => {
                seen.outcome("delivered");
                assert_eq!(rest, [7]);
            }
            (Err(refused), rest) => {
                seen.outcome("given back");
                assert_eq!((refused.into_inner(), rest), (7, vec![]));
            }
        }
        assert_eq!(receiver.recv(), Err(RecvError));
    });
}

#[test]
fn close_ends_the_wait_of_a_sender() {
    model("channel/close_races_waiting_send").outcomes(&["given back"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        sender.send(1).unwrap();
        let (refused, ended) = seen.race((|| sender.send(2), || receiver.close()));
        assert_eq!((refused.unwrap_err().into_inner(), ended), (2, true));
        assert_eq!((receiver.recv(), receiver.recv()), (Ok(1), Err(RecvError)));
        seen.outcome("given back");
    });
}

#[test]
fn close_races_recv_and_nothing_accepted_is_lost() {
    model("channel/close_races_recv").preemptions(2).outcomes(&["end only", "message, then end"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let consume = || (receiver.recv(), receiver.recv());
        let (sent, received, ended) = seen.race((|| sender.send(7), consume, || sender.close()));
        assert!(ended);
        match (sent.is_ok(), received) {
            (true, (Ok(7), Err(RecvError))) => seen.outcome("message, then end"),
            (false, (Err(RecvError), Err(RecvError))) => seen.outcome("end only"),
            other => panic!("sender and receiver disagree: {other:?}"),
        }
    });
}

/// Both of two closers leave the channel closed, but one has done it, and a receiver that waits is told.
#[test]
fn one_of_two_closes_ends_the_channel() {
    model("channel/two_closes_race_recv").preemptions(2).outcomes(&["first", "second"]).check(|seen| {
        let (sender, receiver) = bounded::<i32>(1);
        match seen.race((|| sender.close(), || receiver.recv(), || receiver.close())) {
            (true, Err(RecvError), false) => seen.outcome("first"),
            (false, Err(RecvError), true) => seen.outcome("second"),
            other => panic!("closed twice, or not at all: {other:?}"),
        }
    });
}

/// Whoever finds the channel closed sees what was done before the close.
#[test]
fn a_close_shows_what_came_before() {
    model("channel/close_publishes").outcomes(&["open", "closed"]).check(|seen| {
        let (sender, receiver) = bounded::<i32>(1);
        let before = AtomicUsize::new(0);
        let close = || {
            // ORDERING: Relaxed: the channel's lock has to publish it.
            before.store(1, Ordering::Relaxed);
            receiver.close();
        };
        let look = || {
            if !sender.is_closed() {
                return "open";
            }
            // ORDERING: Relaxed, as above.
            assert_eq!(before.load(Ordering::Relaxed), 1);
            "closed"
        };
        seen.outcome(seen.race((close, look)).1);
    });
}

#[test]
fn the_last_sender_drop_ends_the_wait_of_both_receivers() {
    model("channel/last_sender_races_recv").preemptions(2).outcomes(&["ended"]).check(|seen| {
        let (sender, receiver) = bounded::<i32>(1);
        let other = receiver.clone();
        let (first, (), second) = seen.race((|| receiver.recv(), || drop(sender), || other.recv()));
        assert_eq!((first, second), (Err(RecvError), Err(RecvError)));
        seen.outcome("ended");
    });
}

#[test]
fn two_senders_dropped_at_once_end_the_wait() {
    model("channel/two_sender_drops_race_recv").preemptions(3).outcomes(&["ended"]).check(|seen| {
        let (sender, receiver) = bounded::<i32>(1);
        let other = sender.clone();
        let ((), received, ()) = seen.race((|| drop(sender), || receiver.recv(), || drop(other)));
        assert_eq!(received, Err(RecvError));
        seen.outcome("ended");
    });
}

/// A clone that is made while the original's owner gives up another keeps the channel open.
#[test]
fn a_sender_that_is_cloned_in_time_keeps_the_channel_open() {
    model("channel/clone_races_drop").outcomes(&["open"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let other = sender.clone();
        let (kept, ()) = seen.race((move || sender.clone(), || drop(other)));
        assert!(!receiver.is_closed());
        kept.send(1).unwrap();
        drop(kept);
        assert_eq!((receiver.recv(), receiver.recv()), (Ok(1), Err(RecvError)));
        seen.outcome("open");
    });
}

#[test]
fn the_last_receiver_drop_gives_back_or_drops_every_value() {
    model("channel/last_receiver_races_send").outcomes(&["dropped", "given back"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let value = Arc::new(());
        let sent = value.clone();
        let (sent, ()) = seen.race((|| sender.send(sent), || drop(receiver)));
        seen.outcome(if sent.is_ok() { "dropped" } else { "given back" });
        drop(sent);
        assert_eq!(Arc::strong_count(&value), 1, "an undelivered value does not outlive the receivers");
    });
}

#[test]
fn the_last_receiver_drop_ends_the_wait_of_a_sender() {
    model("channel/last_receiver_races_waiting_send").preemptions(2).outcomes(&["given back"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        sender.send(1).unwrap();
        let (refused, ()) = seen.race((|| sender.send(2), || drop(receiver)));
        assert_eq!(refused.unwrap_err().into_inner(), 2);
        seen.outcome("given back");
    });
}

#[test]
fn both_last_handles_dropped_at_once_drop_an_undelivered_value_once() {
    model("channel/last_sender_races_last_receiver").outcomes(&["dropped"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let value = Arc::new(());
        sender.send(value.clone()).unwrap();
        seen.race((|| drop(sender), || drop(receiver)));
        assert_eq!(Arc::strong_count(&value), 1);
        seen.outcome("dropped");
    });
}
