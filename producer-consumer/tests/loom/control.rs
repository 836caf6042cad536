//! Known-bad variants of the channel that the models have to be able to see fail.

use common::model::{Seen, model};
use common::sync::atomic::{AtomicU64, Ordering};
use common::sync::cell::UnsafeCell;
use common::wait::{Seats, WaitSet, Waiter};
use std::pin::pin;

/// One slot of the array, and who waits for it, with room for the channel's mistakes.
struct Slot {
    stamp: AtomicU64,
    value: UnsafeCell<u64>,
    not_empty: WaitSet,
}

const FREE: u64 = 0;
const FULL: u64 = 1;

// SAFETY: the stamp gives the value to one thread at a time, where nobody makes the mistake that is tried.
unsafe impl Sync for Slot {}

impl Slot {
    fn new() -> Self {
        Self { stamp: AtomicU64::new(FREE), value: UnsafeCell::new(0), not_empty: WaitSet::new() }
    }

    fn write(&self, value: u64) {
        // SAFETY: as for `Sync`.
        self.value.with_mut(|cell| unsafe { *cell = value });
    }

    fn stamp(&self) {
        // ORDERING: Release, pairs with the load in `look`.
        self.stamp.store(FULL, Ordering::Release);
    }

    fn look(&self) -> Option<u64> {
        // ORDERING: Acquire, pairs with the store in `stamp`.
        let is_full = self.stamp.load(Ordering::Acquire) == FULL;
        // SAFETY: as for `Sync`.
        is_full.then(|| self.value.with(|cell| unsafe { *cell }))
    }

    fn recv(&self) -> u64 {
        self.not_empty.wait(|| self.look())
    }
}

/// The variant that is right, as a proof that the others fail by their mistake.
#[test]
fn a_slot_that_is_written_stamped_and_announced_delivers() {
    model("channel/slot").outcomes(&["delivered"]).preemptions(4).check(|seen| {
        let slot = Slot::new();
        let send = || {
            slot.write(7);
            slot.stamp();
            slot.not_empty.notify_one();
        };
        assert_eq!(seen.race((send, || slot.recv())).1, 7);
        seen.outcome("delivered");
    });
}

/// The receiver may look between the notification and the stamp, and then sleeps for ever.
#[test]
fn control_a_notification_before_the_stamp_is_lost() {
    model("channel/control_notify_before_stamp").must_fail("deadlock", |seen| {
        let slot = Slot::new();
        let send = || {
            slot.write(7);
            slot.not_empty.notify_one();
            slot.stamp();
        };
        seen.race((send, || slot.recv()));
    });
}

/// E1 the wrong way round: the receiver reads while the sender writes.
#[test]
fn control_a_stamp_before_the_value_shows_what_is_not_there() {
    let failure = if cfg!(loom) { "Causality violation" } else { "concurrent read and write" };
    model("channel/control_stamp_before_value").must_fail(failure, |seen| {
        let slot = Slot::new();
        let send = || {
            slot.stamp();
            slot.write(7);
        };
        let got = seen.race((send, || slot.look())).1;
        assert!(got.is_none_or(|value| value == 7), "a value that was sent");
    });
}

/// A1 broken: two receivers load, compare and store where they should exchange, and both take the one message.
#[test]
fn control_a_claim_without_an_exchange_delivers_twice() {
    model("channel/control_claim_by_store").must_fail("claimed twice", |seen| {
        let head = AtomicU64::new(0);
        let claim = || {
            // ORDERING: Relaxed, both: the claim is what is tried.
            let is_claimed = head.load(Ordering::Relaxed) == 0;
            if is_claimed {
                head.store(1, Ordering::Relaxed);
            }
            is_claimed
        };
        let (first, second) = seen.race((claim, claim));
        assert!(!(first && second), "claimed twice");
    });
}

/// Something to take one at a time, for whoever waits in several sets.
struct Tokens {
    left: AtomicU64,
    set: WaitSet,
}

impl Tokens {
    fn new() -> Self {
        Self { left: AtomicU64::new(0), set: WaitSet::new() }
    }

    fn add(&self) {
        // ORDERING: Relaxed: a count, and the set orders it.
        self.left.fetch_add(1, Ordering::Relaxed);
        self.set.notify_one();
    }

    fn take(&self) -> Option<()> {
        // ORDERING: Relaxed, both, as above.
        self.left.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).ok().map(drop)
    }
}

/// Selects over two, beside one that waits for the second; `told_by` says whose notification it takes for used.
fn select(seen: &Seen, told_by: fn(usize) -> usize) -> usize {
    let both = [Tokens::new(), Tokens::new()];
    let select = || {
        let waiter: Waiter<_, Seats<_, 2>> = Waiter::few(both.iter().map(|tokens| &tokens.set));
        let attempt = || (0..2).find_map(|at| both[at].take().map(|()| (told_by(at), at)));
        let (_, at) = pin!(waiter).wait(None, attempt).expect("there is no deadline");
        if at == 1 {
            both[1].add();
        }
        at
    };
    let add = || both.iter().for_each(Tokens::add);
    seen.race((select, add, || both[1].set.wait(|| both[1].take()))).0
}

/// The variant that is right, as a proof that the other fails by its mistake.
#[test]
fn a_select_that_knows_who_told_it_keeps_nothing_from_another() {
    model("select/seat").preemptions(1).outcomes(&["first", "second"]).check(|seen| {
        seen.outcome(["first", "second"][select(seen, |at| at)]);
    });
}

/// S3 broken: a select that counts what it was told by one set as used for what it took from the other.
#[test]
fn control_a_select_that_uses_the_wrong_notification_keeps_it_from_another() {
    model("select/control_wrong_seat").preemptions(1).must_fail("deadlock", |seen| {
        select(seen, |at| 1 - at);
    });
}

/// D1 broken: a doorbell that sits down, and does not look before it sleeps.
#[test]
fn control_a_doorbell_that_does_not_look_sleeps_beside_a_message() {
    model("doorbell/control_no_look").must_fail("deadlock", |seen| {
        let tokens = Tokens::new();
        let mut looks = 0;
        let listen = || {
            let attempt = || {
                looks += 1;
                (looks > 1).then(|| (0, tokens.take()))
            };
            pin!(Waiter::new(&tokens.set)).wait(None, attempt);
        };
        seen.race((listen, || tokens.add()));
    });
}
