//! The doorbell: no ring is lost, and it keeps no wake from a receiver that waits.

use common::model::model;
use producer_consumer::{Doorbell, Select, TryRecvError, bounded, rendezvous};

/// Receives as a loop does that has one arm: waits for a ring, and looks.
fn recv<T: Send>(door: &mut Doorbell<T>) -> Option<T> {
    loop {
        door.rings().recv().unwrap();
        match door.try_recv() {
            Ok(message) => return Some(message),
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return None,
        }
    }
}

#[test]
fn a_doorbell_rings_for_every_message_and_for_the_end() {
    model("doorbell/send_and_end").preemptions(1).outcomes(&["all"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let mut door = receiver.doorbell();
        let send = || {
            sender.send(1).unwrap();
            sender.send(2).unwrap();
            drop(sender);
        };
        let ((), got) = seen.race((send, || [(); 3].map(|()| recv(&mut door))));
        assert_eq!(got, [Some(1), Some(2), None]);
        seen.outcome("all");
    });
}

/// It looks twice as it sits down, each time while another takes the message that it looks at.
#[test]
fn a_doorbell_that_sits_down_sees_the_message_behind_one_that_is_taken() {
    model("doorbell/look_races_recv").preemptions(4).outcomes(&["1", "2", "3"]).check(|seen| {
        let (sender, receiver) = bounded(3);
        (1..=3).for_each(|number| sender.send(number).unwrap());
        let take = || [receiver.try_recv(), receiver.try_recv()].map(Result::unwrap);
        let (got, taken) = seen.race((|| recv(&mut receiver.doorbell()).unwrap(), take));
        assert_eq!(got + taken[0] + taken[1], 6);
        seen.outcome(["1", "2", "3"][got - 1]);
    });
}

/// The doorbell is told first, and its loop does not come: the receiver that waits gets the message.
#[test]
fn a_doorbell_whose_loop_does_not_come_keeps_no_message_from_a_receiver() {
    model("doorbell/absent_loop").preemptions(2).outcomes(&["received"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let mut door = receiver.doorbell();
        let ((), got) = seen.race((|| sender.send(7).unwrap(), || receiver.recv()));
        assert_eq!((got, door.try_recv()), (Ok(7), Err(TryRecvError::Empty)));
        seen.outcome("received");
    });
}

#[test]
fn a_doorbell_that_is_dropped_passes_on_what_it_was_told() {
    model("doorbell/dropped").preemptions(2).outcomes(&["received"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let door = receiver.doorbell();
        let ((), got, ()) = seen.race((|| sender.send(7).unwrap(), || receiver.recv(), || drop(door)));
        assert_eq!(got, Ok(7));
        seen.outcome("received");
    });
}

/// A loop and a receiver that waits share two messages.
#[test]
fn a_doorbell_and_a_receiver_share_without_loss() {
    model("doorbell/share").preemptions(1).outcomes(&["loop first", "receiver first"]).check(|seen| {
        let (sender, receiver) = bounded(2);
        let mut door = receiver.doorbell();
        let send = || {
            sender.send(1).unwrap();
            sender.send(2).unwrap();
        };
        let (got, (), other) = seen.race((|| recv(&mut door), send, || receiver.recv()));
        match (got, other) {
            (Some(1), Ok(2)) => seen.outcome("loop first"),
            (Some(2), Ok(1)) => seen.outcome("receiver first"),
            other => panic!("lost or doubled: {other:?}"),
        }
    });
}

/// The select, which sends without room, sits down before the doorbell does, or after it.
#[test]
fn a_doorbell_and_a_select_that_sends_without_room_meet() {
    model("doorbell/meet").preemptions(2).outcomes(&["met"]).check(|seen| {
        let (sender, receiver) = rendezvous();
        let send = || Select::new().send(&sender, &mut Some(7), |sent| sent).wait();
        let (sent, got) = seen.race((send, || recv(&mut receiver.doorbell())));
        assert_eq!((sent, got), (Ok(()), Some(7)));
        seen.outcome("met");
    });
}
