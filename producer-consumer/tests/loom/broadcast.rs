//! A lossless broadcast: every subscriber sees every message after its position, in one order, and who is slow is waited for.

#[cfg(shuttle)]
mod crowd;

use crate::past;
use crate::task::{block_on, poll_once};
use common::model::model;
use common::sync::atomic::{AtomicU64, Ordering};
use common::sync::{Arc, Mutex};
use common::wait::WaitSet;
use producer_consumer::{RecvError, RecvTimeoutError, broadcast};

#[test]
fn two_subscribers_see_two_senders_in_one_order() {
    model("broadcast/one_order").preemptions(3).outcomes(&["1 2", "2 1"]).check(|seen| {
        let (sender, mut first) = broadcast::bounded(2);
        let mut second = first.clone();
        let read = move || [first.recv().unwrap(), first.recv().unwrap()];
        let sent = |value: i32| sender.send(value);
        let (_, read, _) = seen.race((|| sent(1), read, || sent(2)));
        assert_eq!(second.drain(), read);
        seen.outcome(if read == [1, 2] { "1 2" } else { "2 1" });
    });
}

#[test]
fn the_slowest_of_two_subscribers_is_waited_for() {
    model("broadcast/push_back").preemptions(1).outcomes(&["both saw both"]).check(|seen| {
        let (sender, first) = broadcast::bounded(1);
        let second = first.clone();
        let read = |mut receiver: broadcast::Receiver<i32>| move || [receiver.recv(), receiver.recv(), receiver.recv()];
        let send = move || [sender.send(1), sender.send(2)].map(|sent| sent.is_ok_and(|reached| reached > 0));
        let (first, sent, second) = seen.race((read(first), send, read(second)));
        assert_eq!((first, sent, second), ([Ok(1), Ok(2), Err(RecvError)], [true; 2], [Ok(1), Ok(2), Err(RecvError)]));
        seen.outcome("both saw both");
    });
}

#[test]
fn who_subscribes_sees_what_is_sent_from_then_on() {
    model("broadcast/subscribe").outcomes(&["in time", "late"]).check(|seen| {
        let (sender, mut first) = broadcast::bounded(2);
        let (late, reached) = seen.race((|| sender.subscribe(), || sender.send(1)));
        let mut late = late;
        assert_eq!(sender.send(2), Ok(2));
        assert_eq!(first.drain(), [1, 2]);
        match (late.drain().as_slice(), reached) {
            ([1, 2], Ok(2)) => seen.outcome("in time"),
            ([2], Ok(1)) => seen.outcome("late"),
            other => panic!("a send and a subscription disagree: {other:?}"),
        }
        assert!(sender.is_empty());
    });
}

#[test]
fn a_clone_sees_what_its_original_sees() {
    model("broadcast/clone").outcomes(&["before", "after"]).check(|seen| {
        let (sender, mut receiver) = broadcast::bounded(2);
        sender.send(1).unwrap();
        let (copy, reached) = seen.race((|| receiver.clone(), || sender.send(2)));
        let mut copy = copy;
        assert_eq!((receiver.drain(), copy.drain()), (vec![1, 2], vec![1, 2]));
        assert!(sender.is_empty());
        seen.outcome(if reached == Ok(2) { "before" } else { "after" });
    });
}

#[test]
fn a_subscriber_that_goes_frees_what_only_it_had_not_read() {
    model("broadcast/unsubscribe").preemptions(2).outcomes(&["sent"]).check(|seen| {
        let (sender, mut fast) = broadcast::bounded(1);
        let slow = fast.clone();
        let value = Arc::new(());
        sender.send(value.clone()).unwrap();
        let read = || (fast.recv().is_ok(), fast.recv().is_ok());
        let (sent, got, ()) = seen.race((|| sender.send(value.clone()), read, || drop(slow)));
        assert_eq!((sent.is_ok(), got), (true, (true, true)));
        drop(sent);
        assert_eq!((sender.len(), Arc::strong_count(&value)), (0, 1));
        seen.outcome("sent");
    });
}

