//! WaitSet: a change that was announced is seen by somebody who waits for it, whoever gives up meanwhile.

use crate::{Bell, past};
use common::model::model;
use common::park::block_on;
use common::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use common::sync::barrier::Barrier;
use common::sync::{Condvar, Mutex};
use common::wait::{WaitSet, Waiter};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

/// Tokens to wait for: the state that a set's user has beside it.
struct Tokens {
    count: AtomicUsize,
    set: WaitSet,
}

impl Tokens {
    fn new() -> Self {
        Self { count: AtomicUsize::new(0), set: WaitSet::new() }
    }

    /// With a set that becomes calm after so many notifications that find nobody.
    fn calm_after(idle: usize) -> Self {
        let tokens = Self::new();
        // In a model three are enough.
        (idle..3).for_each(|_| assert!(!tokens.set.notify_one()));
        tokens
    }

    fn take(&self) -> Option<()> {
        // ORDERING: Relaxed, here and below: the set's own edges have to make a change visible to who waits for it.
        let taken = self.count.try_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_sub(1));
        taken.ok().map(drop)
    }

    fn add_one(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.set.notify_one();
    }

    fn wait(&self) {
        self.set.wait(|| self.take());
    }

    fn left(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }
}

#[test]
fn a_notification_is_not_lost() {
    model("wait/notify_races_wait").outcomes(&["woken"]).check(|seen| {
        let tokens = Tokens::new();
        seen.race((|| tokens.wait(), || tokens.add_one()));
        assert_eq!(tokens.left(), 0);
        seen.outcome("woken");
    });
}

#[test]
fn a_notification_is_not_lost_where_the_set_was_calm() {
    model("wait/calm").outcomes(&["woken"]).check(|seen| {
        let tokens = Tokens::calm_after(0);
        seen.race((|| tokens.wait(), || tokens.add_one()));
        assert_eq!(tokens.left(), 0);
        seen.outcome("woken");
    });
}

/// The first to wait makes the set wary, and the second relies on that.
#[test]
fn two_who_wait_where_the_set_was_calm_are_both_woken() {
    model("wait/calm_two_waiters").outcomes(&["both woken"]).preemptions(2).check(|seen| {
        let tokens = Tokens::calm_after(0);
        let adder = || {
            tokens.add_one();
            tokens.add_one();
        };
        seen.race((|| tokens.wait(), adder, || tokens.wait()));
        assert_eq!(tokens.left(), 0);
        seen.outcome("both woken");
    });
}

/// Notifications that find nobody make the set calm under the eyes of one who is about to wait, and of one who waits again.
#[test]
fn a_set_that_becomes_calm_and_wary_in_turns_loses_no_notification() {
    model("wait/calm_again").outcomes(&["woken"]).preemptions(3).check(|seen| {
        let tokens = Tokens::calm_after(1);
        let waiter = || {
            tokens.wait();
            tokens.wait();
        };
        let adder = || {
            tokens.add_one();
            tokens.add_one();
        };
        seen.race((waiter, adder));
        assert_eq!(tokens.left(), 0);
        seen.outcome("woken");
    });
}

/// I2: a seat that is chosen again before it has tried holds two notifications, and uses one.
#[test]
fn a_poll_without_cause_swallows_no_notification() {
    model("wait/spurious_poll").outcomes(&["ready", "pending"]).preemptions(3).check(|seen| {
        let (tokens, bells) = (Tokens::new(), [(); 2].map(|()| Arc::<Bell>::default()));
        let wakers = bells.clone().map(Waker::from);
        let mut first = pin!(tokens.set.wait_async(|| tokens.take()));
        let mut second = pin!(tokens.set.wait_async(|| tokens.take()));
        assert!(first.as_mut().poll(&mut Context::from_waker(&wakers[0])).is_pending());
        assert!(second.as_mut().poll(&mut Context::from_waker(&wakers[1])).is_pending());
        let poll = || first.poll(&mut Context::from_waker(&wakers[0])).is_ready();
        let add = || {
            tokens.add_one();
            tokens.add_one();
        };
        let is_ready = seen.race((poll, add)).0;
        assert!(!is_ready || tokens.left() == 0 || bells[1].rung() > 0, "a token is left, and who waits was not told");
        seen.outcome(if is_ready { "ready" } else { "pending" });
    });
}

