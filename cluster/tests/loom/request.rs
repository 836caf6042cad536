//! The table of requests: a reply, the end of the channel, and a caller that leaves.

use crate::{far, past};
use cluster::request::{Requests, Unanswered};
use common::model::model;
use common::slot;
use common::sync::{Arc, Mutex};

#[test]
fn a_request_ends_once_by_its_reply_or_by_the_end_of_the_channel() {
    let outcomes = &["answered", "closed while it waited", "closed before"];
    model("request/reply_races_close").outcomes(outcomes).check(|seen| {
        let requests: Requests<u32> = Requests::default();
        let call = || requests.open().map(|ticket| ticket.wait_deadline(far()));
        let read = || {
            let delivered = requests.complete(0, 42).is_ok();
            requests.close();
            delivered
        };
        seen.outcome(match seen.race((call, read)) {
            (Ok(Ok(42)), true) => "answered",
            (Ok(Err(Unanswered::Closed)), false) => "closed while it waited",
            (Err(Unanswered::Closed), false) => "closed before",
            other => panic!("the caller and the reader disagree: {other:?}"),
        });
        assert_eq!(requests.waiting(), 0);
    });
}

#[test]
fn a_reply_for_a_caller_that_left_goes_back() {
    model("request/reply_races_leave").outcomes(&["answered", "left"]).check(|seen| {
        let requests: Requests<u32> = Requests::default();
        let ticket = requests.open().expect("the table is open");
        let call = || {
            let outcome = ticket.wait_deadline(past());
            assert_eq!(requests.waiting(), 0, "a caller that left has no entry");
            outcome
        };
        seen.outcome(match seen.race((call, || requests.complete(0, 42))) {
            (Ok(42), Ok(())) => "answered",
            (Err(Unanswered::TimedOut), Err(42)) => "left",
            other => panic!("the caller and the reader disagree: {other:?}"),
        });
    });
}

#[test]
fn a_caller_whose_time_runs_out_at_the_close_hears_one_of_the_two() {
    model("request/close_races_leave").outcomes(&["closed", "left"]).check(|seen| {
        let requests: Requests<u32> = Requests::default();
        let ticket = requests.open().expect("the table is open");
        let (outcome, ()) = seen.race((|| ticket.wait_deadline(past()), || requests.close()));
        assert_eq!((requests.waiting(), requests.open().err()), (0, Some(Unanswered::Closed)));
        seen.outcome(match outcome {
            Err(Unanswered::Closed) => "closed",
            Err(Unanswered::TimedOut) => "left",
            other => panic!("nobody answered, and the caller heard {other:?}"),
        });
    });
}

/// The value goes back or is dropped with the slot, and no entry stays.
#[test]
fn a_ticket_that_is_dropped_takes_its_entry_along() {
    model("request/reply_races_drop").outcomes(&["dropped in the slot", "given back"]).check(|seen| {
        let requests = Requests::default();
        let ticket = requests.open().expect("the table is open");
        let token = Arc::new(());
        let reply = token.clone();
        let ((), given_back) = seen.race((|| drop(ticket), || requests.complete(0, reply).is_err()));
        assert_eq!((requests.waiting(), Arc::strong_count(&token)), (0, 1));
        seen.outcome(if given_back { "given back" } else { "dropped in the slot" });
    });
}

/// Two callers, whose numbers differ, and replies that come in the other order.
#[test]
fn each_caller_gets_the_reply_to_its_own_request() {
    model("request/two_callers").outcomes(&["each its own"]).preemptions(3).check(|seen| {
        let requests: Requests<u32> = Requests::default();
        let [first, second] = [0, 1].map(|number| {
            let ticket = requests.open().expect("the table is open");
            assert_eq!(ticket.number(), number);
            ticket
        });
        let reply = || requests.complete(1, 11).and(requests.complete(0, 10));
        let answers = seen.race((|| first.wait_deadline(far()), reply, || second.wait_deadline(far())));
        assert_eq!(answers, (Ok(10), Ok(()), Ok(11)));
        seen.outcome("each its own");
    });
}

/// I3, with a message that wants no reply in between.
#[test]
fn no_number_is_used_twice() {
    let outcomes = &["first", "in the middle", "last"];
    model("request/three_numbers").outcomes(outcomes).check(|seen| {
        let requests: Requests<u32> = Requests::default();
        let number = || requests.open().map(|ticket| ticket.number()).expect("the table is open");
        let (first, bare, second) = seen.race((number, || requests.number(), number));
        let mut numbers = [first, bare, second];
        numbers.sort_unstable();
        assert_eq!(numbers, [0, 1, 2]);
        seen.outcome(outcomes[bare as usize]);
    });
}

/// A table that forgets that it was closed.
#[test]
fn control_a_table_that_forgets_its_close_lets_a_caller_wait_for_ever() {
    model("request/control_forgets_its_close").must_fail("deadlock", |seen| {
        let waiting = Mutex::new(Vec::new());
        let call = || {
            let (sender, mut receiver) = slot::slot::<u32>();
            waiting.lock().push(sender);
            receiver.recv()
        };
        let close = || drop(std::mem::take(&mut *waiting.lock()));
        seen.race((call, close)).0.expect_err("nobody answers");
    });
}

/// I1 broken: a caller that leaves without looking whether somebody has taken its entry.
#[test]
fn control_a_caller_that_leaves_without_a_look_throws_its_reply_away() {
    model("request/control_leaves_without_a_look").must_fail("the reader has answered", |seen| {
        let (sender, mut receiver) = slot::slot();
        let entry = Mutex::new(Some(sender));
        let call = || {
            let answer = receiver.recv_deadline(past());
            drop(entry.lock().take());
            answer
        };
        let reply = || entry.lock().take().is_some_and(|sender| sender.send(42).is_ok());
        let (answer, answered) = seen.race((call, reply));
        assert_eq!(answer.is_ok_and(|answer| answer.is_some()), answered, "the reader has answered");
    });
}
