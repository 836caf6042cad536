//! A channel without room: a message is with its receiver or with its sender, whatever becomes of either.

#[cfg(shuttle)]
mod crowd;

use crate::task::{block_on, poll_once};
use crate::{never, past};
use common::model::model;
use common::sync::atomic::{AtomicUsize, Ordering};
use common::sync::{Arc, Mutex};
use producer_consumer::{RecvError, RecvTimeoutError, SendTimeoutError, TryRecvError, rendezvous};

#[test]
fn a_rendezvous_hands_over_in_order_whoever_comes_first() {
    let outcomes = &["the receiver came first", "the sender came first"];
    model("rendezvous/hand_over").outcomes(outcomes).check(|seen| {
        let (sender, receiver) = rendezvous();
        let produce = || {
            sender.send(1).unwrap();
            sender.send(2).unwrap();
        };
        let consume = || match receiver.try_recv() {
            Ok(first) => ([Ok(first), receiver.recv()], "the sender came first"),
            Err(TryRecvError::Empty) => ([receiver.recv(), receiver.recv()], "the receiver came first"),
            Err(TryRecvError::Disconnected) => panic!("a sender that has sent nothing yet is there"),
        };
        let ((), (got, who)) = seen.race((produce, consume));
        assert_eq!(got, [Ok(1), Ok(2)]);
        seen.outcome(who);
    });
}

/// What was done before a receive has been done when the send is over, and the other way round.
#[test]
fn a_hand_over_shows_each_side_what_the_other_did_before() {
    model("rendezvous/publishes").outcomes(&["handed over"]).check(|seen| {
        let (sender, receiver) = rendezvous();
        let did = [AtomicUsize::new(0), AtomicUsize::new(0)];
        let meet = |own: usize, meet: &dyn Fn()| {
            // ORDERING: Relaxed, both: the hand-over has to publish it.
            did[own].store(1, Ordering::Relaxed);
            meet();
            did[1 - own].load(Ordering::Relaxed)
        };
        let send = || meet(0, &|| sender.send(()).unwrap());
        let recv = || meet(1, &|| receiver.recv().unwrap());
        assert_eq!(seen.race((send, recv)), (1, 1));
        seen.outcome("handed over");
    });
}

#[test]
fn a_try_meets_only_who_waits() {
    model("rendezvous/try").outcomes(&["met", "missed"]).check(|seen| {
        let (sender, receiver) = rendezvous();
        match seen.race((|| sender.try_send(7), || receiver.recv_deadline(past()))) {
            (Ok(()), Ok(7)) => seen.outcome("met"),
            (Err(refused), Err(RecvTimeoutError::Timeout)) if refused.is_full() => seen.outcome("missed"),
            other => panic!("lost or doubled: {other:?}"),
        }
    });
}

#[test]
fn a_hand_over_between_two_that_time_out_happens_for_both_or_for_neither() {
    model("rendezvous/both_time_out").outcomes(&["met", "missed"]).check(|seen| {
        let (sender, receiver) = rendezvous();
        match seen.race((|| sender.send_deadline(7, past()), || receiver.recv_deadline(past()))) {
            (Ok(()), Ok(7)) => seen.outcome("met"),
            (Err(refused), Err(RecvTimeoutError::Timeout)) if refused.is_timeout() => seen.outcome("missed"),
            other => panic!("lost or doubled: {other:?}"),
        }
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    });
}

#[test]
fn a_receiver_that_times_out_leaves_the_message_to_another() {
    model("rendezvous/recv_timeout").preemptions(3).outcomes(&["patient", "timed"]).check(|seen| {
        let (sender, receiver) = rendezvous();
        let timed = || {
            let received = receiver.recv_deadline(past());
            if received.is_ok() {
                sender.send(2).unwrap();
            }
            received
        };
        match seen.race((timed, || sender.send_deadline(1, never()).unwrap(), || receiver.recv_deadline(never()))) {
            (Ok(1), (), Ok(2)) => seen.outcome("timed"),
            (Err(RecvTimeoutError::Timeout), (), Ok(1)) => seen.outcome("patient"),
            other => panic!("lost or doubled: {other:?}"),
        }
    });
}

