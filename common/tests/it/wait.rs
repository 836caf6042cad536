//! WaitSet: first come, first told, and whoever gives up hands on what it was told.

use crate::{Bell, Panics, past, poll, soon};
use common::latch::Latch;
use common::semaphore::Semaphore;
use common::wait::{WaitSet, Waiter};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

/// Tokens to wait for.
#[derive(Default)]
struct Tokens {
    count: AtomicUsize,
    set: WaitSet,
}

impl Tokens {
    fn take(&self) -> Option<()> {
        self.count.try_update(Ordering::AcqRel, Ordering::Relaxed, |count| count.checked_sub(1)).ok().map(drop)
    }

    fn add(&self, count: usize) -> usize {
        self.count.fetch_add(count, Ordering::Release);
        self.set.notify(count)
    }
}

/// Runs its future when it is woken, as an executor may that has nothing better to do.
struct Eager(Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>);

impl Wake for Eager {
    fn wake(self: Arc<Self>) {
        let waker = Waker::from(self.clone());
        if let Some(future) = self.0.lock().unwrap().as_mut() {
            assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
    }
}

impl Eager {
    /// Lets one wait in a set, for what never comes.
    fn wait(set: &Arc<WaitSet>) -> Arc<Self> {
        let set = set.clone();
        let eager = Arc::new(Self(Mutex::new(Some(Box::pin(async move { set.wait_async(|| None).await })))));
        eager.clone().wake();
        eager
    }

