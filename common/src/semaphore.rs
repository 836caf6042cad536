//! A semaphore with weights: a number of permits, taken and given back some at a time, in the order of the requests.
//!
//! It bounds what is counted in something other than pieces: bytes in a queue, rows in flight. A request for many
//! permits waits at the front until they are there, and nobody who wants few gets past it. Ancestors: Dijkstra's P and
//! V, tokio's batch semaphore.
//!
//! # States
//!
//! One word: bit 0 says that it is closed, the rest counts the permits that are free. Who waits is in a
//! [`WaitSet`], in turn.
//!
//! # Protocol
//!
//! - Acquire: if nobody waits, take the permits by compare-exchange; else, or if there are too few, wait in turn: the
//!   front of the queue tries whenever its bell rings, and whoever leaves the front rings the next one's.
//! - Release: add the permits, then ring the bell of the front, if anybody waits.
//! - Close: set the bit and notify all, who look at it in turn or not.
//!
//! # Invariants
//!
//! - I1: permits free and permits held make the number it was made with, plus what was added, less what came back and
//!   had no room.
//! - I2: the front does not sleep while what it wants is free: it tries after each release that it might have missed.
//! - I3: requests that wait get their permits in their order.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | addition in `give_back` | exchange in `try_take` | what the holder did |
//! | E2 | `fetch_or` in `close` | load and failed exchange in `try_take`, load in `is_closed` | what the closer did before |
//!
//! # Limits
//!
//! [`Semaphore::MAX`] permits. A request that came without waiting can get ahead of one that is just about to wait. An
//! acquire and a release with nobody waiting are three loads, two locked operations and a fence, and take 7 ns. A
//! semaphore has 56 bytes on x86-64.

use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::wait::{Turn, WaitSet};
use std::fmt;
use std::mem;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Instant;

/// Nobody gets permits any more.
const CLOSED: usize = 1 << 0;
/// One free permit.
const ONE: usize = 1 << 1;

/// A value of the word: whether it is closed, and how many permits are free.
#[derive(Clone, Copy)]
struct Word(usize);

impl Word {
    fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }

    fn free(self) -> usize {
        self.0 / ONE
    }

    /// `None` if there would be too many.
    fn with(self, count: usize) -> Option<usize> {
        let free = self.free().checked_add(count).filter(|free| *free <= Semaphore::MAX);
        free.map(|_| self.0 + count * ONE)
    }

    /// `None` if there are too few.
    fn without(self, count: usize) -> Option<usize> {
        (count <= self.free()).then(|| self.0 - count * ONE)
    }
}

/// A number of permits, shared by those who take and give them back.
///
/// ```
/// use common::semaphore::Semaphore;
///
/// let bytes = Semaphore::new(100);
/// let large = bytes.acquire(80)?;
/// assert!(bytes.try_acquire(30).is_err());
/// drop(large);
/// assert_eq!(bytes.try_acquire(30)?.count(), 30);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Semaphore {
    word: AtomicUsize,
    queue: WaitSet,
}

/// Permits that are held; dropping it gives them back.
#[derive(Debug)]
#[must_use = "permits are given back when this is dropped"]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
    count: usize,
}

/// The semaphore is closed: nobody gets permits any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

/// Why permits were not to be had at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryAcquireError {
    /// Too few are free, or somebody has waited for longer.
    Unavailable,
    /// The semaphore is closed.
    Closed,
}

impl Semaphore {
    /// The most permits that a semaphore can have.
    pub const MAX: usize = usize::MAX / ONE;

    /// A semaphore with `permits` free.
    ///
    /// # Panics
    ///
    /// Panics if `permits` is over [`MAX`](Self::MAX).
    pub fn new(permits: usize) -> Self {
        assert!(permits <= Self::MAX, "a semaphore has at most {} permits", Self::MAX);
        Self { word: AtomicUsize::new(permits * ONE), queue: WaitSet::new() }
    }

