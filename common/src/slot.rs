//! A slot: one value, once, from one thread to another. It is how results come back.
//!
//! A channel of capacity one would do, at the price of a queue, two counters and a lock for what is a single hand-over.
//! Ancestors: the `oneshot` crate, and the join cell of tokio's tasks.
//!
//! # States
//!
//! | word | who is where | who may touch what |
//! |---|---|---|
//! | EMPTY | neither value nor waiter | sender: value; receiver: waiter |
//! | WAITING | the receiver waits | sender: value, and the waiter once it has left this state |
//! | FULL | the value is there | receiver: value; the waiter belongs to whoever took it |
//! | CLOSED | the sender is gone and left no value | receiver |
//! | GONE | the receiver is gone, or has what it came for | sender: value, to take it back |
//!
//! # Protocol
//!
//! Sender: write the value, swap to FULL. If the word was WAITING, take the waiter and wake it; if it was GONE, take
//! the value back. A sender that is dropped instead swaps to CLOSED and wakes likewise.
//!
//! Receiver: if the word is FULL take the value, if CLOSED report it. Else write the waiter and compare-exchange EMPTY
//! to WAITING; if that fails the sender has finished. To leave without a value, or to put another waiter in,
//! compare-exchange WAITING to EMPTY first; if that fails the sender has finished. A receiver that is dropped swaps to
//! GONE.
//!
//! # Invariants
//!
//! - I1: the sender swaps once. The word leaves FULL or CLOSED only by the receiver's hand.
//! - I2: the value is written before FULL and read after it; the waiter is written before WAITING and taken after it.
//! - I3: the receiver touches the waiter only in EMPTY, or after it has itself turned WAITING into something else.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | sender's swap to FULL or CLOSED | receiver's load, failed exchange or swap | the value |
//! | E2 | receiver's exchange to WAITING | sender's swap | the waiter |
//!
//! # Limits
//!
//! One allocation for both ends. A send and a receive on one thread cost an allocation and three atomic operations.

use crate::backoff::Backoff;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::cell::UnsafeCell;
use crate::sync::thread::{self, Thread};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

const EMPTY: u32 = 0;
const WAITING: u32 = 1;
const FULL: u32 = 2;
const CLOSED: u32 = 3;
const GONE: u32 = 4;

/// Makes a slot: what goes into the one end comes out of the other.
///
/// ```
/// let (sender, mut receiver) = common::slot::slot();
/// let answer = std::thread::spawn(move || sender.send(6 * 7));
/// assert_eq!(receiver.recv(), Ok(42));
/// assert_eq!(answer.join().unwrap(), Ok(()));
/// ```
pub fn slot<T>() -> (Sender<T>, Receiver<T>) {
    let inner =
        Arc::new(Inner { word: AtomicU32::new(EMPTY), value: UnsafeCell::new(None), waiter: UnsafeCell::new(None) });
    (Sender { inner: inner.clone(), sent: false }, Receiver { inner })
}

/// The end a value goes into.
#[derive(Debug)]
pub struct Sender<T> {
    inner: Arc<Inner<T>>,
    sent: bool,
}

/// The end a value comes out of: by [`recv`](Receiver::recv), or as a future.
///
/// Dropping it, or a wait on it that ended by its deadline, loses nothing: a value that comes later goes back to its
/// sender.
#[derive(Debug)]
#[must_use = "a receiver that is dropped hands the value back to its sender"]
pub struct Receiver<T> {
    inner: Arc<Inner<T>>,
}

/// The sender was dropped without a value, or the value was taken before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the other end of the slot is gone")
    }
}

impl std::error::Error for Closed {}

struct Inner<T> {
    word: AtomicU32,
    value: UnsafeCell<Option<T>>,
    waiter: UnsafeCell<Option<Waiter>>,
}

// SAFETY: I2 and I3 give each cell one owner at a time, and E1 and E2 order the owners; a value crosses threads, so T:
// Send.
unsafe impl<T: Send> Send for Inner<T> {}
// SAFETY: as above; no two threads ever share a reference to the value.
unsafe impl<T: Send> Sync for Inner<T> {}

#[derive(Debug)]
enum Waiter {
    Thread(Thread),
    Task(Waker),
}

impl Waiter {
    fn wake(self) {
        match self {
            Self::Thread(thread) => thread.unpark(),
            Self::Task(waker) => waker.wake(),
        }
    }
}

impl<T> Sender<T> {
    /// Puts the value in and wakes the receiver.
    ///
    /// # Errors
    ///
    /// Gives the value back when the receiver is gone.
    pub fn send(mut self, value: T) -> Result<(), T> {
        self.sent = true;
        self.inner.put(Some(value));
        match self.inner.finish(FULL) {
            Some(value) => Err(value),
            None => Ok(()),
        }
    }

    /// Whether the receiver is gone, so that nobody wants the value any more.
    pub fn is_closed(&self) -> bool {
        // ORDERING: Relaxed: advice only; `send` decides.
        self.inner.word.load(Ordering::Relaxed) == GONE
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if !self.sent {
            self.inner.finish(CLOSED);
        }
    }
}

