//! Lifecycle: work is refused or waited for.

use crate::{past, soon};
use common::lifecycle::{Lifecycle, Phase};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

#[test]
fn phases_only_go_forward() {
    let life = Lifecycle::new();
    assert_eq!(life.phase(), Phase::Running);
    life.stop();
    assert_eq!(life.phase(), Phase::Stopped);
    life.drain();
    assert_eq!(life.phase(), Phase::Stopped);
}

#[test]
fn a_drain_waits_for_what_was_accepted() {
    const WORK: usize = if cfg!(miri) { 20 } else { 1_000 };
    let life = Lifecycle::new();
    let done = AtomicUsize::new(0);
    let accepted = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(work) = life.enter() {
                    accepted.fetch_add(1, Ordering::Relaxed);
                    done.fetch_add(1, Ordering::Relaxed);
                    drop(work);
                    thread::yield_now();
                }
            });
        }
        while accepted.load(Ordering::Relaxed) < WORK {
            thread::yield_now();
        }
        life.drain();
        assert!(life.wait_idle_deadline(soon()));
        assert_eq!(done.load(Ordering::Relaxed), accepted.load(Ordering::Relaxed));
    });
    assert_eq!(life.in_flight(), 0);
}

#[test]
fn a_running_life_is_never_idle() {
    let life = Lifecycle::new();
    assert!(!life.wait_idle_deadline(past()));
}

#[test]
fn a_drain_that_takes_too_long_is_reported() {
    let life = Lifecycle::new();
    let work = life.enter().unwrap();
    life.drain();
    assert!(!life.wait_idle_deadline(past()));
    drop(work);
    assert!(life.wait_idle_deadline(past()));
}

#[test]
fn a_token_sees_and_awaits_the_phases() {
    let life = Lifecycle::new();
    let token = life.token();
    assert!(!token.wait_deadline(Phase::Draining, past()));
    let waiter = thread::spawn(move || {
        token.wait(Phase::Draining);
        let stopped = token.is_stopped();
        token.wait(Phase::Stopped);
        (stopped, token.is_stopped())
    });
    life.drain();
    while !waiter.is_finished() && life.phase() < Phase::Stopped {
        life.stop();
    }
    assert!(waiter.join().unwrap().1);
}
