//! The barrier on real threads: of two who each write and then look, one sees the other's write.

use common::sync::barrier::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

const ROUNDS: usize = if cfg!(miri) { 100 } else { 30_000 };

#[test]
fn who_passes_the_light_side_and_who_passes_the_heavy_side_do_not_both_overlook_the_other() {
    let barrier = Barrier::new();
    let written = [const { AtomicUsize::new(0) }; 2];
    let seen: [Vec<usize>; 2] = thread::scope(|scope| {
        // ORDERING: Relaxed, all: the barrier is what is tried.
        let meet = |own: usize, pass: fn(&Barrier)| {
            let (barrier, written) = (&barrier, &written);
            move || {
                let look = |round| {
                    written[own].store(round, Ordering::Relaxed);
                    pass(barrier);
                    written[1 - own].load(Ordering::Relaxed)
                };
                let one_round = |round| {
                    let seen = look(round);
                    // Rounds do not overlap, so that each is a race.
                    while written[1 - own].load(Ordering::Relaxed) < round {
                        std::hint::spin_loop();
                    }
                    seen
                };
                (1..=ROUNDS).map(one_round).collect::<Vec<_>>()
            }
        };
        let heavy = scope.spawn(meet(0, Barrier::heavy));
        let light = meet(1, Barrier::light)();
        [heavy.join().unwrap(), light]
    });
    for round in 1..=ROUNDS {
        let overlooked = seen.each_ref().map(|seen| seen[round - 1] < round);
        assert_ne!(overlooked, [true, true], "round {round}");
    }
}
