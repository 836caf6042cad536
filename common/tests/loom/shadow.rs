//! The shadow accesses: what loom alone does not explore, and that the door's atomics do.

use common::model::{Seen, model};
use common::sync::atomic::{AtomicUsize, Ordering};

/// The shape of upstream issue 392, for an atomic with loom's method names: two threads load and compare-exchange once,
/// and main reads meanwhile. Main can read 0, 1 or 2.
macro_rules! reader_among_counters {
    ($atomic:ty) => {
        |seen: &Seen| {
            let counter = <$atomic>::new(0);
            let count = || {
                // ORDERING: Relaxed: the race is on one location, whose modification order needs no edge.
                let found = counter.load(Ordering::Relaxed);
                let _ = counter.compare_exchange(found, found + 1, Ordering::Relaxed, Ordering::Relaxed);
            };
            // ORDERING: Relaxed, as above.
            let (found, (), ()) = seen.race((|| counter.load(Ordering::Relaxed), count, count));
            seen.outcome(["0", "1", "2"][found]);
        }
    };
}

#[test]
fn a_load_does_not_hide_a_store() {
    model("shadow/load_then_exchange").outcomes(&["0", "1", "2"]).check(reader_among_counters!(AtomicUsize));
}

/// The day this fails, loom explores the shape by itself and the shadow accesses can go.
#[test]
fn loom_alone_misses_outcomes() {
    let seen = Seen::default();
    let body = reader_among_counters!(loom::sync::atomic::AtomicUsize);
    let reported = seen.clone();
    loom::model(move || body(&reported));
    assert!(seen.reached().len() < 3, "loom alone reached {:?}", seen.reached());
}

/// The ends of a stamped ring, for an atomic type as above: each loads its position and a stamp, and then
/// compare-exchanges the position. One thread pushes 1 and 2, the other pops twice and finds none, one or both of them.
macro_rules! ring_ends_that_load {
    ($atomic:ty) => {
        |seen: &Seen| {
            let [head, tail] = [0, 0].map(<$atomic>::new);
            let [stamps, messages] = [[0, 1], [0, 0]].map(|slots| slots.map(<$atomic>::new));
            let push = |message| {
                // ORDERING: Relaxed, but for the stamps: what is in a slot they publish.
                let at = tail.load(Ordering::Relaxed);
                assert_eq!(stamps[at % 2].load(Ordering::Acquire), at, "there is room for both");
                tail.compare_exchange(at, at + 1, Ordering::Relaxed, Ordering::Relaxed).expect("one thread pushes");
                messages[at % 2].store(message, Ordering::Relaxed);
                stamps[at % 2].store(at + 1, Ordering::Release);
            };
            let pop = || {
                // ORDERING: Relaxed, but for the stamps, as above.
                let at = head.load(Ordering::Relaxed);
                if stamps[at % 2].load(Ordering::Acquire) != at + 1 {
                    return 0;
                }
                head.compare_exchange(at, at + 1, Ordering::Relaxed, Ordering::Relaxed).expect("one thread pops");
                let message = messages[at % 2].load(Ordering::Relaxed);
                stamps[at % 2].store(at + 2, Ordering::Release);
                message
            };
            let (popped, ()) = seen.race((|| [pop(), pop()], || [1, 2].into_iter().for_each(push)));
            seen.outcome(match popped {
                [0, 0] => "none, none",
                [0, 1] => "none, 1",
                [1, 0] => "1, none",
                [1, 2] => "1, 2",
                _ => panic!("a message is lost or out of order: {popped:?}"),
            });
        }
    };
}

#[test]
fn a_ring_end_that_loads_does_not_hide_the_other() {
    model("shadow/ring_ends")
        .outcomes(&["none, none", "none, 1", "1, none", "1, 2"])
        .check(ring_ends_that_load!(AtomicUsize));
}

/// As above: the day this fails, the shadow accesses can go.
#[test]
fn loom_alone_misses_what_a_ring_does() {
    let seen = Seen::default();
    let body = ring_ends_that_load!(loom::sync::atomic::AtomicUsize);
    let reported = seen.clone();
    loom::model(move || body(&reported));
    assert!(seen.reached().len() < 4, "loom alone reached {:?}", seen.reached());
}
