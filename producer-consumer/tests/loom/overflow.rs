//! Overflow: who takes the oldest out, and what a forced send meets.

use common::model::model;
use producer_consumer::{Builder, Overflow, Receiver, Sender, bounded};

fn dropping(capacity: usize) -> (Sender<i32>, Receiver<i32>) {
    Builder::new().capacity(capacity).overflow(Overflow::DropOldest).build()
}

#[test]
fn the_oldest_is_received_or_displaced() {
    let outcomes = &["received", "displaced"];
    model("overflow/force_races_recv").outcomes(outcomes).check(|seen| {
        let (sender, receiver) = dropping(2);
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        let (victim, got) = seen.race((|| sender.force_send(3).unwrap(), || receiver.try_recv().unwrap()));
        seen.outcome(match (victim, got, receiver.drain().as_slice()) {
            (None, 1, [2, 3]) => "received",
            (Some(1), 2, [3]) => "displaced",
            other => panic!("lost, doubled or out of order: {other:?}"),
        });
        assert_eq!(sender.dropped(), u64::from(victim.is_some()));
    });
}

#[test]
fn two_forced_sends_displace_two_and_keep_the_bound() {
    let outcomes = &["first stays", "second stays"];
    model("overflow/two_forces").outcomes(outcomes).check(|seen| {
        let (sender, receiver) = dropping(1);
        sender.send(0).unwrap();
        let force = |value| sender.force_send(value).unwrap().unwrap();
        let (first, len, second) = seen.race((|| force(1), || receiver.len(), || force(2)));
        assert_eq!(len, 1);
        let stays = receiver.drain();
        seen.outcome(if stays == [1] { outcomes[0] } else { outcomes[1] });
        assert_eq!((first + second + stays[0], first * second), (3, 0));
    });
}

#[test]
fn a_close_finds_a_forced_send_done_or_refuses_it() {
    let outcomes = &["displaced", "refused"];
    model("overflow/force_races_close").outcomes(outcomes).check(|seen| {
        let (sender, receiver) = dropping(1);
        sender.send(1).unwrap();
        let close = || {
            receiver.close();
            receiver.drain()
        };
        seen.outcome(match seen.race((|| sender.force_send(2), close)) {
            (Ok(Some(1)), rest) if rest == [2] => "displaced",
            (Err(refused), rest) if refused.into_inner() == 2 && rest == [1] => "refused",
            other => panic!("lost or doubled: {other:?}"),
        });
    });
}

#[test]
fn a_receiver_that_waits_is_told_of_a_forced_send() {
    model("overflow/force_wakes").outcomes(&["received"]).check(|seen| {
        let (sender, receiver) = dropping(1);
        let (got, victim) = seen.race((|| receiver.recv(), || sender.force_send(1)));
        assert_eq!((got, victim), (Ok(1), Ok(None)));
        seen.outcome("received");
    });
}

/// Dropping the newest on an array: what is counted is not received, and the rest is.
#[test]
fn the_newest_is_received_or_counted() {
    let outcomes = &["received", "counted"];
    model("overflow/drop_newest").outcomes(outcomes).check(|seen| {
        let (sender, receiver) = Builder::new().capacity(1).overflow(Overflow::DropNewest).build();
        sender.send(1).unwrap();
        let (sent, got) = seen.race((|| sender.send(2), || receiver.recv()));
        assert_eq!((sent, got), (Ok(()), Ok(1)));
        let rest = receiver.drain();
        assert_eq!(rest.len() as u64 + sender.dropped(), 1);
        seen.outcome(if rest == [2] { "received" } else { "counted" });
    });
}

/// By hand it is two steps: the room that was made goes to another.
#[test]
fn control_a_forced_send_in_two_steps_loses_its_room() {
    model("overflow/control_two_steps").must_fail("the room was made for this one", |seen| {
        let (sender, receiver) = bounded(1);
        sender.send(1).unwrap();
        let force = || {
            if sender.try_send(2).is_err() {
                let _ = receiver.try_recv();
                assert!(sender.try_send(2).is_ok(), "the room was made for this one");
            }
        };
        seen.race((force, || sender.try_send(3).is_ok()));
    });
}
