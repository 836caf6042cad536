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

/// A flag and the thread's own token, without the word: the wake between test and sleep is kept by the token, but a
/// second waiter on the same thread eats it. This is why the word exists.
#[test]
fn control_a_shared_thread_token_is_eaten() {
    model("park/control_shared_token").must_fail(|_| {
        let ready = Arc::new(AtomicUsize::new(0));
        let owner = thread::current();
        let flag = ready.clone();
        let waker = thread::spawn(move || {
            // ORDERING: Release: the control is about the token, not about publication.
            flag.store(1, Ordering::Release);
            owner.unpark();
        });
        thread::park();
        // ORDERING: Acquire, as above.
        assert_eq!(ready.load(Ordering::Acquire), 1);
        thread::park();
        waker.join().unwrap();
    });
}
