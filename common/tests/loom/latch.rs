//! Latch: nobody is left behind.

use crate::past;
use common::latch::Latch;
use common::model::model;
use common::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use common::sync::{Arc, Condvar, Mutex, thread};

#[test]
fn a_waiter_goes_through_and_sees_what_the_opener_did() {
    model("latch/open_races_wait").outcomes(&["through"]).check(|seen| {
        let shared = Arc::new((Latch::new(), AtomicUsize::new(0)));
        let theirs = shared.clone();
        let opener = thread::spawn(move || {
            // ORDERING: Relaxed: the latch has to publish it.
            theirs.1.store(1, Ordering::Relaxed);
            theirs.0.open();
        });
        shared.0.wait();
        // ORDERING: Relaxed, as above.
        assert_eq!(shared.1.load(Ordering::Relaxed), 1);
        seen.outcome("through");
        opener.join().unwrap();
    });
}

#[test]
fn two_spawned_waiters_go_through() {
    model("latch/open_races_two_waits").outcomes(&["through"]).check(|seen| {
        let latch = Arc::new(Latch::new());
        let waiters = [latch.clone(), latch.clone()].map(|latch| thread::spawn(move || latch.wait()));
        latch.open();
        waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
        seen.outcome("through");
    });
}

#[test]
fn a_deadline_and_an_opening_agree() {
    model("latch/open_races_deadline").outcomes(&["opened", "timed out"]).check(|seen| {
        let latch = Arc::new(Latch::new());
        let theirs = latch.clone();
        let opener = thread::spawn(move || theirs.open());
        seen.outcome(if latch.wait_deadline(past()) { "opened" } else { "timed out" });
        opener.join().unwrap();
        assert!(latch.wait_deadline(past()));
    });
}

/// I2 broken: a flag set without the lock can be set between a waiter's test and its sleep.
#[test]
fn control_a_flag_set_without_the_lock_loses_a_waiter() {
    model("latch/control_flag_without_lock").must_fail(|_| {
        let shared = Arc::new((AtomicBool::new(false), Mutex::new(()), Condvar::new()));
        let theirs = shared.clone();
        let opener = thread::spawn(move || {
            // ORDERING: Release: strong enough; it is the lock that is missing.
            theirs.0.store(true, Ordering::Release);
            theirs.2.notify_all();
        });
        let mut guard = shared.1.lock();
        // ORDERING: Acquire, as above.
        while !shared.0.load(Ordering::Acquire) {
            shared.2.wait(&mut guard);
        }
        drop(guard);
        opener.join().unwrap();
    });
}