/// I2: who has found a token of which it was not told, and is chosen for another one before it has left the queue, hands
/// that on.
#[test]
fn a_baton_that_comes_after_the_attempt_is_handed_on() {
    model("wait/late_baton").outcomes(&["second told", "second first"]).preemptions(3).check(|seen| {
        let (tokens, bells) = (Tokens::new(), [(); 2].map(|()| Arc::<Bell>::default()));
        let wakers = bells.clone().map(Waker::from);
        let first = pin!(tokens.set.wait_async(|| tokens.take()));
        let mut second = pin!(tokens.set.wait_async(|| tokens.take()));
        let poll = || first.poll(&mut Context::from_waker(&wakers[0])).is_ready();
        let add_around_a_poll = || {
            tokens.add_one();
            let is_ready = second.as_mut().poll(&mut Context::from_waker(&wakers[1])).is_ready();
            tokens.add_one();
            is_ready
        };
        let (first_has, second_has) = seen.race((poll, add_around_a_poll));
        let told = bells.each_ref().map(|bell| bell.rung() > 0);
        let waits = [!first_has && !told[0], !second_has && !told[1]];
        assert!(tokens.left() == 0 || waits == [false; 2], "a token is left beside somebody who was not told");
        seen.outcome(if second_has { "second first" } else { "second told" });
    });
}

#[test]
fn two_notifications_wake_two_waiters() {
    model("wait/two_notify_one").outcomes(&["both woken"]).preemptions(2).check(|seen| {
        let tokens = Tokens::new();
        let adder = || {
            tokens.add_one();
            tokens.add_one();
        };
        seen.race((|| tokens.wait(), adder, || tokens.wait()));
        seen.outcome("both woken");
    });
}

#[test]
fn all_who_wait_are_told() {
    model("wait/notify_all").outcomes(&["both woken"]).preemptions(2).check(|seen| {
        let (open, set) = (AtomicBool::new(false), WaitSet::new());
        // ORDERING: Relaxed, both: the set's own edges have to make it visible.
        let wait = || set.wait(|| open.load(Ordering::Relaxed).then_some(()));
        let opener = || {
            open.store(true, Ordering::Relaxed);
            set.notify_all();
        };
        seen.race((wait, opener, wait));
        seen.outcome("both woken");
    });
}

#[test]
fn a_notification_that_meets_a_deadline_is_used_or_comes_too_late() {
    model("wait/notify_races_deadline").outcomes(&["woken", "timed out"]).check(|seen| {
        let tokens = Tokens::new();
        let (taken, ()) = seen.race((|| tokens.set.wait_deadline(past(), || tokens.take()), || tokens.add_one()));
        assert_eq!(tokens.left(), usize::from(taken.is_none()), "a token was lost or taken twice");
        assert!(!tokens.set.has_waiters());
        seen.outcome(if taken.is_some() { "woken" } else { "timed out" });
    });
}

/// I2: the one who gives up may have been notified; then the other has to be. Whoever wins makes the other's token.
#[test]
fn a_deadline_that_passes_hands_the_baton_on() {
    model("wait/deadline_passes_the_baton").outcomes(&["the quick", "the patient"]).preemptions(2).check(|seen| {
        let tokens = Tokens::new();
        let quick = || {
            let taken = tokens.set.wait_deadline(past(), || tokens.take()).is_some();
            if taken {
                tokens.add_one();
            }
            taken
        };
        let (quick_won, (), ()) = seen.race((quick, || tokens.add_one(), || tokens.wait()));
        seen.outcome(if quick_won { "the quick" } else { "the patient" });
    });
}

#[test]
fn a_future_that_is_dropped_hands_the_baton_on() {
    model("wait/drop_passes_the_baton").outcomes(&["ready", "dropped"]).preemptions(2).check(|seen| {
        let tokens = Tokens::new();
        let fickle = || {
            let ready = {
                let mut future = pin!(tokens.set.wait_async(|| tokens.take()));
                (0..2).any(|_| future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready())
            };
            if ready {
                tokens.add_one();
            }
            ready
        };
        let (ready, (), ()) = seen.race((fickle, || tokens.add_one(), || tokens.wait()));
        seen.outcome(if ready { "ready" } else { "dropped" });
    });
}

#[test]
fn a_future_is_woken() {
    model("wait/notify_races_poll").outcomes(&["woken"]).check(|seen| {
        let tokens = Tokens::new();
        seen.race((|| block_on(tokens.set.wait_async(|| tokens.take())), || tokens.add_one()));
        assert!(!tokens.set.has_waiters());
        seen.outcome("woken");
    });
}

/// A waker that was replaced by a later poll is not the one that is woken.
#[test]
fn the_last_waker_is_woken() {
    model("wait/notify_races_second_poll").outcomes(&["woken"]).preemptions(3).check(|seen| {
        let tokens = Tokens::new();
        let waiter = || {
            let mut future = pin!(tokens.set.wait_async(|| tokens.take()));
            if future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
                block_on(future);
            }
        };
        seen.race((waiter, || tokens.add_one()));
        seen.outcome("woken");
    });
}

