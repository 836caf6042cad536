//! The mailbox and the sleep of its reader.

use crate::reader::{Bell, read, read_distracted};
use cluster::mailbox::{Mailbox, Refused, Wake};
use common::model::model;
use common::slot;
use common::sync::Mutex;
use common::sync::atomic::{AtomicUsize, Ordering};

fn mailbox<T>(capacity: usize) -> Mailbox<T, Bell> {
    Mailbox::new(capacity, Bell::default())
}

#[test]
fn no_wake_is_lost_to_a_reader_that_falls_asleep() {
    model("mailbox/put_races_doze").outcomes(&["slept", "stayed awake"]).check(|seen| {
        let mailbox = mailbox(4);
        let put = || {
            mailbox.put(1).expect("the reader is there");
            mailbox.put_urgent(2).expect("the reader is there");
        };
        let ((taken, sleeps), ()) = seen.race((|| read(&mailbox, 2), put));
        assert_eq!(taken, [1, 2]);
        seen.outcome(if sleeps > 0 { "slept" } else { "stayed awake" });
    });
}

/// A reader that a channel or a deadline wakes meets a put whose ring is still on its way.
#[test]
fn no_wake_is_lost_to_a_reader_that_something_else_wakes() {
    let outcomes = &["never heard a bell", "heard one"];
    model("mailbox/put_races_another_wake").outcomes(outcomes).check(|seen| {
        let mailbox = mailbox(4);
        let put = || {
            mailbox.put(1).expect("the reader is there");
            mailbox.put(2).expect("the reader is there");
        };
        let ((taken, heard), ()) = seen.race((|| read_distracted(&mailbox, 2, 1), put));
        assert_eq!(taken, [1, 2]);
        seen.outcome(outcomes[heard.min(1)]);
    });
}

#[test]
fn two_putters_wake_the_reader_and_keep_their_own_order() {
    let outcomes = &["one after the other", "in turns"];
    model("mailbox/two_putters_race_doze").outcomes(outcomes).preemptions(4).check(|seen| {
        let mailbox = mailbox(4);
        let put = |commands: [u32; 2]| {
            for command in commands {
                mailbox.put(command).expect("there is room");
            }
        };
        let ((), (taken, _), ()) = seen.race((|| put([1, 2]), || read(&mailbox, 4), || put([3, 4])));
        let place = |command| taken.iter().position(|taken| *taken == command).expect("it was accepted");
        assert!(place(1) < place(2) && place(3) < place(4));
        seen.outcome(outcomes[usize::from(taken != [1, 2, 3, 4] && taken != [3, 4, 1, 2])]);
    });
}

/// I3: the urgent one gets in whether or not there is room, and takes the place of another.
#[test]
fn a_full_mailbox_refuses_all_but_the_urgent() {
    let outcomes = &["the first has the place", "the second has it", "the urgent one has it"];
    model("mailbox/three_putters_one_place").outcomes(outcomes).check(|seen| {
        let mailbox = mailbox(1);
        let (first, urgent, second) = seen.race((|| mailbox.put(1), || mailbox.put_urgent(2), || mailbox.put(3)));
        assert_eq!(urgent, Ok(()));
        seen.outcome(match (first, second) {
            (Ok(()), Err(Refused::Full(3))) => outcomes[0],
            (Err(Refused::Full(1)), Ok(())) => outcomes[1],
            (Err(Refused::Full(1)), Err(Refused::Full(3))) => outcomes[2],
            other => panic!("one place was given to {other:?}"),
        });
    });
}

#[test]
fn a_command_is_taken_or_left_over_or_given_back() {
    let outcomes = &["taken", "left over", "given back"];
    model("mailbox/close_races_put").outcomes(outcomes).check(|seen| {
        let mailbox = mailbox(4);
        let (accepted, (taken, left)) = seen.race((|| mailbox.put(7), || (mailbox.take(), mailbox.close())));
        assert_eq!(mailbox.put(8), Err(Refused::Closed(8)), "nothing is accepted after the close");
        match accepted {
            Ok(()) if taken == Some(7) => seen.outcome("taken"),
            Ok(()) => {
                assert!(left.into_iter().eq([7]));
                seen.outcome("left over");
            }
            Err(refused) => {
                assert_eq!((refused, taken), (Refused::Closed(7), None));
                seen.outcome("given back");
            }
        }
    });
}

