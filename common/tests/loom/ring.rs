//! A scratch ring with seeded bugs, one of each class that a mutant can have: what the models here let through, they
//! would let through elsewhere.
//!
//! The ring is Vyukov's stamped one for many pushers and poppers, with a blocking side: who finds it full or empty
//! counts itself as a sleeper, looks once more and sleeps; who changed it looks for sleepers. The ring and its bad
//! variants are one source, so nothing but the bug tells them apart.

use common::model::{Model, Seen, model};
use common::sync::atomic::{AtomicUsize, Ordering, fence};
use common::sync::cell::UnsafeCell;
use common::sync::{Condvar, Mutex, MutexGuard};

/// What is wrong with a ring.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bug {
    None,
    /// A message is published by a Relaxed store of the stamp.
    OrderingWeakened,
    /// Who changed the ring looks for sleepers without a fence.
    FenceRemoved,
    /// Sleepers are not notified.
    NotifyDropped,
    /// One sleeper is notified where all are to be.
    NotifyOneForAll,
    /// A position is claimed by a load and a store.
    ExchangeSplit,
    /// The lock is free between a sleeper's last look and its sleep.
    LockEndsEarly,
    /// One message more fits than should.
    CapacityOffByOne,
}

/// A stamp needs two slots at least to tell a slot that is full from one that is free for the next lap.
const SLOTS: usize = 2;

struct Ring {
    bug: Bug,
    capacity: usize,
    head: AtomicUsize,
    tail: AtomicUsize,
    slots: [Slot; SLOTS],
    sleepers: AtomicUsize,
    lock: Mutex<()>,
    changed: Condvar,
}

/// Free for the push at `stamp`, or full for the pop at `stamp - 1`.
struct Slot {
    stamp: AtomicUsize,
    message: UnsafeCell<usize>,
}

// SAFETY: a message is touched by whoever claimed the position that the slot's stamp names, and by nobody else until
// they store the next stamp.
unsafe impl Sync for Slot {}

/// Whether a blocking operation slept, or at least was about to.
type Slept = bool;

impl Ring {
    fn new(bug: Bug, capacity: usize) -> Self {
        Self {
            bug,
            capacity,
            head: AtomicUsize::new(0),
            tail: AtomicUsize::new(0),
            slots: [0, 1].map(|at| Slot { stamp: AtomicUsize::new(at), message: UnsafeCell::new(0) }),
            sleepers: AtomicUsize::new(0),
            lock: Mutex::new(()),
            changed: Condvar::new(),
        }
    }

    fn push(&self, message: usize) -> Slept {
        let ((), slept) = self.block(|| self.try_push(message));
        self.wake();
        slept
    }

    fn pop(&self) -> (usize, Slept) {
        let popped = self.block(|| self.try_pop());
        self.wake();
        popped
    }

    /// `None` if the ring is full, or a pop of the slot is under way.
    fn try_push(&self, message: usize) -> Option<()> {
        // ORDERING: Relaxed: a claim and the stamp decide; a stale position fails one of them.
        let mut tail = self.tail.load(Ordering::Relaxed);
        loop {
            // ORDERING: Relaxed: the head only grows, so a stale one refuses too early, never too late.
            let used = tail.saturating_sub(self.head.load(Ordering::Relaxed));
            if used >= self.capacity + usize::from(self.bug == Bug::CapacityOffByOne) {
                return None;
            }
            let slot = &self.slots[tail % SLOTS];
            // ORDERING: Acquire: pairs with the store in `try_pop`, which ends the read of the last lap.
            let stamp = slot.stamp.load(Ordering::Acquire);
            if stamp < tail {
                return None;
            }
            if stamp > tail {
                // ORDERING: Relaxed: the stamp's edge shows the claim that came before it.
                tail = self.tail.load(Ordering::Relaxed);
                continue;
            }
            match self.claim(&self.tail, tail) {
                Ok(_) => {
                    // SAFETY: the position is claimed, and its stamp says that the slot is free.
                    slot.message.with_mut(|to| unsafe { *to = message });
                    // ORDERING: Release: pairs with the load in `try_pop`, publishes the message. Relaxed is the bug.
                    let publish = if self.bug == Bug::OrderingWeakened { Ordering::Relaxed } else { Ordering::Release };
                    slot.stamp.store(tail + 1, publish);
                    return Some(());
                }
                Err(found) => tail = found,
            }
        }
    }

