//! The waiting side: one bell, a seat in each set, and the wait itself, blocking or polled.

use super::WaitSet;
use super::list::Node;
use super::seats::Seats;
use super::signal::{Signal, Sleeper};
use crate::foreign::Foreign;
use crate::sync::Arc;
use crate::sync::atomic::{Ordering, fence};
use std::cell::Cell;
use std::fmt;
use std::marker::{PhantomData, PhantomPinned};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

/// Leads to a set: a reference, or something that owns or shares what the set is a part of.
///
/// # Safety
///
/// [`set`](Self::set) leads to the same set as long as the value lives, wherever it is moved: a seat that is linked in one
/// set and unlinked from another would leave a dangling pointer behind.
pub unsafe trait ToSet {
    /// The set.
    fn set(&self) -> &WaitSet;
}

// SAFETY: a shared reference leads where it leads.
unsafe impl ToSet for &WaitSet {
    fn set(&self) -> &WaitSet {
        self
    }
}

// SAFETY: what an `Arc` shares stays where it is as long as there is one.
unsafe impl ToSet for Arc<WaitSet> {
    fn set(&self) -> &WaitSet {
        self
    }
}

/// A place in one set, part of a [`Waiter`]; `W` leads to the set.
pub struct Seat<W> {
    node: Node,
    set: W,
    /// Notifications that it had received when it tried last, off its node: what is taken may be what one of them is about.
    batons: Cell<u32>,
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
pub struct Waiter<W: ToSet, S: AsRef<[Seat<W>]> = [Seat<W>; 1]> {
    signal: Signal,
    seats: S,
    // One thread at a time waits with it.
    _set: PhantomData<Cell<W>>,
    _stays: PhantomPinned,
}

impl<W> Seat<W> {
    pub(super) fn new(set: W) -> Self {
        Self { node: Node::new(), set, batons: Cell::new(0) }
    }

    /// Takes a notification off the node, which is then in no queue.
    fn collect(&self) {
        if self.node.take_notification() {
            self.batons.set(self.batons.get() + 1);
        }
    }
}

impl<W: ToSet> Waiter<W> {
    /// One that will wait in `set`.
    pub fn new(set: W) -> Self {
        Self::with([Seat::new(set)])
    }
}

impl<W: ToSet> Waiter<W, Box<[Seat<W>]>> {
    /// One that will wait in all of `sets` at once; one allocation.
    pub fn any(sets: impl IntoIterator<Item = W>) -> Self {
        Self::with(sets.into_iter().map(Seat::new).collect())
    }
}

impl<W: ToSet + Clone, const N: usize> Waiter<W, Seats<W, N>> {
    /// One that will wait in all of `sets` at once; no allocation up to `N` of them, and one beyond.
    ///
    /// ```
    /// use common::wait::{Seats, WaitSet, Waiter};
    ///
    /// let sets = [WaitSet::new(), WaitSet::new()];
    /// let waiter: Waiter<_, Seats<_, 8>> = Waiter::few(&sets);
    /// ```
    pub fn few(sets: impl IntoIterator<Item = W>) -> Self {
        Self::with(Seats::new(sets))
    }
}

impl<W: ToSet, S: AsRef<[Seat<W>]>> Waiter<W, S> {
    fn with(seats: S) -> Self {
        Self { signal: Signal::new(), seats, _set: PhantomData, _stays: PhantomPinned }
    }

