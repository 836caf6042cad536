//! Close, last drop: what was accepted is delivered, what was not is given back.

use common::model::model;
use common::sync::{Arc, thread};
use producer_consumer::{RecvError, bounded};

#[test]
fn close_races_send_and_the_message_is_delivered_or_given_back() {
    model("channel/close_races_send").outcomes(&["delivered", "given back"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let producer = thread::spawn(move || sender.send(7));
        receiver.close();
        let rest = receiver.drain();
        match producer.join().unwrap() {
            Ok(()) => {
                seen.outcome("delivered");
                assert_eq!(rest, [7]);
            }
            Err(refused) => {
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
        let closer = thread::spawn(move || {
            receiver.close();
            receiver
        });
        assert_eq!(sender.send(2).unwrap_err().into_inner(), 2);
        seen.outcome("given back");
        assert_eq!(closer.join().unwrap().recv(), Ok(1));
    });
}

#[test]
fn close_races_recv_and_nothing_accepted_is_lost() {
    model("channel/close_races_recv").outcomes(&["end only", "message, then end"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let closer = sender.clone();
        let consumer = thread::spawn(move || (receiver.recv(), receiver.recv()));
        let closing = thread::spawn(move || closer.close());
        let sent = sender.send(7);
        assert!(closing.join().unwrap());
        match (sent.is_ok(), consumer.join().unwrap()) {
            (true, (Ok(7), Err(RecvError))) => seen.outcome("message, then end"),
            (false, (Err(RecvError), Err(RecvError))) => seen.outcome("end only"),
            other => panic!("sender and receiver disagree: {other:?}"),
        }
    });
}

#[test]
fn the_last_sender_drop_ends_the_wait_of_both_receivers() {
    model("channel/last_sender_races_recv").outcomes(&["ended"]).check(|seen| {
        let (sender, receiver) = bounded::<i32>(1);
        let other = receiver.clone();
        let first = thread::spawn(move || receiver.recv());
        let second = thread::spawn(move || other.recv());
        drop(sender);
        assert_eq!((first.join().unwrap(), second.join().unwrap()), (Err(RecvError), Err(RecvError)));
        seen.outcome("ended");
    });
}

#[test]
fn two_senders_dropped_at_once_end_the_wait() {
    model("channel/two_sender_drops_races_recv").outcomes(&["ended"]).check(|seen| {
        let (sender, receiver) = bounded::<i32>(1);
        let other = sender.clone();
        let first = thread::spawn(move || drop(sender));
        let second = thread::spawn(move || drop(other));
        assert_eq!(receiver.recv(), Err(RecvError));
        seen.outcome("ended");
        first.join().unwrap();
        second.join().unwrap();
    });
}

#[test]
fn the_last_receiver_drop_gives_back_or_drops_every_value() {
    model("channel/last_receiver_races_send").outcomes(&["dropped", "given back"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let value = Arc::new(());
        let sent = value.clone();
        let dropping = thread::spawn(move || drop(receiver));
        match sender.send(sent) {
            Ok(()) => {
                dropping.join().unwrap();
                seen.outcome("dropped");
            }
            Err(refused) => {
                seen.outcome("given back");
                drop(refused);
                dropping.join().unwrap();
            }
        }
        assert_eq!(Arc::strong_count(&value), 1, "an undelivered value does not outlive the receivers");
    });
}

#[test]
fn the_last_receiver_drop_ends_the_wait_of_a_sender() {
    model("channel/last_receiver_races_waiting_send").outcomes(&["given back"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        sender.send(1).unwrap();
        let producer = thread::spawn(move || sender.send(2));
        drop(receiver);
        assert_eq!(producer.join().unwrap().unwrap_err().into_inner(), 2);
        seen.outcome("given back");
    });
}
