//! The task queue: nobody waits for a task or for room that is there, and no task is lost.

use common::model::model;
use common::sync::{Condvar, Mutex};
use leader_followers::source::{EventSource, Waited, Waker, task};
use std::collections::VecDeque;

/// Waits as a leader does until `count` tasks are there.
fn take(source: &mut task::Source<u32>, count: usize) -> VecDeque<u32> {
    let mut batch = VecDeque::new();
    while batch.len() < count {
        assert_eq!(source.wait(&mut batch, None).unwrap(), Waited::Open);
    }
    batch
}

#[test]
fn a_full_queue_lets_its_senders_in_as_room_is_made() {
    let outcomes = &["in one order", "in the other"];
    model("task/room_for_two_senders").outcomes(outcomes).preemptions(4).check(|seen| {
        let (sender, mut source) = task::queue(1);
        sender.send(0).unwrap();
        let send = |task| sender.send(task).is_ok();
        let (first, taken, second) = seen.race((|| send(1), || take(&mut source, 3), || send(2)));
        assert!(first && second);
        seen.outcome(if taken == [0, 1, 2] { outcomes[0] } else { outcomes[1] });
        assert!(taken == [0, 1, 2] || taken == [0, 2, 1]);
    });
}

/// A batch makes room for several at once, and wakes them all.
#[test]
fn a_batch_lets_as_many_senders_in_as_it_made_room_for() {
    model("task/room_by_a_batch").outcomes(&["all in"]).check(|seen| {
        let (sender, source) = task::queue(2);
        let mut source = source.batch(2);
        sender.send(0).unwrap();
        sender.send(0).unwrap();
        let send = || sender.send(1).is_ok();
        let (first, taken, second) = seen.race((send, || take(&mut source, 2).len(), send));
        assert_eq!((first, taken, second), (true, 2, true));
        assert_eq!(source.into_tasks(), [1, 1]);
        seen.outcome("all in");
    });
}

#[test]
fn a_sender_that_waits_for_room_gets_its_task_back_when_the_source_goes() {
    model("task/source_drop_races_send").outcomes(&["given back"]).check(|seen| {
        let (sender, source) = task::queue(1);
        sender.send(1).unwrap();
        let ((), refused) = seen.race((|| drop(source), || sender.send(2).map_err(|refused| refused.0)));
        assert_eq!(refused, Err(2));
        seen.outcome("given back");
    });
}

#[test]
fn a_close_lets_out_what_was_accepted_and_ends_the_source() {
    let outcomes = &["accepted", "given back"];
    model("task/close_races_send").outcomes(outcomes).check(|seen| {
        let (sender, mut source) = task::queue(1);
        let waker = source.waker();
        let lead = || {
            let mut batch = VecDeque::new();
            while source.wait(&mut batch, None).unwrap() == Waited::Open {}
            batch.len()
        };
        let (taken, accepted, ()) = seen.race((lead, || sender.send(1).is_ok(), || waker.close()));
        assert_eq!(taken, usize::from(accepted));
        seen.outcome(outcomes[1 - taken]);
    });
}

/// The leader would sleep for ever otherwise.
#[test]
fn a_wake_ends_the_wait_or_the_next_one() {
    model("task/wake_races_wait").outcomes(&["woken"]).check(|seen| {
        let (_sender, mut source) = task::queue::<u32>(1);
        let waker = source.waker();
        let mut batch = VecDeque::new();
        let (waited, ()) = seen.race((|| source.wait(&mut batch, None).unwrap(), || waker.wake()));
        assert_eq!((waited, batch.len()), (Waited::Open, 0));
        seen.outcome("woken");
    });
}

/// A batch that tells one sender of the room that it made for two.
#[test]
fn control_one_notification_for_two_rooms_leaves_a_sender() {
    model("task/control_one_notification").must_fail("deadlock", |seen| {
        let (room, changed) = (Mutex::new(0), Condvar::new());
        let send = || {
            let mut room = room.lock();
            changed.wait_while(&mut room, |room| *room == 0);
            *room -= 1;
        };
        let take = || {
            *room.lock() = 2;
            changed.notify_one();
        };
        seen.race((send, take, send));
    });
}
