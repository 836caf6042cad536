//! Waiting in turn: only the front of the queue tries, and whoever leaves the front tells the next.
//!
//! In a plain wait, whoever comes at the right moment gets ahead of those who wait, and one that needs much starves
//! beside many that need little. Here a seat stays in the queue until its owner has what it came for, so the front
//! is known and nobody passes it. What ends the waits of all is no matter of turns: the front may be a task that nobody
//! polls. A set is waited in one way or the other, never in both.
//!
//! # States
//!
//! A seat is OUT, LINKED or NOTIFIED, as in [`wait`](super): whoever is at the front of the queue has its turn, and a seat
//! is NOTIFIED only when all are.
//!
//! # Protocol
//!
//! Waiter: answer the bell; link at the back if not linked; fence and try: for what it came for if at the front, and for
//! the end of all waits in any case. Sleep, and again. To leave, unlink; whoever was at the front rings the bell of the
//! new front.
//!
//! Notifier: make the change, then a fence; ring the bell of the front, if there is one, and leave its seat linked. If the
//! change ends all waits, notify all.
//!
//! # Invariants
//!
//! - T1: only the front takes anything.
//! - T2: the front's bell is rung after each change, and after it has become the front.
//! - T3: the end of all waits is seen by an attempt of everybody, whoever else is asleep: I1 of [`wait`](super).
//!
//! So the front does not sleep beside something that it could have: a change that its attempt did not see was announced
//! after its link, by E1 of [`wait`](super), and the ring was for it or for somebody before it, who has left since and
//! rung (T2). A front that leaves because its attempt gave something rings, too: there may be enough for two. Who leaves with
//! a notification of all rings nobody: those behind have one of their own.
//!
//! # Orderings
//!
//! E1 of [`wait`](super), with the attempt of the front in the place of everybody's.
//!
//! # Limits
//!
//! Each change wakes one waiter at most, who may find too little; what is left wakes the next only when the front leaves.

use super::WaitSet;
use super::list::Node;
use super::signal::{Signal, Sleeper};
use crate::foreign::Foreign;
use crate::sync::atomic::{Ordering, fence};
use std::cell::Cell;
use std::fmt;
use std::marker::{PhantomData, PhantomPinned};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

/// One that waits for its turn in a set: only the front takes anything, and whoever leaves the front tells the next.
///
/// Pin it, and wait once. A set is waited in by turns or by [waiters](super::Waiter), never by both; whoever makes a change
/// calls [`ring_front`](WaitSet::ring_front), and [`notify_all`](WaitSet::notify_all) for what ends all waits.
///
/// ```
/// use common::wait::{Turn, WaitSet};
/// use std::pin::pin;
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// let (bytes, freed) = (AtomicU32::new(0), WaitSet::new());
/// let take = |count| bytes.try_update(Ordering::AcqRel, Ordering::Relaxed, |free| free.checked_sub(count)).ok();
/// std::thread::scope(|scope| {
///     scope.spawn(|| {
///         let turn = pin!(Turn::new(&freed));
///         turn.wait(None, |is_front| if is_front { take(2) } else { None })
///     });
///     for _ in 0..2 {
///         bytes.fetch_add(1, Ordering::Release);
///         freed.ring_front();
///     }
/// });
/// assert_eq!(bytes.into_inner(), 0);
/// ```
pub struct Turn<'a> {
    signal: Signal,
    node: Node,
    set: &'a WaitSet,
    // One thread at a time waits with it.
    _alone: PhantomData<Cell<()>>,
    _stays: PhantomPinned,
}

impl<'a> Turn<'a> {
    /// One that will wait in `set`.
    pub fn new(set: &'a WaitSet) -> Self {
        Self { signal: Signal::new(), node: Node::new(), set, _alone: PhantomData, _stays: PhantomPinned }
    }

    /// Blocks until `attempt` gives something, or until `deadline`: then `None`.
    ///
    /// `attempt` is told whether this is the front: if not, it gives nothing but the end of all waits.
    pub fn wait<R>(
        self: Pin<&mut Self>,
        deadline: Option<Instant>,
        mut attempt: impl FnMut(bool) -> Option<R>,
    ) -> Option<R> {
        loop {
            let given = self.as_ref().try_in_turn(&mut attempt);
            if given.is_some() || !self.signal.sleep(deadline) {
                self.leave();
                return given;
            }
        }
    }

    /// One poll of the same wait.
    pub fn poll<R>(self: Pin<&mut Self>, cx: &Context<'_>, mut attempt: impl FnMut(bool) -> Option<R>) -> Poll<R> {
        self.signal.disarm();
        loop {
            if let Some(given) = self.as_ref().try_in_turn(&mut attempt) {
                self.leave();
                return Poll::Ready(given);
            }
            if self.signal.arm(Sleeper::Task(cx.waker().clone())) {
                return Poll::Pending;
            }
        }
    }

    fn try_in_turn<R>(self: Pin<&Self>, attempt: &mut impl FnMut(bool) -> Option<R>) -> Option<R> {
        self.signal.answer();
        let is_front = self.set.locked(|list| {
            self.node.take_notification();
            if !self.node.is_in() {
                // SAFETY: it is in no queue. It and the bell are pinned, and `drop` unlinks it at the latest.
                unsafe { list.link(&self.node, &raw const self.signal, false) };
            }
            list.is_front(&self.node)
        });
        // ORDERING: SeqCst, E1 of `wait`, between the link and the attempt.
        fence(Ordering::SeqCst);
        attempt(is_front)
    }

    fn leave(&self) {
        if !self.node.is_in() {
            return;
        }
        let next = self.set.locked(|list| {
            if self.node.take_notification() {
                return None;
            }
            let was_front = list.is_front(&self.node);
            // SAFETY: it is linked, and in this set: a turn has no other one.
            unsafe { list.unlink(&self.node) };
            if was_front { list.ring_front() } else { None }
        });
        if let Some(next) = next {
            Foreign::default().run(|| next.wake());
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl fmt::Debug for Turn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("signal", &self.signal).finish_non_exhaustive()
    }
}
