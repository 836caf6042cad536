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
//! meanwhile; so batons are counted, and of several one is used. One that comes after the attempt is about something
//! else, even if that attempt took something.
//!
//! Notifier: make the change, then look at the word; if it is zero, pass the light barrier and look again, and if it
//! still is, be done. If it shows nobody, a fence, and look again; if it still does, be done. Else take the front seat
//! under the lock, if there is one, ring its bell, mark it NOTIFIED, unlock, and only then wake. Who tells several takes
//! them a batch at a time: as many as were meant and linked when it took the lock first. Until it is through, seats are
//! linked at the back only.
//!
//! The word is zero while the set is *calm*: nobody waits, and notifiers need not fence. The first to link makes it *wary*
//! and passes the heavy barrier, under the lock. A set begins wary, and is calm again when `CALM_AFTER` notifications have
//! found nobody: so much fencing costs what a heavy barrier does, and whoever streams pays neither.
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
//! | E1 | SeqCst fence between link and attempt | SeqCst fence between change and the last look at the word | I1 |
//! | E1' | heavy barrier between the link and the end of the lock | light barrier between change and a look that finds zero | I1 |
//! | E2 | store of NOTIFIED | load in `take_notification` | I3 |
//!
//! Proof of I1: the two fences have an order. If the waiter's comes first, what it linked is visible to the notifier's
//! look, which finds it or finds that somebody has taken it off since, for whom the same holds. If the notifier's comes
//! first, the change is visible to the attempt. A notifier that was done before it had fenced saw the set
//! calm, so whoever links later than it looked finds it calm as well and passes the heavy barrier, or takes the lock after
//! one who did. If that came after the light one, the change is visible to the attempt; if before, the notifier would have
//! seen the link. Nobody makes the set calm while a seat is linked. A notifier that takes the lock finds whoever linked
//! before, and the change is visible to whoever links after.
//!
//! # Limits
//!
//! An attempt can win against somebody who was notified before (barging): the order of the queue is the order of the
//! wakes, not of the attempts. A notification with nobody there costs three loads while the set is calm, else
//! the fence, 3 ns; a wait costs a system call of 0.4 to 7 us more if the set is calm. Where the kernel has no
//! `membarrier(2)` a set stays wary; if it takes the call back from a running process (a filter installed late), the
//! waits of sets that are calm panic. A set is 48 bytes on x86-64, a waiter with one seat 80. [`Waiter::any`] allocates
//! once, and so does [`Waiter::few`] for more sets than it has seats within; every other wait nothing. At most 2^32 - 1
//! wait at a time. A waiter that hands a baton on runs a foreign waker; if that panics, so does the wait, and what its
//! attempt gave is dropped.

mod list;
mod seats;
mod signal;
mod turn;
mod waiter;

pub use self::seats::Seats;
pub use self::turn::Turn;
pub use self::waiter::{Seat, ToSet, Wait, Waiter};
pub use crate::foreign::Foreign;

use self::list::List;
use self::signal::Sleeper;
use crate::backoff::Backoff;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicUsize, Ordering, fence};
use crate::sync::barrier::Barrier;
use std::fmt;
use std::pin::pin;
// FACADE: an estimate that no edge depends on, and that would be many more steps to a model.
use std::sync::atomic::AtomicU32;
use std::time::Instant;

/// How many sleepers are woken for one taking of the lock; in a model few enough to see what happens between two.
const BATCH: usize = if cfg!(any(loom, shuttle)) { 1 } else { 16 };

/// So many notifications in a row find nobody before a set is calm.
const CALM_AFTER: u32 = if cfg!(any(loom, shuttle)) { 3 } else { 1024 };

/// Notifiers fence.
const WARY: usize = 1 << 0;
/// One linked seat.
const SEAT: usize = 1 << 1;

/// A value of the word: how many seats are linked, and whether notifiers fence; zero is calm.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Word(usize);

impl Word {
    const CALM: Self = Self(0);

    /// With so many seats, in a set that was as this word says: who waits makes it wary.
    fn with(self, seats: usize) -> Self {
        Self((seats * SEAT) | if seats > 0 { WARY } else { self.0 & WARY })
    }

    fn seats(self) -> usize {
        self.0 / SEAT
    }
}

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
    /// A [`Word`], written under the lock.
    word: AtomicUsize,
    /// Notifications that found nobody, since somebody waited last, as far as their writes did not get lost.
    idle: AtomicU32,
    for_many: bool,
    barrier: Barrier,
    queue: Mutex<List>,
}

impl WaitSet {
    /// A set in which nobody waits.
    pub fn new() -> Self {
        Self::with(false)
    }

