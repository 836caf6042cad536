//! A short spin before a park, bounded by time, and a few yields, in the order that suits what is waited for.
//!
//! Waking a parked thread costs the waker about two microseconds and the sleeper more, so a wait that ends within a few
//! hundred nanoseconds is better spent spinning. Counting iterations bounds nothing: one x86 `pause` takes from 10 to
//! 140 cycles. [`Backoff`] therefore reads the clock, in steps that double so that most of the time is spent in
//! `pause`, and gives up after [`LIMIT`].
//!
//! Nobody who shares the core makes progress while this thread spins. So, after the spin, the thread yields: whoever
//! it waits for runs, if that is ready to, and need not wake it. On one core that is what a wait costs less: two
//! threads at either end of a channel take a quarter of the time that a sleep and a wake take. It yields again only if
//! the yield took so long that others have run meanwhile, up to [`MOST_YIELDS`] times: where nobody else wants the core
//! it is one system call. Four senders that fill a channel faster than it is emptied take two thirds of the time so that
//! they take with one yield, and 0.4 of what they take with none.
//!
//! Two threads at either end of a queue can fall into step: each looks at the other's progress after every message, takes
//! the line of memory away from the one that writes it, and so makes it as slow as itself. Whoever waits where there is
//! room for many ([`Backoff::for_many`]) and finds its change within the first two steps of the spin [`IN_STEP`] times in a row
//! yields before it spins the next time: messages gather meanwhile, or room does, and such a channel takes a third of the
//! time a message (FastForward calls it temporal slipping). An answer from another thread takes longer than those steps.
//!
//! Whoever takes a millisecond is worth neither. So each thread learns, of both apart, as adaptive mutexes do: after
//! [`PATIENCE`] in a row that were in vain it leaves them out, and only every [`PROBE`]th wait tries again; one that was
//! of use makes it patient again. With a single core the limit of the spin is zero.
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

mod task;

pub use self::task::TaskYield;

use crate::sync::{hint, thread};
use std::cell::Cell;
use std::num::NonZero;
// FACADE: a model returns before it gets here, since none depends on the number of cores.
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The longest that one [`Backoff`] spins: below the cost of the wake it avoids.
pub const LIMIT: Duration = Duration::from_nanos(800);

/// How many waits in a row may outlast their spin, or their yield, before a thread leaves it out.
pub const PATIENCE: u32 = 3;

/// A thread that has stopped to spin, or to yield, does so in one wait of so many, to see whether it is worth it again.
pub const PROBE: u32 = 32;

/// Who has found its change at the beginning of its spin so many times in a row is in step with whoever makes the changes.
pub const IN_STEP: u32 = 4;

/// So many times a wait yields, if others want the core.
pub const MOST_YIELDS: u32 = 16;

/// A yield that took so long has let somebody else run: two switches, at least; one that found nobody takes 0.3 us.
const SOMEBODY_RAN: Duration = Duration::from_micros(1);

/// The step that comes next in a wait whose change has come within the first two.
const EARLY: u32 = 4;

/// `pause` instructions in the longest step, about a tenth of the limit on a slow one.
const LONGEST_STEP: u32 = 16;

thread_local! {
    /// Waits of this thread since the last one that ended within its spin.
    static SPUN_IN_VAIN: Cell<u32> = const { Cell::new(0) };
    /// Waits of this thread that outlasted their spin, since the last one that ended with a yield.
    static YIELDED_IN_VAIN: Cell<u32> = const { Cell::new(0) };
    /// Waits for many in a row that ended early; from [`IN_STEP`] on, those that let changes gather.
    static STEPS: Cell<u32> = const { Cell::new(0) };
}

/// The part of one wait before the park; make a new one for each wait, and drop it when the wait is over.
///
/// A spin or a yield that is dropped before it was found in vain counts as one that was worth it.
#[derive(Debug)]
pub struct Backoff {
    for_many: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    Fresh,
    Gathered,
    Spinning { step: u32, end: Instant },
    Yielded { times: u32, alone: bool },
    GivenUp,
}

impl Backoff {
    /// A back-off that has not begun yet; costs nothing until [`spin`](Self::spin) is called.
    pub const fn new() -> Self {
        Self { for_many: false, state: State::Fresh }
    }

