//! A parker: one thread sleeps, any other wakes it, and a wake that comes first is not lost.
//!
//! `std::thread::park` alone is not enough: its token is shared with everybody who ever called `unpark` on the thread,
//! so a waiter can neither tell whose wake it got nor leave a wait without leaving a stale token behind. A parker has a
//! word of its own; the thread's token only gets it out of bed. Ancestors: `java.util.concurrent.locks.LockSupport`,
//! crossbeam-utils' `Parker`.
//!
//! # States
//!
//! | word | who is where | who may change it |
//! |---|---|---|
//! | EMPTY | the owner runs and no wake is pending | owner to PARKED, anybody to NOTIFIED |
//! | PARKED | the owner sleeps, or is about to | anybody to NOTIFIED, owner to EMPTY when its deadline passed |
//! | NOTIFIED | a wake is pending | owner to EMPTY |
//!
//! # Protocol
//!
//! Owner, to park:
//! 1. compare-exchange NOTIFIED to EMPTY, and return if a wake was pending;
//! 2. compare-exchange EMPTY to PARKED; if a wake came since, go to 4;
//! 3. `thread::park` until the word is NOTIFIED (a stale token or a spurious wake finds it PARKED still);
//! 4. swap to EMPTY and return. A passed deadline does the same and returns what it found.
//!
//! Anybody, to unpark: swap to NOTIFIED; if the word was PARKED, `thread::unpark` the owner.
//!
//! # Invariants
//!
//! - I1: each `unpark` makes the park that is running, or else the next one, return. Several before it count as one.
//! - I2: the word is PARKED only while the owner is inside `park` or `park_deadline`.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | swap to NOTIFIED in `unpark` | steps 1 and 4 of `park` | all that the waker did before |
//!
//! Step 4 reads E1's value even when step 2 or the loop's load saw the wake first, so those may be Relaxed. It is a swap
//! and no store, which would overwrite a wake that nobody has read.
//!
//! # Limits
//!
//! One parker serves one thread (`Parker` is neither `Send` nor `Sync`). Park and unpark round trip: two context
//! switches. An unpark of a running thread, and the park that it lets pass: one locked operation each. The README has
//! figures.

use crate::sync::Arc;
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::thread::{self, Thread};
use std::marker::PhantomData;
use std::pin::pin;
// FACADE: a waker is made of std's, in a model too.
use std::sync::Arc as StdArc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

const EMPTY: u32 = 0;
const PARKED: u32 = 1;
const NOTIFIED: u32 = 2;

/// The sleeping side; belongs to the thread that made it.
///
/// ```
/// use common::park::Parker;
///
/// let parker = Parker::new();
/// let unparker = parker.unparker();
/// let waker = std::thread::spawn(move || unparker.unpark());
/// parker.park();
/// waker.join().unwrap();
/// ```
///
/// It cannot move to another thread, which would sleep while the wakes go to this one:
///
/// ```compile_fail,E0277
/// let parker = common::park::Parker::new();
/// std::thread::spawn(move || parker.park());
/// ```
#[derive(Debug)]
pub struct Parker {
    unparker: Unparker,
    stays_with_its_thread: PhantomData<*const ()>,
}

/// The waking side; clone it freely.
#[derive(Clone, Debug)]
pub struct Unparker(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    word: AtomicU32,
    owner: Thread,
}

impl Parker {
    /// A parker for the current thread. One allocation of 32 bytes.
    #[expect(clippy::new_without_default, reason = "what it returns depends on the calling thread")]
    pub fn new() -> Self {
        let inner = Inner { word: AtomicU32::new(EMPTY), owner: thread::current() };
        Self { unparker: Unparker(Arc::new(inner)), stays_with_its_thread: PhantomData }
    }

    /// A handle that wakes this parker's thread.
    pub fn unparker(&self) -> Unparker {
        self.unparker.clone()
    }

    /// Sleeps until an [`unpark`](Unparker::unpark); returns at once if one is pending.
    pub fn park(&self) {
        let inner = &self.unparker.0;
        if inner.take_wake() {
            return;
        }
        if inner.announce_park() {
            while !inner.is_notified() {
                thread::park();
            }
        }
        inner.consume();
    }

    /// Sleeps until an [`unpark`](Unparker::unpark) or until `deadline`; false means that no wake came.
    ///
    /// A wake that comes together with the deadline is either consumed and reported here or pending for the next park.
    pub fn park_deadline(&self, deadline: Instant) -> bool {
        let inner = &self.unparker.0;
        if inner.take_wake() {
            return true;
        }
        if inner.announce_park() {
            while !inner.is_notified() {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                thread::park_timeout(left);
            }
        }
        inner.consume()
    }
}

impl Unparker {
    /// Wakes the parker's thread, or lets its next park return at once.
    ///
    /// Everything done before is visible to the thread when it returns from that park.
    pub fn unpark(&self) {
        // ORDERING: Release, E1: pairs with `take_wake` and `consume`, and publishes what the waker did before.
        if self.0.word.swap(NOTIFIED, Ordering::Release) == PARKED {
            self.0.owner.unpark();
        }
    }
}

/// For a task that its thread drives by itself.
impl Wake for Unparker {
    fn wake(self: StdArc<Self>) {
        self.unpark();
    }
}

/// Drives `future` on this thread, which sleeps while nobody wakes the task: for tests, and where there is no runtime.
///
/// ```
/// let (sender, receiver) = common::slot::slot();
/// let worker = std::thread::spawn(move || sender.send(6 * 7));
/// assert_eq!(common::park::block_on(receiver), Ok(42));
/// worker.join().unwrap().unwrap();
/// ```
///
/// Costs two allocations. A future that needs the timers or sockets of a runtime does not get them here.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let parker = Parker::new();
    let waker = Waker::from(StdArc::new(parker.unparker()));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => parker.park(),
        }
    }
}

impl Inner {
    /// NOTIFIED to EMPTY; false if no wake is pending.
    fn take_wake(&self) -> bool {
        // ORDERING: Acquire, E1: pairs with the swap in `unpark`. Relaxed if there is no wake, which publishes nothing.
        self.word.compare_exchange(NOTIFIED, EMPTY, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// EMPTY to PARKED; false if a wake is pending instead.
    fn announce_park(&self) -> bool {
        // ORDERING: Relaxed: it publishes nothing, and what a pending wake published is acquired by `consume`.
        self.word.compare_exchange(EMPTY, PARKED, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    fn is_notified(&self) -> bool {
        // ORDERING: Relaxed: only decides whether to sleep; `consume` acquires.
        self.word.load(Ordering::Relaxed) == NOTIFIED
    }

    /// Back to EMPTY; true if there was a wake to consume.
    fn consume(&self) -> bool {
        // ORDERING: Acquire, E1: pairs with the swap in `unpark`.
        self.word.swap(EMPTY, Ordering::Acquire) == NOTIFIED
    }
}
