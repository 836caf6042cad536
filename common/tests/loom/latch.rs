//! Latch: nobody is left behind.

use crate::past;
use common::latch::Latch;
use common::model::model;
use common::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use common::sync::{Condvar, Mutex};

#[test]
fn a_waiter_goes_through_and_sees_what_the_opener_did() {
    model("latch/open_races_wait").outcomes(&["through"]).check(|seen| {
        let (latch, data) = (Latch::new(), AtomicUsize::new(0));
        let open = || {
            // ORDERING: Relaxed: the latch has to publish it.
            data.store(1, Ordering::Relaxed);
            latch.open();
        };
        let wait = || {
            latch.wait();
            // ORDERING: Relaxed, as above.
            data.load(Ordering::Relaxed)
        };
        assert_eq!(seen.race((open, wait)).1, 1);
        seen.outcome("through");
    });
}

#[test]
fn two_waiters_go_through() {
    model("latch/open_races_two_waits").outcomes(&["through"]).check(|seen| {
        let latch = Latch::new();
        seen.race((|| latch.wait(), || latch.open(), || latch.wait()));
        seen.outcome("through");
    });
}

#[test]
fn a_deadline_and_an_opening_agree() {
    model("latch/open_races_deadline").outcomes(&["opened", "timed out"]).check(|seen| {
        let latch = Latch::new();
        let (opened, ()) = seen.race((|| latch.wait_deadline(past()), || latch.open()));
        seen.outcome(if opened { "opened" } else { "timed out" });
        assert!(latch.wait_deadline(past()));
    });
}

/// I2 broken: a flag set without the lock can be set between a waiter's test and its sleep.
#[test]
fn control_a_flag_set_without_the_lock_loses_a_waiter() {
    model("latch/control_flag_without_lock").must_fail("deadlock", |seen| {
        let (flag, lock, opened) = (AtomicBool::new(false), Mutex::new(()), Condvar::new());
        let open = || {
            // ORDERING: Release: strong enough; it is the lock that is missing.
            flag.store(true, Ordering::Release);
            opened.notify_all();
        };
        let wait = || {
            let mut guard = lock.lock();
            // ORDERING: Acquire, as above.
            while !flag.load(Ordering::Acquire) {
                opened.wait(&mut guard);
            }
        };
        seen.race((open, wait));
    });
}
