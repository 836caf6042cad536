//! What the workspace relies on in a channel, asked of crossbeam-channel and of the models' stand-in for it: one source,
//! which `tests/it` runs on real threads and `tests/loom` in models.

use super::{alone, contract};
use crate::past;
use common::sync::Arc;
use common::sync::channel::{
    Receiver, RecvError, RecvTimeoutError, SendError, SendTimeoutError, Sender, TryRecvError, TrySendError, bounded,
    unbounded,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A message that counts how many of its kind were dropped, and that nobody can print.
pub(super) struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        // ORDERING: Relaxed, here and in `Drops`: a count for the test alone, read after what it counts.
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Default)]
pub(super) struct Drops(Arc<AtomicUsize>);

impl Drops {
    pub(super) fn message(&self) -> Counted {
        Counted(self.0.clone())
    }

    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn messages_arrive_in_order() {
    alone("channel/order", || {
        for (sender, receiver) in [bounded(3), unbounded()] {
            sender.send(1).unwrap();
            sender.try_send(2).unwrap();
            sender.send_timeout(3, Duration::ZERO).unwrap();
            assert_eq!(receiver.recv(), Ok(1));
            assert_eq!(receiver.try_recv(), Ok(2));
            sender.send_deadline(4, past()).unwrap();
            assert_eq!(receiver.recv_timeout(Duration::ZERO), Ok(3));
            assert_eq!(receiver.recv_deadline(past()), Ok(4));
        }
    });
}

#[test]
fn a_full_channel_gives_the_message_back() {
    alone("channel/full", || {
        let (sender, receiver) = bounded(1);
        sender.send(1).unwrap();
        assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
        assert_eq!(sender.send_timeout(3, Duration::ZERO), Err(SendTimeoutError::Timeout(3)));
        assert_eq!(sender.send_deadline(4, past()), Err(SendTimeoutError::Timeout(4)));
        assert_eq!(sender.try_send(5).unwrap_err().into_inner(), 5);
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [1]);
        assert_eq!(sender.try_send(6), Ok(()));
    });
}

