//! The table of requests: a reply, the end of the channel, and a caller that leaves.

use cluster::request::{Requests, Unanswered};
use common::model::model;
use common::slot::{self, Sender};
use common::sync::{Arc, Mutex, thread};
use std::time::{Duration, Instant};

fn far() -> Instant {
    Instant::now() + Duration::from_secs(1 << 30)
}

#[test]
fn a_request_ends_once_by_its_reply_or_by_the_end_of_the_channel() {
    let outcomes = &["answered", "closed while it waited", "closed before"];
    model("request/reply_races_close").outcomes(outcomes).check(|seen| {
        let requests: Requests<u32> = Requests::default();
        let reading = requests.clone();
        let reader = thread::spawn(move || {
            let delivered = reading.complete(0, 42).is_ok();
            reading.close();
            delivered
        });
        let outcome = requests.open().map(|ticket| ticket.wait_deadline(far()));
        let delivered = reader.join().unwrap();
        match outcome {
            Ok(Ok(reply)) => {
                assert!(reply == 42 && delivered);
                seen.outcome("answered");
            }
            Ok(Err(reason)) => {
                assert_eq!((reason, delivered), (Unanswered::Closed, false));
                seen.outcome("closed while it waited");
            }
            Err(reason) => {
                assert_eq!((reason, delivered), (Unanswered::Closed, false));
                seen.outcome("closed before");
            }
        }
        assert_eq!(requests.waiting(), 0);
    });
}

#[test]
fn a_reply_for_a_caller_that_left_goes_back() {
    let outcomes = &["answered", "left"];
    model("request/reply_races_leave").outcomes(outcomes).check(|seen| {
        let requests: Requests<u32> = Requests::default();
        let ticket = requests.open().expect("the table is open");
        let calling = requests.clone();
        let caller = thread::spawn(move || {
            let past = Instant::now();
            let outcome = ticket.wait_deadline(past);
            assert_eq!(calling.waiting(), 0, "a caller that left has no entry");
            outcome
        });
        let sent = requests.complete(0, 42);
        match caller.join().unwrap() {
            Ok(reply) => {
                assert!(reply == 42 && sent.is_ok());
                seen.outcome("answered");
            }
            Err(reason) => {
                assert_eq!((reason, sent), (Unanswered::TimedOut, Err(42)));
                seen.outcome("left");
            }
        }
    });
}

/// A table that forgets that it was closed.
#[derive(Default)]
struct Forgets(Mutex<Vec<Sender<u32>>>);

#[test]
fn control_a_table_that_forgets_its_close_lets_a_caller_wait_for_ever() {
    model("request/control_forgets_its_close").must_fail(|_| {
        let requests = Arc::new(Forgets::default());
        let reading = requests.clone();
        let reader = thread::spawn(move || drop(std::mem::take(&mut *reading.0.lock())));
        let (sender, mut receiver) = slot::slot();
        requests.0.lock().push(sender);
        let _ = receiver.recv();
        reader.join().unwrap();
    });
}