    /// One for changes that come in numbers, where it is better to find several than to find the first at once.
    pub const fn for_many() -> Self {
        Self { for_many: true, state: State::Fresh }
    }

    /// Spins a little longer than the last time, or yields if it has spun enough; false when it is time to park.
    ///
    /// A step of the spin costs 25 ns to 300 ns, of which reading the clock is about 20; a yield is a system call, 0.3 us if
    /// nobody else wants the core. A wait of a thread that has learned to do neither costs 50 ns in the mean, nearly all
    /// of it in the few that probe.
    pub fn spin(&mut self) -> bool {
        self.state = match self.state {
            State::Fresh if self.for_many && is_in_step() => gather(),
            State::Fresh | State::Gathered if is_worth_a_spin() => spin(1, Instant::now() + LIMIT),
            State::Spinning { step, end } if Instant::now() < end => spin(step, end),
            State::Fresh | State::Gathered | State::Spinning { .. } => {
                STEPS.set(0);
                SPUN_IN_VAIN.with(count);
                if is_worth_a_yield() {
                    yield_once(1)
                } else {
                    YIELDED_IN_VAIN.with(count);
                    State::GivenUp
                }
            }
            State::Yielded { times, alone: false } if times < MOST_YIELDS => yield_once(times + 1),
            State::Yielded { .. } => {
                YIELDED_IN_VAIN.with(count);
                State::GivenUp
            }
            State::GivenUp => State::GivenUp,
        };
        !matches!(self.state, State::GivenUp)
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Backoff {
    fn drop(&mut self) {
        match self.state {
            State::Spinning { step, .. } => {
                SPUN_IN_VAIN.set(0);
                STEPS.set(if self.for_many && step <= EARLY { STEPS.get() + 1 } else { 0 });
            }
            State::Yielded { .. } => YIELDED_IN_VAIN.set(0),
            State::Fresh | State::Gathered | State::GivenUp => {}
        }
    }
}

fn spin(step: u32, end: Instant) -> State {
    for _ in 0..step {
        hint::spin_loop();
    }
    State::Spinning { step: (step * 2).min(LONGEST_STEP), end }
}

/// Yields for that time in this wait, and sees whether nobody else wanted the core.
fn yield_once(times: u32) -> State {
    let start = Instant::now();
    thread::yield_now();
    State::Yielded { times, alone: start.elapsed() < SOMEBODY_RAN }
}

/// Whether this wait should let changes gather; one in [`PROBE`] spins, to see whether they still come so fast.
fn is_in_step() -> bool {
    let steps = STEPS.get();
    if steps >= IN_STEP + PROBE {
        STEPS.set(IN_STEP - 1);
        return false;
    }
    steps >= IN_STEP && !cfg!(any(loom, shuttle))
}

fn gather() -> State {
    STEPS.with(count);
    thread::yield_now();
    State::Gathered
}

fn count(in_vain: &Cell<u32>) {
    in_vain.set(in_vain.get().wrapping_add(1));
}

fn is_worth_a_spin() -> bool {
    static CORES: OnceLock<usize> = OnceLock::new();
    if cfg!(any(loom, shuttle)) {
        return false;
    }
    // Asked of the kernel once, since the answer costs a system call.
    *CORES.get_or_init(cores) > 1 && is_promising(SPUN_IN_VAIN.get())
}

fn is_worth_a_yield() -> bool {
    // In a model a yield would let others run who may run anyway.
    !cfg!(any(loom, shuttle)) && is_promising(YIELDED_IN_VAIN.get())
}

/// The cores that are there. Not those that the calling thread may use: others may run on others.
fn cores() -> usize {
    let allowed = thread::available_parallelism().map_or(1, NonZero::get);
    #[cfg(all(target_os = "linux", not(any(loom, shuttle))))]
    // SAFETY: it takes a number and gives one.
    let allowed = allowed.max(usize::try_from(unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) }).unwrap_or(1));
    allowed
}