    /// `None` if the ring is empty, or a push to the slot is under way.
    fn try_pop(&self) -> Option<usize> {
        // ORDERING: Relaxed, as in `try_push`.
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            let slot = &self.slots[head % SLOTS];
            // ORDERING: Acquire: pairs with the store in `try_push`, which publishes the message.
            let stamp = slot.stamp.load(Ordering::Acquire);
            if stamp <= head {
                return None;
            }
            if stamp > head + 1 {
                // ORDERING: Relaxed, as in `try_push`.
                head = self.head.load(Ordering::Relaxed);
                continue;
            }
            match self.claim(&self.head, head) {
                Ok(_) => {
                    // SAFETY: the position is claimed, and its stamp says that the slot is full.
                    let message = slot.message.with(|from| unsafe { *from });
                    // ORDERING: Release: pairs with the load in `try_push`, ends the read.
                    slot.stamp.store(head + SLOTS, Ordering::Release);
                    return Some(message);
                }
                Err(found) => head = found,
            }
        }
    }

    /// Moves a position on, if it is still where it was seen.
    fn claim(&self, position: &AtomicUsize, seen: usize) -> Result<usize, usize> {
        if self.bug == Bug::ExchangeSplit {
            // ORDERING: Relaxed: two accesses instead of one are the bug, whatever their orderings.
            let found = position.load(Ordering::Relaxed);
            if found != seen {
                return Err(found);
            }
            position.store(seen + 1, Ordering::Relaxed);
            return Ok(found);
        }
        // ORDERING: Relaxed: the position says who may touch the slot; what is in it the stamp publishes.
        position.compare_exchange(seen, seen + 1, Ordering::Relaxed, Ordering::Relaxed)
    }

    /// Attempts until it works, asleep while it does not.
    fn block<T>(&self, attempt: impl Fn() -> Option<T>) -> (T, Slept) {
        if let Some(done) = attempt() {
            return (done, false);
        }
        let mut guard = self.lock.lock();
        // ORDERING: Relaxed: the fences order the count.
        self.sleepers.fetch_add(1, Ordering::Relaxed);
        let mut slept = false;
        loop {
            // ORDERING: SeqCst, with the one in `wake`: either this look finds the change, or that one the sleeper.
            fence(Ordering::SeqCst);
            if let Some(done) = attempt() {
                // ORDERING: Relaxed: nobody waits for there to be fewer.
                self.sleepers.fetch_sub(1, Ordering::Relaxed);
                return (done, slept);
            }
            if self.bug == Bug::LockEndsEarly {
                MutexGuard::unlocked(&mut guard, || ());
            }
            slept = true;
            self.changed.wait(&mut guard);
        }
    }

    /// After a change: wakes who sleeps. Pushers and poppers sleep side by side, so one is not enough.
    fn wake(&self) {
        if self.bug != Bug::FenceRemoved {
            // ORDERING: SeqCst, with the one in `block`.
            fence(Ordering::SeqCst);
        }
        // ORDERING: Relaxed: the fences order it.
        if self.sleepers.load(Ordering::Relaxed) > 0 {
            let _guard = self.lock.lock();
            match self.bug {
                Bug::NotifyDropped => {}
                Bug::NotifyOneForAll => drop(self.changed.notify_one()),
                _ => drop(self.changed.notify_all()),
            }
        }
    }
}

/// Two messages through a ring for one: they arrive in order, whoever has to sleep.
fn hand_over(name: &'static str, bug: Bug) -> (Model, impl Fn(&Seen) + Send + Sync + 'static) {
    (model(name).preemptions(3), move |seen: &Seen| {
        let ring = Ring::new(bug, 1);
        let (slept, popped) = seen.race((|| [1, 2].map(|message| ring.push(message)), || [ring.pop(), ring.pop()]));
        assert_eq!(popped.map(|(message, _)| message), [1, 2]);
        seen.outcome(match (slept.contains(&true), popped.iter().any(|(_, slept)| *slept)) {
            (false, false) => "nobody slept",
            (true, false) => "the pusher slept",
            (false, true) => "the popper slept",
            (true, true) => "both slept",
        });
    })
}

