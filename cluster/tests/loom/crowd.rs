//! Many threads at once, which is too much for an exhaustive search.

use crate::far;
use crate::reader::{Bell, read, read_distracted};
use cluster::mailbox::{Mailbox, Refused};
use cluster::request::{Requests, Unanswered};
use common::model::{Model, model};
use common::slot;
use common::sync::{channel, thread};

fn crowd(name: &'static str) -> Model {
    model(name).one_shape("the threads of a crowd are alike")
}

/// Runs `role` on `count` threads, each with its number, and `other` on this one.
fn beside<T: Send, R>(count: usize, role: impl Fn(usize) -> T + Sync, other: impl FnOnce() -> R) -> (Vec<T>, R) {
    let role = &role;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|number| scope.spawn(move || role(number))).collect();
        let other = other();
        (threads.into_iter().map(|thread| thread.join().expect("a panic ends the model")).collect(), other)
    })
}

#[test]
fn a_reader_hears_twelve_putters_and_keeps_the_order_of_each() {
    crowd("crowd/putters").outcomes(&["slept", "stayed awake"]).check(|seen| {
        let mailbox = Mailbox::new(24, Bell::default());
        let put = |putter| {
            for command in [2 * putter, 2 * putter + 1] {
                mailbox.put(command).expect("there is room for all");
            }
        };
        let (_, (taken, heard)) = beside(12, put, || read(&mailbox, 24));
        let mut places = [0; 24];
        for (place, command) in taken.iter().enumerate() {
            places[*command] = place + 1;
        }
        assert!(taken.len() == 24 && places.chunks(2).all(|own| 0 < own[0] && own[0] < own[1]), "{taken:?}");
        seen.outcome(if heard > 0 { "slept" } else { "stayed awake" });
    });
}

#[test]
fn a_reader_with_other_things_to_do_hears_eight_putters() {
    crowd("crowd/putters_and_distractions").outcomes(&["heard a bell", "heard none"]).check(|seen| {
        let mailbox = Mailbox::new(8, Bell::default());
        let put = |command| mailbox.put(command).expect("there is room for all");
        let (_, (mut taken, heard)) = beside(8, put, || read_distracted(&mailbox, 8, 4));
        taken.sort_unstable();
        assert!(taken.into_iter().eq(0..8));
        seen.outcome(if heard > 0 { "heard a bell" } else { "heard none" });
    });
}

#[test]
fn ten_callers_are_answered_or_refused_or_hear_of_the_close() {
    crowd("crowd/callers_and_close").outcomes(&["answered", "closed", "refused"]).check(|seen| {
        let mailbox = Mailbox::<slot::Sender<usize>, Bell>::new(1, Bell::default());
        let call = |_| {
            let (reply, mut answer) = slot::slot();
            match mailbox.put_urgent(reply) {
                Err(Refused::Closed(_)) => "refused",
                Err(Refused::Full(_)) => panic!("urgent commands are not counted"),
                Ok(()) if answer.recv().is_ok() => "answered",
                Ok(()) => "closed",
            }
        };
        let serve = || {
            for reply in read(&mailbox, 3).0 {
                reply.send(7).expect("its caller waits");
            }
            drop(mailbox.close());
        };
        let (outcomes, ()) = beside(10, call, serve);
        outcomes.into_iter().for_each(|outcome| seen.outcome(outcome));
    });
}

/// The callers name their requests to a reader that answers the first few and then closes the table.
#[test]
fn ten_requests_end_once_each() {
    crowd("crowd/requests").outcomes(&["answered", "closed while it waited", "closed before"]).check(|seen| {
        let requests: Requests<u64> = Requests::default();
        let (line, lines) = channel::unbounded();
        let call = |_| {
            let Ok(ticket) = requests.open() else { return "closed before" };
            let number = ticket.number();
            line.send(number).expect("the reader outlives the race");
            match ticket.wait_deadline(far()) {
                Ok(reply) => {
                    assert_eq!(reply, 100 + number);
                    "answered"
                }
                Err(Unanswered::Closed) => "closed while it waited",
                Err(other) => panic!("neither full nor timed out: {other:?}"),
            }
        };
        let read = || {
            for number in (0..4).map(|_| lines.recv().expect("the callers send")) {
                requests.complete(number, 100 + number).expect("its caller waits");
            }
            requests.close();
        };
        let (outcomes, ()) = beside(10, call, read);
        assert_eq!(requests.waiting(), 0);
        assert!(outcomes.iter().filter(|outcome| **outcome == "answered").count() == 4);
        outcomes.into_iter().for_each(|outcome| seen.outcome(outcome));
    });
}