#[test]
fn a_close_returns_what_two_putters_got_in() {
    let outcomes = &["none", "one", "both"];
    model("mailbox/close_races_two_putters").outcomes(outcomes).check(|seen| {
        let mailbox = mailbox(4);
        let put = || usize::from(mailbox.put(1).is_ok());
        let (left, first, second) = seen.race((|| mailbox.close().len(), put, put));
        assert_eq!(left, first + second);
        seen.outcome(outcomes[left]);
    });
}

/// A caller that is turned away looks for the report that the reader left before it closed.
#[test]
fn a_refusal_shows_what_came_before_the_close() {
    model("mailbox/close_publishes").outcomes(&["accepted", "refused"]).check(|seen| {
        let (mailbox, report) = (mailbox(4), AtomicUsize::new(0));
        let finish = || {
            // ORDERING: Relaxed: the mailbox's own edge has to publish it.
            report.store(1, Ordering::Relaxed);
            mailbox.close();
        };
        let call = || {
            if mailbox.put_urgent(7).is_ok() {
                return "accepted";
            }
            // ORDERING: Relaxed, as above.
            assert_eq!(report.load(Ordering::Relaxed), 1);
            "refused"
        };
        seen.outcome(seen.race((finish, call)).1);
    });
}

/// A caller that blocks for an answer is turned away, answered, or told that none will come.
#[test]
fn an_urgent_caller_is_answered_or_hears_of_the_close() {
    let outcomes = &["refused", "answered", "closed"];
    model("mailbox/close_races_call").outcomes(outcomes).check(|seen| {
        let mailbox = mailbox::<slot::Sender<u32>>(4);
        let call = || {
            let (reply, mut answer) = slot::slot();
            if mailbox.put_urgent(reply).is_err() {
                return "refused";
            }
            match answer.recv() {
                Ok(answer) => {
                    assert_eq!(answer, 7);
                    "answered"
                }
                Err(slot::RecvError::Closed) => "closed",
                Err(slot::RecvError::Panicked) => panic!("nobody panics"),
            }
        };
        let read = || {
            if let Some(reply) = mailbox.take() {
                reply.send(7).expect("the caller waits");
            }
            drop(mailbox.close());
        };
        seen.outcome(seen.race((read, call)).1);
    });
}

/// I1 broken: a reader that looks first and announces its sleep later.
#[test]
fn control_a_reader_that_looks_before_it_announces_its_sleep_misses_a_wake() {
    model("mailbox/control_looks_too_early").must_fail("deadlock", |seen| {
        let (queue, dozing, bell) = (Mutex::new(Vec::new()), Mutex::new(false), Bell::default());
        let put = || {
            queue.lock().push(1);
            if *dozing.lock() {
                bell.wake();
            }
        };
        let read = || {
            if queue.lock().is_empty() {
                *dozing.lock() = true;
                bell.sleep();
            }
        };
        seen.race((read, put));
    });
}

/// I2 broken: a close that looks at the queue before it shuts it keeps a command that nobody will take.
#[test]
fn control_a_close_in_two_steps_loses_a_command() {
    model("mailbox/control_close_in_two_steps").must_fail("accepted and never taken", |seen| {
        let (queue, closed) = (Mutex::new(Vec::new()), Mutex::new(false));
        let put = || {
            let is_open = !*closed.lock();
            if is_open {
                queue.lock().push(1);
            }
            is_open
        };
        let close = || {
            let left = std::mem::take(&mut *queue.lock());
            *closed.lock() = true;
            left.len()
        };
        let (accepted, left) = seen.race((put, close));
        assert_eq!(left, usize::from(accepted), "accepted and never taken");
    });
}
