//! The one future behind all futures of a channel: an attempt, and a seat in a wait set until it gives something.

use common::backoff::TaskYield;
use common::wait::{WaitSet, Waiter};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What an attempt counts on.
pub(crate) const PENDING: &str = "a future is not polled after it is ready";

/// What is tried until it gives something.
pub(crate) trait Attempt {
    /// What it gives.
    type Given;

    /// Tries once.
    fn attempt(&mut self) -> Option<Self::Given>;

    /// Hears that it has to be waited for; once.
    fn begin_wait(&self) {}

    /// Whoever has waited and has been given something tells the next of what is left.
    fn pass_on(&self) {}

    /// One poll of something that has a wait of its own, and needs no seat; `None` if it has none.
    fn poll_apart(&mut self, _cx: &Context<'_>) -> Option<Poll<Self::Given>> {
        None
    }
}

/// Tries, and then waits in one set. Dropping it passes on a notification that it has not used.
pub(crate) struct Pending<'a, A> {
    // Dropped first: the attempt's drop may tell those who wait, and this one is not among them then.
    /// None until it waits: most operations never do.
    waiter: Option<Waiter<&'a WaitSet>>,
    attempt: A,
    set: &'a WaitSet,
    turn: TaskYield,
}

impl<'a, A> Pending<'a, A> {
    /// One that has not tried yet.
    pub(crate) fn new(set: &'a WaitSet, attempt: A) -> Self {
        Self { waiter: None, attempt, set, turn: TaskYield::new() }
    }

    /// For whoever polls again, as a stream does: it has not waited yet, and has not had its turn.
    #[inline]
    fn renew(&mut self) {
        // In no queue: it was given something.
        self.waiter = None;
        self.turn = TaskYield::new();
    }
}

#[cfg(feature = "futures")]
impl<A> Pending<'_, A> {
    /// What is tried.
    pub(crate) fn attempt_mut(self: Pin<&mut Self>) -> &mut A {
        // SAFETY: the attempt is never pinned.
        unsafe { &mut self.get_unchecked_mut().attempt }
    }
}

impl<A: Attempt> Future for Pending<'_, A> {
    type Output = A::Given;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<A::Given> {
        // SAFETY: the waiter stays where it is, the attempt is never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        if let Some(polled) = this.attempt.poll_apart(cx) {
            return polled;
        }
        let is_new = this.waiter.is_none();
        if is_new {
            if let Some(given) = this.attempt.attempt() {
                this.renew();
                return Poll::Ready(given);
            }
            if this.turn.pend(cx) {
                return Poll::Pending;
            }
        }
        let waiter = this.waiter.get_or_insert_with(|| Waiter::new(this.set));
        // SAFETY: part of what is pinned, and handed out nowhere else.
        let waiter = unsafe { Pin::new_unchecked(waiter) };
        let attempt = &mut this.attempt;
        let given = waiter.poll(cx, || Some((0, attempt.attempt()?))).map(|(_, given)| given);
        match given {
            Poll::Ready(_) => {
                this.renew();
                this.attempt.pass_on();
            }
            Poll::Pending if is_new => this.attempt.begin_wait(),
            Poll::Pending => {}
        }
        given
    }
}

impl<A> fmt::Debug for Pending<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("waiter", &self.waiter).finish_non_exhaustive()
    }
}

/// A public future around a pending one.
macro_rules! future {
    ($(#[$doc:meta])* $name:ident<$($parameter:ident $(: $bound:path)?),*>, $attempt:ty => $given:ty) => {
        $(#[$doc])*
        #[must_use = "a future does nothing until it is polled"]
        pub struct $name<'a, $($parameter $(: $bound)?),*>($crate::core::pending::Pending<'a, $attempt>);

        impl<'a, $($parameter $(: $bound)?),*> $name<'a, $($parameter),*> {
            pub(super) fn new(set: &'a common::wait::WaitSet, attempt: $attempt) -> Self {
                Self($crate::core::pending::Pending::new(set, attempt))
            }
        }

        impl<'a, $($parameter $(: $bound)?),*> Future for $name<'a, $($parameter),*> {
            type Output = $given;

            #[inline]
            #[expect(unsafe_code, reason = "there is no safe way to the pinned field of a pinned struct")]
            fn poll(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Self::Output> {
                // SAFETY: the field is pinned with the whole, and handed out nowhere else.
                unsafe { self.map_unchecked_mut(|this| &mut this.0) }.poll(cx)
            }
        }

        impl<'a, $($parameter $(: $bound)?),*> std::fmt::Debug for $name<'a, $($parameter),*> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }
    };
}
pub(crate) use future;

/// A public stream of what a pending receive gives, until it gives the end. Boxed, so that it can be moved between polls.
#[cfg(feature = "futures")]
macro_rules! stream {
    ($(#[$doc:meta])* $name:ident<T $(: $bound:path)?>, $attempt:ty) => {
        $(#[$doc])*
        #[must_use = "a stream does nothing until it is polled"]
        pub struct $name<'a, T> {
            pending: std::pin::Pin<Box<$crate::core::pending::Pending<'a, $attempt>>>,
            is_over: bool,
        }

        impl<'a, T> $name<'a, T> {
            fn new(set: &'a common::wait::WaitSet, attempt: $attempt) -> Self {
                Self { pending: Box::pin($crate::core::pending::Pending::new(set, attempt)), is_over: false }
            }
        }

        impl<T $(: $bound)?> futures_core::Stream for $name<'_, T> {
            type Item = T;

            fn poll_next(
                mut self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<T>> {
                if self.is_over {
                    return std::task::Poll::Ready(None);
                }
                let received = std::task::ready!(self.pending.as_mut().poll(cx));
                self.is_over = received.is_err();
                std::task::Poll::Ready(received.ok())
            }
        }

        impl<T $(: $bound)?> futures_core::stream::FusedStream for $name<'_, T> {
            fn is_terminated(&self) -> bool {
                self.is_over
            }
        }

        impl<T> std::fmt::Debug for $name<'_, T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).field("is_over", &self.is_over).finish_non_exhaustive()
            }
        }
    };
}
#[cfg(feature = "futures")]
pub(crate) use stream;
