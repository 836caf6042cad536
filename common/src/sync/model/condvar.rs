//! A condition variable that borrows its guard, and from whose queue a waiter may time out or wake without cause.
//!
//! The checkers' own never time out, so that a time-out which comes while its waiter is queued, before a notification
//! that is meant for it, would never be tried. Here the queue is ours: who waits is put into it before the mutex is
//! free, and leaves it by a notification, by its time-out or by [`chance`], whichever comes first. The queue is plain
//! memory, since a checker runs one thread at a time; the shadow makes waits and notifications depend on each other.

use super::locks::MutexGuard;
use super::particular::{Shadow, chance};
use super::thread::{self, Thread};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard as StdGuard, PoisonError};
use std::time::{Duration, Instant};

/// A condition variable.
#[derive(Debug, Default)]
pub struct Condvar {
    queue: Mutex<VecDeque<Waiter>>,
    shadow: Shadow,
}

/// A thread's place in the queue; the reference tells two waits of one thread apart.
type Waiter = Arc<Thread>;

/// Whether a timed wait ended by its time-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// True if the deadline passed before a notification came.
    pub fn timed_out(self) -> bool {
        self.0
    }
}

impl Condvar {
    /// A condition variable with nobody waiting.
    pub fn new() -> Self {
        Self::default()
    }

    /// Unlocks, waits for a notification, and locks again.
    pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        let waiter = self.enqueue();
        MutexGuard::unlocked(guard, || {
            if chance::strikes() {
                self.leave(&waiter);
            }
            waiter.sleep_while(|| self.is_queued(&waiter));
        });
    }

    /// Waits until `condition` is false.
    pub fn wait_while<T>(&self, guard: &mut MutexGuard<'_, T>, mut condition: impl FnMut(&mut T) -> bool) {
        while condition(guard) {
            self.wait(guard);
        }
    }

    /// Waits for a notification or, if `deadline` has passed already, for as long as the schedule says.
    pub fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, deadline: Instant) -> WaitTimeoutResult {
        if Instant::now() < deadline {
            self.wait(guard);
            return WaitTimeoutResult(false);
        }
        let waiter = self.enqueue();
        WaitTimeoutResult(MutexGuard::unlocked(guard, || self.leave(&waiter)))
    }

    /// [`wait_until`](Self::wait_until) with a duration; zero means that the time-out fires.
    pub fn wait_for<T>(&self, guard: &mut MutexGuard<'_, T>, timeout: Duration) -> WaitTimeoutResult {
        // A model that asks for a second means "long": it must not become a time-out because the host was slow.
        let far = Duration::from_secs(1 << 30);
        self.wait_until(guard, Instant::now() + if timeout.is_zero() { timeout } else { far })
    }

    /// Wakes the waiter that has waited longest; false if there is none.
    pub fn notify_one(&self) -> bool {
        self.shadow.switch();
        let waiter = self.queue().pop_front();
        waiter.inspect(|waiter| waiter.rouse()).is_some()
    }

    /// Wakes all waiters, and says how many.
    pub fn notify_all(&self) -> usize {
        self.shadow.switch();
        let waiters = std::mem::take(&mut *self.queue());
        waiters.iter().for_each(|waiter| waiter.rouse());
        waiters.len()
    }

    fn queue(&self) -> StdGuard<'_, VecDeque<Waiter>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enqueue(&self) -> Waiter {
        self.shadow.switch();
        let waiter = Arc::new(thread::current());
        self.queue().push_back(waiter.clone());
        waiter
    }

    fn is_queued(&self, waiter: &Waiter) -> bool {
        self.queue().iter().any(|queued| Arc::ptr_eq(queued, waiter))
    }

    /// Takes the waiter off the queue; false if a notification has done so.
    fn leave(&self, waiter: &Waiter) -> bool {
        self.shadow.switch();
        let mut queue = self.queue();
        let before = queue.len();
        queue.retain(|queued| !Arc::ptr_eq(queued, waiter));
        queue.len() < before
    }
}