    /// A set for changes that seldom come alone: who waits lets them gather for the time of a yield before it looks
    /// again, see [`Backoff::for_many`].
    pub fn for_many() -> Self {
        Self::with(true)
    }

    fn with(for_many: bool) -> Self {
        Self {
            word: AtomicUsize::new(WARY),
            idle: AtomicU32::new(0),
            for_many,
            barrier: Barrier::new(),
            queue: Mutex::new(List::new()),
        }
    }

    /// Tells the one who has waited longest that there is a change; false if nobody waits.
    ///
    /// Everything done before is visible to an attempt that the wake leads to. Costs three loads if nobody waits, and a
    /// fence if somebody has lately. Wakers are run by the caller; a panic of one goes on when all have run, here as in
    /// all that notifies.
    #[inline]
    pub fn notify_one(&self) -> bool {
        self.notify(1) == 1
    }

    /// Tells up to `count` of those who wait, in their order, and says how many.
    #[inline]
    pub fn notify(&self, count: usize) -> usize {
        if self.has_waiters() { self.take_front(count) } else { 0 }
    }

    /// Tells all who wait now, and says how many they were.
    pub fn notify_all(&self) -> usize {
        self.notify(usize::MAX)
    }

    /// Whether anybody waits. A change that was made before is seen by whoever is not counted.
    #[inline]
    pub fn has_waiters(&self) -> bool {
        let word = self.word();
        if word == Word::CALM {
            // E1', between the caller's change and the look.
            self.barrier.light();
            if self.word() == Word::CALM {
                return false;
            }
        }
        word.seats() > 0 || self.has_waiters_beyond_doubt()
    }

    /// The look of whoever saw that the set is wary, and nobody in it.
    fn has_waiters_beyond_doubt(&self) -> bool {
        // ORDERING: SeqCst, E1, between the caller's change and the look.
        fence(Ordering::SeqCst);
        if self.word().seats() > 0 {
            return true;
        }
        // ORDERING: Relaxed, both: it is an estimate.
        let idle = self.idle.load(Ordering::Relaxed) + 1;
        self.idle.store(idle, Ordering::Relaxed);
        if idle >= CALM_AFTER {
            self.calm();
        }
        false
    }

    /// Makes the set calm, if nobody waits and that makes anything cheaper.
    #[cold]
    fn calm(&self) {
        // ORDERING: Relaxed: it is an estimate.
        self.idle.store(0, Ordering::Relaxed);
        if self.barrier.is_cheap() {
            let list = self.queue.lock();
            if list.len() == 0 {
                self.set_word(Word::CALM);
            }
        }
    }

    /// Whether nobody waits, as far as one can see without a fence: for decisions that are right either way.
    pub fn is_empty(&self) -> bool {
        self.word().seats() == 0
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
        let mut backoff = if self.for_many { Backoff::for_many() } else { Backoff::new() };
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

    /// Tells the one at the front that there is a change, and leaves it there; false if nobody waits.
    ///
    /// For sets in which [turns](Turn) are waited for: whoever leaves the front tells the next by itself.
    pub fn ring_front(&self) -> bool {
        if !self.has_waiters() {
            return false;
        }
        let (sleeper, is_there) = self.locked(|list| (list.ring_front(), list.len() > 0));
        if let Some(sleeper) = sleeper {
            Foreign::default().run(|| sleeper.wake());
        }
        is_there
    }

    /// Runs `change` on the queue, under the lock, and counts it anew.
    fn locked<R>(&self, change: impl FnOnce(&mut List) -> R) -> R {
        let mut list = self.queue.lock();
        let result = change(&mut list);
        // EQUIVALENT: lock unlocked: who comes in between counts this change, too, and passes the heavy barrier for both.
        let before = self.word();
        let word = before.with(list.len());
        if word != before {
            self.set_word(word);
        }
        if word.seats() > 0 {
            // ORDERING: Relaxed: it is an estimate.
            self.idle.store(0, Ordering::Relaxed);
        }
        if before == Word::CALM && word != Word::CALM {
            // E1', and under the lock, so that who links next and finds the set wary needs no more than a fence.
            self.barrier.heavy();
        }
        result
    }

    #[inline]
    fn word(&self) -> Word {
        // ORDERING: Relaxed: E1's fences and barriers come before it where it matters.
        Word(self.word.load(Ordering::Relaxed))
    }

    fn set_word(&self, word: Word) {
        // ORDERING: Relaxed: E1's fences and barriers order what has to be ordered.
        self.word.store(word.0, Ordering::Relaxed);
    }
}

impl Default for WaitSet {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for WaitSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitSet").field("waiting", &self.word().seats()).finish_non_exhaustive()
    }
}
