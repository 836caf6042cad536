//! What a channel without room promises: a message goes from hand to hand.

use super::channel::{Drops, is_deserted};
use super::{alone, contract};
use crate::past;
use common::sync::channel::{RecvError, SendError, SendTimeoutError, TryRecvError, TrySendError, bounded, unbounded};

#[test]
fn a_rendezvous_keeps_nothing() {
    alone("channel/rendezvous_alone", || {
        let (sender, receiver) = bounded(0);
        assert_eq!((sender.capacity(), sender.len()), (Some(0), 0));
        assert!(sender.is_empty() && sender.is_full() && receiver.is_empty() && receiver.is_full());
        assert_eq!(sender.try_send(1), Err(TrySendError::Full(1)));
        assert_eq!(sender.send_deadline(2, past()), Err(SendTimeoutError::Timeout(2)));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        drop(sender);
        is_deserted(&receiver);
    });
}

/// A send returns when its message is received, so what the receiver does before it receives comes first.
#[test]
fn a_rendezvous_ends_for_both_at_once() {
    contract("channel/rendezvous", &["handed over"], |seen| {
        let ((sender, receiver), (reverse, messages)) = (bounded(0), unbounded());
        let send = || {
            sender.send(1).unwrap();
            messages.try_recv()
        };
        let receive = || {
            reverse.send(2).unwrap();
            receiver.recv()
        };
        assert_eq!(seen.race((send, receive)), (Ok(2), Ok(1)));
        seen.outcome("handed over");
    });
}

#[test]
fn a_rendezvous_that_is_tried_needs_somebody_who_waits() {
    contract("channel/rendezvous_try", &["handed over", "full"], |seen| {
        let (sender, receiver) = bounded(0);
        let send = || {
            let tried = sender.try_send(1);
            if tried.is_err() {
                sender.send(1).unwrap();
            }
            tried
        };
        let (tried, received) = seen.race((send, || receiver.recv()));
        assert_eq!(received, Ok(1));
        seen.outcome(if tried.is_ok() { "handed over" } else { "full" });
    });
}

#[test]
fn a_rendezvous_that_meets_a_deadline_is_kept_by_both_or_neither() {
    contract("channel/rendezvous_deadlines", &["both", "neither"], |seen| {
        let drops = Drops::default();
        let (sender, receiver) = bounded(0);
        let send = || sender.send_deadline(drops.message(), past()).is_ok();
        let (sent, received) = seen.race((send, || receiver.recv_deadline(past()).is_ok()));
        assert_eq!((sent, drops.count()), (received, 1));
        seen.outcome(if sent { "both" } else { "neither" });
    });
}

#[test]
fn a_rendezvous_ends_when_the_other_side_is_gone() {
    contract("channel/rendezvous_deserted", &["deserted"], |seen| {
        let ((sender, receiver), (other_sender, other_receiver)) = (bounded(0), bounded::<u8>(0));
        let desert = move || {
            drop(receiver);
            drop(other_sender);
        };
        let (sent, (), received) = seen.race((|| sender.send(1), desert, || other_receiver.recv()));
        assert_eq!((sent, received), (Err(SendError(1)), Err(RecvError)));
        seen.outcome("deserted");
    });
}