/// Whether somebody else may come to an end meanwhile.
const fn is_promising(in_vain: u32) -> bool {
    in_vain < PATIENCE || in_vain.is_multiple_of(PROBE)
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
        SPUN_IN_VAIN.set(0);
        let start = Instant::now();
        let mut backoff = Backoff::new();
        let steps = outlast(&mut backoff);
        assert!(!backoff.spin(), "a back-off that gave up must not start again");
        // Even if every step cost nothing but its clock reading, no more than this many fit into the limit.
        assert!(steps < 200, "{steps} steps in {:?}", start.elapsed());
    }

    #[test]
    fn a_thread_that_waits_in_vain_leaves_it_out_and_tries_again_rarely() {
        let tries: Vec<u32> = (0..=2 * PROBE).filter(|in_vain| is_promising(*in_vain)).collect();
        assert_eq!(tries, [0, 1, 2, PROBE, 2 * PROBE]);
    }

    #[test]
    fn each_wait_that_gives_up_counts_once() {
        SPUN_IN_VAIN.set(0);
        YIELDED_IN_VAIN.set(0);
        for in_vain in 1..=PATIENCE + 2 {
            outlast(&mut Backoff::new());
            assert_eq!([SPUN_IN_VAIN.get(), YIELDED_IN_VAIN.get()], [in_vain; 2]);
        }
    }

    #[test]
    fn a_wait_yields_if_that_was_of_use_lately() {
        // Numbers at which a thread does not spin, on however many cores.
        SPUN_IN_VAIN.set(PATIENCE);
        YIELDED_IN_VAIN.set(0);
        assert!((1..=MOST_YIELDS).contains(&outlast(&mut Backoff::new())));
        YIELDED_IN_VAIN.set(PATIENCE);
        SPUN_IN_VAIN.set(PATIENCE);
        assert_eq!(outlast(&mut Backoff::new()), 0);
    }

    #[test]
    fn a_wait_yields_again_if_others_ran_and_not_without_end() {
        let goes_on = |times, alone| Backoff { for_many: false, state: State::Yielded { times, alone } }.spin();
        assert_eq!([goes_on(1, false), goes_on(1, true), goes_on(MOST_YIELDS, false)], [true, false, false]);
    }

    /// One wait for many that ends after so many steps; whether it let changes gather first.
    fn end_after(steps: u32) -> bool {
        let mut backoff = Backoff::for_many();
        (0..steps).for_each(|_| _ = backoff.spin());
        matches!(backoff.state, State::Gathered)
    }

    #[test]
    fn who_is_in_step_lets_changes_gather_and_tries_again_rarely() {
        SPUN_IN_VAIN.set(0);
        STEPS.set(0);
        if cores() == 1 {
            return; // Nobody spins, so nobody is in step.
        }
        let early = |count: u32| (0..count).filter(|_| end_after(1)).count() as u32;
        assert_eq!(early(IN_STEP - 1), 0);
        assert!(!end_after(3), "that was no early end");
        assert_eq!(early(IN_STEP), 0);
        assert_eq!(early(PROBE), PROBE, "each lets changes gather");
        assert_eq!(early(2), 1, "one spins, and the next is in step again");
        outlast(&mut Backoff::for_many());
        assert_eq!(early(IN_STEP), 0, "what did not come for so long is not in step");
        assert!(end_after(1));
        drop(Backoff::new());
        assert!(end_after(1), "a wait that never began says nothing");
    }

    #[test]
    fn who_waits_for_one_is_never_late() {
        STEPS.set(IN_STEP);
        let mut backoff = Backoff::new();
        assert!(backoff.spin());
        assert!(!matches!(backoff.state, State::Gathered));
    }

    #[test]
    fn a_yield_that_was_of_use_clears_its_count_and_no_other() {
        SPUN_IN_VAIN.set(PATIENCE);
        YIELDED_IN_VAIN.set(PROBE);
        let mut backoff = Backoff::new();
        assert!(backoff.spin());
        drop(backoff);
        assert_eq!([SPUN_IN_VAIN.get(), YIELDED_IN_VAIN.get()], [PATIENCE + 1, 0]);
    }

    #[test]
    fn a_wait_that_never_began_says_nothing() {
        SPUN_IN_VAIN.set(PROBE);
        YIELDED_IN_VAIN.set(PROBE);
        drop(Backoff::new());
        assert_eq!([SPUN_IN_VAIN.get(), YIELDED_IN_VAIN.get()], [PROBE; 2]);
    }
}