#[test]
fn the_last_subscriber_that_goes_leaves_nobody_waiting() {
    model("broadcast/last_unsubscribe").outcomes(&["to nobody"]).check(|seen| {
        let (sender, receiver) = broadcast::bounded(1);
        sender.send(1).unwrap();
        let (reached, ()) = seen.race((|| sender.send(2), || drop(receiver)));
        assert_eq!(reached, Ok(0));
        assert_eq!((sender.len(), sender.receiver_count()), (0, 0));
        seen.outcome("to nobody");
    });
}

/// The last to read takes the value itself, so a share that is given up and one that is cloned must not both be the last.
#[test]
fn two_that_read_one_message_at_once_leave_no_copy_behind() {
    model("broadcast/last_share").outcomes(&["read"]).check(|seen| {
        let (sender, mut first) = broadcast::bounded(1);
        let mut second = first.clone();
        let value = Arc::new(());
        sender.send(value.clone()).unwrap();
        let (first, second) = seen.race((|| first.try_recv().unwrap(), || second.try_recv().unwrap()));
        assert_eq!(Arc::strong_count(&value), 3);
        drop((first, second));
        assert_eq!(Arc::strong_count(&value), 1);
        seen.outcome("read");
    });
}

#[test]
fn a_close_ends_the_waits_of_sender_and_subscriber() {
    model("broadcast/close").preemptions(3).outcomes(&["given back"]).check(|seen| {
        let (sender, mut slow) = broadcast::bounded(1);
        let mut fast = slow.clone();
        sender.send(1).unwrap();
        let read = || (fast.recv(), fast.recv());
        let (refused, got, closed) = seen.race((|| sender.send(2), read, || sender.close()));
        assert_eq!((refused.map_err(|refused| refused.0), got, closed), (Err(2), (Ok(1), Err(RecvError)), true));
        assert_eq!((slow.recv(), slow.recv()), (Ok(1), Err(RecvError)));
        seen.outcome("given back");
    });
}

#[test]
fn a_close_that_races_a_send_delivers_to_all_or_gives_back() {
    model("broadcast/close_races_send").preemptions(3).outcomes(&["delivered", "given back"]).check(|seen| {
        let (sender, mut first) = broadcast::bounded(1);
        let mut second = first.clone();
        let (sent, got, closed) = seen.race((|| sender.send(7), || first.recv(), || second.close()));
        assert!(closed);
        match (sent, got, second.recv()) {
            (Ok(2), Ok(7), Ok(7)) => seen.outcome("delivered"),
            (Err(refused), Err(RecvError), Err(RecvError)) if refused.0 == 7 => seen.outcome("given back"),
            other => panic!("sender and subscribers disagree: {other:?}"),
        }
    });
}

#[test]
fn the_last_senders_drop_ends_the_waits_of_both_subscribers() {
    model("broadcast/last_sender").preemptions(2).outcomes(&["ended"]).check(|seen| {
        let (sender, mut first) = broadcast::bounded::<i32>(1);
        let mut second = first.clone();
        let (first, (), second) = seen.race((|| first.recv(), || drop(sender), || second.recv()));
        assert_eq!((first, second), (Err(RecvError), Err(RecvError)));
        seen.outcome("ended");
    });
}

/// Whoever is told of the end sees what each of the senders did before it went.
#[test]
fn the_end_of_a_broadcast_shows_what_came_before() {
    model("broadcast/end_publishes").preemptions(3).outcomes(&["ended"]).check(|seen| {
        let (sender, mut receiver) = broadcast::bounded::<i32>(1);
        let other = sender.clone();
        let before = [AtomicU64::new(0), AtomicU64::new(0)];
        let go = |sender: broadcast::Sender<i32>, did: &AtomicU64| {
            // ORDERING: Relaxed: the end has to publish it.
            did.store(1, Ordering::Relaxed);
            drop(sender);
        };
        let look = || {
            assert_eq!(receiver.recv(), Err(RecvError));
            // ORDERING: Relaxed, as above.
            before.each_ref().map(|did| did.load(Ordering::Relaxed))
        };
        let ((), shown, ()) = seen.race((|| go(sender, &before[0]), look, || go(other, &before[1])));
        assert_eq!(shown, [1, 1]);
        seen.outcome("ended");
    });
}