    fn end(&self) {
        drop(self.0.lock().unwrap().take());
    }
}

#[test]
fn a_token_that_is_there_is_taken_without_waiting() {
    let tokens = Tokens::default();
    assert_eq!(tokens.add(1), 0, "nobody waits");
    tokens.set.wait(|| tokens.take());
    assert_eq!(tokens.set.wait_deadline(past(), || tokens.take()), None);
    assert!(!tokens.set.has_waiters());
}

#[test]
fn those_who_wait_are_told_in_their_order() {
    let tokens = Tokens::default();
    let bells: [Arc<Bell>; 3] = Default::default();
    let mut futures = bells.each_ref().map(|_| Box::pin(tokens.set.wait_async(|| tokens.take())));
    for (future, bell) in futures.iter_mut().zip(&bells) {
        assert!(poll(future.as_mut(), bell).is_pending());
    }
    let rung = || bells.each_ref().map(|bell| bell.rung());
    assert_eq!(tokens.add(1), 1);
    assert_eq!(rung(), [1, 0, 0]);
    assert_eq!(tokens.add(5), 2);
    assert_eq!(rung(), [1, 1, 1]);
    for (future, bell) in futures.iter_mut().zip(&bells) {
        assert!(poll(future.as_mut(), bell).is_ready());
    }
}

#[test]
fn whoever_was_beaten_to_it_goes_back_to_the_front() {
    let tokens = Tokens::default();
    let bells: [Arc<Bell>; 2] = Default::default();
    let mut first = pin!(tokens.set.wait_async(|| tokens.take()));
    let mut second = pin!(tokens.set.wait_async(|| tokens.take()));
    assert!(poll(first.as_mut(), &bells[0]).is_pending() && poll(second.as_mut(), &bells[1]).is_pending());
    tokens.add(1);
    assert!(tokens.take().is_some(), "somebody who did not wait takes it");
    assert!(poll(first.as_mut(), &bells[0]).is_pending());
    tokens.add(1);
    assert_eq!(bells.each_ref().map(|bell| bell.rung()), [2, 0]);
    assert!(poll(first.as_mut(), &bells[0]).is_ready());
}

#[test]
fn a_future_that_is_dropped_after_its_notification_hands_it_on_to_one() {
    let tokens = Tokens::default();
    let bells: [Arc<Bell>; 3] = Default::default();
    let mut first = Box::pin(tokens.set.wait_async(|| tokens.take()));
    let mut second = pin!(tokens.set.wait_async(|| tokens.take()));
    let mut third = pin!(tokens.set.wait_async(|| tokens.take()));
    assert!(poll(first.as_mut(), &bells[0]).is_pending() && poll(second.as_mut(), &bells[1]).is_pending());
    assert!(poll(third.as_mut(), &bells[2]).is_pending());
    tokens.add(1);
    drop(first);
    assert_eq!(bells[1].rung(), 1);
    assert_eq!(bells[2].rung(), 0, "one notification is for one");
    assert_eq!(Arc::strong_count(&bells[0]), 1, "the waker went with its future");
    assert!(poll(second, &bells[1]).is_ready());
}

#[test]
fn an_attempt_that_panics_hands_its_notification_on() {
    let tokens = Tokens::default();
    let bells: [Arc<Bell>; 2] = Default::default();
    let mut calls = 0;
    let mut first = Box::pin(tokens.set.wait_async(|| {
        calls += 1;
        assert!(calls < 3, "the attempt that follows the notification");
        None::<()>
    }));
    let mut second = pin!(tokens.set.wait_async(|| tokens.take()));
    assert!(poll(first.as_mut(), &bells[0]).is_pending() && poll(second.as_mut(), &bells[1]).is_pending());
    tokens.add(1);
    assert!(catch_unwind(AssertUnwindSafe(|| poll(first.as_mut(), &bells[0]))).is_err());
    drop(first);
    assert_eq!(bells[1].rung(), 1);
    assert!(poll(second, &bells[1]).is_ready());
}

/// What the second set tells a waiter that takes from the first goes to the next who waits there.
#[test]
fn a_waiter_in_two_sets_hands_on_what_it_does_not_use() {
    let both: [Tokens; 2] = Default::default();
    let bells: [Arc<Bell>; 2] = Default::default();
    let mut selector = pin!(Waiter::any(both.iter().map(|tokens| &tokens.set)));
    let mut select = |bell: &Arc<Bell>| {
        let waker = Waker::from(bell.clone());
        let attempt = || (0..2).find_map(|at| Some((at, both[at].take()?)));
        selector.as_mut().poll(&Context::from_waker(&waker), attempt)
    };
    let mut other = pin!(both[1].set.wait_async(|| both[1].take()));
    assert!(select(&bells[0]).is_pending());
    assert!(poll(other.as_mut(), &bells[1]).is_pending());
    both[0].add(1);
    both[1].add(1);
    assert_eq!(bells[1].rung(), 0, "the selector came first");
    assert_eq!(select(&bells[0]), Poll::Ready((0, ())));
    assert_eq!(bells[1].rung(), 1);
    assert!(poll(other, &bells[1]).is_ready());
    assert!(both.iter().all(|tokens| !tokens.set.has_waiters()));
}

/// Those who are told first are back before the last are told, and take nobody's place.
#[test]
fn one_notification_of_all_tells_more_than_one_batch() {
    let set = Arc::new(WaitSet::new());
    let eager: [_; 40] = std::array::from_fn(|_| Eager::wait(&set));
    let bells: [Arc<Bell>; 40] = std::array::from_fn(|_| Arc::default());
    let mut waits = bells.each_ref().map(|_| Box::pin(set.wait_async(|| None::<()>)));
    for (wait, bell) in waits.iter_mut().zip(&bells) {
        assert!(poll(wait.as_mut(), bell).is_pending());
    }
    assert_eq!(set.notify_all(), 80);
    assert_eq!(bells.each_ref().map(|bell| bell.rung()), [1; 40]);
    eager.iter().for_each(|eager| eager.end());
    assert!(!set.has_waiters());
}

#[test]
fn a_notification_of_more_than_there_are_ends() {
    let set = Arc::new(WaitSet::new());
    let eager: [_; 16] = std::array::from_fn(|_| Eager::wait(&set));
    assert_eq!(set.notify(usize::MAX), 16);
    eager.iter().for_each(|eager| eager.end());
}

/// Two notifications come while one seat is between two looks: it uses one of them.
#[test]
fn a_poll_without_cause_swallows_no_notification() {
    let tokens = Tokens::default();
    let bells: [Arc<Bell>; 2] = Default::default();
    let mut calls = 0;
    let mut first = pin!(tokens.set.wait_async(|| {
        calls += 1;
        match calls {
            // The first look of the second poll: a token comes just after it,
            3 => tokens.take().or_else(|| {
                tokens.add(1);
                None
            }),
            // and the next one just before the second look.
            4 => {
                tokens.add(1);
                tokens.take()
            }
            _ => tokens.take(),
        }
    }));
    let mut second = pin!(tokens.set.wait_async(|| tokens.take()));
    assert!(poll(first.as_mut(), &bells[0]).is_pending() && poll(second.as_mut(), &bells[1]).is_pending());
    assert!(poll(first.as_mut(), &bells[0]).is_ready());
    assert_eq!((tokens.count.load(Ordering::Relaxed), bells[1].rung()), (1, 1));
}

#[test]
fn a_waiter_that_was_polled_and_then_blocks_swallows_no_notification() {
    let tokens = Tokens::default();
    let bells: [Arc<Bell>; 2] = Default::default();
    let mut first = pin!(Waiter::new(&tokens.set));
    let mut second = pin!(tokens.set.wait_async(|| tokens.take()));
    let waker = Waker::from(bells[0].clone());
    assert!(first.as_mut().poll(&Context::from_waker(&waker), || None::<(usize, ())>).is_pending());
    assert!(poll(second.as_mut(), &bells[1]).is_pending());
    tokens.add(1);
    let mut is_first = true;
    first.as_mut().wait(None, || {
        if std::mem::take(&mut is_first) {
            tokens.add(1);
        }
        Some((0, tokens.take()?))
    });
    assert_eq!((tokens.count.load(Ordering::Relaxed), bells[1].rung()), (1, 1));
}

#[test]
fn a_waker_that_panics_keeps_no_other_one_from_being_woken() {
    let set = WaitSet::new();
    let bell = Arc::<Bell>::default();
    let mut waits: [_; 40] = std::array::from_fn(|_| Box::pin(set.wait_async(|| None::<()>)));
    let panics = Waker::from(Arc::new(Panics));
    assert!(waits[0].as_mut().poll(&mut Context::from_waker(&panics)).is_pending());
    assert!(waits[1].as_mut().poll(&mut Context::from_waker(&panics)).is_pending());
    for wait in &mut waits[2..] {
        assert!(poll(wait.as_mut(), &bell).is_pending());
    }
    assert!(catch_unwind(AssertUnwindSafe(|| set.notify_all())).is_err());
    assert_eq!((bell.rung(), set.has_waiters()), (38, false));
    // The set is none the worse for it.
    assert!(poll(waits[2].as_mut(), &bell).is_pending() && poll(waits[3].as_mut(), &bell).is_pending());
    assert_eq!(set.notify_all(), 2);
}

/// A baton that goes on to a waker that panics: by then the waiter is in no queue any more.
#[test]
fn a_waker_that_panics_in_a_drop_leaves_nothing_behind() {
    let sets = [WaitSet::new(), WaitSet::new()];
    let bells: [Arc<Bell>; 2] = Default::default();
    let waker = Waker::from(bells[0].clone());
    let mut both = Box::pin(Waiter::any(&sets));
    assert!(both.as_mut().poll(&Context::from_waker(&waker), || None::<(usize, ())>).is_pending());
    let mut panics = pin!(sets[0].wait_async(|| None::<()>));
    assert!(panics.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::new(Panics)))).is_pending());
    let mut other = pin!(sets[1].wait_async(|| None::<()>));
    assert!(poll(other.as_mut(), &bells[1]).is_pending());
    assert!(sets.iter().all(WaitSet::notify_one));
    assert!(catch_unwind(AssertUnwindSafe(|| drop(both))).is_err());
    assert_eq!(bells[1].rung(), 1, "the other set's baton goes on all the same");
    assert!(sets.iter().all(|set| !set.has_waiters()));
}

