//! Lifecycle: work is refused or waited for, and no waiter sleeps through a change.

use common::lifecycle::{Lifecycle, Phase};
use common::model::model;
use common::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use common::sync::{Arc, thread};

#[test]
fn work_is_refused_or_waited_for() {
    model("lifecycle/enter_races_drain").outcomes(&["refused", "waited for"]).check(|seen| {
        let life = Lifecycle::new();
        let done = Arc::new(AtomicUsize::new(0));
        let (theirs, work) = (life.clone(), done.clone());
        let worker = thread::spawn(move || {
            let Some(_in_flight) = theirs.enter() else { return false };
            // ORDERING: Relaxed: the guard's drop has to publish it.
            work.store(1, Ordering::Relaxed);
            true
        });
        life.drain();
        life.wait_idle();
        // ORDERING: Relaxed, as above.
        let seen_done = done.load(Ordering::Relaxed) == 1;
        let accepted = worker.join().unwrap();
        assert_eq!(accepted, seen_done, "a drain that returned has seen all accepted work");
        seen.outcome(if accepted { "waited for" } else { "refused" });
    });
}

#[test]
fn two_pieces_of_work_and_a_spawned_drain() {
    model("lifecycle/two_enters_race_drain").outcomes(&["none", "one", "both"]).preemptions(3).check(|seen| {
        let life = Lifecycle::new();
        let theirs = life.clone();
        let drainer = thread::spawn(move || {
            theirs.drain();
            theirs.wait_idle();
            theirs.in_flight()
        });
        let second = life.clone();
        let worker = thread::spawn(move || second.enter().is_some());
        let first = life.enter().is_some();
        let accepted = usize::from(first) + usize::from(worker.join().unwrap());
        assert_eq!(drainer.join().unwrap(), 0);
        seen.outcome(["none", "one", "both"][accepted]);
    });
}

#[test]
fn a_token_wakes_on_stop() {
    model("lifecycle/stop_races_wait").outcomes(&["stopped"]).check(|seen| {
        let life = Lifecycle::new();
        let token = life.token();
        let waiter = thread::spawn(move || {
            token.wait(Phase::Stopped);
            token.phase()
        });
        life.drain();
        life.stop();
        assert_eq!(waiter.join().unwrap(), Phase::Stopped);
        seen.outcome("stopped");
    });
}

/// E2: whoever is refused, or sees the stop, sees what the owner did before.
#[test]
fn a_refusal_and_a_stop_show_what_came_before() {
    let outcomes = &["accepted and running", "accepted and stopped", "refused"];
    model("lifecycle/drain_publishes").outcomes(outcomes).check(|seen| {
        let life = Lifecycle::new();
        let before = Arc::new(AtomicUsize::new(0));
        let (theirs, data) = (life.clone(), before.clone());
        let owner = thread::spawn(move || {
            // ORDERING: Relaxed: the life's own edge has to publish it.
            data.store(1, Ordering::Relaxed);
            theirs.stop();
        });
        let accepted = life.enter().is_some();
        let stopped = life.token().is_stopped();
        if !accepted || stopped {
            // ORDERING: Relaxed, as above.
            assert_eq!(before.load(Ordering::Relaxed), 1);
        }
        seen.outcome(match (accepted, stopped) {
            (true, false) => outcomes[0],
            (true, true) => outcomes[1],
            (false, _) => outcomes[2],
        });
        owner.join().unwrap();
    });
}

#[test]
fn a_refused_enter_alone_shows_what_came_before() {
    model("lifecycle/refusal_publishes").outcomes(&["accepted", "refused"]).check(|seen| {
        let life = Lifecycle::new();
        let before = Arc::new(AtomicUsize::new(0));
        let (theirs, data) = (life.clone(), before.clone());
        let worker = thread::spawn(move || {
            if theirs.enter().is_some() {
                return "accepted";
            }
            // ORDERING: Relaxed: the life's own edge has to publish it.
            assert_eq!(data.load(Ordering::Relaxed), 1);
            "refused"
        });
        // ORDERING: Relaxed, as above.
        before.store(1, Ordering::Relaxed);
        life.drain();
        seen.outcome(worker.join().unwrap());
    });
}

/// A flag and a counter in two words: work that tested the flag first is counted after the drain saw zero.
#[test]
fn control_a_flag_beside_a_counter_lets_work_slip_through() {
    model("lifecycle/control_two_words").must_fail(|_| {
        let shared = Arc::new((AtomicBool::new(false), AtomicUsize::new(0), AtomicBool::new(false)));
        let theirs = shared.clone();
        let worker = thread::spawn(move || {
            // ORDERING: AcqRel read-modify-writes: as strong as it gets; two words stay two words.
            if !theirs.0.fetch_or(false, Ordering::AcqRel) {
                theirs.1.fetch_add(1, Ordering::AcqRel);
                theirs.2.store(true, Ordering::Release);
                theirs.1.fetch_sub(1, Ordering::AcqRel);
            }
        });
        shared.0.fetch_or(true, Ordering::AcqRel);
        // ORDERING: AcqRel, as above.
        let idle = shared.1.fetch_add(0, Ordering::AcqRel) == 0;
        let done_at_idle = shared.2.load(Ordering::Acquire);
        worker.join().unwrap();
        // ORDERING: Acquire, as above.
        assert!(!idle || done_at_idle == shared.2.load(Ordering::Acquire), "work went on after the drain");
    });
}
