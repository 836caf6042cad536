//! A wait set: those who wait for a change, in the order in which they came, be they threads or tasks.
//!
//! A condition variable ties the wait to a lock, knows threads only, and cannot say whether anybody is there. Here the
//! state that is waited for is the caller's own, lock-free if it likes; the set keeps nothing but the queue, costs a
//! notifier a fence and a load while that is empty, and has one form of wait for blocking, deadline, async and several
//! sets at once, which is what a select is made of. Ancestors: the eventcount (Vyukov; folly), the wait queues of
//! `event-listener`, thingbuf and tokio's semaphore, Go's `sudog`.
//!
//! # States
//!
//! A [`Waiter`] has a bell of its own and in each of its sets a seat:
//!
//! | seat | who is where | who may move it |
//! |---|---|---|
//! | OUT | the waiter is not in this set | its owner, to LINKED, under the set's lock |
//! | LINKED | it is in the queue | its owner to OUT, a notifier to NOTIFIED, under the lock |
//! | NOTIFIED | a notifier has chosen it: it holds a baton | its owner |
//!
//! # Protocol
//!
//! Waiter:
//! 1. link every seat that is OUT, at the back; one whose baton was of no use goes back to the front. Then a fence;
//! 2. try what it is waiting for; if that works, leave every set, and be done;
//! 3. sleep until the bell rings; answer it, try again, and go back to 1 if that does not work either.
//!
//! To leave is to unlink the seats that are LINKED. A baton that was not used, because the deadline passed, the future
//! was dropped, the attempt panicked, or another set gave what was waited for, is passed on: its set is notified again.
//! A seat that is linked anew keeps its baton until the attempt that follows has found nothing, and may be chosen again
//! meanwhile; so batons are counted, and of several one is used.
//!
//! Notifier: make the change, then a fence; if nobody waits, be done. Else take the front seat under the lock, ring its
//! bell, mark it NOTIFIED, unlock, and only then wake. Who tells several takes them a batch at a time: as many as were
//! meant and linked when it took the lock first. Until it is through, seats are linked at the back only.
//!
//! # Invariants
//!
//! - I1: a change that was announced is seen by the attempt of everybody who waits, or somebody who waits holds a baton.
//! - I2: a baton is used or passed on; none is lost, whatever becomes of its waiter.
//! - I3: NOTIFIED is a notifier's last touch of a waiter's memory; its sleeper is woken from a handle that was taken out.
//! - I4: nobody is woken under the lock, and a waker that panics or comes back keeps no other one from being woken.
//! - I5: who tells all tells everybody who was linked when it began, and ends.
//!
//! # Orderings
//!
//! | edge | one side | other side | what it gives |
//! |---|---|---|---|
//! | E1 | SeqCst fence between link and attempt | SeqCst fence between change and the look at `waiting` | I1 |
//! | E2 | store of NOTIFIED | load in `is_notified` | I3 |
//!
//! Proof of I1: the two fences have an order. If the waiter's comes first, what it linked is visible to the notifier's
//! look, which finds it or finds that somebody has taken it off since, for whom the same holds. If the notifier's comes
//! first, the change is visible to the attempt.
//!
//! # Limits
//!
//! An attempt can win against somebody who was notified before (barging): the order of the queue is the order of the
//! wakes, not of the attempts. A notification with nobody there costs the fence, 3 ns. A set is 48 bytes on
//! x86-64, a waiter with one seat 80. [`Waiter::any`] allocates once, every other wait nothing. A waiter that hands a
//! baton on runs a foreign waker; if that panics, so does the wait, and what its attempt gave is dropped.

mod foreign;
mod list;
mod signal;
pub(crate) mod turn;
mod waiter;

pub use self::waiter::{Seat, ToSet, Wait, Waiter};

use self::foreign::Foreign;
use self::list::List;
use self::signal::Sleeper;
use crate::backoff::Backoff;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicUsize, Ordering, fence};
use std::fmt;
use std::pin::pin;
use std::time::Instant;

/// How many sleepers are woken for one taking of the lock; in a model few enough to see what happens between two.
const BATCH: usize = if cfg!(any(loom, shuttle)) { 1 } else { 16 };

/// Those who wait for one change.
///
/// ```
/// use common::wait::WaitSet;
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// let (tickets, arrived) = (AtomicU32::new(0), WaitSet::new());
/// let take = || tickets.try_update(Ordering::AcqRel, Ordering::Relaxed, |n| n.checked_sub(1)).ok();
/// std::thread::scope(|scope| {
///     scope.spawn(|| arrived.wait(take));
///     scope.spawn(|| {
///         tickets.fetch_add(1, Ordering::Release);
///         arrived.notify_one();
///     });
/// });
/// assert_eq!(tickets.into_inner(), 0);
/// ```
pub struct WaitSet {
    /// How many seats are linked; written under the lock.
    waiting: AtomicUsize,
    queue: Mutex<List>,
}

