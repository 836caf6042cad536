//! Messages come once each and in their sender's order.

use common::model::model;
use producer_consumer::{TryRecvError, bounded};

#[test]
fn a_full_channel_wraps_around_in_order() {
    model("channel/wrap_around").preemptions(1).outcomes(&["came later", "was there"]).check(|seen| {
        let (sender, receiver) = bounded(1);
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
        assert!(receiver.is_empty());
        seen.outcome(when);
    });
}

#[test]
fn a_full_channel_refuses_what_it_has_no_room_for() {
    model("channel/refusal").preemptions(1).outcomes(&["accepted", "refused"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let produce = || {
            sender.send(1).unwrap();
            let Err(refused) = sender.try_send(2) else { return "accepted" };
            assert!(refused.is_full());
            sender.send(refused.into_inner()).unwrap();
            "refused"
        };
        let (second, got) = seen.race((produce, || [receiver.recv(), receiver.recv()]));
        assert_eq!(got, [Ok(1), Ok(2)]);
        seen.outcome(second);
    });
}

#[test]
fn two_producers_keep_their_own_order() {
    const ORDERS: &[&str] = &["1 2 9", "1 9 2", "9 1 2"];
    model("channel/two_producers").preemptions(3).outcomes(ORDERS).check(|seen| {
        let (sender, receiver) = bounded(3);
        let two = || {
            sender.send(1).unwrap();
            sender.send(2).unwrap();
        };
        let one = || sender.send(9).unwrap();
        seen.race((two, one));
        let got = [(); 3].map(|()| receiver.try_recv().unwrap().to_string()).join(" ");
        seen.outcome(ORDERS.iter().find(|order| **order == got).expect("each sender's messages are in order"));
    });
}

#[test]
fn two_consumers_share_without_loss() {
    let outcomes = &["first took both", "one each", "second took both"];
    model("channel/two_consumers").preemptions(1).outcomes(outcomes).check(|seen| {
        let (sender, receiver) = bounded(2);
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        let consume = || receiver.iter().collect::<Vec<_>>();
        let (first, _, second) = seen.race((consume, || sender.close(), consume));
        match (first.as_slice(), second.as_slice()) {
            ([1, 2], []) => seen.outcome("first took both"),
            ([1], [2]) | ([2], [1]) => seen.outcome("one each"),
            ([], [1, 2]) => seen.outcome("second took both"),
            other => panic!("lost or doubled: {other:?}"),
        }
    });
}

#[test]
fn a_drain_makes_room_for_all_who_wait() {
    model("channel/drain_wakes_senders").preemptions(1).outcomes(&["drained empty", "drained one"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let drain = || {
            let mut got = receiver.drain();
            let drained = if got.is_empty() { "drained empty" } else { "drained one" };
            while got.len() < 2 {
                got.extend(receiver.recv());
            }
            (got, drained)
        };
        let ((), (mut got, drained), ()) = seen.race((|| sender.send(1).unwrap(), drain, || sender.send(2).unwrap()));
        got.sort_unstable();
        assert_eq!(got, [1, 2]);
        seen.outcome(drained);
    });
}

/// Room for two becomes free at once, and both who wait for it have to hear of it: nobody receives after the drain.
#[test]
fn one_drain_wakes_two_senders() {
    model("channel/one_drain_two_senders").preemptions(1).outcomes(&["both had room"]).check(|seen| {
        let (sender, receiver) = bounded(2);
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        let drain = || receiver.drain();
        let ((), first, ()) = seen.race((|| sender.send(3).unwrap(), drain, || sender.send(4).unwrap()));
        let mut rest = receiver.drain();
        rest.sort_unstable();
        assert_eq!((first, rest), (vec![1, 2], vec![3, 4]));
        seen.outcome("both had room");
    });
}

#[test]
fn a_drain_and_a_receive_share_without_loss() {
    let outcomes = &["drained both", "one each", "nothing was left to drain"];
    model("channel/drain_races_recv").preemptions(3).outcomes(outcomes).check(|seen| {
        let (sender, receiver) = bounded(2);
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        sender.close();
        let (drained, received) = seen.race((|| receiver.drain(), || receiver.iter().collect::<Vec<_>>()));
        seen.outcome(match (drained.as_slice(), received.as_slice()) {
            ([1, 2], []) => "drained both",
            ([2], [1]) => "one each",
            ([], [1, 2]) => "nothing was left to drain",
            other => panic!("lost or doubled: {other:?}"),
        });
    });
}
