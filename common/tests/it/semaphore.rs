//! Semaphore: permits in the order of the requests, none lost and none made.

use crate::{Bell, Panics, drop_in_a_panic, past, poll, soon};
use common::semaphore::{Closed, Semaphore, TryAcquireError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

fn noop() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

#[test]
fn permits_are_taken_and_given_back() {
    let semaphore = Semaphore::new(3);
    let mut two = semaphore.acquire(2).unwrap();
    assert_eq!(semaphore.try_acquire(2).unwrap_err(), TryAcquireError::Unavailable);
    two.release(1);
    assert_eq!((two.count(), semaphore.available()), (1, 2));
    semaphore.acquire(2).unwrap().forget();
    drop(two);
    assert_eq!(semaphore.available(), 1);
    semaphore.release(2);
    assert_eq!(semaphore.available(), 3);
}

/// The front wants many; whoever wants few comes later and waits, although there are enough for it.
#[test]
fn nobody_gets_past_the_front() {
    let semaphore = Semaphore::new(1);
    let mut many = Box::pin(semaphore.acquire_async(3));
    let mut few = pin!(semaphore.acquire_async(1));
    assert!(many.as_mut().poll(&mut noop()).is_pending() && few.as_mut().poll(&mut noop()).is_pending());
    assert_eq!(semaphore.try_acquire(1).unwrap_err(), TryAcquireError::Unavailable);
    assert!(few.as_mut().poll(&mut noop()).is_pending());
    semaphore.release(2);
    assert!(few.as_mut().poll(&mut noop()).is_pending());
    let Poll::Ready(permit) = many.as_mut().poll(&mut noop()) else { panic!("three are free") };
    assert!(few.as_mut().poll(&mut noop()).is_pending());
    drop(permit);
    assert!(few.as_mut().poll(&mut noop()).is_ready());
}

#[test]
fn a_front_that_leaves_lets_the_next_try() {
    let semaphore = Semaphore::new(1);
    let mut many = Box::pin(semaphore.acquire_async(3));
    assert!(many.as_mut().poll(&mut noop()).is_pending());
    thread::scope(|scope| {
        let few = scope.spawn(|| semaphore.acquire_deadline(1, soon()).unwrap().map(|permit| permit.count()));
        drop(many);
        assert_eq!(few.join().unwrap(), Some(1));
    });
}

#[test]
fn a_deadline_ends_the_wait_and_takes_nothing() {
    let semaphore = Semaphore::new(1);
    assert!(semaphore.acquire_deadline(2, past()).unwrap().is_none());
    assert_eq!(semaphore.available(), 1);
    assert!(semaphore.try_acquire(1).is_ok(), "nobody waits any more");
}

#[test]
fn a_close_ends_waits_and_refuses_requests() {
    let semaphore = Semaphore::new(1);
    let held = semaphore.acquire(1).unwrap();
    thread::scope(|scope| {
        let waits = [(); 3].map(|()| scope.spawn(|| semaphore.acquire(1).map(drop)));
        semaphore.close();
        assert!(waits.into_iter().all(|wait| wait.join().unwrap() == Err(Closed)));
    });
    drop(held);
    assert_eq!(semaphore.try_acquire(1).unwrap_err(), TryAcquireError::Closed);
    assert!(semaphore.is_closed());
}

/// Whoever unwinds gives permits back, and leaves the front, like anybody else.
#[test]
fn a_waker_that_panics_where_its_ringer_unwinds_ends_no_process() {
    let semaphore = Semaphore::new(1);
    let permit = semaphore.try_acquire(1).unwrap();
    let mut front = Box::pin(semaphore.acquire_async(1));
    let mut next = Box::pin(semaphore.acquire_async(1));
    let waker = Waker::from(Arc::new(Panics));
    assert!(front.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert!(next.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop_in_a_panic(permit);
    drop_in_a_panic(front);
    assert!(poll(next.as_mut(), &Arc::<Bell>::default()).is_ready());
    assert_eq!(semaphore.available(), 1);
}

/// The front has been polled once, and nobody polls it again.
#[test]
fn a_close_reaches_those_behind_a_future_that_is_not_polled() {
    let semaphore = Semaphore::new(0);
    let mut front = pin!(semaphore.acquire_async(1));
    assert!(front.as_mut().poll(&mut noop()).is_pending());
    let bell = Arc::<Bell>::default();
    let mut next = pin!(semaphore.acquire_async(1));
    assert!(poll(next.as_mut(), &bell).is_pending());
    thread::scope(|scope| {
        let last = scope.spawn(|| semaphore.acquire_deadline(1, soon()).map(|permit| permit.is_some()));
        semaphore.close();
        assert_eq!(last.join().unwrap(), Err(Closed));
    });
    assert_eq!(bell.rung(), 1);
    assert!(matches!(poll(next.as_mut(), &bell), Poll::Ready(Err(Closed))));
    assert!(matches!(front.as_mut().poll(&mut noop()), Poll::Ready(Err(Closed))));
}

#[test]
fn many_threads_never_hold_more_than_there_are() {
    const PERMITS: usize = 7;
    const ROUNDS: usize = if cfg!(miri) { 10 } else { 5_000 };
    let (semaphore, held) = (Semaphore::new(PERMITS), AtomicUsize::new(0));
    thread::scope(|scope| {
        for thread in 0..8 {
            let (semaphore, held) = (&semaphore, &held);
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let wanted = 1 + (thread + round) % PERMITS;
                    let permit = semaphore.acquire(wanted).unwrap();
                    assert!(held.fetch_add(wanted, Ordering::Relaxed) + wanted <= PERMITS);
                    held.fetch_sub(wanted, Ordering::Relaxed);
                    drop(permit);
                }
            });
        }
    });
    assert_eq!(semaphore.available(), PERMITS);
}

