//! A short spin before a park, bounded by time.
//!
//! Waking a parked thread costs the waker about two microseconds and the sleeper more, so a wait that ends within a few
//! hundred nanoseconds is better spent spinning. Counting iterations bounds nothing: one x86 `pause` takes from 10 to
//! 140 cycles. [`Backoff`] therefore reads the clock, in steps that double so that most of the time is spent in
//! `pause`, and gives up after [`LIMIT`]. It never yields: a yield loop burns a core and hands the scheduler no
//! information.
//!
//! On a machine with a single core nobody else can make progress while this thread spins, so the limit there is zero.
//! Neither can whoever shares the core with it on a larger machine, and whoever takes a millisecond is not worth a spin
//! either. So each thread learns, as adaptive mutexes do: after [`PATIENCE`] waits in a row that outlasted their spin it
//! parks at once, and only every [`PROBE`]th wait tries again; one that ends within its spin makes it patient again.
//!
//! ```
//! use common::backoff::Backoff;
//! use std::sync::atomic::{AtomicBool, Ordering};
//!
//! let ready = AtomicBool::new(false);
//! std::thread::scope(|scope| {
//!     let waiter = scope.spawn(|| {
//!         let mut backoff = Backoff::new();
//!         while !ready.load(Ordering::Acquire) {
//!             if !backoff.spin() {
//!                 std::thread::park();
//!             }
//!         }
//!     });
//!     ready.store(true, Ordering::Release);
//!     waiter.thread().unpark();
//! });
//! ```

use crate::sync::{hint, thread};
use std::cell::Cell;
use std::num::NonZero;
// FACADE: a model returns before it gets here, since none depends on the number of cores.
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The longest that one [`Backoff`] spins: below the cost of the wake it avoids.
pub const LIMIT: Duration = Duration::from_nanos(800);

/// How many waits in a row may outlast their spin before a thread stops spinning.
pub const PATIENCE: u32 = 3;

/// A thread that has stopped spinning spins in one wait of so many, to see whether it is worth it again.
pub const PROBE: u32 = 32;

/// `pause` instructions in the longest step, about a tenth of the limit on a slow one.
const LONGEST_STEP: u32 = 16;

thread_local! {
    /// Waits of this thread since the last one that ended within its spin.
    static IN_VAIN: Cell<u32> = const { Cell::new(0) };
}

/// The spinning part of one wait; make a new one for each wait, and drop it when the wait is over.
///
/// A spin that is dropped before it gave up counts as one that was worth it.
#[derive(Debug)]
pub struct Backoff(State);

#[derive(Debug)]
enum State {
    Fresh,
    Spinning { step: u32, end: Instant },
    GivenUp,
}

impl Backoff {
    /// A back-off that has not spun yet; costs nothing until [`spin`](Self::spin) is called.
    pub const fn new() -> Self {
        Self(State::Fresh)
    }

    /// Spins a little longer than the last time; false when it is time to park instead.
    ///
    /// Costs 25 ns to 300 ns, of which reading the clock is about 20. A wait of a thread that has stopped
    /// spinning costs 30 ns in the mean, nearly all of it in the few that probe.
    pub fn spin(&mut self) -> bool {
        let (step, end) = match self.0 {
            State::Fresh if is_worth_it() => (1, Instant::now() + LIMIT),
            State::Spinning { step, end } if Instant::now() < end => (step, end),
            State::Fresh | State::Spinning { .. } => {
                self.0 = State::GivenUp;
                IN_VAIN.set(IN_VAIN.get().wrapping_add(1));
                return false;
            }
            State::GivenUp => return false,
        };
        for _ in 0..step {
            hint::spin_loop();
        }
        self.0 = State::Spinning { step: (step * 2).min(LONGEST_STEP), end };
        true
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Backoff {
    fn drop(&mut self) {
        if let State::Spinning { .. } = self.0 {
            IN_VAIN.set(0);
        }
    }
}

fn is_worth_it() -> bool {
    static CORES: OnceLock<usize> = OnceLock::new();
    if cfg!(any(loom, shuttle)) {
        return false;
    }
    // Asked of the kernel once, since the answer costs a system call.
    let cores = *CORES.get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get));
    is_promising(cores, IN_VAIN.get())
}

/// Whether somebody else may come to an end while this thread spins.
const fn is_promising(cores: usize, in_vain: u32) -> bool {
    cores > 1 && (in_vain < PATIENCE || in_vain.is_multiple_of(PROBE))
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    /// Spins until it is told to park; how often it spun.
    fn outlast(backoff: &mut Backoff) -> u32 {
        let mut steps = 0;
        while backoff.spin() {
            steps += 1;
        }
        steps
    }

    #[test]
    fn a_spin_ends_by_time() {
        IN_VAIN.set(0);
        let start = Instant::now();
        let mut backoff = Backoff::new();
        let steps = outlast(&mut backoff);
        assert!(!backoff.spin(), "a back-off that gave up must not start again");
        // Even if every step cost nothing but its clock reading, no more than this many fit into the limit.
        assert!(steps < 200, "{steps} steps in {:?}", start.elapsed());
    }

    #[test]
    fn nobody_spins_alone_on_a_core_that_others_need() {
        assert!(!is_promising(1, 0));
        assert!(is_promising(2, 0));
    }

    #[test]
    fn a_thread_that_spins_in_vain_stops_and_tries_again_rarely() {
        let tries: Vec<u32> = (0..=2 * PROBE).filter(|in_vain| is_promising(2, *in_vain)).collect();
        assert_eq!(tries, [0, 1, 2, PROBE, 2 * PROBE]);
    }

    #[test]
    fn each_wait_that_gives_up_counts_once_and_one_that_was_worth_it_clears_the_count() {
        IN_VAIN.set(0);
        for in_vain in 1..=PATIENCE + 2 {
            let mut backoff = Backoff::new();
            outlast(&mut backoff);
            assert!(!backoff.spin());
            drop(backoff);
            assert_eq!(IN_VAIN.get(), in_vain);
        }
        // The count is one at which a thread on several cores spins.
        IN_VAIN.set(PROBE);
        let mut backoff = Backoff::new();
        let spun = backoff.spin();
        drop(backoff);
        assert_eq!(IN_VAIN.get(), if spun { 0 } else { PROBE + 1 });
        drop(Backoff::new());
        assert_eq!(IN_VAIN.get(), if spun { 0 } else { PROBE + 1 }, "a wait that never spun says nothing");
    }
}
