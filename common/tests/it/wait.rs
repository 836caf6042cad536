//! WaitSet: first come, first told, and whoever gives up hands on what it was told.

use crate::{past, soon};
use common::wait::{WaitSet, Waiter};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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

/// Counts how often it was woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn poll<F: Future>(future: Pin<&mut F>, bell: &Arc<Bell>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(&Waker::from(bell.clone())))
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
    let rung = || bells.each_ref().map(|bell| bell.0.load(Ordering::Relaxed));
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
    assert_eq!(bells.each_ref().map(|bell| bell.0.load(Ordering::Relaxed)), [2, 0]);
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
    assert_eq!(bells[1].0.load(Ordering::Relaxed), 1);
    assert_eq!(bells[2].0.load(Ordering::Relaxed), 0, "one notification is for one");
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
    assert_eq!(bells[1].0.load(Ordering::Relaxed), 1);
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
    assert_eq!(bells[1].0.load(Ordering::Relaxed), 0, "the selector came first");
    assert_eq!(select(&bells[0]), Poll::Ready((0, ())));
    assert_eq!(bells[1].0.load(Ordering::Relaxed), 1);
    assert!(poll(other, &bells[1]).is_ready());
    assert!(both.iter().all(|tokens| !tokens.set.has_waiters()));
}

#[test]
fn more_waiters_than_one_batch_are_all_told() {
    const WAITERS: usize = 50;
    let tokens = Tokens::default();
    thread::scope(|scope| {
        let waits: Vec<_> =
            (0..WAITERS).map(|_| scope.spawn(|| tokens.set.wait_deadline(soon(), || tokens.take()))).collect();
        tokens.count.fetch_add(WAITERS, Ordering::Release);
        while waits.iter().any(|wait| !wait.is_finished()) {
            tokens.set.notify_all();
            thread::yield_now();
        }
        assert!(waits.into_iter().all(|wait| wait.join().unwrap().is_some()));
    });
    assert_eq!(tokens.count.load(Ordering::Relaxed), 0);
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
            scope.spawn(|| {
                let one_second = || std::time::Instant::now() + std::time::Duration::from_secs(1);
                (0..ROUNDS / 2).filter(|_| tokens.set.wait_deadline(one_second(), || tokens.take()).is_some()).count()
            })
        });
        let patient: usize = waits.into_iter().map(|wait| wait.join().unwrap()).sum();
        assert_eq!(
            patient,
            ROUNDS / 2 * 2,
            "there are tokens for all of them, and the impatient one takes at most half"
        );
        patient + impatient.join().unwrap()
    });
    assert_eq!(taken + tokens.count.load(Ordering::Relaxed), 2 * ROUNDS);
}
