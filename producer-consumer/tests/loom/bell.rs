//! The bell: work that is announced is looked at.

use crate::{never, past};
use common::model::model;
use common::sync::atomic::{AtomicUsize, Ordering};
use common::sync::{Arc, thread};
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
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |jobs| jobs.checked_sub(1)).is_ok()
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
        let shared = Arc::new((Jobs::default(), Bell::new()));
        let theirs = shared.clone();
        let ringer = thread::spawn(move || {
            theirs.0.add();
            theirs.1.ring();
        });
        work(&shared.0, &shared.1);
        seen.outcome("done");
        ringer.join().unwrap();
    });
}

#[test]
fn two_jobs_and_one_remembered_ring_get_two_sleepers_to_work() {
    model("bell/chained_wakes").preemptions(2).outcomes(&["done"]).check(|seen| {
        let shared = Arc::new((Jobs::default(), Bell::new()));
        let workers = [shared.clone(), shared.clone()].map(|shared| thread::spawn(move || work(&shared.0, &shared.1)));
        for _ in 0..2 {
            shared.0.add();
            shared.1.ring();
        }
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        seen.outcome("done");
    });
}

#[test]
fn closing_ends_a_wait_and_a_deadline_ends_it_in_silence() {
    model("bell/close_races_wait").outcomes(&["closed", "nothing"]).check(|seen| {
        let bell = Arc::new(Bell::new());
        let theirs = bell.clone();
        let closer = thread::spawn(move || theirs.close());
        seen.outcome(match bell.wait_deadline(past()) {
            Heard::Closed => "closed",
            Heard::Nothing => "nothing",
            Heard::Ring => panic!("nobody rang"),
        });
        assert_eq!(bell.wait_deadline(never()), Heard::Closed);
        closer.join().unwrap();
    });
}

/// The chain broken: two adds leave one remembered ring, and the second sleeper sleeps on.
#[test]
fn control_a_worker_that_does_not_ring_on_leaves_a_job_lying() {
    model("bell/control_no_chain").must_fail(|_| {
        let shared = Arc::new((Jobs::default(), Bell::new()));
        let workers = [shared.clone(), shared.clone()].map(|shared| {
            thread::spawn(move || {
                while !shared.0.claim() {
                    shared.1.wait_deadline(never());
                }
            })
        });
        for _ in 0..2 {
            shared.0.add();
            shared.1.ring();
        }
        workers.into_iter().for_each(|worker| worker.join().unwrap());
    });
}
