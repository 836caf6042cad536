//! The bell of one waiter: who is to be woken, and whether it has rung.
//!
//! Notifiers of several sets may ring one bell at the same time, while its owner puts another waker in. So the word
//! says whose the cell is, as in [`slot`](crate::slot).
//!
//! # States
//!
//! | word | who is where | who may touch the cell |
//! |---|---|---|
//! | IDLE | the owner is awake | owner |
//! | ARMED | the owner sleeps, or is about to | whoever moves the word away from it |
//! | RUNG | somebody has rung since the owner last answered | whoever moved it there from ARMED, until it unlocks its set; the owner if it was IDLE |
//!
//! # Protocol
//!
//! Owner: answer (IDLE), take the lock of each of its sets, try; put the sleeper into the cell and arm (IDLE to ARMED), which
//! fails if it has rung meanwhile; sleep; disarm (ARMED to IDLE) if it gives up, which fails if it has rung.
//! Notifier, under the lock of a set that the owner has a seat in: swap to RUNG; take the sleeper out if it was ARMED.
//!
//! # Invariants
//!
//! - S1: a bell is rung under the lock of one of its owner's sets only.
//! - S2: between its answer and the next time it arms, the owner takes each of these locks: it meets no ringer at the cell,
//!   and sees what was done before a ring that its answer has wiped out.
//! - S3: whoever moved the word away from ARMED has the cell until it unlocks its set, or, as the owner, answers.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | exchange to ARMED in `arm` | swap in `ring` | who is to be woken |
//!
//! # Limits
//!
//! A bell does not count: it rings once until it is answered.

use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::cell::UnsafeCell;
use crate::sync::thread::{self, Thread};
use std::fmt;
use std::mem;
use std::task::Waker;
use std::time::Instant;

const IDLE: u32 = 0;
const ARMED: u32 = 1;
const RUNG: u32 = 2;

/// Who is to be woken.
#[derive(Debug)]
pub(super) enum Sleeper {
    Thread(Thread),
    Task(Waker),
}

impl Sleeper {
    pub(super) fn wake(self) {
        match self {
            Self::Thread(thread) => thread.unpark(),
            Self::Task(waker) => waker.wake(),
        }
    }
}

pub(super) struct Signal {
    word: AtomicU32,
    sleeper: UnsafeCell<Option<Sleeper>>,
}

// SAFETY: the word gives the cell to one thread at a time, and E1 and the locks of the sets order them.
unsafe impl Sync for Signal {}

impl Signal {
    pub(super) fn new() -> Self {
        Self { word: AtomicU32::new(IDLE), sleeper: UnsafeCell::new(None) }
    }

    /// A notifier's ring; returns whom it has to wake.
    #[must_use = "the sleeper is woken by whoever rang"]
    pub(super) fn ring(&self) -> Option<Sleeper> {
        // ORDERING: Acquire, E1. What the ring is about is published by the set's lock and fences.
        match self.word.swap(RUNG, Ordering::Acquire) {
            ARMED => self.take(),
            _ => None,
        }
    }

    /// The owner's answer: IDLE, also if it was left armed by a poll that was not followed by another one.
    pub(super) fn answer(&self) {
        // ORDERING: Relaxed: the locks that the owner takes next order it with the rings.
        self.word.store(IDLE, Ordering::Relaxed);
    }

    /// IDLE to ARMED; false if it has rung already.
    pub(super) fn arm(&self, sleeper: Sleeper) -> bool {
        self.put(Some(sleeper));
        // ORDERING: Release, E1. A failure says that it has rung, and no more.
        if self.word.compare_exchange(IDLE, ARMED, Ordering::Release, Ordering::Relaxed).is_ok() {
            return true;
        }
        self.put(None);
        false
    }

    /// ARMED to IDLE; false if it has rung already.
    pub(super) fn disarm(&self) -> bool {
        // Only the owner arms it, so if it looks otherwise it has rung or was never armed.
        if !self.is_armed() {
            return false;
        }
        // ORDERING: Relaxed: the owner gets back what it wrote. A failure says that it has rung, and no more.
        if self.word.compare_exchange(ARMED, IDLE, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return false;
        }
        self.put(None);
        true
    }

    /// Blocks the owner's thread until it rings or `deadline` has passed; false if it has not rung.
    pub(super) fn sleep(&self, deadline: Option<Instant>) -> bool {
        if !self.arm(Sleeper::Thread(thread::current())) {
            return true;
        }
        while self.is_armed() {
            let Some(deadline) = deadline else {
                thread::park();
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return !self.disarm();
            }
            thread::park_timeout(left);
        }
        true
    }

    fn is_armed(&self) -> bool {
        // ORDERING: Relaxed: decides only whether to sleep on.
        self.word.load(Ordering::Relaxed) == ARMED
    }

    fn take(&self) -> Option<Sleeper> {
        // SAFETY: S3: the caller moved the word away from ARMED.
        self.sleeper.with_mut(|cell| unsafe { (*cell).take() })
    }

    fn put(&self, sleeper: Option<Sleeper>) {
        // SAFETY: only the owner calls this: in IDLE, after it has itself moved the word away from ARMED (S3), or in a RUNG
        // that was IDLE before, where no ringer is at the cell (S2).
        let before = self.sleeper.with_mut(|cell| unsafe { mem::replace(&mut *cell, sleeper) });
        // A waker's drop is foreign code, and nothing is half done any more.
        drop(before);
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signal").field("word", &self.word).finish_non_exhaustive()
    }
}
