//! Bounds by weight, and the line of those who wait for them.

use crate::past;
use crate::task::{block_on, block_on_beside, poll_once};
use common::model::model;
use common::sync::atomic::{AtomicUsize, Ordering};
use common::wait::{Turn, WaitSet};
use producer_consumer::{Builder, Overflow, Receiver, Select, Sender};
use std::pin::pin;
use std::task::{Context, Waker};

/// A channel of numbers that weigh what they are, with some in it.
fn weighed(limit: usize, inside: &[usize]) -> (Sender<usize>, Receiver<usize>) {
    let (sender, receiver) = Builder::new().weight(limit, |number: &usize| *number).build();
    inside.iter().for_each(|number| sender.try_send(*number).unwrap());
    (sender, receiver)
}

#[test]
fn two_senders_of_different_weight_get_the_room_that_each_needs() {
    let outcomes = &["heavy first", "light first"];
    model("weight/two_senders").preemptions(1).outcomes(outcomes).check(|seen| {
        let (sender, receiver) = weighed(2, &[2]);
        let consume = || [receiver.recv(), receiver.recv(), receiver.recv()];
        let (got, heavy, light) = seen.race((consume, || sender.send(2), || sender.send(1)));
        assert_eq!((heavy, light, receiver.weight(), receiver.is_empty()), (Ok(()), Ok(()), 0, true));
        seen.outcome(match got {
            [Ok(2), Ok(2), Ok(1)] => outcomes[0],
            [Ok(2), Ok(1), Ok(2)] => outcomes[1],
            other => panic!("lost, doubled or out of order: {other:?}"),
        });
    });
}

