//! A select as a future.

use super::{Arms, Seated, Select};
use common::backoff::TaskYield;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The future of [`Select::wait_async`].
///
/// # Cancellation
///
/// Until it is ready it has taken no message and no value. Dropping it passes on each wake that it has received.
#[must_use = "a future does nothing until it is polled"]
pub struct Selecting<'a, R, A> {
    /// From the first poll that finds nothing ready; dropped before the handlers, which are foreign.
    waiter: Option<Seated<'a>>,
    turn: TaskYield,
    /// Until one of its operations has been done.
    select: Option<Select<'a, R, A>>,
}

impl<'a, R, A> Selecting<'a, R, A> {
    pub(super) fn new(select: Select<'a, R, A>) -> Self {
        Self { waiter: None, turn: TaskYield::new(), select: Some(select) }
    }
}

impl<'a, R, A: Arms<'a, R>> Future for Selecting<'a, R, A> {
    type Output = R;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        // SAFETY: the waiter stays where it is, the select is never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        let select = this.select.as_mut().expect("a future is not polled after it is ready");
        let given = match &mut this.waiter {
            None if let Some(given) = select.attempt() => given,
            None if this.turn.pend(cx) => return Poll::Pending,
            waiter => {
                let waiter = waiter.get_or_insert_with(|| {
                    select.assert_on();
                    select.arms.begin_wait();
                    Seated::few(select.arms.sets())
                });
                // SAFETY: part of what is pinned, and handed out nowhere else.
                let waiter = unsafe { Pin::new_unchecked(waiter) };
                let (_, given) = ready!(waiter.poll(cx, || select.attempt_in_seat()));
                select.arms.pass_on(&given);
                given
            }
        };
        match this.select.take() {
            Some(select) => Poll::Ready(select.arms.finish(given)),
            None => unreachable!("the select is there until its operation has been done"),
        }
    }
}

impl<R, A> fmt::Debug for Selecting<'_, R, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selecting").field("select", &self.select).finish_non_exhaustive()
    }
}
