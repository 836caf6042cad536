//! A lifecycle: running, draining, stopped, with a count of the work in flight.
//!
//! Everything with threads has to end twice: first it accepts nothing new and finishes what it accepted (drain), then
//! even that is called off (stop). A flag per phase and a counter beside it cannot do it: work that tested the flag
//! just before it was set is counted just after the drain saw zero. Here phase and count share one word, so a piece of
//! work is either refused or waited for. Ancestors: `tokio_util`'s task tracker, the closing gate of every worker pool.
//!
//! # States
//!
//! | bits | meaning |
//! |---|---|
//! | 0 | DRAINING: nothing new is accepted |
//! | 1 | STOPPED: what was accepted should end too; implies DRAINING |
//! | 2.. | work in flight |
//!
//! # Protocol
//!
//! Work: `enter` adds one unless DRAINING is set (compare-exchange); dropping the guard subtracts one, and whoever
//! brings a draining count to zero notifies all. Owner: set the bits, notify all; wait in the set until the word says
//! what is waited for.
//!
//! # Invariants
//!
//! - I1: once DRAINING is set the count never grows.
//! - I2: bits are set and never cleared.
//! - I3: a change that somebody may wait for is followed by a notification of all, so no waiter sleeps through it (I1 of
//!   [`wait`](crate::wait)). Waiters wait for different things, so one of them is not enough.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | subtraction in a guard's drop | load in a wait | what the work did |
//! | E2 | `fetch_or` in `drain`, `stop` | load in `phase`, `enter` and the waits | what the owner did before |
//!
//! # Limits
//!
//! At most `usize::MAX / 4` pieces of work. `enter` and leave: one atomic operation each, shared by all threads, beside
//! the reference count.

use crate::sync::Arc;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::wait::WaitSet;
use std::time::Instant;

const DRAINING: usize = 1 << 0;
const STOPPED: usize = 1 << 1;
const ONE: usize = 1 << 2;

/// Where in its life something is. Phases only go forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It accepts work.
    Running,
    /// It accepts nothing new and finishes what it accepted.
    Draining,
    /// What it accepted should end as soon as it can.
    Stopped,
}

/// The owner's handle; clones share one life.
///
/// ```
/// use common::lifecycle::{Lifecycle, Phase};
///
/// let life = Lifecycle::new();
/// let work = life.enter().expect("a running one accepts work");
/// life.drain();
/// assert!(life.enter().is_none());
/// drop(work);
/// life.wait_idle();
/// assert_eq!(life.phase(), Phase::Draining);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Lifecycle(Arc<Inner>);

/// What work holds on to: it can see and await the phases, and change none.
#[derive(Clone, Debug)]
pub struct StopToken(Arc<Inner>);

/// A piece of work in flight; a drain waits until it is dropped.
#[derive(Debug)]
#[must_use = "work counts as in flight only while its guard lives"]
pub struct InFlight(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    word: AtomicUsize,
    changed: WaitSet,
}

/// A value of the word.
#[derive(Clone, Copy)]
struct Word(usize);

impl Word {
    fn phase(self) -> Phase {
        match self.0 {
            word if word & STOPPED != 0 => Phase::Stopped,
            word if word & DRAINING != 0 => Phase::Draining,
            _ => Phase::Running,
        }
    }

    fn is_idle(self) -> bool {
        self.phase() > Phase::Running && self.in_flight() == 0
    }

    fn in_flight(self) -> usize {
        self.0 / ONE
    }
}

impl Lifecycle {
    /// A running life with nothing in flight.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a piece of work in; `None` once draining has begun.
    pub fn enter(&self) -> Option<InFlight> {
        let mut seen = self.0.word();
        while seen.phase() == Phase::Running {
            match self.0.try_enter(seen) {
                Ok(()) => return Some(InFlight(self.0.clone())),
                Err(found) => seen = found,
            }
        }
        None
    }

    /// Accepts nothing from now on; what is in flight goes on.
    pub fn drain(&self) {
        self.0.advance(DRAINING);
    }

    /// Calls off what is in flight, too: its [`StopToken`]s say so from now on.
    pub fn stop(&self) {
        self.0.advance(DRAINING | STOPPED);
    }

    /// The phase it is in.
    pub fn phase(&self) -> Phase {
        self.0.word().phase()
    }

    /// Pieces of work in flight.
    pub fn in_flight(&self) -> usize {
        self.0.word().in_flight()
    }

    /// Blocks until draining has begun and nothing is in flight any more.
    pub fn wait_idle(&self) {
        self.0.wait(None, Word::is_idle);
    }

    /// [`wait_idle`](Self::wait_idle) until `deadline`; false if work is still in flight then.
    pub fn wait_idle_deadline(&self, deadline: Instant) -> bool {
        self.0.wait(Some(deadline), Word::is_idle)
    }

    /// [`wait_idle`](Self::wait_idle) as a future, which can be dropped at any time.
    pub fn wait_idle_async(&self) -> impl Future<Output = ()> {
        self.0.changed.wait_async(|| self.0.has_reached(Word::is_idle))
    }

    /// A token for those who do the work.
    pub fn token(&self) -> StopToken {
        StopToken(self.0.clone())
    }
}

impl StopToken {
    /// The phase its life is in.
    pub fn phase(&self) -> Phase {
        self.0.word().phase()
    }

    /// Whether work should end as soon as it can.
    pub fn is_stopped(&self) -> bool {
        self.phase() == Phase::Stopped
    }

    /// Blocks until the life is in `phase` or past it.
    pub fn wait(&self, phase: Phase) {
        self.0.wait(None, |word| word.phase() >= phase);
    }

    /// [`wait`](Self::wait) until `deadline`; false if the phase has not been reached then.
    pub fn wait_deadline(&self, phase: Phase, deadline: Instant) -> bool {
        self.0.wait(Some(deadline), |word| word.phase() >= phase)
    }

    /// [`wait`](Self::wait) as a future, which can be dropped at any time.
    pub fn wait_async(&self, phase: Phase) -> impl Future<Output = ()> {
        self.0.changed.wait_async(move || self.0.has_reached(|word| word.phase() >= phase))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        // ORDERING: Release, E1: a wait that sees the count go down sees what the work did.
        let before = Word(self.0.word.fetch_sub(ONE, Ordering::Release));
        if before.in_flight() == 1 && before.phase() > Phase::Running {
            self.0.changed.notify_all();
        }
    }
}

impl Inner {
    fn word(&self) -> Word {
        // ORDERING: Acquire, E1 and E2.
        Word(self.word.load(Ordering::Acquire))
    }

    fn try_enter(&self, seen: Word) -> Result<(), Word> {
        // ORDERING: Relaxed on success: counting publishes nothing; Acquire on failure, E2, as in `word`.
        match self.word.compare_exchange_weak(seen.0, seen.0 + ONE, Ordering::Relaxed, Ordering::Acquire) {
            Ok(_) => Ok(()),
            Err(found) => Err(Word(found)),
        }
    }

    fn advance(&self, bits: usize) {
        // ORDERING: Release, E2.
        let before = self.word.fetch_or(bits, Ordering::Release);
        if before & bits != bits {
            self.changed.notify_all();
        }
    }

    fn has_reached(&self, reached: impl Fn(Word) -> bool) -> Option<()> {
        reached(self.word()).then_some(())
    }

    fn wait(&self, deadline: Option<Instant>, reached: impl Fn(Word) -> bool) -> bool {
        match deadline {
            None => self.changed.wait(|| self.has_reached(&reached)),
            Some(deadline) => return self.changed.wait_deadline(deadline, || self.has_reached(&reached)).is_some(),
        }
        true
    }
}