/// Two pushers at a ring with room for both: nothing is overwritten.
fn push_beside_push(name: &'static str, bug: Bug) -> (Model, impl Fn(&Seen) + Send + Sync + 'static) {
    (model(name), move |seen: &Seen| {
        let ring = Ring::new(bug, 2);
        let pushed = seen.race((|| ring.try_push(1), || ring.try_push(2)));
        assert_eq!(pushed, (Some(()), Some(())), "there is room for both");
        let popped = [ring.try_pop(), ring.try_pop(), ring.try_pop()];
        seen.outcome(match popped {
            [Some(1), Some(2), None] => "1, 2",
            [Some(2), Some(1), None] => "2, 1",
            _ => panic!("a message was overwritten: {popped:?}"),
        });
    })
}

/// Two pushers at a ring with room for one of them: the other is refused.
fn push_beside_full(name: &'static str, bug: Bug) -> (Model, impl Fn(&Seen) + Send + Sync + 'static) {
    (model(name), move |seen: &Seen| {
        let ring = Ring::new(bug, 1);
        let pushed = seen.race((|| ring.try_push(1), || ring.try_push(2)));
        seen.outcome(match pushed {
            (Some(()), None) => "1 fits",
            (None, Some(())) => "2 fits",
            _ => panic!("one message fits, neither more nor fewer: {pushed:?}"),
        });
    })
}

/// Two poppers who may sleep, and a pusher who may have to sleep beside one of them.
fn sleepers_of_both_kinds(name: &'static str, bug: Bug) -> (Model, impl Fn(&Seen) + Send + Sync + 'static) {
    (model(name).preemptions(2), move |seen: &Seen| {
        let ring = Ring::new(bug, 1);
        let ((first, _), _, (second, _)) =
            seen.race((|| ring.pop(), || [1, 2].map(|message| ring.push(message)), || ring.pop()));
        seen.outcome(match (first, second) {
            (1, 2) => "1, 2",
            (2, 1) => "2, 1",
            _ => panic!("each message is popped once: {first}, {second}"),
        });
    })
}

#[test]
fn a_ring_hands_over_in_order_whoever_sleeps() {
    let (model, body) = hand_over("ring/hand_over", Bug::None);
    model.outcomes(&["nobody slept", "the pusher slept", "the popper slept", "both slept"]).check(body);
}

#[test]
fn a_ring_keeps_what_two_pushers_push() {
    let (model, body) = push_beside_push("ring/push_races_push", Bug::None);
    model.outcomes(&["1, 2", "2, 1"]).check(body);
}

#[test]
fn a_ring_refuses_what_does_not_fit() {
    let (model, body) = push_beside_full("ring/push_races_full", Bug::None);
    model.outcomes(&["1 fits", "2 fits"]).check(body);
}

#[test]
fn a_ring_wakes_sleepers_of_both_kinds() {
    let (model, body) = sleepers_of_both_kinds("ring/three_sleepers", Bug::None);
    model.outcomes(&["1, 2", "2, 1"]).check(body);
}

#[test]
fn control_a_weakened_ordering_races() {
    let (model, body) = hand_over("ring/control_ordering", Bug::OrderingWeakened);
    model.must_fail_in_weak_memory("Causality violation", body);
}

#[test]
fn control_a_removed_fence_loses_a_wake() {
    let (model, body) = hand_over("ring/control_fence", Bug::FenceRemoved);
    model.must_fail_in_weak_memory("deadlock", body);
}

#[test]
fn control_a_dropped_notify_lets_a_sleeper_sleep() {
    let (model, body) = hand_over("ring/control_notify_dropped", Bug::NotifyDropped);
    model.must_fail("deadlock", body);
}

#[test]
fn control_a_notify_of_one_for_all_wakes_the_wrong_one() {
    let (model, body) = sleepers_of_both_kinds("ring/control_notify_one", Bug::NotifyOneForAll);
    model.must_fail("deadlock", body);
}

#[test]
fn control_a_split_exchange_overwrites() {
    let (model, body) = push_beside_push("ring/control_exchange", Bug::ExchangeSplit);
    // loom sees both write to one slot, shuttle what is left there.
    model.must_fail(if cfg!(loom) { "Concurrent write accesses" } else { "a message was overwritten" }, body);
}

#[test]
fn control_a_lock_that_ends_early_loses_a_wake() {
    let (model, body) = hand_over("ring/control_lock", Bug::LockEndsEarly);
    model.must_fail("deadlock", body);
}

#[test]
fn control_a_capacity_that_is_off_by_one_takes_too_much() {
    let (model, body) = push_beside_full("ring/control_capacity", Bug::CapacityOffByOne);
    model.must_fail("one message fits, neither more nor fewer", body);
}
