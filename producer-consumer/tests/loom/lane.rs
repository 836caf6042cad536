//! Lanes: who waits in which, for what, and how all of them end.

use common::model::model;
use producer_consumer::{Builder, Receiver, Sender};

/// Senders into two lanes of one place each, with as many messages in them.
fn two_lanes(inside: usize) -> ([Sender<usize>; 2], Receiver<usize>) {
    let (sender, receiver) = Builder::new().capacity(1).lanes([1, 1]).build();
    let senders = [sender.lane(0), sender.lane(1)];
    senders.iter().take(inside).for_each(|sender| sender.try_send(0).unwrap());
    (senders, receiver)
}

#[test]
fn receivers_that_wait_hear_of_messages_in_any_lane() {
    let outcomes = &["crossed", "straight"];
    model("lane/two_and_two").preemptions(2).outcomes(outcomes).check(|seen| {
        let ([first, second], receiver) = two_lanes(0);
        let send = || {
            second.send(1).unwrap();
            first.send(2).unwrap();
        };
        let (got, other, ()) = seen.race((|| receiver.recv().unwrap(), || receiver.recv().unwrap(), send));
        assert_eq!(got + other, 3);
        seen.outcome(if got == 1 { outcomes[1] } else { outcomes[0] });
    });
}

#[test]
fn a_receiver_tells_the_sender_that_waits_in_the_lane_it_took_from() {
    model("lane/both_wait").preemptions(1).outcomes(&["received"]).check(|seen| {
        let ([first, second], receiver) = two_lanes(2);
        let consume = || [(); 4].map(|()| receiver.recv().unwrap()).iter().sum::<usize>();
        let (sum, sent, other) = seen.race((consume, || first.send(1), || second.send(2)));
        assert_eq!((sum, sent, other, receiver.is_empty()), (3, Ok(()), Ok(()), true));
        seen.outcome("received");
    });
}

#[test]
fn a_batch_tells_the_senders_in_all_lanes_that_it_took_from() {
    model("lane/batch").preemptions(2).outcomes(&["sent"]).check(|seen| {
        let ([first, second], receiver) = two_lanes(2);
        let (rest, sent, other) = seen.race((|| receiver.drain(), || first.send(1), || second.send(2)));
        assert_eq!((sent, other), (Ok(()), Ok(())));
        assert_eq!(rest.len() + receiver.drain().len(), 4);
        seen.outcome("sent");
    });
}

#[test]
fn a_close_ends_the_waits_in_all_lanes() {
    model("lane/close").preemptions(2).outcomes(&["given back"]).check(|seen| {
        let ([first, second], receiver) = two_lanes(2);
        let (closed, sent, other) = seen.race((|| receiver.close(), || first.send(1), || second.send(2)));
        assert_eq!((closed, sent.is_err(), other.is_err(), receiver.drain()), (true, true, true, vec![0, 0]));
        seen.outcome("given back");
    });
}

#[test]
fn the_last_sender_of_any_lane_ends_the_channel() {
    let outcomes = &["message first", "message last"];
    model("lane/last_sender").preemptions(2).outcomes(outcomes).check(|seen| {
        let ([first, second], receiver) = two_lanes(0);
        let send = move || {
            second.send(1).unwrap();
            drop(second);
        };
        let recv = || [receiver.try_recv().ok(), receiver.recv().ok()];
        let ((), (), got) = seen.race((move || drop(first), send, recv));
        let is_first = got[0].is_some();
        assert_eq!(got, if is_first { [Some(1), None] } else { [None, Some(1)] });
        assert!(receiver.recv().is_err());
        seen.outcome(if is_first { outcomes[0] } else { outcomes[1] });
    });
}
