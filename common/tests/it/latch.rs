//! Latch: everybody goes through once it is open.

use crate::{past, soon};
use common::latch::Latch;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

#[test]
fn everybody_who_waits_goes_through() {
    let latch = Latch::new();
    let through = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                latch.wait();
                through.fetch_add(1, Ordering::Relaxed);
            });
        }
        assert_eq!(through.load(Ordering::Relaxed), 0);
        latch.open();
    });
    assert_eq!(through.load(Ordering::Relaxed), 8);
}

#[test]
fn a_wait_for_a_closed_latch_ends_by_its_deadline() {
    let latch = Latch::new();
    assert!(!latch.wait_deadline(past()));
    latch.open();
    assert!(latch.wait_deadline(past()));
    assert!(latch.wait_deadline(soon()));
}

#[test]
fn opening_twice_is_opening_once() {
    let latch = Latch::new();
    latch.open();
    latch.open();
    latch.wait();
    assert!(latch.is_open());
}