/// L3: it is in line before the light one comes, and there is room for that one in between.
#[test]
fn a_heavy_one_that_waits_is_not_passed_by_a_light_one() {
    model("weight/not_passed").preemptions(2).outcomes(&["in its turn"]).check(|seen| {
        let (sender, receiver) = weighed(2, &[1, 1]);
        let mut heavy = Box::pin(sender.send_async(2));
        assert!(heavy.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let consume = || [receiver.recv(), receiver.recv()];
        let (got, sent, passed) = seen.race((consume, || block_on(heavy), || sender.try_send(1).is_ok()));
        assert_eq!((got, sent, passed), ([Ok(1), Ok(1)], Ok(()), false));
        assert_eq!(receiver.drain(), [2]);
        seen.outcome("in its turn");
    });
}

/// A sender of weight 1 that is waiting behind what `beside` makes room for.
fn send_late(sender: &Sender<usize>, receiver: &Receiver<usize>) {
    block_on_beside(sender.send_async(1), || assert_eq!(receiver.try_recv(), Ok(1))).unwrap();
}

#[test]
fn a_heavy_one_that_times_out_leaves_its_turn_to_a_light_one() {
    model("weight/timed_out").preemptions(2).outcomes(&["late"]).check(|seen| {
        let (sender, receiver) = weighed(2, &[1, 1]);
        let heavy = || assert!(sender.send_deadline(2, past()).is_err(), "there is room for 1");
        seen.race((heavy, || send_late(&sender, &receiver)));
        assert_eq!((receiver.weight(), receiver.drain()), (2, vec![1, 1]));
        seen.outcome("late");
    });
}

#[test]
fn a_heavy_future_that_is_dropped_leaves_its_turn_to_a_light_one() {
    model("weight/dropped").preemptions(2).outcomes(&["late"]).check(|seen| {
        let (sender, receiver) = weighed(2, &[1, 1]);
        let heavy = || {
            let mut sending = pin!(sender.send_async(2));
            for _ in 0..2 {
                assert!(sending.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            }
        };
        seen.race((heavy, || send_late(&sender, &receiver)));
        assert_eq!(receiver.drain(), [1, 1]);
        seen.outcome("late");
    });
}

/// L4, aside: a select is told of room when the line is left, also without a word from the receiver.
#[test]
fn a_heavy_one_that_gives_up_tells_a_select_aside() {
    model("weight/select_aside").preemptions(2).outcomes(&["sent"]).check(|seen| {
        let (sender, receiver) = weighed(2, &[1]);
        let select = || Select::new().send(&sender, &mut Some(1), |sent| sent.unwrap()).wait();
        seen.race((|| assert!(poll_once(sender.send_async(2)).is_none()), select));
        assert_eq!(receiver.drain(), [1, 1]);
        seen.outcome("sent");
    });
}

#[test]
fn a_receiver_that_makes_room_tells_a_select_aside() {
    model("weight/select_room").preemptions(2).outcomes(&["sent"]).check(|seen| {
        let (sender, receiver) = weighed(2, &[2]);
        let select = || Select::new().send(&sender, &mut Some(1), |sent| sent.unwrap()).wait();
        let (got, ()) = seen.race((|| [receiver.recv(), receiver.recv()], select));
        assert_eq!((got, receiver.weight()), ([Ok(2), Ok(1)], 0));
        seen.outcome("sent");
    });
}

#[test]
fn a_close_beside_a_sender_that_waits_for_room_delivers_or_gives_back() {
    let outcomes = &["delivered", "given back"];
    model("weight/close_races_wait").preemptions(2).outcomes(outcomes).check(|seen| {
        let (sender, receiver) = weighed(2, &[1]);
        let close = || {
            let first = receiver.try_recv();
            receiver.close();
            (first, receiver.drain())
        };
        let ((first, rest), sent) = seen.race((close, || sender.send(2)));
        assert_eq!((first, receiver.weight()), (Ok(1), 0));
        seen.outcome(match (sent, rest.as_slice()) {
            (Ok(()), [2]) => "delivered",
            (Err(_), []) => "given back",
            other => panic!("lost or doubled: {other:?}"),
        });
    });
}

#[test]
fn the_oldest_that_are_in_the_way_are_received_or_displaced() {
    let outcomes = &["both displaced", "one received"];
    model("weight/displace_races_recv").outcomes(outcomes).check(|seen| {
        let builder = Builder::new().weight(2, |number: &usize| *number).overflow(Overflow::DropOldest);
        let (sender, receiver) = builder.build();
        sender.send_many([1, 1]).unwrap();
        let (victims, got) = seen.race((|| sender.displace(2).unwrap(), || receiver.try_recv().unwrap()));
        seen.outcome(match (victims.as_slice(), got, receiver.drain().as_slice()) {
            ([1, 1], 2, []) => "both displaced",
            ([1], 1, [2]) => "one received",
            other => panic!("lost or doubled: {other:?}"),
        });
        assert_eq!((sender.dropped(), sender.weight()), (victims.len() as u64, 0));
    });
}

/// Two that look whether they fit, and go in by a second step.
#[test]
fn control_a_weight_that_is_added_in_a_second_step_passes_the_limit() {
    model("weight/control_two_steps").must_fail("more than the limit", |seen| {
        const LIMIT: usize = 3;
        let inside = AtomicUsize::new(0);
        // ORDERING: Relaxed, all: the two steps are what is tried.
        let put = || inside.load(Ordering::Relaxed) + 2 <= LIMIT && inside.fetch_add(2, Ordering::Relaxed) < LIMIT;
        seen.race((put, put));
        assert!(inside.load(Ordering::Relaxed) <= LIMIT, "more than the limit");
    });
}

/// L4, without its second half: who leaves the line tells nobody aside.
#[test]
fn control_a_line_that_is_left_without_a_word_leaves_a_select_asleep() {
    model("weight/control_silent_line").preemptions(2).must_fail("deadlock", |seen| {
        let (line, aside) = (WaitSet::new(), WaitSet::new());
        let give_up = || assert_eq!(pin!(Turn::new(&line)).wait(Some(past()), |_| None::<()>), None);
        seen.race((give_up, || aside.wait(|| line.is_empty().then_some(()))));
    });
}