#[test]
fn sizes_are_those_of_the_documentation() {
    assert_eq!((size_of::<WaitSet>(), size_of::<Waiter<&WaitSet>>()), (48, 80));
    assert_eq!((size_of::<Latch>(), size_of::<Semaphore>()), (56, 56));
}

#[test]
fn many_threads_and_deadlines_lose_no_token() {
    const ROUNDS: usize = if cfg!(miri) { 20 } else { 20_000 };
    let tokens = Tokens::default();
    let taken: usize = thread::scope(|scope| {
        let impatient = scope
            .spawn(|| (0..ROUNDS).filter(|_| tokens.set.wait_deadline(past(), || tokens.take()).is_some()).count());
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    tokens.add(1);
                }
            });
        }
        let waits = [(); 2].map(|()| {
            let is_served = || tokens.set.wait_deadline(soon(), || tokens.take()).is_some();
            scope.spawn(move || (0..ROUNDS / 2).filter(|_| is_served()).count())
        });
        let patient: usize = waits.into_iter().map(|wait| wait.join().unwrap()).sum();
        assert_eq!(patient, ROUNDS, "there are tokens for all of them, and the impatient one takes at most half");
        patient + impatient.join().unwrap()
    });
    assert_eq!(taken + tokens.count.load(Ordering::Relaxed), 2 * ROUNDS);
}
