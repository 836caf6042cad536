//! Permits: what is kept is there, what is not needed goes to another.

use crate::past;
use crate::task::{block_on, block_on_beside, poll_once};
use common::model::model;
use common::sync::atomic::{AtomicUsize, Ordering};
use producer_consumer::{Builder, Overflow, Receiver, Sender, bounded};
use std::mem;
use std::pin::pin;
use std::task::{Context, Waker};

#[test]
fn a_permit_that_is_dropped_wakes_a_sender() {
    model("permit/drop_races_send").preemptions(3).outcomes(&["sent"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let permit = sender.reserve().unwrap();
        seen.race((|| drop(permit), || sender.send(1).unwrap()));
        assert_eq!((receiver.try_recv(), receiver.len()), (Ok(1), 0));
        seen.outcome("sent");
    });
}

#[test]
fn a_close_finds_a_permits_message_or_gives_it_back() {
    let outcomes = &["delivered", "given back"];
    model("permit/send_races_close").outcomes(outcomes).check(|seen| {
        let (sender, receiver) = bounded(1);
        let permit = sender.reserve().unwrap();
        let close = || {
            receiver.close();
            receiver.drain()
        };
        seen.outcome(match seen.race((|| permit.send(7), close)) {
            (Ok(()), rest) if rest == [7] => "delivered",
            (Err(refused), rest) if refused.into_inner() == 7 && rest.is_empty() => "given back",
            other => panic!("lost or doubled: {other:?}"),
        });
    });
}

#[test]
fn a_permit_and_a_send_share_one_place() {
    let outcomes = &["permit", "send"];
    model("permit/reserve_races_send").outcomes(outcomes).check(|seen| {
        let (sender, receiver) = bounded(1);
        let reserve = || sender.try_reserve().map(|permit| permit.send(1).unwrap()).is_ok();
        let (kept, sent) = seen.race((reserve, || sender.try_send(2).is_ok()));
        assert_ne!(kept, sent);
        let all = receiver.drain();
        seen.outcome(if kept { outcomes[0] } else { outcomes[1] });
        assert_eq!(all, [if kept { 1 } else { 2 }]);
    });
}

/// The permit is there before the room is scarce, and used while others fight for the rest.
#[test]
fn a_permit_has_its_place_whatever_others_do() {
    let outcomes = &["one beside it", "two beside it"];
    model("permit/kept_among_others").preemptions(2).outcomes(outcomes).check(|seen| {
        let (sender, receiver) = bounded(2);
        sender.try_send(0).unwrap();
        let permit = sender.try_reserve().unwrap();
        let others = || [1, 2].map(|value| sender.try_send(value).is_ok());
        let (sent, got, ()) = seen.race((others, || receiver.try_recv(), || permit.send(3).unwrap()));
        assert_eq!(got, Ok(0));
        let sent = sent.into_iter().filter(|sent| *sent).count();
        assert!(sent <= 1, "there are two places, and one is the permit's");
        assert_eq!(receiver.drain().len(), sent + 1);
        seen.outcome(outcomes[usize::from(sent == 1)]);
    });
}

/// E4 of the array: who fills a slot behind which one is reserved has not looked at its stamp himself. The receiver of
/// the second message is done before that of the first, so that nothing else tells of the slot.
#[test]
fn a_slot_that_another_found_free_has_been_emptied() {
    let outcomes = &["beside the reserved", "alone"];
    model("permit/fills_what_another_saw").preemptions(2).outcomes(outcomes).check(|seen| {
        let (sender, receiver) = bounded(2);
        sender.try_send_many([1, 2]).unwrap();
        let fill = || {
            receiver.try_recv().unwrap();
            sender.try_send(3).is_ok()
        };
        let reserve = || sender.try_reserve().map(mem::forget).is_ok();
        let ((), kept, sent) = seen.race((|| assert!(receiver.try_recv().is_ok()), reserve, fill));
        seen.outcome(if kept && sent { outcomes[0] } else { outcomes[1] });
        assert_eq!(receiver.drain().len(), usize::from(sent));
    });
}

