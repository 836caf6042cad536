//! More threads than loom can hold; shuttle alone runs these.

use crate::task::{block_on, poll_once};
use crate::{never, past};
use common::model::model;
use common::sync::atomic::{AtomicUsize, Ordering};
use common::sync::thread;
use producer_consumer::bell::{Bell, Heard};
use producer_consumer::{Receiver, RecvTimeoutError, bounded};
use std::pin::pin;

const MANY: usize = 8;
const CROWD: &str = "more threads than a race has roles";

/// Takes messages until the end; each sender's have to come in their order.
fn take_all(receiver: &Receiver<(usize, usize)>) -> Vec<(usize, usize)> {
    let taken: Vec<_> = receiver.iter().collect();
    for sender in 0..MANY {
        let of_sender = taken.iter().filter(|message| message.0 == sender).map(|message| message.1);
        assert!(of_sender.is_sorted(), "one receiver sees a sender's messages in their order: {taken:?}");
    }
    taken
}

#[test]
fn eight_producers_and_eight_consumers_lose_and_double_nothing() {
    model("crowd/many_to_many").outcomes(&["delivered"]).one_shape(CROWD).check(|seen| {
        let (sender, receiver) = bounded(2);
        let mut taken = thread::scope(|scope| {
            let consumers = [(); MANY].map(|()| scope.spawn(|| take_all(&receiver)));
            for producer in 0..MANY {
                let sender = sender.clone();
                scope.spawn(move || {
                    sender.send((producer, 0)).unwrap();
                    sender.send((producer, 1)).unwrap();
                });
            }
            drop(sender);
            consumers.map(|consumer| consumer.join().unwrap()).concat()
        });
        taken.sort_unstable();
        let sent: Vec<_> = (0..MANY).flat_map(|producer| [(producer, 0), (producer, 1)]).collect();
        assert_eq!(taken, sent);
        seen.outcome("delivered");
    });
}

#[test]
fn a_close_among_fifteen_delivers_what_was_accepted_and_nothing_else() {
    let outcomes = &["none accepted", "some accepted", "all accepted"];
    model("crowd/close").outcomes(outcomes).one_shape(CROWD).check(|seen| {
        let (sender, receiver) = bounded(1);
        let (mut accepted, mut taken) = (Vec::new(), Vec::new());
        thread::scope(|scope| {
            let consumers = [(); MANY - 1].map(|()| scope.spawn(|| take_all(&receiver)));
            let producers: [_; MANY] = std::array::from_fn(|producer| {
                let sender = &sender;
                scope.spawn(move || sender.send((producer, 0)).map_or_else(|refused| Err(refused.into_inner()), Ok))
            });
            thread::yield_now();
            sender.close();
            for (producer, thread) in producers.into_iter().enumerate() {
                match thread.join().unwrap() {
                    Ok(()) => accepted.push((producer, 0)),
                    Err(given_back) => assert_eq!(given_back, (producer, 0)),
                }
            }
            taken = consumers.map(|consumer| consumer.join().unwrap()).concat();
        });
        taken.sort_unstable();
        assert_eq!(taken, accepted);
        seen.outcome(match accepted.len() {
            0 => "none accepted",
            MANY => "all accepted",
            _ => "some accepted",
        });
    });
}

/// Half of the receivers give up at any moment; the wakes that they do not use are for the others, and each of those
/// needs one.
#[test]
fn receivers_that_time_out_take_no_wake_from_those_that_do_not() {
    let outcomes = &["all gave up", "some gave up", "none gave up"];
    model("crowd/timeouts").outcomes(outcomes).one_shape(CROWD).check(|seen| {
        let (sender, receiver) = bounded(2);
        let gave_up = thread::scope(|scope| {
            let timed = [(); MANY / 2].map(|()| {
                scope.spawn(|| match receiver.recv_deadline(past()) {
                    // Sent on, as it was meant for somebody who waits.
                    Ok(()) => sender.send(()).is_err(),
                    Err(error) => error == RecvTimeoutError::Timeout,
                })
            });
            for _ in 0..MANY / 2 {
                scope.spawn(|| receiver.recv().unwrap());
            }
            for _ in 0..MANY / 2 {
                scope.spawn(|| sender.send(()).unwrap());
            }
            timed.map(|timed| timed.join().unwrap())
        });
        assert!(receiver.is_empty());
        seen.outcome(match gave_up.iter().filter(|gave_up| **gave_up).count() {
            0 => "none gave up",
            count if count == MANY / 2 => "all gave up",
            _ => "some gave up",
        });
    });
}

/// The last receiver's drop, whoever it is, gives the values of all who wait back to them.
#[test]
fn eight_senders_that_wait_are_told_that_the_last_of_eight_receivers_has_gone() {
    model("crowd/last_receiver").outcomes(&["told"]).one_shape(CROWD).check(|seen| {
        let (sender, receiver) = bounded(1);
        sender.send(MANY).unwrap();
        thread::scope(|scope| {
            let producers: [_; MANY] = std::array::from_fn(|value| {
                let sender = &sender;
                scope.spawn(move || sender.send(value).unwrap_err().into_inner() == value)
            });
            for _ in 1..MANY {
                let receiver = receiver.clone();
                scope.spawn(move || drop(receiver));
            }
            drop(receiver);
            assert!(producers.into_iter().all(|producer| producer.join().unwrap()));
        });
        assert!(sender.is_empty());
        seen.outcome("told");
    });
}

/// Eight jobs, as many rings as the bell remembers, and eight workers of which each does one job and rings on.
#[test]
fn eight_sleepers_get_to_work_by_one_chain_of_rings() {
    model("crowd/bell").outcomes(&["done"]).one_shape(CROWD).check(|seen| {
        let (jobs, bell) = (AtomicUsize::new(0), Bell::new());
        // ORDERING: AcqRel and Acquire: as a claim's transaction.
        let claim = || jobs.try_update(Ordering::AcqRel, Ordering::Acquire, |jobs| jobs.checked_sub(1)).is_ok();
        thread::scope(|scope| {
            for _ in 0..MANY {
                scope.spawn(|| {
                    while !claim() {
                        assert_ne!(bell.wait_deadline(never()), Heard::Closed);
                    }
                    bell.ring();
                });
            }
            for _ in 0..MANY {
                // ORDERING: Release: as a commit.
                jobs.fetch_add(1, Ordering::Release);
                bell.ring();
            }
        });
        seen.outcome("done");
    });
}

/// Protocol, the second notification: whoever is told of the second message while the first is still being put in can do
/// nothing, and sleeps again; whoever takes the first has to tell it again.
#[test]
fn a_message_behind_one_that_is_late_finds_its_receiver() {
    model("crowd/late_front").outcomes(&["both received"]).check(|seen| {
        let (sender, receiver) = bounded(2);
        let mut other = pin!(receiver.recv_async());
        assert!(poll_once(other.as_mut()).is_none());
        let received = seen.race((
            || sender.send(1).unwrap(),
            || block_on(receiver.recv_async()).unwrap(),
            || sender.send(2).unwrap(),
            || block_on(other).unwrap(),
        ));
        assert_eq!(received.1 + received.3, 3);
        seen.outcome("both received");
    });
}
