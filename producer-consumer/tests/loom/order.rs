//! Messages come once each and in their sender's order.

use common::model::model;
use common::sync::thread;
use producer_consumer::{TryRecvError, bounded};

#[test]
fn a_full_channel_wraps_around_in_order() {
    model("channel/wrap_around").outcomes(&["came later", "was there"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let producer = thread::spawn(move || {
            sender.send(1).unwrap();
            sender.send(2).unwrap();
        });
        match receiver.try_recv() {
            Ok(first) => {
                seen.outcome("was there");
                assert_eq!((first, receiver.recv()), (1, Ok(2)));
            }
            Err(TryRecvError::Empty) => {
                seen.outcome("came later");
                assert_eq!((receiver.recv(), receiver.recv()), (Ok(1), Ok(2)));
            }
            Err(TryRecvError::Disconnected) => panic!("a sender that has sent nothing yet is there"),
        }
        producer.join().unwrap();
        assert!(receiver.recv().is_err());
    });
}

#[test]
fn a_full_channel_wraps_around_in_order_with_the_roles_swapped() {
    model("channel/wrap_around_roles_swapped").outcomes(&["accepted", "refused"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let consumer = thread::spawn(move || receiver.iter().collect::<Vec<_>>());
        sender.send(1).unwrap();
        let second = sender.try_send(2);
        seen.outcome(if second.is_ok() { "accepted" } else { "refused" });
        if second.is_err() {
            sender.send(2).unwrap();
        }
        drop(sender);
        assert_eq!(consumer.join().unwrap(), [1, 2]);
    });
}

#[test]
fn two_producers_keep_their_own_order() {
    const ORDERS: &[&str] = &["1 2 9", "1 9 2", "9 1 2"];
    model("channel/two_producers").preemptions(3).outcomes(ORDERS).check(|seen| {
        let (sender, receiver) = bounded(2);
        let other = sender.clone();
        let two = thread::spawn(move || {
            sender.send(1).unwrap();
            sender.send(2).unwrap();
        });
        let one = thread::spawn(move || other.send(9).unwrap());
        let got: Vec<_> = receiver.iter().map(|message| message.to_string()).collect();
        let got = got.join(" ");
        seen.outcome(ORDERS.iter().find(|order| **order == got).expect("each sender's messages are in order"));
        two.join().unwrap();
        one.join().unwrap();
    });
}

#[test]
fn two_consumers_share_without_loss() {
    model("channel/two_consumers").preemptions(3).outcomes(&["first took both", "one each", "second took both"]).check(
        |seen| {
            let (sender, receiver) = bounded(1);
            let other = receiver.clone();
            let first = thread::spawn(move || receiver.iter().collect::<Vec<_>>());
            let second = thread::spawn(move || other.iter().collect::<Vec<_>>());
            sender.send(1).unwrap();
            sender.send(2).unwrap();
            drop(sender);
            let (first, second) = (first.join().unwrap(), second.join().unwrap());
            match (first.as_slice(), second.as_slice()) {
                ([1, 2], []) => seen.outcome("first took both"),
                ([1], [2]) | ([2], [1]) => seen.outcome("one each"),
                ([], [1, 2]) => seen.outcome("second took both"),
                other => panic!("lost or doubled: {other:?}"),
            }
        },
    );
}

#[test]
fn a_drain_makes_room_for_all_who_wait() {
    model("channel/drain_wakes_senders").preemptions(3).outcomes(&["drained empty", "drained one"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let other = sender.clone();
        let first = thread::spawn(move || sender.send(1).unwrap());
        let second = thread::spawn(move || other.send(2).unwrap());
        let mut got = receiver.drain();
        seen.outcome(if got.is_empty() { "drained empty" } else { "drained one" });
        got.extend(receiver.iter());
        got.sort_unstable();
        assert_eq!(got, [1, 2]);
        first.join().unwrap();
        second.join().unwrap();
    });
}
