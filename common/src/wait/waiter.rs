//! The waiting side: one bell, a seat in each set, and the wait itself, blocking or polled.

use super::WaitSet;
use super::list::Node;
use super::signal::{Signal, Sleeper};
use crate::sync::atomic::{Ordering, fence};
use std::cell::Cell;
use std::fmt;
use std::marker::{PhantomData, PhantomPinned};
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

/// A place in one set, part of a [`Waiter`]; `W` leads to the set.
pub struct Seat<W> {
    node: Node,
    set: W,
    /// Whether it was linked anew while it held a baton, and nothing has been tried since.
    owes: Cell<bool>,
}

/// One that waits, in one set or in several, for a thread or a task.
///
/// Pin it (`std::pin::pin!`, or inside a future), and wait on it as often as you like. Between waits it is in no queue.
///
/// ```
/// use common::wait::{WaitSet, Waiter};
/// use std::pin::pin;
/// use std::sync::atomic::{AtomicBool, Ordering::{AcqRel, Release}};
///
/// let flags = [const { AtomicBool::new(false) }; 2];
/// let sets = [WaitSet::new(), WaitSet::new()];
/// std::thread::scope(|scope| {
///     scope.spawn(|| {
///         flags[1].store(true, Release);
///         sets[1].notify_one();
///     });
///     let waiter = pin!(Waiter::any(&sets));
///     let first = || flags.iter().position(|flag| flag.swap(false, AcqRel)).map(|set| (set, ()));
///     assert_eq!(waiter.wait(None, first), Some((1, ())));
/// });
/// ```
pub struct Waiter<W: Deref<Target = WaitSet>, S: AsRef<[Seat<W>]> = [Seat<W>; 1]> {
    signal: Signal,
    seats: S,
    // One thread at a time waits with it.
    _set: PhantomData<Cell<W>>,
    _stays: PhantomPinned,
}

impl<W> Seat<W> {
    fn new(set: W) -> Self {
        Self { node: Node::new(), set, owes: Cell::new(false) }
    }
}

impl<W: Deref<Target = WaitSet>> Waiter<W> {
    /// One that will wait in `set`.
    pub fn new(set: W) -> Self {
        Self::with([Seat::new(set)])
    }
}

impl<W: Deref<Target = WaitSet>> Waiter<W, Box<[Seat<W>]>> {
    /// One that will wait in all of `sets` at once; one allocation.
    pub fn any(sets: impl IntoIterator<Item = W>) -> Self {
        Self::with(sets.into_iter().map(Seat::new).collect())
    }
}

impl<W: Deref<Target = WaitSet>, S: AsRef<[Seat<W>]>> Waiter<W, S> {
    fn with(seats: S) -> Self {
        Self { signal: Signal::new(), seats, _set: PhantomData, _stays: PhantomPinned }
    }

    /// Blocks until `attempt` gives something, or until `deadline`: then `None`.
    ///
    /// `attempt` says from which set it took what it gives, by its number: a notification of another set that this one
    /// has received meanwhile goes to the next who waits there. If it panics, all of them do once the waiter is dropped.
    pub fn wait<R>(
        self: Pin<&mut Self>,
        deadline: Option<Instant>,
        mut attempt: impl FnMut() -> Option<(usize, R)>,
    ) -> Option<(usize, R)> {
        loop {
            self.as_ref().enlist();
            if let Some(given) = attempt() {
                return Some(self.take(given));
            }
            self.settle();
            if !self.signal.sleep(deadline) {
                self.leave(None);
                return None;
            }
            if let Some(given) = attempt() {
                return Some(self.take(given));
            }
        }
    }

    /// One poll of the same wait, for a future that holds the waiter.
    pub fn poll<R>(
        self: Pin<&mut Self>,
        cx: &Context<'_>,
        mut attempt: impl FnMut() -> Option<(usize, R)>,
    ) -> Poll<(usize, R)> {
        self.signal.disarm();
        loop {
            if let Some(given) = attempt() {
                return Poll::Ready(self.take(given));
            }
            self.as_ref().enlist();
            if let Some(given) = attempt() {
                return Poll::Ready(self.take(given));
            }
            self.settle();
            if self.signal.arm(Sleeper::Task(cx.waker().clone())) {
                return Poll::Pending;
            }
        }
    }

    fn take<R>(&self, given: (usize, R)) -> (usize, R) {
        self.leave(Some(given.0));
        given
    }

    /// Answers the bell and links what is not linked.
    fn enlist(self: Pin<&Self>) {
        self.signal.answer();
        for Seat { node, set, owes } in self.seats.as_ref() {
            set.locked(|list| {
                if !node.is_linked() {
                    owes.set(node.is_notified());
                    // SAFETY: it is in no queue. It and the bell are pinned, and `drop` unlinks it at the latest.
                    unsafe { list.link(node, &raw const self.signal, owes.get()) };
                }
            });
        }
        // ORDERING: SeqCst, E1, between the link and the attempt.
        fence(Ordering::SeqCst);
    }

    /// There was nothing to take, not even for those who hold a baton: whoever took it was told as well.
    fn settle(&self) {
        self.seats.as_ref().iter().for_each(|seat| seat.owes.set(false));
    }

    /// Leaves every set, and passes on each notification but one of the set that was `used`.
    fn leave(&self, used: Option<usize>) {
        for (at, Seat { node, set, owes }) in self.seats.as_ref().iter().enumerate() {
            if node.is_linked() {
                set.locked(|list| {
                    if node.is_linked() {
                        // SAFETY: it is linked, and this is its only set.
                        unsafe { list.unlink(node) };
                    }
                });
            }
            let is_notified = node.is_notified();
            if is_notified {
                node.settle();
            }
            if (owes.take() || is_notified) && used != Some(at) {
                set.notify_one();
            }
        }
    }
}

impl<W: Deref<Target = WaitSet>, S: AsRef<[Seat<W>]>> Drop for Waiter<W, S> {
    fn drop(&mut self) {
        self.leave(None);
    }
}

impl<W: Deref<Target = WaitSet>, S: AsRef<[Seat<W>]>> fmt::Debug for Waiter<W, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiter").field("signal", &self.signal).finish_non_exhaustive()
    }
}

impl<W> fmt::Debug for Seat<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat").finish_non_exhaustive()
    }
}

/// The future of [`WaitSet::wait_async`].
#[derive(Debug)]
#[must_use = "a future does nothing until it is polled"]
pub struct Wait<'a, A> {
    waiter: Waiter<&'a WaitSet>,
    attempt: A,
}

impl<'a, A> Wait<'a, A> {
    pub(super) fn new(set: &'a WaitSet, attempt: A) -> Self {
        Self { waiter: Waiter::new(set), attempt }
    }
}

impl<A: FnMut() -> Option<R>, R> Future for Wait<'_, A> {
    type Output = R;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        // SAFETY: the waiter stays where it is, the attempt is never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: part of what is pinned, and handed out nowhere else.
        let waiter = unsafe { Pin::new_unchecked(&mut this.waiter) };
        waiter.poll(cx, || Some((0, (this.attempt)()?))).map(|(_, given)| given)
    }
}