#[test]
fn a_sender_that_times_out_has_sent_or_has_its_message() {
    model("rendezvous/send_timeout").preemptions(3).outcomes(&["patient", "timed"]).check(|seen| {
        let (sender, receiver) = rendezvous();
        let timed = || sender.send_deadline(1, past()).is_ok();
        let consume = || {
            let first = receiver.recv().unwrap();
            (first, if first == 1 { receiver.recv().unwrap() } else { 0 })
        };
        match seen.race((timed, consume, || sender.send(2).unwrap())) {
            (true, (1, 2), ()) => seen.outcome("timed"),
            (false, (2, 0), ()) => seen.outcome("patient"),
            other => panic!("lost or doubled: {other:?}"),
        }
    });
}

#[test]
fn a_send_future_that_is_dropped_was_received_or_takes_its_message_along() {
    model("rendezvous/dropped_send").outcomes(&["dropped", "received", "received unseen"]).check(|seen| {
        let (sender, receiver) = rendezvous();
        let value = Arc::new(());
        let sent = value.clone();
        let brief = || poll_once(sender.send_async(sent)).is_some();
        let (was_ready, received) = seen.race((brief, || receiver.recv_deadline(past())));
        seen.outcome(match (was_ready, received.is_ok()) {
            (true, true) => "received",
            (false, true) => "received unseen",
            (false, false) => "dropped",
            (true, false) => panic!("sent, and not received"),
        });
        drop(received);
        assert_eq!(Arc::strong_count(&value), 1, "it was received or dropped");
    });
}

/// A task that waits is not served behind its back: while senders can wait, it takes its message itself or leaves it.
#[test]
fn a_receive_future_that_is_dropped_leaves_message_and_sender_to_another() {
    model("rendezvous/dropped_recv").preemptions(3).outcomes(&["dropped", "ready"]).check(|seen| {
        let (sender, receiver) = rendezvous();
        let brief = || {
            let received = poll_once(receiver.recv_async());
            if received.is_some() {
                sender.send(1).unwrap();
            }
            received.is_some()
        };
        let (was_ready, (), got) = seen.race((brief, || sender.send(1).unwrap(), || receiver.recv()));
        assert_eq!(got, Ok(1));
        seen.outcome(if was_ready { "ready" } else { "dropped" });
    });
}

/// A message that was put into the air for a task is the next receiver's, should the task turn away.
#[test]
fn a_message_in_the_air_outlives_the_task_it_was_meant_for() {
    let outcomes = &["the task took it", "refused", "the next receiver took it"];
    model("rendezvous/air").outcomes(outcomes).check(|seen| {
        let (sender, receiver) = rendezvous();
        let brief = || {
            let mut recv = Box::pin(receiver.recv_async());
            poll_once(recv.as_mut()).or_else(|| poll_once(recv.as_mut()))
        };
        let (taken, sent) = seen.race((brief, || sender.try_send(7)));
        seen.outcome(match (taken, sent, receiver.try_recv()) {
            (Some(Ok(7)), Ok(()), Err(TryRecvError::Empty)) => "the task took it",
            (None, Ok(()), Ok(7)) => "the next receiver took it",
            (None, Err(_), Err(TryRecvError::Empty)) => "refused",
            other => panic!("lost or doubled: {other:?}"),
        });
    });
}

#[test]
fn tasks_meet_threads_in_both_directions() {
    model("rendezvous/tasks").preemptions(3).outcomes(&["received"]).check(|seen| {
        let (sender, receiver) = rendezvous();
        let produce = || {
            block_on(sender.send_async(1)).unwrap();
            sender.send(2).unwrap();
        };
        let mut batch = Vec::new();
        let consume = || (receiver.recv(), block_on(receiver.recv_many_async(&mut batch, 2)));
        let ((), got) = seen.race((produce, consume));
        assert_eq!((got, batch), ((Ok(1), Ok(1)), vec![2]));
        seen.outcome("received");
    });
}

