//! Lifecycle: work is refused or waited for, and no waiter sleeps through a change.

use common::lifecycle::{Lifecycle, Phase};
use common::model::model;
use common::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[test]
fn work_is_refused_or_waited_for() {
    model("lifecycle/enter_races_drain").outcomes(&["refused", "waited for"]).check(|seen| {
        let life = Lifecycle::new();
        let done = AtomicUsize::new(0);
        let worker = || {
            let Some(_in_flight) = life.enter() else { return false };
            // ORDERING: Relaxed: the guard's drop has to publish it.
            done.store(1, Ordering::Relaxed);
            true
        };
        let owner = || {
            life.drain();
            life.wait_idle();
            // ORDERING: Relaxed, as above.
            done.load(Ordering::Relaxed) == 1
        };
        let (seen_done, accepted) = seen.race((owner, worker));
        assert_eq!(accepted, seen_done, "a drain that returned has seen all accepted work");
        seen.outcome(if accepted { "waited for" } else { "refused" });
    });
}

#[test]
fn two_pieces_of_work_meet_a_drain() {
    model("lifecycle/two_enters_race_drain").outcomes(&["none", "one", "both"]).preemptions(2).check(|seen| {
        let life = Lifecycle::new();
        let drain = || {
            life.drain();
            life.wait_idle();
            life.in_flight()
        };
        let (first, left, second) = seen.race((|| life.enter().is_some(), drain, || life.enter().is_some()));
        assert_eq!(left, 0);
        seen.outcome(["none", "one", "both"][usize::from(first) + usize::from(second)]);
    });
}

#[test]
fn a_token_wakes_on_stop() {
    model("lifecycle/stop_races_wait").outcomes(&["stopped"]).preemptions(3).check(|seen| {
        let life = Lifecycle::new();
        let token = life.token();
        let wait = || {
            token.wait(Phase::Stopped);
            token.phase()
        };
        let owner = || {
            life.drain();
            life.stop();
        };
        assert_eq!(seen.race((owner, wait)).1, Phase::Stopped);
        seen.outcome("stopped");
    });
}

/// I3: those who wait for different things are all told.
#[test]
fn a_token_and_the_owner_wait_at_the_same_time() {
    model("lifecycle/two_waits").outcomes(&["both"]).preemptions(2).check(|seen| {
        let life = Lifecycle::new();
        let token = life.token();
        let work = life.enter().expect("it runs");
        let worker = || {
            life.stop();
            drop(work);
        };
        seen.race((|| life.wait_idle(), worker, || token.wait(Phase::Stopped)));
        seen.outcome("both");
    });
}

/// I3: whoever is told too early is told again, and takes nobody's place meanwhile.
#[test]
fn two_phases_are_told_to_those_who_wait_for_them() {
    model("lifecycle/two_phases").outcomes(&["told"]).preemptions(2).check(|seen| {
        let life = Lifecycle::new();
        let (work, token) = (life.enter().expect("it runs"), life.token());
        let owner = || {
            life.drain();
            drop(work);
        };
        let idle = || {
            life.wait_idle();
            life.stop();
        };
        seen.race((owner, || token.wait(Phase::Stopped), idle));
        seen.outcome("told");
    });
}

/// I3: the last piece of work tells all who wait for it.
#[test]
fn two_who_wait_for_the_last_work_are_told() {
    model("lifecycle/two_idle_waits").outcomes(&["both"]).preemptions(2).check(|seen| {
        let life = Lifecycle::new();
        let work = life.enter().expect("it runs");
        life.drain();
        seen.race((|| life.wait_idle(), || drop(work), || life.wait_idle()));
        seen.outcome("both");
    });
}

/// E2: whoever is refused, or sees the stop, sees what the owner did before.
#[test]
fn a_refusal_and_a_stop_show_what_came_before() {
    let outcomes = &["accepted and running", "accepted and stopped", "refused"];
    model("lifecycle/drain_publishes").outcomes(outcomes).check(|seen| {
        let life = Lifecycle::new();
        let before = AtomicUsize::new(0);
        let owner = || {
            // ORDERING: Relaxed: the life's own edge has to publish it.
            before.store(1, Ordering::Relaxed);
            life.stop();
        };
        let worker = || {
            let accepted = life.enter().is_some();
            let stopped = life.token().is_stopped();
            if !accepted || stopped {
                // ORDERING: Relaxed, as above.
                assert_eq!(before.load(Ordering::Relaxed), 1);
            }
            (accepted, stopped)
        };
        seen.outcome(match seen.race((owner, worker)).1 {
            (true, false) => outcomes[0],
            (true, true) => outcomes[1],
            (false, _) => outcomes[2],
        });
    });
}

#[test]
fn a_refused_enter_alone_shows_what_came_before() {
    model("lifecycle/refusal_publishes").outcomes(&["accepted", "refused"]).check(|seen| {
        let life = Lifecycle::new();
        let before = AtomicUsize::new(0);
        let worker = || {
            if life.enter().is_some() {
                return "accepted";
            }
            // ORDERING: Relaxed: the life's own edge has to publish it.
            assert_eq!(before.load(Ordering::Relaxed), 1);
            "refused"
        };
        let owner = || {
            // ORDERING: Relaxed, as above.
            before.store(1, Ordering::Relaxed);
            life.drain();
        };
        seen.outcome(seen.race((owner, worker)).1);
    });
}

/// A flag and a counter in two words: work that tested the flag first is counted after the drain saw zero.
#[test]
fn control_a_flag_beside_a_counter_lets_work_slip_through() {
    model("lifecycle/control_two_words").must_fail("work went on after the drain", |seen| {
        let (draining, in_flight, done) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicBool::new(false));
        let worker = || {
            // ORDERING: AcqRel read-modify-writes: as strong as it gets; two words stay two words.
            if !draining.fetch_or(false, Ordering::AcqRel) {
                in_flight.fetch_add(1, Ordering::AcqRel);
                done.store(true, Ordering::Release);
                in_flight.fetch_sub(1, Ordering::AcqRel);
            }
        };
        let owner = || {
            draining.fetch_or(true, Ordering::AcqRel);
            // ORDERING: AcqRel, as above.
            let idle = in_flight.fetch_add(0, Ordering::AcqRel) == 0;
            (idle, done.load(Ordering::Acquire))
        };
        let ((idle, done_at_idle), ()) = seen.race((owner, worker));
        // ORDERING: Acquire, as above.
        assert!(!idle || done_at_idle == done.load(Ordering::Acquire), "work went on after the drain");
    });
}