    /// Blocks until `count` permits are free, and takes them.
    ///
    /// A request for more than there will ever be waits until it is closed, and holds up all that come after it.
    ///
    /// # Errors
    ///
    /// [`Closed`] once it is closed.
    pub fn acquire(&self, count: usize) -> Result<Permit<'_>, Closed> {
        match self.block(None, count) {
            Some(result) => result,
            None => unreachable!("a wait without a deadline ends with a result"),
        }
    }

    /// [`acquire`](Self::acquire) until `deadline`; `None` means that there were too few by then.
    ///
    /// # Errors
    ///
    /// [`Closed`] once it is closed.
    pub fn acquire_deadline(&self, count: usize, deadline: Instant) -> Result<Option<Permit<'_>>, Closed> {
        self.block(Some(deadline), count).transpose()
    }

    /// [`acquire`](Self::acquire) as a future, which can be dropped at any time and loses neither permits nor its
    /// followers' turn.
    pub fn acquire_async(&self, count: usize) -> Acquire<'_> {
        Acquire { semaphore: self, count, turn: Turn::new(&self.queue) }
    }

    /// Takes `count` permits if they are free and nobody waits.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError`] says whether it is worth trying again.
    pub fn try_acquire(&self, count: usize) -> Result<Permit<'_>, TryAcquireError> {
        let taken = if self.queue.is_empty() { self.try_take(count) } else { None };
        match taken {
            Some(result) => result.map_err(|Closed| TryAcquireError::Closed),
            None if self.is_closed() => Err(TryAcquireError::Closed),
            None => Err(TryAcquireError::Unavailable),
        }
    }

    /// Adds `count` permits: those of a forgotten [`Permit`], or new ones.
    ///
    /// # Panics
    ///
    /// Panics if it would have more than [`MAX`](Self::MAX); then it gets none.
    pub fn release(&self, count: usize) {
        assert!(self.give_back(count), "a semaphore has at most {} permits", Self::MAX);
    }

    /// False if they do not fit; then it has none of them.
    fn give_back(&self, count: usize) -> bool {
        // ORDERING: Release, E1. A failure shows nothing.
        let given = self.word.try_update(Ordering::Release, Ordering::Relaxed, |word| Word(word).with(count));
        if given.is_ok() {
            self.queue.ring_front();
        }
        given.is_ok()
    }

    /// Gives no more permits: all who wait, and all who come, get [`Closed`], also behind a future that nobody polls.
    pub fn close(&self) {
        // ORDERING: Release, E2.
        self.word.fetch_or(CLOSED, Ordering::Release);
        self.queue.notify_all();
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        // ORDERING: Acquire, E2.
        Word(self.word.load(Ordering::Acquire)).is_closed()
    }

    /// Permits that are free now.
    pub fn available(&self) -> usize {
        // ORDERING: Relaxed: out of date when it is looked at.
        Word(self.word.load(Ordering::Relaxed)).free()
    }

    fn block(&self, deadline: Option<Instant>, count: usize) -> Option<Result<Permit<'_>, Closed>> {
        if self.queue.is_empty()
            && let Some(result) = self.try_take(count)
        {
            return Some(result);
        }
        let turn = pin!(Turn::new(&self.queue));
        turn.wait(deadline, |is_front| self.try_in_turn(is_front, count))
    }

    /// What whoever waits may have: permits if it is at the front, and the news that there will be none.
    fn try_in_turn(&self, is_front: bool, count: usize) -> Option<Result<Permit<'_>, Closed>> {
        if is_front { self.try_take(count) } else { self.is_closed().then_some(Err(Closed)) }
    }

    /// Takes permits, or the news that there will be none; `None` if there are too few.
    fn try_take(&self, count: usize) -> Option<Result<Permit<'_>, Closed>> {
        // ORDERING: Acquire, E2.
        let mut seen = self.word.load(Ordering::Acquire);
        loop {
            if Word(seen).is_closed() {
                return Some(Err(Closed));
            }
            let next = Word(seen).without(count)?;
            // ORDERING: Acquire, E1 and, on failure, E2.
            match self.word.compare_exchange_weak(seen, next, Ordering::Acquire, Ordering::Acquire) {
                Ok(_) => return Some(Ok(Permit { semaphore: self, count })),
                Err(found) => seen = found,
            }
        }
    }
}

impl Permit<'_> {
    /// How many permits these are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Keeps the permits taken when this is gone; [`Semaphore::release`] gives them back.
    pub fn forget(self) {
        mem::forget(self);
    }

    /// Gives `count` of the permits back.
    ///
    /// # Panics
    ///
    /// Panics if these are fewer than `count`.
    pub fn release(&mut self, count: usize) {
        assert!(count <= self.count, "{count} permits cannot come back from {}", self.count);
        self.count -= count;
        self.semaphore.give_back(count);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        // They do not fit if as many new ones have been added meanwhile.
        self.semaphore.give_back(self.count);
    }
}

/// The future of [`Semaphore::acquire_async`].
#[derive(Debug)]
#[must_use = "a future does nothing until it is polled"]
pub struct Acquire<'a> {
    semaphore: &'a Semaphore,
    count: usize,
    turn: Turn<'a>,
}

impl<'a> Future for Acquire<'a> {
    type Output = Result<Permit<'a>, Closed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (semaphore, count) = (self.semaphore, self.count);
        // SAFETY: part of what is pinned, and handed out nowhere else.
        let turn = unsafe { self.map_unchecked_mut(|this| &mut this.turn) };
        turn.poll(cx, |is_front| semaphore.try_in_turn(is_front, count))
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the semaphore is closed")
    }
}

impl std::error::Error for Closed {}

impl fmt::Display for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unavailable => "too few permits are free, or somebody has waited for longer",
            Self::Closed => "the semaphore is closed",
        })
    }
}

impl std::error::Error for TryAcquireError {}