#[test]
fn a_subscriber_that_gives_up_gets_the_message_the_next_time() {
    model("broadcast/recv_timeout").outcomes(&["gave up", "received"]).check(|seen| {
        let (sender, mut slow) = broadcast::bounded(1);
        let mut fast = slow.clone();
        sender.send(1).unwrap();
        assert_eq!(fast.recv(), Ok(1));
        let receive = || match fast.recv_deadline(past()) {
            Ok(value) => Some(value),
            Err(timeout) => (timeout != RecvTimeoutError::Timeout).then_some(0),
        };
        let send = || {
            let first = slow.recv();
            (first, poll_once(sender.send_async(2)).is_some())
        };
        let (received, (first, is_sent)) = seen.race((receive, send));
        assert_eq!((first, is_sent), (Ok(1), true), "there is room when the slowest has read");
        assert_eq!(slow.recv(), Ok(2));
        assert_eq!(received.or_else(|| fast.recv().ok()), Some(2));
        seen.outcome(if received.is_some() { "received" } else { "gave up" });
    });
}

#[test]
fn a_sender_that_gives_up_leaves_its_wake_to_another() {
    model("broadcast/dropped_send").preemptions(2).outcomes(&["dropped", "ready"]).check(|seen| {
        let (sender, mut receiver) = broadcast::bounded(1);
        sender.send(0).unwrap();
        let brief = || poll_once(sender.send_async(1)).is_some();
        let read = || [receiver.recv(), receiver.recv()];
        let (was_ready, got, sent) = seen.race((brief, read, || sender.send(2)));
        assert_eq!((got[0], sent), (Ok(0), Ok(1)));
        assert_eq!(sender.len(), usize::from(was_ready));
        seen.outcome(if was_ready { "ready" } else { "dropped" });
    });
}

#[test]
fn tasks_broadcast_in_both_ways_of_waiting() {
    model("broadcast/tasks").preemptions(3).outcomes(&["received"]).check(|seen| {
        let (sender, mut receiver) = broadcast::bounded(1);
        let produce = || {
            block_on(sender.send_async(1)).unwrap();
            block_on(sender.send_async(2)).unwrap();
        };
        let mut batch = Vec::new();
        let consume = || (block_on(receiver.recv_async()), block_on(receiver.recv_many_async(&mut batch, 2)));
        let ((), got) = seen.race((produce, consume));
        assert_eq!((got, batch), ((Ok(1), Ok(1)), vec![2]));
        seen.outcome("received");
    });
}

/// One of two subscribers is told of a message that is for both.
#[test]
fn control_a_message_that_is_announced_to_one_leaves_the_other_asleep() {
    model("broadcast/control_notify_one").must_fail("deadlock", |seen| {
        let (sent, not_empty) = (AtomicU64::new(0), WaitSet::new());
        // ORDERING: Acquire, pairs with the sender's store.
        let read = || not_empty.wait(|| (sent.load(Ordering::Acquire) > 0).then_some(()));
        let send = || {
            // ORDERING: Release, pairs with the load in `read`.
            sent.store(1, Ordering::Release);
            not_empty.notify_one();
        };
        seen.race((read, send, read));
    });
}

/// B1 broken: a send counts the subscribers before it appends, and who subscribes in between is not counted.
#[test]
fn control_a_count_that_is_older_than_its_message_takes_it_away_too_early() {
    model("broadcast/control_early_count").must_fail("read by all who were there", |seen| {
        let (subscribers, log) = (Mutex::new(1), Mutex::new(None));
        let send = || {
            let unread = *subscribers.lock();
            *log.lock() = Some(unread);
        };
        let subscribe = || {
            *subscribers.lock() += 1;
            log.lock().is_none()
        };
        let ((), is_before) = seen.race((send, subscribe));
        let unread = log.lock().take();
        assert_eq!(unread, Some(if is_before { 2 } else { 1 }), "read by all who were there");
    });
}
