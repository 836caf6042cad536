//! Semaphore: permits are neither lost nor made, nobody sleeps beside free ones, and nobody gets past the front.

use crate::past;
use common::model::model;
use common::park::block_on;
use common::semaphore::{Closed, Semaphore};
use common::sync::cell::UnsafeCell;
use std::pin::pin;
use std::task::{Context, Waker};

/// E1: one permit is a lock; the cell fails the model when two accesses are not ordered.
#[test]
fn one_permit_excludes_and_publishes() {
    struct Guarded(Semaphore, UnsafeCell<usize>);
    // SAFETY: whoever touches the cell holds the one permit.
    unsafe impl Sync for Guarded {}

    model("semaphore/one_permit").outcomes(&["both"]).preemptions(4).check(|seen| {
        let guarded = Guarded(Semaphore::new(1), UnsafeCell::new(0));
        let guarded = &guarded;
        let add = || {
            let _permit = guarded.0.acquire(1).unwrap();
            // SAFETY: this thread holds the one permit.
            guarded.1.with_mut(|count| unsafe { *count += 1 });
        };
        seen.race((add, add));
        // SAFETY: the race is over.
        assert_eq!(guarded.1.with(|count| unsafe { *count }), 2);
        assert_eq!(guarded.0.available(), 1);
        seen.outcome("both");
    });
}

#[test]
fn many_and_few_both_get_theirs() {
    model("semaphore/weights").outcomes(&["done"]).preemptions(2).check(|seen| {
        let semaphore = Semaphore::new(2);
        let few = || drop(semaphore.acquire(1).unwrap());
        seen.race((|| drop(semaphore.acquire(2).unwrap()), few, few));
        assert_eq!(semaphore.available(), 2);
        seen.outcome("done");
    });
}

#[test]
fn a_release_that_meets_a_deadline_loses_no_permit() {
    model("semaphore/release_races_deadline").outcomes(&["got", "timed out"]).preemptions(4).check(|seen| {
        let semaphore = Semaphore::new(0);
        let (got, ()) = seen.race((
            || semaphore.acquire_deadline(1, past()).unwrap().map(|permit| permit.forget()).is_some(),
            || semaphore.release(1),
        ));
        assert_eq!(semaphore.available(), usize::from(!got));
        seen.outcome(if got { "got" } else { "timed out" });
    });
}

/// The front wants more than there is and gives up: the next one's turn comes.
#[test]
fn a_front_that_gives_up_rings_the_next() {
    model("semaphore/front_gives_up").outcomes(&["done"]).preemptions(3).check(|seen| {
        let semaphore = Semaphore::new(1);
        let greedy = || assert!(semaphore.acquire_deadline(2, past()).unwrap().is_none());
        seen.race((greedy, || drop(semaphore.acquire(1).unwrap())));
        assert_eq!(semaphore.available(), 1);
        seen.outcome("done");
    });
}

#[test]
fn a_front_that_is_dropped_rings_the_next() {
    model("semaphore/front_is_dropped").outcomes(&["ready", "dropped"]).preemptions(2).check(|seen| {
        let semaphore = Semaphore::new(0);
        let fickle = || {
            let mut acquire = pin!(semaphore.acquire_async(1));
            acquire.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
        };
        let patient = || drop(semaphore.acquire(1).unwrap());
        let (ready, (), ()) = seen.race((fickle, || semaphore.release(1), patient));
        assert_eq!(semaphore.available(), 1);
        seen.outcome(if ready { "ready" } else { "dropped" });
    });
}

#[test]
fn a_future_gets_its_permits() {
    model("semaphore/release_races_poll").outcomes(&["got"]).check(|seen| {
        let semaphore = Semaphore::new(1);
        let wait = || block_on(semaphore.acquire_async(2)).map(|permit| permit.count());
        assert_eq!(seen.race((wait, || semaphore.release(1))).0, Ok(2));
        assert_eq!(semaphore.available(), 2);
        seen.outcome("got");
    });
}

#[test]
fn a_close_ends_all_waits() {
    model("semaphore/close_races_waits").outcomes(&["closed"]).preemptions(2).check(|seen| {
        let semaphore = Semaphore::new(0);
        let wait = || semaphore.acquire(1).map(drop);
        let (first, (), second) = seen.race((wait, || semaphore.close(), wait));
        assert_eq!((first, second), (Err(Closed), Err(Closed)));
        seen.outcome("closed");
    });
}

/// T3 of a turn: the front is a future that nobody polls again.
#[test]
fn a_close_ends_the_wait_of_those_behind_a_future_that_is_not_polled() {
    model("semaphore/close_behind_a_future").outcomes(&["closed"]).preemptions(3).check(|seen| {
        let semaphore = Semaphore::new(0);
        let mut front = pin!(semaphore.acquire_async(1));
        assert!(front.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let (waited, ()) = seen.race((|| semaphore.acquire(1).map(drop), || semaphore.close()));
        assert_eq!(waited, Err(Closed));
        seen.outcome("closed");
    });
}

/// E2: who gets the news sees what the closer did before.
#[test]
fn a_close_publishes() {
    model("semaphore/close_publishes").outcomes(&["closed", "open"]).check(|seen| {
        use common::sync::atomic::{AtomicUsize, Ordering};
        let (semaphore, before) = (Semaphore::new(1), AtomicUsize::new(0));
        let closer = || {
            // ORDERING: Relaxed, both: the semaphore's own edge has to publish it.
            before.store(1, Ordering::Relaxed);
            semaphore.close();
        };
        let taker = || {
            let refused = semaphore.try_acquire(1).is_err();
            assert!(!refused || before.load(Ordering::Relaxed) == 1);
            refused
        };
        seen.outcome(if seen.race((closer, taker)).1 { "closed" } else { "open" });
    });
}

/// E2: whoever asks and hears that it is closed sees what the closer did before.
#[test]
fn a_close_that_is_looked_at_publishes() {
    model("semaphore/is_closed").outcomes(&["closed", "open"]).check(|seen| {
        use common::sync::atomic::{AtomicUsize, Ordering};
        let (semaphore, before) = (Semaphore::new(0), AtomicUsize::new(0));
        let closer = || {
            // ORDERING: Relaxed, both: as above.
            before.store(1, Ordering::Relaxed);
            semaphore.close();
        };
        let looker = || {
            let closed = semaphore.is_closed();
            assert!(!closed || before.load(Ordering::Relaxed) == 1);
            closed
        };
        seen.outcome(if seen.race((closer, looker)).1 { "closed" } else { "open" });
    });
}

#[test]
fn a_close_and_a_release_both_take_effect() {
    model("semaphore/close_meets_release").outcomes(&["both"]).check(|seen| {
        let semaphore = Semaphore::new(1);
        let permit = semaphore.try_acquire(1).expect("it is free");
        seen.race((|| semaphore.close(), || drop(permit)));
        assert_eq!((semaphore.available(), semaphore.is_closed()), (1, true));
        seen.outcome("both");
    });
}
