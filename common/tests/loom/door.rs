//! The door's model sides: what is ours in them, and not the checkers'.

use crate::past;
use common::model::model;
use common::sync::atomic::{AtomicUsize, Ordering};
use common::sync::cell::UnsafeCell;
use common::sync::{Arc, Condvar, Mutex, thread};
use std::time::Duration;

/// Counts its drops in the model's own terms.
struct Counted<'a>(&'a AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        // ORDERING: Relaxed, here and where it is read: joins order them.
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn an_upgrade_that_meets_the_last_drop_has_the_value_or_none() {
    model("door/upgrade_races_drop").outcomes(&["upgraded", "gone"]).check(|seen| {
        let (drops, bystander) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let strong = Arc::new(Counted(&drops));
        let weak = Arc::downgrade(&strong);
        // ORDERING: Relaxed: it is there to make shuttle switch.
        let pass = || bystander.fetch_add(1, Ordering::Relaxed);
        let upgrade = || {
            pass();
            let Some(strong) = weak.upgrade() else { return "gone" };
            // ORDERING: Relaxed: the reference keeps the value.
            assert_eq!(strong.0.load(Ordering::Relaxed), 0, "a value that is referred to has been dropped");
            "upgraded"
        };
        let leave = || {
            pass();
            drop(strong);
        };
        let (outcome, ()) = seen.race((upgrade, leave));
        // ORDERING: Relaxed: the race is over.
        assert_eq!(drops.load(Ordering::Relaxed), 1);
        assert!(weak.upgrade().is_none());
        seen.outcome(outcome);
    });
}

/// Two owners of one value unwrap it; with shuttle, whose references are std's, they meet only before or after.
fn unwrap_twice(name: &'static str, with_weak: bool) {
    model(name).outcomes(&["first", "second"]).weak_outcomes(&["neither"]).check(move |seen| {
        let (drops, bystander) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let first = Arc::new(Counted(&drops));
        let weak = with_weak.then(|| Arc::downgrade(&first));
        let second = first.clone();
        let unwrap = |owned| {
            // ORDERING: Relaxed: it is there to make shuttle switch.
            bystander.fetch_add(1, Ordering::Relaxed);
            Arc::try_unwrap(owned).is_ok()
        };
        let unwrapped = seen.race((|| unwrap(first), || unwrap(second)));
        // ORDERING: Relaxed: the race is over.
        assert_eq!(drops.load(Ordering::Relaxed), 1);
        assert!(weak.is_none_or(|weak| weak.upgrade().is_none()));
        seen.outcome(match unwrapped {
            (true, false) => "first",
            (false, true) => "second",
            (false, false) => "neither",
            (true, true) => panic!("two owners have unwrapped one value"),
        });
    });
}

#[test]
fn a_value_is_unwrapped_by_one_of_its_owners_at_most() {
    unwrap_twice("door/try_unwrap", false);
}

#[test]
fn a_weak_reference_does_not_keep_a_value_from_being_unwrapped() {
    unwrap_twice("door/try_unwrap_with_weak", true);
}

/// A weak reference that may be upgraded at any moment does keep others from having the value to themselves.
#[test]
fn an_upgrade_that_meets_an_unwrap_has_the_value_or_none() {
    model("door/upgrade_races_unwrap").outcomes(&["upgraded", "unwrapped"]).check(|seen| {
        let strong = Arc::new(AtomicUsize::new(1));
        let weak = Arc::downgrade(&strong);
        let bystander = AtomicUsize::new(0);
        // ORDERING: Relaxed, both: the reference keeps the value; the bystander is there to make shuttle switch.
        let pass = || bystander.fetch_add(1, Ordering::Relaxed);
        let upgrade = || {
            pass();
            weak.upgrade().map(|strong| strong.fetch_add(1, Ordering::Relaxed))
        };
        let unwrap = || {
            pass();
            Arc::try_unwrap(strong).is_ok()
        };
        let (upgraded, unwrapped) = seen.race((upgrade, unwrap));
        assert!(upgraded.is_some() || unwrapped);
        seen.outcome(if upgraded.is_some() { "upgraded" } else { "unwrapped" });
    });
}

