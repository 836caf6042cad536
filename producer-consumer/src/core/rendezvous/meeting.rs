//! Those who wait in a line: an offer of a sender, an ask of a receiver, and what becomes of them.

use super::line::{Served, Ticket};
use super::sleeper::Sleeper;
use super::{Core, Rendezvous};
use crate::error::{TryRecvError, TrySendError};
use crate::many::Many;
use crate::patience::Patience;
use common::backoff::Backoff;
use common::sync::thread;
use std::task::{Context, Poll};
use std::time::Instant;

/// A message that waits for a receiver, of a thread or of a future. Dropping it drops the message, unless it was taken.
pub(crate) struct Offer<'a, T> {
    core: &'a Rendezvous<T>,
    /// `None` when it is over.
    ticket: Option<Ticket>,
}

/// A thread that waits for a message.
struct Ask<'a, T> {
    core: &'a Rendezvous<T>,
    /// `None` when it is over.
    ticket: Option<Ticket>,
}

impl<T> Rendezvous<T> {
    /// Hands `value` over, waiting for a receiver as long as `patience` says.
    pub(crate) fn send(&self, value: T, patience: Patience) -> Result<(), TrySendError<T>> {
        let deadline = match patience {
            Patience::None => {
                self.push(value)?;
                self.not_empty.notify_one();
                return Ok(());
            }
            Patience::Until(deadline) => Some(deadline),
            Patience::Endless => None,
        };
        match self.offer(value)? {
            Some(offer) => offer.wait(deadline),
            None => Ok(()),
        }
    }

    /// Hands over all that `many` gives, one by one, waiting for receivers as long as `patience` says altogether.
    pub(crate) fn send_many<I: Iterator<Item = T>>(
        &self,
        many: &mut Many<I>,
        patience: Patience,
    ) -> Result<usize, TrySendError<()>> {
        while let Some(value) = many.take() {
            match self.send(value, patience) {
                Ok(()) => many.count(),
                Err(refused) => return Err(many.keep(refused)),
            }
        }
        Ok(many.sent())
    }

    /// Hands `value` to a taker that waits, or else makes an offer of it.
    pub(crate) fn offer(&self, value: T) -> Result<Option<Offer<'_, T>>, TrySendError<T>> {
        self.hand_or(value, |mut state, value| {
            let offer = Offer { core: self, ticket: Some(state.offers.join(value)) };
            drop(state);
            self.not_empty.notify_one();
            Ok(offer)
        })
    }

    /// Takes a message, waiting for a sender as long as `patience` says.
    pub(crate) fn recv(&self, patience: Patience) -> Result<T, TryRecvError> {
        let deadline = match patience {
            Patience::None => return self.pop(),
            Patience::Until(deadline) => Some(deadline),
            Patience::Endless => None,
        };
        self.take_or(|mut state| {
            if state.closed {
                return Err(TryRecvError::Disconnected);
            }
            let ask = Ask { core: self, ticket: Some(state.takers.join(())) };
            drop(state);
            self.not_full.notify_one();
            ask.wait(deadline)
        })
    }

    /// Takes up to `max` messages, waiting for the first sender as long as `patience` says.
    pub(crate) fn recv_many(&self, into: &mut Vec<T>, max: usize, patience: Patience) -> Result<usize, TryRecvError> {
        match self.pop_many(into, max) {
            Err(TryRecvError::Empty) => {}
            result => return result,
        }
        into.reserve(1);
        into.push(self.recv(patience)?);
        Ok(1 + self.pop_many(into, max - 1).unwrap_or(0))
    }
}

impl<T> Offer<'_, T> {
    /// Blocks until it is taken, or until `deadline`.
    fn wait(mut self, deadline: Option<Instant>) -> Result<(), TrySendError<T>> {
        let (core, ticket) = (self.core, self.ticket.expect(PENDING));
        core.send_waits.begin(Patience::Endless);
        if spin(&core.offered, ticket) {
            let _ = self.settle(Sleeper::this_thread());
            sleep(&core.offered, ticket, deadline);
        }
        self.conclude()
    }

    /// Whether it has been taken, or cannot be any more; else `cx` is woken when that is so.
    pub(crate) fn poll(&mut self, cx: &Context<'_>) -> Poll<Result<(), TrySendError<T>>> {
        match self.settle(Sleeper::Task(cx.waker().clone())) {
            true => Poll::Pending,
            false => Poll::Ready(self.conclude()),
        }
    }

    /// Leaves a sleeper; false if there is nothing to wait for any more.
    fn settle(&self, sleeper: Sleeper) -> bool {
        let ticket = self.ticket.expect(PENDING);
        let mut state = self.core.state.lock();
        let settled = if state.closed { Err(sleeper) } else { state.offers.settle(ticket, sleeper) };
        drop(state);
        // The sleeper that was there before, or this one, is dropped outside the lock.
        settled.is_ok()
    }

    /// Ends the wait: the offer was taken, or is withdrawn.
    fn conclude(&mut self) -> Result<(), TrySendError<T>> {
        let ticket = self.ticket.take().expect(PENDING);
        if self.core.offered.has_served(ticket) {
            return Ok(());
        }
        let mut state = self.core.state.lock();
        let (left, closed) = (state.offers.leave(ticket), state.closed);
        drop(state);
        match left {
            None => Ok(()),
            Some((value, _)) if closed => Err(TrySendError::Disconnected(value)),
            Some((value, _)) => Err(TrySendError::Full(value)),
        }
    }
}

impl<T> Drop for Offer<'_, T> {
    fn drop(&mut self) {
        if self.ticket.is_some() {
            drop(self.conclude());
        }
    }
}

impl<T> Ask<'_, T> {
    /// Blocks until it is served, or until `deadline`.
    fn wait(mut self, deadline: Option<Instant>) -> Result<T, TryRecvError> {
        let (core, ticket) = (self.core, self.ticket.expect(PENDING));
        core.recv_waits.begin(Patience::Endless);
        if spin(&core.asked, ticket) {
            self.settle();
            sleep(&core.asked, ticket, deadline);
        }
        self.conclude()
    }

    /// Leaves this thread as a sleeper, if it is in the line still; it looks again before it sleeps.
    fn settle(&self) {
        let ticket = self.ticket.expect(PENDING);
        drop(self.core.state.lock().takers.settle(ticket, Sleeper::this_thread()));
    }

    /// Ends the wait: there is a message, or the place is given up.
    fn conclude(&mut self) -> Result<T, TryRecvError> {
        let ticket = self.ticket.take().expect(PENDING);
        let mut state = self.core.state.lock();
        if let Some(value) = state.fetch(ticket) {
            return Ok(value);
        }
        let (left, nothing) = (state.takers.leave(ticket), state.nothing());
        drop(state);
        drop(left);
        Err(nothing)
    }
}

impl<T> Drop for Ask<'_, T> {
    fn drop(&mut self) {
        if self.ticket.is_some() {
            drop(self.conclude());
        }
    }
}

const PENDING: &str = "an operation is not asked again after it has ended";

/// Spins for a moment; whether the owner of a place still has to wait.
fn spin(served: &Served, ticket: Ticket) -> bool {
    let mut backoff = Backoff::new();
    while served.has_to_wait(ticket) {
        if !backoff.spin() {
            return true;
        }
    }
    false
}

/// Sleeps until the owner of a place does not have to wait any more, or until `deadline`.
fn sleep(served: &Served, ticket: Ticket, deadline: Option<Instant>) {
    while served.has_to_wait(ticket) {
        let Some(deadline) = deadline else {
            thread::park();
            continue;
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        thread::park_timeout(left);
    }
}
