//! Parker: no wake is lost, whenever it comes.

use crate::past;
use common::model::model;
use common::park::Parker;
use common::sync::atomic::{AtomicUsize, Ordering};
use common::sync::{Arc, thread};

/// A lost wake is a deadlock, so that the model ends is the property; the write shows that E1 publishes.
#[test]
fn an_unpark_ends_the_park_and_publishes() {
    model("park/unpark_races_park").outcomes(&["woken"]).check(|seen| {
        let parker = Parker::new();
        let unparker = parker.unparker();
        let data = Arc::new(AtomicUsize::new(0));
        let written = data.clone();
        let waker = thread::spawn(move || {
            // ORDERING: Relaxed: the park's own edge has to publish it.
            written.store(1, Ordering::Relaxed);
            unparker.unpark();
        });
        parker.park();
        // ORDERING: Relaxed, as above.
        assert_eq!(data.load(Ordering::Relaxed), 1);
        seen.outcome("woken");
        waker.join().unwrap();
    });
}

#[test]
fn a_spawned_thread_is_woken_from_main() {
    model("park/unpark_races_park_roles_swapped").outcomes(&["woken"]).check(|seen| {
        let (hand_over, handed) = common::sync::channel::bounded(1);
        let sleeper = thread::spawn(move || {
            let parker = Parker::new();
            hand_over.send(parker.unparker()).unwrap();
            parker.park();
        });
        handed.recv().unwrap().unpark();
        sleeper.join().unwrap();
        seen.outcome("woken");
    });
}

/// I1 with a deadline: a wake is reported by the park it met, or is pending for the next one.
#[test]
fn a_wake_that_meets_a_deadline_is_consumed_or_pending() {
    model("park/unpark_races_deadline").outcomes(&["consumed", "pending"]).check(|seen| {
        let parker = Parker::new();
        let unparker = parker.unparker();
        let waker = thread::spawn(move || unparker.unpark());
        if parker.park_deadline(past()) {
            seen.outcome("consumed");
        } else {
            parker.park();
            seen.outcome("pending");
        }
        waker.join().unwrap();
        assert!(!parker.park_deadline(past()), "one unpark ended two parks");
    });
}

#[test]
fn two_unparks_end_one_park_or_two() {
    model("park/two_unparks").outcomes(&["merged", "apart"]).check(|seen| {
        let parker = Parker::new();
        let wakers = [parker.unparker(), parker.unparker()].map(|unparker| thread::spawn(move || unparker.unpark()));
        parker.park();
        wakers.into_iter().for_each(|waker| waker.join().unwrap());
        seen.outcome(if parker.park_deadline(past()) { "apart" } else { "merged" });
    });
}

/// Each parker has a word of its own, so two of them on one thread get two wakes, merged tokens or not.
#[test]
fn two_parkers_of_one_thread_get_a_wake_each() {
    model("park/two_parkers").outcomes(&["both woken"]).preemptions(3).check(|seen| {
        let parkers = [Parker::new(), Parker::new()];
        let wakers = parkers.each_ref().map(|parker| {
            let unparker = parker.unparker();
            thread::spawn(move || unparker.unpark())
        });
        parkers.iter().for_each(Parker::park);
        seen.outcome("both woken");
        wakers.into_iter().for_each(|waker| waker.join().unwrap());
    });
}

/// The same two wakes by the thread's own token, without a word: when both come first they are one, and the second park
/// sleeps for ever. This is why the word exists.
#[test]
fn control_a_shared_thread_token_is_eaten() {
    model("park/control_shared_token").must_fail(|_| {
        let arrivals = Arc::new(AtomicUsize::new(0));
        let wakers = [arrivals.clone(), arrivals.clone()].map(|arrivals| {
            let owner = thread::current();
            thread::spawn(move || {
                // ORDERING: Relaxed, here and below: tokens alone are no reason for the search to switch threads.
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
