//! The bell: work that is announced is looked at.

use crate::{never, past};
use common::model::model;
use common::sync::atomic::{AtomicUsize, Ordering};
use producer_consumer::bell::{Bell, Heard};

/// The jobs of a database, as far as the bell is concerned: something that is looked at without its lock.
#[derive(Default)]
struct Jobs(AtomicUsize);

impl Jobs {
    fn add(&self) {
        // ORDERING: Release: as a commit, it publishes the job.
        self.0.fetch_add(1, Ordering::Release);
    }

    fn claim(&self) -> bool {
        // ORDERING: AcqRel: as a claim's transaction.
        self.0.try_update(Ordering::AcqRel, Ordering::Acquire, |jobs| jobs.checked_sub(1)).is_ok()
    }
}

/// A thread of a worker, until it has done one job.
fn work(jobs: &Jobs, bell: &Bell) {
    while !jobs.claim() {
        bell.wait_deadline(never());
    }
    bell.ring();
}

#[test]
fn a_ring_between_the_look_and_the_sleep_is_heard() {
    model("bell/ring_races_look").outcomes(&["done"]).check(|seen| {
        let (jobs, bell) = (Jobs::default(), Bell::new());
        let add = || {
            jobs.add();
            bell.ring();
        };
        seen.race((|| work(&jobs, &bell), add));
        seen.outcome("done");
    });
}

#[test]
fn two_jobs_and_one_remembered_ring_get_two_sleepers_to_work() {
    model("bell/chained_wakes").preemptions(3).outcomes(&["done"]).check(|seen| {
        let (jobs, bell) = (Jobs::default(), Bell::new());
        let add_two = || {
            for _ in 0..2 {
                jobs.add();
                bell.ring();
            }
        };
        seen.race((|| work(&jobs, &bell), add_two, || work(&jobs, &bell)));
        seen.outcome("done");
    });
}

#[test]
fn closing_ends_a_wait_and_a_deadline_ends_it_in_silence() {
    model("bell/close_races_wait").outcomes(&["closed", "nothing"]).check(|seen| {
        let bell = Bell::new();
        let (heard, ()) = seen.race((|| bell.wait_deadline(past()), || bell.close()));
        seen.outcome(match heard {
            Heard::Closed => "closed",
            Heard::Nothing => "nothing",
            Heard::Ring => panic!("nobody rang"),
        });
        assert_eq!(bell.wait_deadline(never()), Heard::Closed);
    });
}

/// I2: all sleepers are told, and a ring that comes beside the close does not hide it from any of them.
#[test]
fn a_close_beside_a_ring_ends_the_waits_of_both_sleepers() {
    model("bell/close_and_ring_race_two_waits").outcomes(&["one rang", "none rang"]).check(|seen| {
        let bell = Bell::new();
        let sleep = || {
            let heard = bell.wait_deadline(never());
            if heard == Heard::Ring {
                assert_eq!(bell.wait_deadline(never()), Heard::Closed);
            }
            heard
        };
        let ring_and_close = || {
            bell.ring();
            bell.close();
        };
        seen.outcome(match seen.race((sleep, ring_and_close, sleep)) {
            (Heard::Closed, (), Heard::Closed) => "none rang",
            (Heard::Ring, (), Heard::Closed) | (Heard::Closed, (), Heard::Ring) => "one rang",
            other => panic!("one ring for both: {other:?}"),
        });
    });
}

#[test]
fn a_ring_that_meets_a_deadline_is_heard_or_remembered() {
    model("bell/ring_races_deadline").outcomes(&["heard", "remembered"]).check(|seen| {
        let bell = Bell::new();
        match seen.race((|| bell.wait_deadline(past()), || bell.ring())).0 {
            Heard::Ring => seen.outcome("heard"),
            Heard::Nothing => {
                seen.outcome("remembered");
                assert_eq!(bell.wait_deadline(past()), Heard::Ring);
            }
            Heard::Closed => panic!("nobody closed"),
        }
        assert_eq!(bell.wait_deadline(past()), Heard::Nothing, "a ring is heard once");
    });
}

/// Whoever hears the ring rings on, as whoever finds work does; so the patient one sleeps for ever only if a wake went
/// to the other and was lost there.
#[test]
fn a_sleeper_that_times_out_leaves_the_ring_to_another() {
    model("bell/ring_races_deadline_and_wait").outcomes(&["timed", "patient"]).check(|seen| {
        let bell = Bell::new();
        let timed = || {
            let heard = bell.wait_deadline(past());
            if heard == Heard::Ring {
                bell.ring();
            }
            heard
        };
        seen.outcome(match seen.race((timed, || bell.ring(), || bell.wait_deadline(never()))) {
            (Heard::Ring, (), Heard::Ring) => "timed",
            (Heard::Nothing, (), Heard::Ring) => "patient",
            other => panic!("nobody closed: {other:?}"),
        });
    });
}

/// The chain broken: two adds leave one remembered ring, and the second sleeper sleeps on.
#[test]
fn control_a_worker_that_does_not_ring_on_leaves_a_job_lying() {
    model("bell/control_no_chain").must_fail("deadlock", |seen| {
        let (jobs, bell) = (Jobs::default(), Bell::new());
        let work = || {
            while !jobs.claim() {
                bell.wait_deadline(never());
            }
        };
        let add_two = || {
            for _ in 0..2 {
                jobs.add();
                bell.ring();
            }
        };
        seen.race((work, add_two, work));
    });
}
