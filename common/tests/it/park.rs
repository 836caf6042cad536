//! Parker: wakes are neither lost nor kept twice.

use crate::{past, soon};
use common::park::Parker;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_wake_before_the_park_is_not_lost() {
    let parker = Parker::new();
    parker.unparker().unpark();
    assert!(parker.park_deadline(soon()));
}

#[test]
fn wakes_before_a_park_count_as_one() {
    let parker = Parker::new();
    parker.unparker().unpark();
    parker.unparker().unpark();
    assert!(parker.park_deadline(soon()));
    assert!(!parker.park_deadline(past()));
}

#[test]
fn a_stale_thread_token_does_not_end_a_park() {
    let parker = Parker::new();
    thread::current().unpark();
    let start = Instant::now();
    assert!(!parker.park_deadline(start + Duration::from_millis(20)));
    assert!(start.elapsed() >= Duration::from_millis(20));
}

#[test]
fn what_the_waker_wrote_is_seen_after_each_of_many_wakes() {
    const ROUNDS: u64 = if cfg!(miri) { 20 } else { 20_000 };
    let ball = AtomicU64::new(0);
    let main = Parker::new();
    let to_main = main.unparker();
    thread::scope(|scope| {
        let (hand_over, handed) = std::sync::mpsc::channel();
        let ball = &ball;
        scope.spawn(move || {
            let parker = Parker::new();
            hand_over.send(parker.unparker()).unwrap();
            for round in 0..ROUNDS {
                parker.park();
                assert_eq!(ball.load(Ordering::Relaxed), 2 * round + 1);
                ball.store(2 * round + 2, Ordering::Relaxed);
                to_main.unpark();
            }
        });
        let peer = handed.recv().unwrap();
        for round in 0..ROUNDS {
            ball.store(2 * round + 1, Ordering::Relaxed);
            peer.unpark();
            assert!(main.park_deadline(soon()), "round {round}");
            assert_eq!(ball.load(Ordering::Relaxed), 2 * round + 2);
        }
    });
}
