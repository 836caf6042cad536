//! Parker: no wake is lost, whenever it comes.

use crate::past;
use common::latch::Latch;
use common::model::{Seen, model};
use common::park::{Parker, Unparker};
use common::sync::atomic::{AtomicUsize, Ordering};
use common::sync::{Arc, channel, thread};

/// Runs `sleep` with a parker, and beside it `wake` with the unparker.
///
/// A parker stays with its thread, so the thread makes it and hands the unparker over.
fn race<S: Send>(seen: &Seen, sleep: impl FnOnce(&Parker) -> S + Send, wake: impl FnOnce(Unparker) + Send) -> S {
    let (hand_over, handed) = channel::bounded(1);
    let sleeper = || {
        let parker = Parker::new();
        hand_over.send(parker.unparker()).expect("the waker waits for it");
        sleep(&parker)
    };
    seen.race((sleeper, || wake(handed.recv().expect("the sleeper hands it over")))).0
}

/// A lost wake is a deadlock, so that the model ends is the property; the write shows that E1 publishes.
#[test]
fn an_unpark_ends_the_park_and_publishes() {
    model("park/unpark_races_park").outcomes(&["woken"]).check(|seen| {
        let data = AtomicUsize::new(0);
        let sleep = |parker: &Parker| {
            parker.park();
            // ORDERING: Relaxed: the park's own edge has to publish it.
            data.load(Ordering::Relaxed)
        };
        let wake = |unparker: Unparker| {
            // ORDERING: Relaxed, as above.
            data.store(1, Ordering::Relaxed);
            unparker.unpark();
        };
        assert_eq!(race(seen, sleep, wake), 1);
        seen.outcome("woken");
    });
}

/// I1 with a deadline: a wake is reported by the park it met, or is pending for the next one.
#[test]
fn a_wake_that_meets_a_deadline_is_consumed_or_pending() {
    model("park/unpark_races_deadline").outcomes(&["consumed", "pending"]).check(|seen| {
        let sleep = |parker: &Parker| {
            let consumed = parker.park_deadline(past());
            if !consumed {
                parker.park();
            }
            assert!(!parker.park_deadline(past()), "one unpark ended two parks");
            consumed
        };
        let consumed = race(seen, sleep, |unparker| unparker.unpark());
        seen.outcome(if consumed { "consumed" } else { "pending" });
    });
}

#[test]
fn two_unparks_end_one_park_or_two() {
    model("park/two_unparks").outcomes(&["merged", "apart"]).preemptions(3).check(|seen| {
        let both = Latch::new();
        let sleep = |parker: &Parker| {
            parker.unparker().unpark();
            parker.park();
            both.wait();
            parker.park_deadline(past())
        };
        let wake = |unparker: Unparker| {
            unparker.unpark();
            both.open();
        };
        seen.outcome(if race(seen, sleep, wake) { "apart" } else { "merged" });
    });
}

/// E1: a wake that comes while an earlier one is taken shows what its waker did, now or in the next park.
#[test]
fn a_wake_that_meets_the_end_of_an_earlier_one_is_not_lost() {
    let outcomes = &["with the first", "by itself"];
    model("park/wake_meets_take").outcomes(outcomes).check(|seen| {
        let done = AtomicUsize::new(0);
        let sleep = |parker: &Parker| {
            parker.unparker().unpark();
            parker.park();
            // ORDERING: Relaxed, here and below: the wake has to publish it.
            if done.load(Ordering::Relaxed) == 1 {
                return outcomes[0];
            }
            parker.park();
            assert_eq!(done.load(Ordering::Relaxed), 1);
            outcomes[1]
        };
        let wake = |unparker: Unparker| {
            done.store(1, Ordering::Relaxed);
            unparker.unpark();
        };
        seen.outcome(race(seen, sleep, wake));
    });
}

/// Each parker has a word of its own, so two of them on one thread get two wakes, merged tokens or not.
#[test]
fn two_parkers_of_one_thread_get_a_wake_each() {
    model("park/two_parkers").outcomes(&["both woken"]).preemptions(2).check(|seen| {
        let (hand_over, handed) = channel::bounded(2);
        let sleeper = || {
            let parkers = [Parker::new(), Parker::new()];
            for parker in &parkers {
                hand_over.send(parker.unparker()).expect("a waker waits for it");
            }
            parkers.iter().for_each(Parker::park);
        };
        let waker = || handed.recv().expect("the sleeper hands it over").unpark();
        seen.race((sleeper, waker, waker));
        seen.outcome("both woken");
    });
}

/// The same two wakes by the thread's own token, without a word: when both come first they are one, and the second park
/// sleeps for ever. This is why the word exists.
#[test]
fn control_a_shared_thread_token_is_eaten() {
    model("park/control_shared_token").must_fail("deadlock", |_| {
        let arrivals = Arc::new(AtomicUsize::new(0));
        let wakers = [arrivals.clone(), arrivals.clone()].map(|arrivals| {
            let owner = thread::current();
            thread::spawn(move || {
                // ORDERING: Relaxed, here and below: tokens alone are no reason for loom's search to switch threads.
                arrivals.fetch_add(1, Ordering::Relaxed);
                owner.unpark();
            })
        });
        arrivals.load(Ordering::Relaxed);
        thread::park();
        thread::park();
        wakers.into_iter().for_each(|waker| waker.join().unwrap());
    });
}
