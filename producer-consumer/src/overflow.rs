//! What a send does with a value for which there is no room.
//!
//! Telemetry wants the newest values and must never hold up whoever measures; a queue of requests wants to say no while
//! that still helps. Neither should be built by hand from `try_send` and `try_recv`: between the two another sender takes
//! the room, or the channel is closed. Ancestors: crossbeam's `ArrayQueue::force_push`, async-channel's `force_send`.
//!
//! # Protocol
//!
//! A policy is asked when a push has found the core full, and never otherwise. DropOldest takes the oldest out and puts
//! the new one in under the queue's lock, so a channel with that policy has the core under a lock, whatever its size:
//! senders and receivers of an array could each be in the middle of an operation on the very slot.
//!
//! # Invariants
//!
//! - O1: what was accepted is received once, or displaced once: the lock gives it to one of them.
//! - O2: what stays is received in the order in which it was sent, and there is never more than the capacity.
//! - O3: what is dropped was counted before, and its `Drop` runs outside the lock, after the receivers were told.
//!
//! # Limits
//!
//! The `try_` forms ask no policy: they say that the channel is full. Places that are held by permits are not displaced:
//! where permits hold all there are, DropOldest waits as Block does.

use crate::channel::Shared;
use crate::core::Core;
use crate::error::TrySendError;
use common::sync::atomic::Ordering;

/// What a send does when there is no room; see [`Builder::overflow`](crate::Builder::overflow).
///
/// It is what [`send`](crate::Sender::send), [`send_many`](crate::Sender::send_many) and their timed and async forms do instead of
/// waiting. The `try_` forms say that the channel is full, whatever the policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// It waits for room: the sender is slowed down.
    #[default]
    Block,
    /// It gives the value back: the sender is told, and never waits.
    Reject,
    /// It drops the value it was given, counts it, and says `Ok`: what is there stays.
    DropNewest,
    /// It makes room by dropping the oldest message, which it counts: what is there is the newest.
    DropOldest,
}

/// What becomes of a value for which there was no room.
pub(crate) enum Overflown<T, R = ()> {
    /// It has to wait.
    Wait(T),
    /// The send has ended; "full" means that the policy gives the value back.
    Ended(Result<R, TrySendError<T>>),
}

impl<C: Core> Shared<C> {
    /// Does with `value`, for which there was no room, what the policy says.
    #[cold]
    pub(crate) fn overflow(&self, value: C::Item) -> Overflown<C::Item> {
        self.core().note_full();
        match self.core().handles().overflow {
            Overflow::Block => Overflown::Wait(value),
            Overflow::Reject => Overflown::Ended(Err(TrySendError::Full(value))),
            Overflow::DropNewest => {
                self.count_dropped();
                drop(value);
                Overflown::Ended(Ok(()))
            }
            Overflow::DropOldest => match self.force(value) {
                Err(TrySendError::Full(value)) => Overflown::Wait(value),
                // The victim is dropped here.
                forced => Overflown::Ended(forced.map(drop)),
            },
        }
    }

    /// Puts `value` in, in place of the oldest message if there is no room, which comes back.
    pub(crate) fn force(&self, value: C::Item) -> Result<Option<C::Item>, TrySendError<C::Item>> {
        let victim = self.core().displace(value)?;
        if victim.is_some() {
            self.count_dropped();
        }
        self.tell_receivers(1);
        Ok(victim)
    }

    fn count_dropped(&self) {
        // ORDERING: Relaxed: it is a count, and publishes nothing.
        self.core().handles().dropped.fetch_add(1, Ordering::Relaxed);
    }
}
