//! One exact end, whoever makes it.

use common::model::model;
use common::sync::Arc;
use common::sync::atomic::{AtomicUsize, Ordering};
use producer_consumer::spsc::bounded;
use producer_consumer::{RecvError, TryRecvError};

/// A value that says when it is dropped.
#[derive(Debug)]
struct Counted(Arc<()>);

#[test]
fn a_receivers_close_delivers_or_gives_back_the_send_it_races_with() {
    model("spsc/close_races_send").outcomes(&["delivered", "given back"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
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
        assert_eq!((sender.len(), receiver.len()), (0, 0));
    });
}

#[test]
fn a_receivers_close_among_two_sends_ends_the_channel_at_one_position() {
    model("spsc/close_races_two_sends").outcomes(&["none", "first", "both"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(2);
        let close = || {
            assert!(receiver.close());
            receiver.drain()
        };
        let (sent, got) = seen.race((|| [1, 2].map(|value| sender.send(value).is_ok()), close));
        seen.outcome(match (sent, got.as_slice()) {
            ([false, false], []) => "none",
            ([true, false], [1]) => "first",
            ([true, true], [1, 2]) => "both",
            other => panic!("sender and receiver disagree: {other:?}"),
        });
        assert!(sender.try_send(3).unwrap_err().is_disconnected());
    });
}

#[test]
fn a_receivers_close_takes_a_batch_or_none_of_it() {
    model("spsc/close_races_batch").outcomes(&["delivered", "given back"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(2);
        let close = || {
            receiver.close();
            receiver.drain()
        };
        seen.outcome(match seen.race((|| sender.send_many([1, 2]), close)) {
            (Ok(2), rest) => {
                assert_eq!(rest, [1, 2]);
                "delivered"
            }
            (Err(refused), rest) => {
                let unsent = refused.into_inner();
                assert_eq!((unsent.sent(), rest), (0, vec![]));
                assert!(unsent.eq([1, 2]));
                "given back"
            }
            other => panic!("half a batch: {other:?}"),
        });
    });
}

#[test]
fn a_sender_that_has_seen_the_close_sends_no_more() {
    model("spsc/closed_means_closed").outcomes(&["open", "closed"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
        let before = AtomicUsize::new(0);
        let close = || {
            // ORDERING: Relaxed: the close has to publish it.
            before.store(1, Ordering::Relaxed);
            receiver.close();
            receiver.drain().len()
        };
        let look = || {
            if !sender.is_closed() {
                return ("open", sender.try_send(7).is_ok());
            }
            // ORDERING: Relaxed, as above.
            assert_eq!(before.load(Ordering::Relaxed), 1);
            let sent = sender.try_send(7);
            assert!(sent.unwrap_err().is_disconnected());
            ("closed", false)
        };
        let (drained, (looked, sent)) = seen.race((close, look));
        assert_eq!(drained, usize::from(sent));
        seen.outcome(looked);
    });
}

/// A refusal shows what was done before the close, as a message shows what was done before the send.
#[test]
fn a_refusal_shows_what_came_before_the_close() {
    model("spsc/close_publishes").outcomes(&["accepted", "refused"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(2);
        let before = AtomicUsize::new(0);
        let close = || {
            // ORDERING: Relaxed: the close has to publish it.
            before.store(1, Ordering::Relaxed);
            receiver.close();
        };
        let send = || {
            if sender.send(1).and_then(|()| sender.send(2)).is_ok() {
                return "accepted";
            }
            // ORDERING: Relaxed, as above.
            assert_eq!(before.load(Ordering::Relaxed), 1);
            "refused"
        };
        seen.outcome(seen.race((close, send)).1);
    });
}

#[test]
fn a_close_ends_the_wait_of_the_sender() {
    model("spsc/close_races_waiting_send").preemptions(3).outcomes(&["given back"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
        sender.send(1).unwrap();
        let (refused, ended) = seen.race((|| sender.send(2), || receiver.close()));
        assert_eq!((refused.unwrap_err().into_inner(), ended), (2, true));
        assert_eq!((receiver.recv(), receiver.recv()), (Ok(1), Err(RecvError)));
        seen.outcome("given back");
    });
}