impl<T> Receiver<T> {
    /// Blocks until the value comes.
    ///
    /// # Errors
    ///
    /// [`Closed`] when the sender was dropped without sending, or the value was taken before.
    pub fn recv(&mut self) -> Result<T, Closed> {
        match self.wait(None) {
            Some(result) => result,
            None => unreachable!("a wait without a deadline ends with a result"),
        }
    }

    /// Blocks until the value comes or `deadline` has passed; `None` means that it has not come yet.
    ///
    /// # Errors
    ///
    /// [`Closed`] when the sender was dropped without sending, or the value was taken before.
    pub fn recv_deadline(&mut self, deadline: Instant) -> Result<Option<T>, Closed> {
        self.wait(Some(deadline)).transpose()
    }

    /// The value if it is there; `None` means that it has not come yet.
    ///
    /// # Errors
    ///
    /// [`Closed`] when the sender was dropped without sending, or the value was taken before.
    pub fn try_recv(&mut self) -> Result<Option<T>, Closed> {
        self.inner.take().transpose()
    }

    fn wait(&mut self, deadline: Option<Instant>) -> Option<Result<T, Closed>> {
        self.inner.leave();
        let mut backoff = Backoff::new();
        loop {
            if let Some(result) = self.inner.take() {
                return Some(result);
            }
            if !backoff.spin() {
                break;
            }
        }
        if !self.inner.register(Waiter::Thread(thread::current())) {
            return self.inner.take();
        }
        while self.inner.is_waiting() {
            let Some(deadline) = deadline else {
                thread::park();
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() && self.inner.retract() {
                return None;
            }
            thread::park_timeout(left);
        }
        self.inner.take()
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, Closed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let inner = &self.inner;
        inner.leave();
        if let Some(result) = inner.take() {
            return Poll::Ready(result);
        }
        if inner.register(Waiter::Task(cx.waker().clone())) {
            return Poll::Pending;
        }
        Poll::Ready(inner.take().expect("a refused registration means that the sender has finished"))
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        // ORDERING: Acquire, E1: a value that is there is dropped here, not with the last of both ends.
        match self.inner.word.swap(GONE, Ordering::Acquire) {
            FULL => drop(self.inner.get()),
            WAITING => drop(self.inner.take_waiter()),
            _ => {}
        }
    }
}

impl<T> Inner<T> {
    /// The sender's one swap; returns the value if the receiver is gone.
    fn finish(&self, word: u32) -> Option<T> {
        // ORDERING: Release, E1, publishes the value; Acquire, E2, makes the waiter visible.
        match self.word.swap(word, Ordering::AcqRel) {
            WAITING => {
                self.take_waiter().expect("a waiting receiver has left its waiter").wake();
                None
            }
            GONE => self.get(),
            _ => None,
        }
    }

    /// The receiver's look: the value, the news that none will come, or `None` for not yet.
    fn take(&self) -> Option<Result<T, Closed>> {
        // ORDERING: Acquire, E1.
        match self.word.load(Ordering::Acquire) {
            FULL => {
                let value = self.get().expect("a full slot holds its value");
                // ORDERING: Relaxed: the sender has finished and nobody else reads the word.
                self.word.store(GONE, Ordering::Relaxed);
                Some(Ok(value))
            }
            CLOSED | GONE => Some(Err(Closed)),
            _ => None,
        }
    }

    /// EMPTY to WAITING; false if the sender has finished.
    fn register(&self, waiter: Waiter) -> bool {
        // SAFETY: I3: the word is EMPTY or the sender has finished without a waiter, so the cell is the receiver's.
        self.waiter.with_mut(|cell| unsafe { *cell = Some(waiter) });
        // ORDERING: Release, E2. A failure says no more than that the sender has finished; `take` acquires.
        if self.word.compare_exchange(EMPTY, WAITING, Ordering::Release, Ordering::Relaxed).is_ok() {
            return true;
        }
        drop(self.take_waiter());
        false
    }

    /// WAITING to EMPTY; false if the sender has finished and so owns the waiter.
    fn retract(&self) -> bool {
        // ORDERING: Relaxed: the receiver gets back its own write, and a failure is looked into by `take`.
        if self.word.compare_exchange(WAITING, EMPTY, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return false;
        }
        drop(self.take_waiter());
        true
    }

    /// Takes back the waker that an earlier poll has left, so that another waiter can go in (I3).
    fn leave(&self) {
        if self.is_waiting() {
            self.retract();
        }
    }

    fn is_waiting(&self) -> bool {
        // ORDERING: Relaxed: decides only whether to sleep on; `take` acquires.
        self.word.load(Ordering::Relaxed) == WAITING
    }

    fn take_waiter(&self) -> Option<Waiter> {
        // SAFETY: I3: callers have moved the word out of WAITING themselves, so the cell is theirs.
        self.waiter.with_mut(|cell| unsafe { (*cell).take() })
    }

    fn put(&self, value: Option<T>) {
        // SAFETY: I2: before its one swap the value's cell is the sender's.
        self.value.with_mut(|cell| unsafe { *cell = value });
    }

    fn get(&self) -> Option<T> {
        // SAFETY: I2: callers have seen FULL as the receiver, or GONE as the sender, so the cell is theirs.
        self.value.with_mut(|cell| unsafe { (*cell).take() })
    }
}

impl<T> fmt::Debug for Inner<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("word", &self.word).finish_non_exhaustive()
    }
}
