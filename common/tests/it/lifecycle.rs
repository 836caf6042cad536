//! Lifecycle: work is refused or waited for.

use crate::{Bell, past, poll, soon};
use common::lifecycle::{Lifecycle, Phase};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
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
    let (tell, told) = mpsc::channel();
    let waiter = thread::spawn(move || {
        token.wait(Phase::Draining);
        tell.send(token.phase()).unwrap();
        token.wait(Phase::Stopped);
        tell.send(token.phase()).unwrap();
    });
    life.drain();
    assert_eq!(told.recv().unwrap(), Phase::Draining);
    life.stop();
    assert_eq!(told.recv().unwrap(), Phase::Stopped);
    waiter.join().unwrap();
}

#[test]
fn phases_and_idleness_are_awaited_by_tasks_too() {
    let life = Lifecycle::new();
    let token = life.token();
    let work = life.enter().unwrap();
    let bell = Arc::<Bell>::default();
    let mut stopped = pin!(token.wait_async(Phase::Stopped));
    let mut idle = pin!(life.wait_idle_async());
    assert!(poll(stopped.as_mut(), &bell).is_pending() && poll(idle.as_mut(), &bell).is_pending());
    life.stop();
    assert!(poll(stopped.as_mut(), &bell).is_ready() && poll(idle.as_mut(), &bell).is_pending());
    drop(work);
    assert_eq!(bell.rung(), 3, "both for the stop, and one for the end of the work");
    assert!(poll(idle.as_mut(), &bell).is_ready());
}