#[test]
fn a_value_with_a_weak_reference_is_nobodys_alone() {
    model("door/get_mut").outcomes(&["alone", "shared"]).check(|seen| {
        let (mut strong, bystander) = (Arc::new(0), AtomicUsize::new(0));
        let weak = Arc::downgrade(&strong);
        // ORDERING: Relaxed: it is there to make shuttle switch.
        let pass = || bystander.fetch_add(1, Ordering::Relaxed);
        let leave = || {
            pass();
            drop(weak);
        };
        let change = || {
            pass();
            Arc::get_mut(&mut strong).map(|value| *value += 1).is_some()
        };
        let (alone, ()) = seen.race((change, leave));
        assert_eq!(*strong, i32::from(alone));
        seen.outcome(if alone { "alone" } else { "shared" });
    });
}

#[test]
fn a_scope_returns_when_its_threads_have_ended() {
    model("door/scope").outcomes(&["before", "after"]).one_shape("the scope is what is tried").check(|seen| {
        let ended = AtomicUsize::new(0);
        let (joined, early) = thread::scope(|scope| {
            // ORDERING: Relaxed, all: what a thread did is seen by who joins it, here or at the scope's end.
            scope.spawn(|| ended.fetch_add(1, Ordering::Relaxed));
            let thread = scope.spawn(|| ended.fetch_add(1, Ordering::Relaxed) < 2);
            (thread.join().unwrap(), ended.load(Ordering::Relaxed))
        });
        assert!(joined && early >= 1);
        assert_eq!(ended.load(Ordering::Relaxed), 2);
        seen.outcome(if early == 2 { "after" } else { "before" });
    });
}

/// The notification is reported by the waiter that timed out, or it ends the other's wait: it is not lost.
#[test]
fn a_notification_that_meets_a_deadline_is_reported_or_goes_on() {
    model("door/notify_races_deadline").outcomes(&["timed waiter", "other waiter", "nobody yet"]).check(|seen| {
        let (lock, changed) = (Mutex::new(false), Condvar::new());
        let timed = || {
            let mut guard = lock.lock();
            let notified = !changed.wait_until(&mut guard, past()).timed_out();
            if notified {
                // It was for one of two, and is passed on.
                changed.notify_one();
            }
            notified
        };
        let notify = || {
            *lock.lock() = true;
            changed.notify_one()
        };
        let other = || changed.wait_while(&mut lock.lock(), |told| !*told);
        let (notified, found, ()) = seen.race((timed, notify, other));
        assert!(found || !notified, "nobody notified a waiter that was told");
        seen.outcome(match (found, notified) {
            (true, true) => "timed waiter",
            (true, false) => "other waiter",
            _ => "nobody yet",
        });
    });
}

/// Who has waited longest is woken first. For loom only: with shuttle a waiter may leave its place without cause.
#[cfg(loom)]
#[test]
fn notifications_wake_in_order() {
    model("door/notify_in_order").outcomes(&["1, 2", "2, 1"]).check(|seen| {
        let (waiting, ended) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        let (arrived, changed) = (Condvar::new(), Condvar::new());
        let wait = |name| {
            let mut guard = waiting.lock();
            guard.push(name);
            arrived.notify_one();
            changed.wait(&mut guard);
            drop(guard);
            ended.lock().push(name);
            changed.notify_one();
        };
        let wake = || {
            let mut guard = waiting.lock();
            arrived.wait_while(&mut guard, |waiting| waiting.len() < 2);
            assert!(changed.notify_one(), "both wait");
            guard.clone()
        };
        let ((), waited, ()) = seen.race((|| wait(1), wake, || wait(2)));
        assert_eq!(*ended.lock(), waited, "the one that has waited longer is woken later");
        seen.outcome(if waited == [1, 2] { "1, 2" } else { "2, 1" });
    });
}

/// Two unparks, and a park that is ended by the first, or meets what both have left.
#[test]
fn a_token_outlives_the_wait_for_it() {
    model("door/tokens").outcomes(&["one unpark", "both"]).check(|seen| {
        let (ready, lock) = (Condvar::new(), Mutex::new(None));
        let unparked = AtomicUsize::new(0);
        let sleeper = || {
            *lock.lock() = Some(thread::current());
            ready.notify_one();
            thread::park();
            // ORDERING: Relaxed, here and below: the token's own edge publishes the first count.
            unparked.load(Ordering::Relaxed)
        };
        let waker = || {
            let mut guard = lock.lock();
            ready.wait_while(&mut guard, |thread| thread.is_none());
            let thread = guard.take().expect("waited for");
            drop(guard);
            for _ in 0..2 {
                unparked.fetch_add(1, Ordering::Relaxed);
                thread.unpark();
            }
        };
        let (counted, ()) = seen.race((sleeper, waker));
        // Without cause, a park may end before the first.
        assert!(counted >= 1 || cfg!(shuttle));
        seen.outcome(if counted == 2 { "both" } else { "one unpark" });
    });
}