#[test]
fn two_senders_that_wait_are_both_woken_by_one_batch() {
    model("rendezvous/batch").preemptions(2).outcomes(&["one by one", "both at once"]).check(|seen| {
        let (sender, receiver) = rendezvous();
        let consume = || {
            let mut batch = Vec::new();
            let first = receiver.recv_many(&mut batch, 2).unwrap();
            while batch.len() < 2 {
                receiver.recv_many(&mut batch, 2).unwrap();
            }
            batch.sort_unstable();
            (batch, first)
        };
        let ((), (batch, first), ()) = seen.race((|| sender.send(1).unwrap(), consume, || sender.send(2).unwrap()));
        assert_eq!(batch, [1, 2]);
        seen.outcome(if first == 2 { "both at once" } else { "one by one" });
    });
}

#[test]
fn a_close_hands_over_or_gives_back() {
    model("rendezvous/close").preemptions(3).outcomes(&["given back", "handed over"]).check(|seen| {
        let (sender, receiver) = rendezvous();
        let (send, recv) = (|| sender.send_deadline(7, never()), || receiver.recv_deadline(never()));
        match seen.race((send, recv, || sender.close())) {
            (Ok(()), Ok(7), true) => seen.outcome("handed over"),
            (Err(SendTimeoutError::Disconnected(7)), Err(RecvTimeoutError::Disconnected), true) => {
                seen.outcome("given back");
            }
            other => panic!("sender and receiver disagree: {other:?}"),
        }
    });
}

#[test]
fn a_close_wakes_all_who_wait_on_either_side() {
    model("rendezvous/close_wakes").preemptions(2).outcomes(&["woken"]).check(|seen| {
        let (sender, receiver) = rendezvous::<i32>();
        let (first, closed, second) = seen.race((|| receiver.recv(), || sender.close(), || receiver.recv()));
        assert_eq!((first, closed, second), (Err(RecvError), true, Err(RecvError)));
        let (sender, _receiver) = rendezvous();
        let mut offer = Box::pin(sender.send_async(1));
        assert!(poll_once(offer.as_mut()).is_none());
        sender.close();
        assert!(block_on(offer).is_err());
        seen.outcome("woken");
    });
}

#[test]
fn the_last_receivers_drop_gives_the_message_back() {
    model("rendezvous/last_receiver").outcomes(&["given back"]).check(|seen| {
        let (sender, receiver) = rendezvous();
        let (refused, ()) = seen.race((|| sender.send(7), || drop(receiver)));
        assert_eq!(refused.map_err(|refused| refused.0), Err(7));
        seen.outcome("given back");
    });
}

#[test]
fn the_last_senders_drop_ends_the_wait_of_a_receiver() {
    model("rendezvous/last_sender").preemptions(4).outcomes(&["ended"]).check(|seen| {
        let (sender, receiver) = rendezvous::<i32>();
        let other = sender.clone();
        let ((), received, ()) = seen.race((|| drop(sender), || receiver.recv(), || drop(other)));
        assert_eq!(received, Err(RecvError));
        seen.outcome("ended");
    });
}

/// R1 broken: a taker that is late goes without looking whether it was served, and what was handed to it is lost.
#[test]
fn control_a_taker_that_leaves_without_a_look_loses_a_message() {
    model("rendezvous/control_blind_leave").must_fail("a message that was sent was received", |seen| {
        let (waits, handed) = (Mutex::new(false), Mutex::new(None));
        let send = || {
            let mut waits = waits.lock();
            let is_sent = *waits;
            if is_sent {
                *waits = false;
                *handed.lock() = Some(7);
            }
            is_sent
        };
        let recv = || {
            *waits.lock() = true;
            let received = handed.lock().take();
            *waits.lock() = false;
            received
        };
        let (sent, received) = seen.race((send, recv));
        assert_eq!(sent, received.is_some(), "a message that was sent was received");
    });
}
