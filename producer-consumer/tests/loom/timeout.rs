//! A waiter that gives up takes neither a message nor a wake with it.

use crate::{never, past};
use common::model::model;
use common::sync::thread;
use producer_consumer::{RecvTimeoutError, bounded};

#[test]
fn a_receiver_that_times_out_leaves_the_wake_to_another() {
    model("channel/recv_timeout_races_notify").outcomes(&["patient", "timed"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let other = receiver.clone();
        let timed = thread::spawn(move || receiver.recv_deadline(past()));
        let patient = thread::spawn(move || other.recv());
        sender.send(1).unwrap();
        match timed.join().unwrap() {
            Ok(message) => {
                seen.outcome("timed");
                assert_eq!(message, 1);
                sender.send(2).unwrap();
                assert_eq!(patient.join().unwrap(), Ok(2));
            }
            Err(error) => {
                seen.outcome("patient");
                assert_eq!(error, RecvTimeoutError::Timeout);
                assert_eq!(patient.join().unwrap(), Ok(1));
            }
        }
    });
}

#[test]
fn a_sender_that_times_out_leaves_the_wake_to_another() {
    model("channel/send_timeout_races_notify").preemptions(3).outcomes(&["patient only", "timed too"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        sender.send(0).unwrap();
        let other = sender.clone();
        let timed = thread::spawn(move || sender.send_deadline(1, past()));
        let patient = thread::spawn(move || other.send(2));
        assert_eq!(receiver.recv(), Ok(0));
        let next = receiver.recv().unwrap();
        match timed.join().unwrap() {
            Ok(()) => {
                seen.outcome("timed too");
                assert_eq!(next + receiver.recv().unwrap(), 3);
            }
            Err(error) => {
                seen.outcome("patient only");
                assert_eq!((next, error.is_timeout(), error.into_inner()), (2, true, 1));
            }
        }
        patient.join().unwrap().unwrap();
    });
}

#[test]
fn a_far_deadline_waits_for_the_message() {
    model("channel/recv_far_deadline").outcomes(&["message"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let producer = thread::spawn(move || sender.send_deadline(1, never()));
        assert_eq!(receiver.recv_deadline(never()), Ok(1));
        seen.outcome("message");
        producer.join().unwrap().unwrap();
    });
}
