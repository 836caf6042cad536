//! The one future behind all futures of a channel: an attempt, and a seat in a wait set until it gives something.

use common::wait::{WaitSet, Waiter};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What is tried until it gives something.
pub(crate) trait Attempt {
    /// What it gives.
    type Given;

    /// Tries once.
    fn attempt(&mut self) -> Option<Self::Given>;

    /// Hears that it has to be waited for; once.
    fn begin_wait(&self) {}
}

/// Waits in one set. Dropping it passes on a notification that it has not used.
pub(crate) struct Pending<'a, A> {
    // Dropped first: the attempt's drop may tell those who wait, and this one is not among them then.
    waiter: Waiter<&'a WaitSet>,
    attempt: A,
    has_waited: bool,
}

impl<'a, A> Pending<'a, A> {
    /// One that has not tried yet.
    pub(crate) fn new(set: &'a WaitSet, attempt: A) -> Self {
        Self { waiter: Waiter::new(set), attempt, has_waited: false }
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

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<A::Given> {
        // SAFETY: the waiter stays where it is, the attempt is never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: part of what is pinned, and handed out nowhere else.
        let waiter = unsafe { Pin::new_unchecked(&mut this.waiter) };
        let given = waiter.poll(cx, || Some((0, this.attempt.attempt()?))).map(|(_, given)| given);
        let had_waited = std::mem::replace(&mut this.has_waited, given.is_pending());
        if given.is_pending() && !had_waited {
            this.attempt.begin_wait();
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
