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
