//! A short spin before a park, bounded by time.
//!
//! Waking a parked thread costs the waker about two microseconds and the sleeper more, so a wait that ends within a few
//! hundred nanoseconds is better spent spinning. Counting iterations bounds nothing: one x86 `pause` takes from 10 to
//! 140 cycles. [`Backoff`] therefore reads the clock, in steps that double so that most of the time is spent in
//! `pause`, and gives up after [`LIMIT`]. It never yields: a yield loop burns a core and hands the scheduler no
//! information.
//!
//! On a machine with a single core nobody else can make progress while this thread spins, so the limit there is zero.
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
use std::num::NonZero;
// FACADE: the model side returns before it gets here, and no model depends on the number of cores.
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The longest that one [`Backoff`] spins: below the cost of the wake it avoids.
pub const LIMIT: Duration = Duration::from_nanos(800);

/// `pause` instructions in the longest step, about a tenth of the limit on a slow one.
const LONGEST_STEP: u32 = 16;

/// The spinning part of one wait; make a new one for each wait.
#[derive(Debug)]
pub struct Backoff {
    step: u32,
    end: Option<Instant>,
}

impl Backoff {
    /// A back-off that has not spun yet; costs nothing until [`spin`](Self::spin) is called.
    pub const fn new() -> Self {
        Self { step: 1, end: None }
    }

    /// Spins a little longer than the last time; false when it is time to park instead.
    ///
    /// Costs 25 ns to 300 ns, of which reading the clock is about 20.
    pub fn spin(&mut self) -> bool {
        if cfg!(any(loom, shuttle)) || !several_cores() {
            return false;
        }
        let now = Instant::now();
        if now >= *self.end.get_or_insert(now + LIMIT) {
            return false;
        }
        for _ in 0..self.step {
            hint::spin_loop();
        }
        self.step = (self.step * 2).min(LONGEST_STEP);
        true
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether another thread can run while this one spins; asked of the kernel once, since the answer costs a system call.
fn several_cores() -> bool {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get)) > 1
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn a_spin_ends_by_time() {
        let start = Instant::now();
        let mut backoff = Backoff::new();
        let mut steps = 0_u32;
        while backoff.spin() {
            steps += 1;
        }
        assert!(!backoff.spin(), "a back-off that gave up must not start again");
        // Even if every step cost nothing but its clock reading, no more than this many fit into the limit.
        assert!(steps < 200, "{steps} steps in {:?}", start.elapsed());
    }
}
