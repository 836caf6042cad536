//! Weak handles: they keep nothing open, and become strong while others are.

use producer_consumer::{TryRecvError, bounded, unbounded};
use std::sync::Arc;

#[test]
fn a_weak_sender_keeps_no_channel_open_and_sends_while_it_is() {
    for (sender, receiver) in [bounded(2), unbounded()] {
        let weak = sender.downgrade();
        let again = weak.clone().upgrade().expect("there is a sender");
        assert!(again.same_channel(&sender));
        drop(sender);
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        again.send(1).unwrap();
        drop(again);
        assert!(weak.upgrade().is_none());
        assert_eq!(receiver.recv(), Ok(1));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    }
}

#[test]
fn a_weak_receiver_keeps_no_message() {
    let (sender, receiver) = bounded(2);
    let weak = receiver.downgrade();
    let message = Arc::new(());
    sender.send(message.clone()).unwrap();
    let again = weak.upgrade().expect("there is a receiver");
    drop(receiver);
    assert!(!sender.is_closed());
    drop(again);
    assert!(sender.is_closed() && weak.upgrade().is_none());
    assert_eq!(Arc::strong_count(&message), 1, "the last receiver has dropped it");
}

#[test]
fn a_closed_channel_gives_handles_as_long_as_it_has_some() {
    let (sender, receiver) = bounded(1);
    let weak = (sender.downgrade(), receiver.downgrade());
    sender.send(1).unwrap();
    sender.close();
    assert!(weak.0.upgrade().is_some_and(|sender| sender.send(2).is_err()));
    assert_eq!(weak.1.upgrade().map(|receiver| receiver.drain()), Some(vec![1]));
}
