//! More threads than loom can hold; shuttle alone runs these.

use crate::past;
use crate::task::block_on;
use common::model::model;
use common::sync::thread;
use producer_consumer::rendezvous;

const MANY: usize = 8;
const CROWD: &str = "more threads than a race has roles";
const MEETINGS: &[&str] = &["none met", "some met", "all met"];

/// How many pairs have met, in words: as many have sent as have received.
fn meetings<const PAIRS: usize>(sent: [bool; PAIRS], received: [bool; PAIRS]) -> &'static str {
    let [sent, received] = [sent, received].map(|side| side.into_iter().filter(|done| *done).count());
    assert_eq!(sent, received);
    match sent {
        0 => "none met",
        sent if sent == PAIRS => "all met",
        _ => "some met",
    }
}

/// Threads and tasks on both sides, and nobody gives up.
#[test]
fn eight_senders_and_eight_receivers_meet_in_pairs() {
    model("rendezvous/crowd").outcomes(&["met"]).one_shape(CROWD).check(|seen| {
        let (sender, receiver) = rendezvous();
        let mut taken = thread::scope(|scope| {
            let consumers: [_; MANY] = std::array::from_fn(|number| {
                let receiver = &receiver;
                scope.spawn(move || match number % 2 {
                    0 => receiver.recv().unwrap(),
                    _ => block_on(receiver.recv_async()).unwrap(),
                })
            });
            for number in 0..MANY {
                let sender = &sender;
                scope.spawn(move || match number % 4 < 2 {
                    true => sender.send(number).unwrap(),
                    false => block_on(sender.send_async(number)).unwrap(),
                });
            }
            consumers.map(|consumer| consumer.join().unwrap())
        });
        taken.sort_unstable();
        assert!(taken.into_iter().eq(0..MANY));
        seen.outcome("met");
    });
}

/// Half on either side may give up at any moment; as many were sent as were received, and the rest is given back.
#[test]
fn in_a_crowd_that_gives_up_as_many_are_sent_as_received() {
    model("rendezvous/crowd_gives_up").outcomes(MEETINGS).one_shape(CROWD).check(|seen| {
        let (sender, receiver) = rendezvous();
        let (sent, received) = thread::scope(|scope| {
            let producers = [(); MANY].map(|()| scope.spawn(|| sender.send_deadline((), past()).is_ok()));
            let consumers = [(); MANY].map(|()| scope.spawn(|| receiver.recv_deadline(past()).is_ok()));
            let sent = producers.map(|producer| producer.join().unwrap());
            (sent, consumers.map(|consumer| consumer.join().unwrap()))
        });
        seen.outcome(meetings(sent, received));
    });
}

/// A close among waiting threads: who has met has met, the others are told.
#[test]
fn a_close_in_a_crowd_leaves_nobody_waiting() {
    model("rendezvous/crowd_close").outcomes(MEETINGS).one_shape(CROWD).check(|seen| {
        let (sender, receiver) = rendezvous();
        let (sent, received) = thread::scope(|scope| {
            let producers = [(); MANY - 1].map(|()| scope.spawn(|| sender.send(()).is_ok()));
            let consumers = [(); MANY - 1].map(|()| scope.spawn(|| receiver.recv().is_ok()));
            thread::yield_now();
            sender.close();
            let sent = producers.map(|producer| producer.join().unwrap());
            (sent, consumers.map(|consumer| consumer.join().unwrap()))
        });
        seen.outcome(meetings(sent, received));
    });
}
