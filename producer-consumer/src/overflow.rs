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
//! where permits hold all there are, DropOldest waits as Block does. With lanes, or by weight, policies are also asked while
//! somebody waits in line, for a permit or since a newcomer must not get past him, though there may be room.

use crate::channel::Shared;
use crate::core::Core;
use crate::error::TrySendError;
use crate::finally::Finally;
use common::sync::atomic::Ordering;
use std::mem;

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
    /// It makes room by dropping the oldest message, which it counts: what is there is the newest. By weight, as many of them
    /// as are in the way; with lanes, those of its lane.
    DropOldest,
}

/// What becomes of a value for which there was no room.
pub(crate) enum Overflown<T, R = ()> {
    /// It has to wait.
    Wait(T),
    /// The send has ended; "full" means that the policy gives the value back.
    Ended(Result<R, TrySendError<T>>),
}

/// What was taken out to make room, oldest first.
#[derive(Debug, Default)]
pub(crate) enum Victims<T> {
    #[default]
    None,
    One(T),
    More(Vec<T>),
}

impl<T> Victims<T> {
    pub(crate) fn count(&self) -> u64 {
        match self {
            Self::None => 0,
            Self::One(_) => 1,
            Self::More(victims) => victims.len() as u64,
        }
    }

    /// One more, which is younger.
    pub(crate) fn add(&mut self, victim: T) {
        *self = match mem::take(self) {
            Self::None => Self::One(victim),
            Self::One(first) => Self::More(vec![first, victim]),
            Self::More(mut victims) => {
                victims.push(victim);
                Self::More(victims)
            }
        };
    }

    pub(crate) fn into_vec(self) -> Vec<T> {
        match self {
            Self::None => Vec::new(),
            Self::One(victim) => vec![victim],
            Self::More(victims) => victims,
        }
    }
}

impl<C: Core> Shared<C> {
    /// Puts `value` in, or does what the policy says if there is no room.
    pub(crate) fn settle(&self, value: C::Item) -> Overflown<C::Item, ()> {
        match self.try_send(value) {
            Err(TrySendError::Full(value)) => self.overflow(value),
            result => Overflown::Ended(result),
        }
    }

    /// The same for who waits, in turn if there are turns.
    pub(crate) fn settle_in_turn(&self, value: C::Item) -> Overflown<C::Item, ()> {
        match self.core().push_in_turn(value) {
            Ok(()) => {
                self.tell_receivers(1);
                Overflown::Ended(Ok(()))
            }
            Err(TrySendError::Full(value)) => self.overflow(value),
            refused => Overflown::Ended(refused),
        }
    }

    /// Does with `value`, for which there was no room, what the policy says.
    #[cold]
    pub(crate) fn overflow(&self, value: C::Item) -> Overflown<C::Item> {
        self.core().note_full();
        match self.core().handles().overflow {
            Overflow::Block => Overflown::Wait(value),
            Overflow::Reject => Overflown::Ended(Err(TrySendError::Full(value))),
            Overflow::DropNewest => {
                self.count_dropped(1);
                drop(value);
                Overflown::Ended(Ok(()))
            }
            Overflow::DropOldest => match self.force(value) {
                Err(TrySendError::Full(value)) => Overflown::Wait(value),
                // The victims are dropped here.
                forced => Overflown::Ended(forced.map(drop)),
            },
        }
    }

    /// Puts `value` in, in place of the oldest messages if there is no room, which come back.
    pub(crate) fn force(&self, value: C::Item) -> Result<Victims<C::Item>, TrySendError<C::Item>> {
        let victims = self.core().displace(value)?;
        if victims.count() > 0 {
            self.count_dropped(victims.count());
        }
        let has_left_more = self.core().as_lane().is_some() && victims.count() > 0;
        // Wakers are foreign: one that panics keeps nobody from being told.
        let _senders = Finally(|| {
            if has_left_more {
                self.tell_senders(1);
            }
        });
        self.tell_receivers(1);
        Ok(victims)
    }

    fn count_dropped(&self, count: u64) {
        // ORDERING: Relaxed: it is a count, and publishes nothing.
        self.core().handles().dropped.fetch_add(count, Ordering::Relaxed);
    }
}