impl WaitSet {
    /// A set in which nobody waits.
    pub fn new() -> Self {
        Self { waiting: AtomicUsize::new(0), queue: Mutex::new(List::new()) }
    }

    /// Tells the one who has waited longest that there is a change; false if nobody waits.
    ///
    /// Everything done before is visible to an attempt that the wake leads to. Costs a fence and a load if nobody
    /// waits. Wakers are run by the caller; a panic of one goes on when all have run, here as in all that notifies.
    pub fn notify_one(&self) -> bool {
        self.notify(1) == 1
    }

    /// Tells up to `count` of those who wait, in their order, and says how many.
    pub fn notify(&self, count: usize) -> usize {
        if self.has_waiters() { self.take_front(count) } else { 0 }
    }

    /// Tells all who wait now, and says how many they were.
    pub fn notify_all(&self) -> usize {
        self.notify(usize::MAX)
    }

    /// Whether anybody waits. A change that was made before is seen by whoever is not counted.
    pub fn has_waiters(&self) -> bool {
        // ORDERING: SeqCst, E1, between the caller's change and the look.
        fence(Ordering::SeqCst);
        self.waiting() > 0
    }

    /// Whether nobody waits, as far as one can see without a fence: for decisions that are right either way.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting() == 0
    }

    /// Blocks until `attempt` gives something.
    ///
    /// It is called until it gives something, never under a lock: while the thread spins, when it has joined the queue,
    /// and after each notification. If it panics, the notification goes to the next in the queue.
    pub fn wait<R>(&self, attempt: impl FnMut() -> Option<R>) -> R {
        match self.block(None, attempt) {
            Some(given) => given,
            None => unreachable!("a wait without a deadline ends with what it waited for"),
        }
    }

    /// [`wait`](Self::wait) until `deadline`; `None` if the attempt has given nothing by then.
    pub fn wait_deadline<R>(&self, deadline: Instant, attempt: impl FnMut() -> Option<R>) -> Option<R> {
        self.block(Some(deadline), attempt)
    }

    /// [`wait`](Self::wait) as a future, which can be dropped at any time and loses nothing.
    pub fn wait_async<A: FnMut() -> Option<R>, R>(&self, attempt: A) -> Wait<'_, A> {
        Wait::new(self, attempt)
    }

    fn block<R>(&self, deadline: Option<Instant>, mut attempt: impl FnMut() -> Option<R>) -> Option<R> {
        let mut backoff = Backoff::new();
        loop {
            if let Some(given) = attempt() {
                return Some(given);
            }
            if !backoff.spin() {
                break;
            }
        }
        let waiter = pin!(Waiter::new(self));
        waiter.wait(deadline, || Some((0, attempt()?))).map(|(_, given)| given)
    }

    /// Takes `count` seats off the front of the queue, and wakes their owners a batch at a time.
    fn take_front(&self, count: usize) -> usize {
        let (mut taken, mut left) = (0, None);
        let mut foreign = Foreign::default();
        while left != Some(0) {
            let mut sleepers: [Option<Sleeper>; BATCH] = [const { None }; BATCH];
            self.locked(|list| {
                let meant = left.unwrap_or_else(|| list.begin_sweep(count));
                let now = BATCH.min(meant);
                let notified = |place: &mut Option<Sleeper>| list.notify_front().map(|sleeper| *place = sleeper);
                let found = sleepers[..now].iter_mut().map_while(notified).count();
                taken += found;
                let rest = if found < now { 0 } else { meant - found };
                if rest == 0 {
                    list.end_sweep();
                }
                left = Some(rest);
            });
            sleepers.into_iter().flatten().for_each(|sleeper| foreign.run(|| sleeper.wake()));
        }
        taken
    }

    /// Rings the bell of whoever is at the front and leaves it there; see [`turn`].
    pub(crate) fn ring_front(&self) {
        if self.has_waiters()
            && let Some(sleeper) = self.locked(|list| list.ring_front())
        {
            sleeper.wake();
        }
    }

    /// Runs `change` on the queue, under the lock, and counts it anew.
    fn locked<R>(&self, change: impl FnOnce(&mut List) -> R) -> R {
        let mut list = self.queue.lock();
        let result = change(&mut list);
        // ORDERING: Relaxed: E1's fences order what has to be ordered.
        // EQUIVALENT: lock unlocked: the number is counted anew under the lock, and before the fence of whoever changed it.
        self.waiting.store(list.len(), Ordering::Relaxed);
        result
    }

    fn waiting(&self) -> usize {
        // ORDERING: Relaxed: E1's fence comes before it where it matters.
        self.waiting.load(Ordering::Relaxed)
    }
}

impl Default for WaitSet {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for WaitSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitSet").field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}