    /// Blocks until `attempt` gives something, or until `deadline`: then `None`.
    ///
    /// `attempt` says from which set it took what it gives, by its number: notifications of other sets that this waiter
    /// has received meanwhile go to the next who wait there. It is called any number of times, never under a lock; if it
    /// panics, all its notifications are passed on when the waiter is dropped. A waiter of no set sleeps until `deadline`.
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
            self.forget_batons();
            if !self.signal.sleep(deadline) {
                self.leave(None);
                return None;
            }
            self.collect_batons();
            if let Some(given) = attempt() {
                return Some(self.take(given));
            }
        }
    }

    /// One poll of the same wait, for a future that holds the waiter.
    ///
    /// A waiter that is in no queue joins before it attempts anything: attempt by yourself first if that may be enough.
    pub fn poll<R>(
        self: Pin<&mut Self>,
        cx: &Context<'_>,
        mut attempt: impl FnMut() -> Option<(usize, R)>,
    ) -> Poll<(usize, R)> {
        self.signal.disarm();
        let mut was_waiting = self.is_waiting();
        loop {
            self.collect_batons();
            if was_waiting && let Some(given) = attempt() {
                return Poll::Ready(self.take(given));
            }
            self.as_ref().enlist();
            if let Some(given) = attempt() {
                return Poll::Ready(self.take(given));
            }
            self.forget_batons();
            if self.signal.arm(Sleeper::Task(cx.waker().clone())) {
                return Poll::Pending;
            }
            was_waiting = true;
        }
    }

    /// Whether it may be in a queue, or holds a notification.
    fn is_waiting(&self) -> bool {
        self.seats.as_ref().iter().any(|seat| seat.node.is_in() || seat.batons.get() > 0)
    }

    fn take<R>(&self, given: (usize, R)) -> (usize, R) {
        self.leave(Some(given.0));
        given
    }

    /// Answers the bell and links what is not linked.
    fn enlist(self: Pin<&Self>) {
        self.signal.answer();
        for seat in self.seats.as_ref() {
            let Seat { node, set, batons } = seat;
            set.set().locked(|list| {
                seat.collect();
                if !node.is_in() {
                    // SAFETY: it is in no queue. It and the bell are pinned, and `drop` unlinks it at the latest.
                    unsafe { list.link(node, &raw const self.signal, batons.get() > 0) };
                }
            });
        }
        // ORDERING: SeqCst, E1, between the link and the attempt.
        fence(Ordering::SeqCst);
    }

    /// Takes off their nodes the notifications that came before an attempt: what comes later is not about what it takes.
    fn collect_batons(&self) {
        self.seats.as_ref().iter().for_each(Seat::collect);
    }

    /// There was nothing to take, not even for those who hold a baton: whoever took it was told as well.
    fn forget_batons(&self) {
        self.seats.as_ref().iter().for_each(|seat| seat.batons.set(0));
    }

    /// Leaves every set, and passes on each notification but one of the set that was `used`, if it came before the attempt.
    fn leave(&self, used: Option<usize>) {
        let seats = self.seats.as_ref();
        for (at, seat) in seats.iter().enumerate() {
            let Seat { node, set, batons } = seat;
            if used == Some(at) {
                batons.set(batons.get().saturating_sub(1));
            }
            if node.is_in() {
                set.set().locked(|list| {
                    seat.collect();
                    if node.is_in() {
                        // SAFETY: it is linked, and in this set: `ToSet` leads to no other one.
                        unsafe { list.unlink(node) };
                    }
                });
            }
        }
        // Nothing of this waiter is in a queue any more.
        let mut foreign = Foreign::default();
        for Seat { set, batons, .. } in seats {
            let left = batons.take();
            if left > 0 {
                foreign.run(|| {
                    set.set().notify(left as usize);
                });
            }
        }
    }
}

impl<W: ToSet, S: AsRef<[Seat<W>]>> Drop for Waiter<W, S> {
    #[inline]
    fn drop(&mut self) {
        if self.is_waiting() {
            self.leave(None);
        }
    }
}

impl<W: ToSet, S: AsRef<[Seat<W>]>> fmt::Debug for Waiter<W, S> {
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
        if !this.waiter.is_waiting()
            && let Some(given) = (this.attempt)()
        {
            return Poll::Ready(given);
        }
        // SAFETY: part of what is pinned, and handed out nowhere else.
        let waiter = unsafe { Pin::new_unchecked(&mut this.waiter) };
        waiter.poll(cx, || Some((0, (this.attempt)()?))).map(|(_, given)| given)
    }
}