#[test]
fn all_the_permits_that_fit_can_be_made_and_released() {
    assert_eq!(Semaphore::new(Semaphore::MAX).available(), Semaphore::MAX);
    let semaphore = Semaphore::new(0);
    semaphore.release(Semaphore::MAX);
    assert_eq!(semaphore.available(), Semaphore::MAX);
}

#[test]
#[should_panic(expected = "has at most")]
fn more_permits_than_fit_are_refused() {
    Semaphore::new(Semaphore::MAX + 1);
}

#[test]
fn a_release_that_does_not_fit_is_refused_and_changes_nothing() {
    let semaphore = Semaphore::new(Semaphore::MAX - 1);
    for count in [2, Semaphore::MAX, usize::MAX] {
        assert!(catch_unwind(AssertUnwindSafe(|| semaphore.release(count))).is_err());
        assert_eq!(semaphore.available(), Semaphore::MAX - 1);
    }
    semaphore.release(1);
    assert_eq!(semaphore.available(), Semaphore::MAX);
}

#[test]
fn permits_for_which_there_is_no_room_any_more_go_nowhere() {
    let semaphore = Semaphore::new(2);
    let permits = semaphore.try_acquire(2).unwrap();
    semaphore.release(Semaphore::MAX - 1);
    drop(permits);
    assert_eq!(semaphore.available(), Semaphore::MAX - 1);
}

#[test]
fn a_part_of_the_permits_comes_back_and_no_more_than_all() {
    let semaphore = Semaphore::new(3);
    let mut permits = semaphore.try_acquire(3).unwrap();
    permits.release(1);
    assert_eq!((semaphore.available(), permits.count()), (1, 2));
    assert!(catch_unwind(AssertUnwindSafe(|| permits.release(3))).is_err());
    permits.release(2);
    assert_eq!((semaphore.available(), permits.count()), (3, 0));
    drop(permits);
    assert_eq!(semaphore.available(), 3);
}