/// A park with a time-out that fires takes the token if it is there: the next park has none, and times out as well.
#[test]
fn a_park_that_times_out_takes_the_token() {
    model("door/park_timeout").must_fail("deadlock", |seen| {
        let bystander = AtomicUsize::new(0);
        // ORDERING: Relaxed: nothing depends on it.
        let pass = || bystander.fetch_add(1, Ordering::Relaxed);
        let sleeper = || {
            pass();
            thread::current().unpark();
            thread::park_timeout(Duration::ZERO);
            thread::park();
        };
        seen.race((sleeper, pass));
    });
}

/// Without an unpark in between, two unparks end one park: the second sleeps for ever.
#[test]
fn control_two_unparks_before_two_parks() {
    model("door/control_two_unparks").must_fail("deadlock", |seen| {
        let bystander = AtomicUsize::new(0);
        // ORDERING: Relaxed: nothing depends on it.
        let pass = || bystander.fetch_add(1, Ordering::Relaxed);
        let sleeper = || {
            pass();
            thread::current().unpark();
            thread::current().unpark();
            thread::park();
            thread::park();
        };
        seen.race((sleeper, pass));
    });
}

/// An unpark that came before the park ends it.
#[test]
fn an_unpark_before_a_park_is_kept() {
    model("door/unpark_before_park").outcomes(&["awake"]).check(|seen| {
        let bystander = AtomicUsize::new(0);
        // ORDERING: Relaxed: nothing depends on it.
        let pass = || bystander.fetch_add(1, Ordering::Relaxed);
        let sleeper = || {
            pass();
            thread::current().unpark();
            thread::park();
        };
        seen.race((sleeper, pass));
        seen.outcome("awake");
    });
}

#[cfg(shuttle)]
#[test]
fn a_weak_exchange_fails_without_cause() {
    model("door/weak_exchange").outcomes(&["exchanged", "failed"]).check(|seen| {
        let (word, bystander) = (AtomicUsize::new(0), AtomicUsize::new(0));
        // ORDERING: Relaxed, all: one thread has the word.
        let exchange = || word.compare_exchange_weak(0, 1, Ordering::Relaxed, Ordering::Relaxed);
        let (exchanged, _) = seen.race((exchange, || bystander.fetch_add(1, Ordering::Relaxed)));
        assert!(exchanged.is_err() || word.load(Ordering::Relaxed) == 1);
        seen.outcome(if exchanged.is_ok() { "exchanged" } else { "failed" });
    });
}

#[cfg(shuttle)]
#[test]
fn a_waiter_wakes_without_cause() {
    model("door/spurious_wake").outcomes(&["with cause", "without"]).check(|seen| {
        let (lock, changed) = (Mutex::new(false), Condvar::new());
        let wait = || {
            let mut told = lock.lock();
            if *told {
                return true;
            }
            changed.wait(&mut told);
            *told
        };
        let notify = || {
            *lock.lock() = true;
            changed.notify_one();
        };
        seen.outcome(if seen.race((wait, notify)).0 { "with cause" } else { "without" });
    });
}

/// Accesses that nothing orders: loom sees that, and shuttle that they overlap.
#[test]
fn control_accesses_to_a_cell_overlap() {
    struct Shared(UnsafeCell<usize>);
    // SAFETY: it is not sound, which is what the control is for; a checker runs one thread at a time.
    unsafe impl Sync for Shared {}

    model("door/control_cell").must_fail("oncurrent", |seen| {
        let shared = Shared(UnsafeCell::new(0));
        let shared = &shared;
        // SAFETY: the pointer is the cell's; that two threads use it at a time is what the control is for.
        let add = || shared.0.with_mut(|count| unsafe { *count += 1 });
        seen.race((add, add));
    });
}