#[test]
fn both_closes_at_once_agree_which_was_first() {
    model("spsc/close_races_close").outcomes(&["receiver", "sender"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(2);
        let produce = || {
            let sent = sender.send(1).is_ok();
            (sent, sender.close())
        };
        let consume = || {
            let closed = receiver.close();
            (closed, receiver.drain().len())
        };
        let ((sent, by_sender), (by_receiver, got)) = seen.race((produce, consume));
        assert_eq!(usize::from(sent), got);
        assert!(by_sender != by_receiver, "one of them has closed it");
        assert!(sender.try_send(2).unwrap_err().is_disconnected());
        assert!(receiver.recv().is_err());
        seen.outcome(if by_sender { "sender" } else { "receiver" });
    });
}

#[test]
fn the_senders_drop_delivers_its_message_and_ends_the_wait() {
    model("spsc/sender_drop_races_recv").preemptions(2).outcomes(&["message, then end"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
        let produce = move || {
            sender.send(7).unwrap();
            drop(sender);
        };
        let ((), got) = seen.race((produce, || [receiver.recv(), receiver.recv()]));
        assert_eq!(got, [Ok(7), Err(RecvError)]);
        seen.outcome("message, then end");
    });
}

/// A try finds the message or finds the channel open: never the end before the message.
#[test]
fn a_try_never_sees_the_end_before_the_message() {
    model("spsc/sender_drop_races_try").outcomes(&["empty", "message", "message, then end"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
        let produce = move || {
            sender.send(7).unwrap();
            drop(sender);
        };
        let ((), got) = seen.race((produce, || (receiver.try_recv(), receiver.try_recv())));
        seen.outcome(match got {
            (Ok(7), Err(TryRecvError::Disconnected)) => "message, then end",
            (Ok(7), Err(TryRecvError::Empty)) => "message",
            (Err(TryRecvError::Empty), _) => "empty",
            other => panic!("the end came before the message: {other:?}"),
        });
    });
}

#[test]
fn the_receivers_drop_gives_back_or_drops_every_value() {
    model("spsc/receiver_drop_races_sends").outcomes(&["none", "one", "both"]).check(|seen| {
        let (mut sender, receiver) = bounded(2);
        let value = Arc::new(());
        let sent = [Counted(value.clone()), Counted(value.clone())];
        let produce = || sent.map(|counted| sender.send(counted));
        let (sent, ()) = seen.race((produce, || drop(receiver)));
        let given_back = sent.iter().filter(|sent| sent.is_err()).count();
        assert_eq!(Arc::strong_count(&value), 1 + given_back, "what was accepted is dropped with the receiver");
        drop(sent);
        assert_eq!(Arc::strong_count(&value), 1);
        seen.outcome(["both", "one", "none"][given_back]);
    });
}

#[test]
fn the_receivers_drop_ends_the_wait_of_the_sender() {
    model("spsc/receiver_drop_races_waiting_send").preemptions(3).outcomes(&["given back"]).check(|seen| {
        let (mut sender, receiver) = bounded(1);
        let value = Arc::new(());
        sender.send(Counted(value.clone())).unwrap();
        let second = Counted(value.clone());
        let (refused, ()) = seen.race((|| sender.send(second), || drop(receiver)));
        assert_eq!(Arc::strong_count(&value), 2);
        drop(refused.unwrap_err().into_inner().0);
        seen.outcome("given back");
    });
}

#[test]
fn both_ends_dropped_at_once_drop_a_message_once() {
    model("spsc/drop_races_drop").outcomes(&["dropped"]).check(|seen| {
        let (mut sender, receiver) = bounded(1);
        let value = Arc::new(());
        sender.send(Counted(value.clone())).unwrap();
        seen.race((move || drop(sender), move || drop(receiver)));
        assert_eq!(Arc::strong_count(&value), 1);
        seen.outcome("dropped");
    });
}