#[test]
fn an_empty_channel_has_nothing_until_it_is_too_late() {
    alone("channel/empty", || {
        for (sender, receiver) in [bounded::<u8>(1), unbounded(), bounded(0)] {
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
            assert_eq!(receiver.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
            assert_eq!(receiver.recv_deadline(past()), Err(RecvTimeoutError::Timeout));
            assert_eq!(receiver.try_iter().next(), None);
            drop(sender);
        }
    });
}

#[test]
fn messages_outlive_their_senders() {
    alone("channel/senders_gone", || {
        for (sender, receiver) in [bounded(4), unbounded()] {
            (1..=4).for_each(|message| sender.send(message).unwrap());
            drop(sender);
            assert_eq!(receiver.recv(), Ok(1));
            assert_eq!(receiver.try_recv(), Ok(2));
            assert_eq!(receiver.recv_deadline(past()), Ok(3));
            assert_eq!(receiver.recv_timeout(Duration::ZERO), Ok(4));
            is_deserted(&receiver);
        }
    });
}

/// Every receive says that nobody can send any more, and none waits.
pub(super) fn is_deserted(receiver: &Receiver<u8>) {
    assert_eq!(receiver.recv(), Err(RecvError));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    assert_eq!(receiver.recv_deadline(past()), Err(RecvTimeoutError::Disconnected));
    assert_eq!(receiver.recv_timeout(Duration::from_secs(60)), Err(RecvTimeoutError::Disconnected));
    assert_eq!((receiver.iter().next(), receiver.try_iter().next()), (None, None));
}

#[test]
fn a_message_that_nobody_can_receive_comes_back() {
    alone("channel/receivers_gone", || {
        for (sender, receiver) in [bounded(1), bounded(2), unbounded(), bounded(0)] {
            // A channel that is full is as deserted as one with room.
            let _ = sender.try_send(0);
            drop(receiver);
            assert_eq!(sender.send(1), Err(SendError(1)));
            assert_eq!(sender.try_send(2), Err(TrySendError::Disconnected(2)));
            assert_eq!(sender.send_deadline(3, past()), Err(SendTimeoutError::Disconnected(3)));
            assert_eq!(sender.send_timeout(4, Duration::from_secs(60)), Err(SendTimeoutError::Disconnected(4)));
            assert_eq!(sender.send(5).unwrap_err().into_inner(), 5);
        }
    });
}

/// Without a bound what is left goes with the last receiver, and with one only when the last sender is gone as well.
#[test]
fn the_last_receiver_drops_what_is_left_if_there_is_no_bound() {
    alone("channel/last_receiver", || {
        for (kept, (sender, receiver)) in [(0, unbounded()), (2, bounded(2))] {
            let drops = Drops::default();
            let other = receiver.clone();
            assert!(sender.send(drops.message()).is_ok());
            assert!(sender.send(drops.message()).is_ok());
            drop(receiver);
            assert_eq!(drops.count(), 0);
            drop(other);
            assert_eq!((drops.count(), sender.len()), (2 - kept, kept));
            drop(sender);
            assert_eq!(drops.count(), 2);
        }
    });
}

#[test]
fn a_channel_lives_as_long_as_a_clone_of_each_end() {
    alone("channel/clones", || {
        let (sender, receiver) = bounded(2);
        sender.send(1).unwrap();
        let last = sender.clone();
        drop(sender);
        last.send(2).unwrap();
        let last_receiver = receiver.clone();
        assert_eq!(receiver.recv(), Ok(1));
        drop(receiver);
        last.send(3).unwrap();
        drop(last);
        assert_eq!(last_receiver.iter().collect::<Vec<_>>(), [2, 3]);
        is_deserted(&last_receiver);
    });
}

/// A message that holds an end of its own channel is dropped outside the channel's lock.
#[test]
fn a_message_may_hold_an_end_of_its_own_channel() {
    struct Reply(#[expect(dead_code, reason = "it is dropped with the message")] Sender<Self>);

    alone("channel/own_end", || {
        let (sender, receiver) = unbounded();
        sender.send(Reply(sender.clone())).unwrap_or_else(|_| panic!("there is a receiver"));
        drop(receiver);
        assert!(sender.is_empty());
    });
}

#[test]
fn both_ends_see_how_full_it_is() {
    alone("channel/looks", || {
        for (capacity, (sender, receiver)) in [(Some(2), bounded(2)), (None, unbounded())] {
            let both = || {
                let seen = (sender.len(), sender.is_empty(), sender.is_full());
                assert_eq!((receiver.len(), receiver.is_empty(), receiver.is_full()), seen);
                seen
            };
            assert_eq!((sender.capacity(), receiver.capacity()), (capacity, capacity));
            assert_eq!(both(), (0, true, false));
            sender.send(1).unwrap();
            assert_eq!(both(), (1, false, false));
            sender.send(2).unwrap();
            assert_eq!(both(), (2, false, capacity.is_some()));
            receiver.recv().unwrap();
            assert_eq!(both(), (1, false, false));
        }
    });
}

#[test]
fn ends_know_their_channel() {
    alone("channel/same_channel", || {
        let ((sender, receiver), (other_sender, other_receiver)) = (bounded::<u8>(1), bounded::<u8>(1));
        assert!(sender.same_channel(&sender.clone()) && receiver.same_channel(&receiver.clone()));
        assert!(!sender.same_channel(&other_sender) && !receiver.same_channel(&other_receiver));
    });
}

#[test]
fn iterators_end_when_it_is_deserted_or_empty() {
    alone("channel/iterators", || {
        let (sender, receiver) = unbounded();
        sender.send(1).unwrap();
        assert_eq!(receiver.iter().next(), Some(1));
        (2..4).for_each(|message| sender.send(message).unwrap());
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [2, 3]);
        sender.send(4).unwrap();
        drop(sender);
        assert_eq!(receiver.iter().collect::<Vec<_>>(), [4]);
    });
}

#[test]
fn ends_can_be_printed_whatever_they_carry() {
    alone("channel/debug", || {
        let (sender, receiver) = bounded::<Counted>(1);
        assert_eq!(format!("{sender:?}, {receiver:?}"), "Sender { .. }, Receiver { .. }");
    });
}

#[test]
fn a_send_waits_for_room() {
    contract("channel/send_waits", &["had room", "waited"], |seen| {
        let (sender, receiver) = bounded(1);
        sender.send(1).unwrap();
        let send = || match sender.try_send(2) {
            Ok(()) => "had room",
            Err(refused) => {
                assert_eq!(refused, TrySendError::Full(2));
                sender.send(2).unwrap();
                "waited"
            }
        };
        let (outcome, first) = seen.race((send, || receiver.recv()));
        assert_eq!((first, receiver.try_recv()), (Ok(1), Ok(2)));
        seen.outcome(outcome);
    });
}

#[test]
fn a_receive_waits_for_a_message() {
    contract("channel/recv_waits", &["was there", "waited"], |seen| {
        let (sender, receiver) = unbounded();
        let receive = || match receiver.try_recv() {
            Ok(message) => (message, "was there"),
            Err(nothing) => {
                assert_eq!(nothing, TryRecvError::Empty);
                (receiver.recv().unwrap(), "waited")
            }
        };
        let ((message, outcome), ()) = seen.race((receive, || sender.send(1).unwrap()));
        assert_eq!(message, 1);
        seen.outcome(outcome);
    });
}

#[test]
fn two_senders_that_wait_both_get_room() {
    contract("channel/two_senders", &["1, 2", "2, 1"], |seen| {
        let (sender, receiver) = bounded(1);
        sender.send(0).unwrap();
        let receive = || [receiver.recv(), receiver.recv(), receiver.recv()].map(Result::unwrap);
        let (_, received, _) = seen.race((|| sender.send(1).unwrap(), receive, || sender.send(2).unwrap()));
        seen.outcome(match received {
            [0, 1, 2] => "1, 2",
            [0, 2, 1] => "2, 1",
            _ => panic!("a message is lost or out of order: {received:?}"),
        });
    });
}

#[test]
fn two_receivers_get_a_message_each() {
    contract("channel/two_receivers", &["1, 2", "2, 1"], |seen| {
        let (sender, receiver) = bounded(1);
        let receive = || receiver.recv().unwrap();
        let send = || [1, 2].into_iter().for_each(|message| sender.send(message).unwrap());
        let (first, (), second) = seen.race((receive, send, receive));
        seen.outcome(match (first, second) {
            (1, 2) => "1, 2",
            (2, 1) => "2, 1",
            _ => panic!("each message has one receiver: {first}, {second}"),
        });
    });
}

#[test]
fn the_last_sender_wakes_all_receivers() {
    contract("channel/last_sender", &["deserted"], |seen| {
        let (sender, receiver) = bounded::<u8>(1);
        let receive = || receiver.recv();
        let (first, (), second) = seen.race((receive, move || drop(sender), receive));
        assert_eq!((first, second), (Err(RecvError), Err(RecvError)));
        seen.outcome("deserted");
    });
}

#[test]
fn the_last_receiver_wakes_all_senders() {
    contract("channel/last_receiver_wakes", &["deserted"], |seen| {
        let (sender, receiver) = bounded(1);
        sender.send(0).unwrap();
        let (first, (), second) = seen.race((|| sender.send(1), move || drop(receiver), || sender.send(2)));
        assert_eq!((first, second), (Err(SendError(1)), Err(SendError(2))));
        seen.outcome("deserted");
    });
}

#[test]
fn a_message_that_meets_the_last_receiver_is_dropped_once() {
    contract("channel/send_races_last_receiver", &["given back", "dropped"], |seen| {
        let drops = Drops::default();
        let (sender, receiver) = unbounded();
        let (sent, ()) = seen.race((|| sender.send(drops.message()), move || drop(receiver)));
        let is_given_back = sent.is_err();
        assert_eq!(drops.count(), usize::from(!is_given_back));
        drop(sent);
        assert_eq!(drops.count(), 1);
        seen.outcome(if is_given_back { "given back" } else { "dropped" });
    });
}

#[test]
fn a_message_that_meets_a_deadline_is_received_or_stays() {
    contract("channel/recv_deadline", &["received", "stays"], |seen| {
        let (sender, receiver) = bounded(1);
        let (received, ()) = seen.race((|| receiver.recv_deadline(past()), || sender.send(1).unwrap()));
        match received {
            Ok(message) => assert_eq!((message, receiver.len()), (1, 0)),
            Err(error) => assert_eq!((error, receiver.try_recv()), (RecvTimeoutError::Timeout, Ok(1))),
        }
        seen.outcome(if received.is_ok() { "received" } else { "stays" });
    });
}

#[test]
fn room_that_meets_a_deadline_is_used_or_stays() {
    contract("channel/send_deadline", &["sent", "given back"], |seen| {
        let (sender, receiver) = bounded(1);
        sender.send(1).unwrap();
        let (sent, first) = seen.race((|| sender.send_deadline(2, past()), || receiver.recv()));
        assert_eq!(first, Ok(1));
        match sent {
            Ok(()) => assert_eq!(receiver.try_recv(), Ok(2)),
            Err(error) => assert_eq!((error, receiver.len()), (SendTimeoutError::Timeout(2), 0)),
        }
        seen.outcome(if sent.is_ok() { "sent" } else { "given back" });
    });
}
