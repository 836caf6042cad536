//! Latch: nobody is left behind.

use crate::past;
use common::latch::Latch;
use common::model::model;
use common::park::block_on;
use common::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use common::wait::WaitSet;

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
    model("latch/open_races_two_waits").outcomes(&["through"]).preemptions(2).check(|seen| {
        let latch = Latch::new();
        seen.race((|| latch.wait(), || latch.open(), || latch.wait()));
        seen.outcome("through");
    });
}

#[test]
fn a_deadline_and_an_opening_agree() {
    model("latch/open_races_deadline").outcomes(&["opened", "timed out"]).preemptions(3).check(|seen| {
        let latch = Latch::new();
        let (opened, ()) = seen.race((|| latch.wait_deadline(past()), || latch.open()));
        seen.outcome(if opened { "opened" } else { "timed out" });
        assert!(latch.wait_deadline(past()));
    });
}

#[test]
fn a_future_goes_through() {
    model("latch/open_races_poll").outcomes(&["through"]).check(|seen| {
        let latch = Latch::new();
        seen.race((|| latch.open(), || block_on(latch.wait_async())));
        seen.outcome("through");
    });
}

/// I2 broken: whoever comes between the notification and the flag waits for ever.
#[test]
fn control_a_flag_set_after_the_notification_loses_a_waiter() {
    model("latch/control_notified_too_early").must_fail("deadlock", |seen| {
        let (flag, waiting) = (AtomicBool::new(false), WaitSet::new());
        let open = || {
            waiting.notify_all();
            // ORDERING: Release, Acquire: strong enough; it is the order that is wrong.
            flag.store(true, Ordering::Release);
        };
        seen.race((open, || waiting.wait(|| flag.load(Ordering::Acquire).then_some(()))));
    });
}