#[test]
fn places_come_one_by_one_to_who_wants_two() {
    model("permit/two_from_two").preemptions(1).outcomes(&["all done"]).check(|seen| {
        let (sender, receiver) = bounded(2);
        sender.try_send_many([1, 2]).unwrap();
        let reserve = || drop(sender.reserve_many(2).unwrap());
        let consume = || [receiver.recv(), receiver.recv()];
        let (got, ()) = seen.race((consume, reserve));
        assert_eq!(got, [Ok(1), Ok(2)]);
        assert!(receiver.is_empty());
        seen.outcome("all done");
    });
}

/// A sender that is waiting when a receiver makes room for one.
fn send_late(sender: &Sender<i32>, receiver: &Receiver<i32>) {
    block_on_beside(sender.send_async(3), || assert_eq!(receiver.try_recv(), Ok(1))).unwrap();
}

/// P3: who wants two is told of one, cannot use it, and gives up: the one behind is told.
#[test]
fn who_gives_up_on_two_leaves_one_to_the_next() {
    model("permit/two_time_out").preemptions(2).outcomes(&["late"]).check(|seen| {
        let (sender, receiver) = bounded(2);
        sender.try_send_many([1, 2]).unwrap();
        let reserve = || assert!(sender.reserve_many_deadline(2, past()).is_err(), "there is room for one");
        seen.race((reserve, || send_late(&sender, &receiver)));
        assert_eq!(receiver.drain(), [2, 3]);
        seen.outcome("late");
    });
}

#[test]
fn a_future_for_two_that_is_dropped_leaves_one_to_the_next() {
    model("permit/dropped_two").preemptions(2).outcomes(&["dropped"]).check(|seen| {
        let (sender, receiver) = bounded(2);
        sender.try_send_many([1, 2]).unwrap();
        let reserve = || {
            let mut reserving = pin!(sender.reserve_many_async(2));
            for _ in 0..2 {
                assert!(reserving.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            }
        };
        seen.race((reserve, || send_late(&sender, &receiver)));
        assert_eq!(receiver.drain(), [2, 3]);
        seen.outcome("dropped");
    });
}

#[test]
fn a_reserve_future_that_is_dropped_leaves_room_and_wake_to_another() {
    let outcomes = &["dropped", "ready"];
    model("permit/dropped_reserve").preemptions(1).outcomes(outcomes).check(|seen| {
        let (sender, receiver) = bounded(1);
        sender.send(0).unwrap();
        let brief = || poll_once(sender.reserve_async()).map(drop).is_some();
        let (was_ready, got, sent) = seen.race((brief, || receiver.recv(), || sender.send(1)));
        assert_eq!((got, sent, receiver.recv()), (Ok(0), Ok(()), Ok(1)));
        seen.outcome(if was_ready { "ready" } else { "dropped" });
    });
}

#[test]
fn a_task_that_reserves_sends_when_there_is_room() {
    model("permit/task").preemptions(2).outcomes(&["received"]).check(|seen| {
        let (sender, receiver) = Builder::new().capacity(1).overflow(Overflow::Reject).build();
        sender.send(0).unwrap();
        let reserve = || block_on(sender.reserve_async()).unwrap().send(1).unwrap();
        let ((), got) = seen.race((reserve, || [receiver.recv(), receiver.recv()]));
        assert_eq!(got, [Ok(0), Ok(1)]);
        seen.outcome("received");
    });
}

/// The count beside the tail and not in it: each finds room that the other takes.
#[test]
fn control_places_counted_beside_the_tail_are_given_away_twice() {
    model("permit/control_count_beside").must_fail("more than the capacity", |seen| {
        const CAPACITY: usize = 1;
        let (tail, reserved) = (AtomicUsize::new(0), AtomicUsize::new(0));
        // ORDERING: Relaxed, all: the two counts are what is tried.
        let has_room = || tail.load(Ordering::Relaxed) + reserved.load(Ordering::Relaxed) < CAPACITY;
        let take = |count: &AtomicUsize| usize::from(has_room() && count.fetch_add(1, Ordering::Relaxed) == 0);
        let (sent, kept) = seen.race((|| take(&tail), || take(&reserved)));
        assert!(sent + kept <= CAPACITY, "more than the capacity");
    });
}