/// One waiter in two sets: it takes from one, and what the other has told it goes to who waits there.
#[test]
fn a_waiter_in_two_sets_keeps_no_baton_it_does_not_use() {
    model("wait/two_sets").outcomes(&["first", "second"]).preemptions(2).check(|seen| {
        let both = [Tokens::new(), Tokens::new()];
        let selector = || {
            let waiter = pin!(Waiter::any(both.iter().map(|tokens| &tokens.set)));
            let taken = waiter.wait(None, || (0..2).find_map(|at| Some((at, both[at].take()?))));
            let (at, ()) = taken.expect("there is no deadline");
            if at == 1 {
                both[1].add_one();
            }
            at
        };
        let adder = || {
            both[0].add_one();
            both[1].add_one();
        };
        let (at, (), ()) = seen.race((selector, adder, || both[1].wait()));
        assert_eq!(both[0].left(), usize::from(at == 1));
        seen.outcome(["first", "second"][at]);
    });
}

/// Two notifiers ring one bell, from two sets.
#[test]
fn two_sets_ring_one_bell() {
    model("wait/two_rings").outcomes(&["first", "second"]).preemptions(2).check(|seen| {
        let both = [Tokens::new(), Tokens::new()];
        let selector = || {
            let waiter = pin!(Waiter::any(both.iter().map(|tokens| &tokens.set)));
            waiter.wait(None, || (0..2).find_map(|at| Some((at, both[at].take()?)))).expect("there is no deadline").0
        };
        let ((), at, ()) = seen.race((|| both[0].add_one(), selector, || both[1].add_one()));
        assert_eq!(both[at].left() + both[1 - at].left(), 1);
        assert!(both.iter().all(|tokens| !tokens.set.has_waiters()));
        seen.outcome(["first", "second"][at]);
    });
}

/// Who was notified finds nothing, because another came first; it waits on and is told again.
#[test]
fn a_waiter_who_was_beaten_to_it_waits_on() {
    model("wait/barging").outcomes(&["beaten", "first"]).preemptions(2).check(|seen| {
        let tokens = Tokens::new();
        let barger = || {
            let taken = tokens.take().is_some();
            if taken {
                tokens.add_one();
            }
            taken
        };
        let ((), barged, ()) = seen.race((|| tokens.wait(), barger, || tokens.add_one()));
        seen.outcome(if barged { "beaten" } else { "first" });
    });
}

/// E1 broken: without the fences the notifier may look before its change can be seen, and the waiter too.
#[test]
fn control_a_set_without_fences_loses_a_notification() {
    sleepers_bit("wait/control_no_fence", Between::Nothing);
}

/// E1' broken: the light side alone orders nothing.
#[test]
fn control_a_light_barrier_without_a_heavy_one_loses_a_notification() {
    sleepers_bit("wait/control_no_heavy_barrier", Between::LightOnly);
}

/// E1' in its barest form.
#[test]
fn a_sleepers_bit_with_a_barrier_loses_none() {
    sleepers_bit("wait/barrier_suffices", Between::Barrier);
}

/// The same with the fences, as a proof that it is they who matter.
#[test]
fn a_sleepers_bit_with_fences_loses_none() {
    sleepers_bit("wait/fences_suffice", Between::Fences);
}

/// What stands between a write and the look that follows it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Between {
    Nothing,
    Fences,
    LightOnly,
    Barrier,
}

/// The handshake in its barest form: a change and a count of sleepers, each written before the other is looked at.
fn sleepers_bit(name: &'static str, between: Between) {
    let body = move |seen: &common::model::Seen| {
        let (change, sleeping) = (AtomicBool::new(false), AtomicBool::new(false));
        let (lock, woken) = (Mutex::new(false), Condvar::new());
        let barrier = Barrier::new();
        let pass = |is_heavy: bool| match between {
            Between::Fences => fence(Ordering::SeqCst),
            Between::Barrier if is_heavy => barrier.heavy(),
            Between::Barrier | Between::LightOnly if !is_heavy => barrier.light(),
            Between::Barrier | Between::LightOnly | Between::Nothing => {}
        };
        // ORDERING: Relaxed, all: the fences are what is tried.
        let notifier = || {
            change.store(true, Ordering::Relaxed);
            pass(false);
            if sleeping.load(Ordering::Relaxed) {
                *lock.lock() = true;
                woken.notify_one();
            }
        };
        let waiter = || {
            sleeping.store(true, Ordering::Relaxed);
            pass(true);
            if !change.load(Ordering::Relaxed) {
                let mut told = lock.lock();
                woken.wait_while(&mut told, |told| !*told);
            }
        };
        seen.race((waiter, notifier));
        seen.outcome("woken");
    };
    match between {
        Between::Fences | Between::Barrier => model(name).outcomes(&["woken"]).check(body),
        Between::Nothing | Between::LightOnly => model(name).must_fail_in_weak_memory("deadlock", body),
    }
}
