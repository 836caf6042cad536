//! What handles share, and how they wait: a core that never waits, and two sets of those who do.
//!
//! Whatever the core is, who waits and who ends the channel do the same. Ancestors: Go's `chan`, crossbeam-channel.
//!
//! # States
//!
//! | state | core | receivers | sends | receives |
//! |---|---|---|---|---|
//! | open | open | some | accepted while there is room, else wait | a message, else wait |
//! | closing | closed | some | refused | a message, else the news that none will come |
//! | dead | closed | none | refused | nobody is there to receive |
//!
//! Open becomes closing by [`close`](Shared::close) or by the last sender's drop, and anything becomes dead by the last
//! receiver's drop, which also drops what nobody will receive. No state is ever left backwards.
//!
//! # Protocol
//!
//! Sender: push; if the core is full, wait in `not_full` and push again after each notification. When the push has
//! succeeded, notify one in `not_empty`; and one in `not_full` after a wait, if there is room for another.
//!
//! Receiver: pop; if the core is empty, wait in `not_empty` likewise. When the pop has succeeded, notify one in `not_full`,
//! who has popped several as many; and one in `not_empty` after a wait, if there is another message or the end has come.
//!
//! The second notification makes up for one that was of no use: a message cannot be had while the one before it is still
//! being put in, so whoever is told of it may find nothing and sleep again. The sender of the one before tells one of
//! those who wait, and that one has to tell the next of what lies behind: messages, or the end. Likewise with room.
//!
//! Whoever ends the channel closes the core and notifies all on both sides, and all who wait in `ended` for just that: those
//! sit in a set of their own, since whoever is told of room and takes none would keep it from a sender.
//!
//! A core without room does its own waiting, see [`rendezvous`](crate::core::rendezvous); one with lanes has its senders wait in
//! line, see [`lanes`](crate::core::lanes), where other handles of the channel may have a core of their own, which leads to it.
//!
//! # Invariants
//!
//! - I1: once the core is closed it stays closed, and only pops change it.
//! - I2: where somebody waits beside a message or room, somebody has been told of it and has not tried yet, or is about to
//!   tell: a sender that has not notified, or a receiver that has waited and taken what lay before it. Likewise with room,
//!   but for those behind somebody who waits for several places, see [`permit`](crate::permit).
//! - I3: without receivers the core is closed and empty.
//! - I4: no code of the user runs under a lock, and none between a push or a pop and its notification.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | drop of a handle | drop of the side's last | the handle's accesses, to whoever ends the channel |
//!
//! # Limits
//!
//! A thread that comes along may take what one that waits was notified for, and that one waits on. Per sender, messages
//! stay in order. A drain after the end, and the drop of the last receiver, wait for sends that have claimed a place and
//! not filled it yet: for the move of a value, unless the scheduler has put that thread aside. More than 2^31 handles of a
//! side end the process; so many can only be forgotten ones.

use crate::core::Core;
use crate::error::{TryRecvError, TrySendError};
use crate::finally::Finally;
use crate::flavor::Side;
use crate::hold::Hold;
use crate::many::{Many, Standing};
use crate::overflow::Overflown;
use crate::patience::Patience;
use common::sync::atomic::{AtomicU32, Ordering};
use std::collections::VecDeque;
use std::{mem, process};

/// As with an `Arc`: handles that are forgotten count on, and the count must not come around.
const MOST_HANDLES: u32 = i32::MAX as u32;

/// A hold on a channel's core.
pub(crate) struct Shared<C: Core>(Hold<C>);

impl<C: Core> Shared<C> {
    /// The holds of the first sender and the first receiver.
    pub(crate) fn pair(core: C) -> (Self, Self) {
        let first = Self::alone(core);
        (first.hold(), first)
    }

    /// The one hold of a core that knows of no other.
    pub(crate) fn alone(core: C) -> Self {
        Self(Hold::new(core))
    }

    #[inline(always)]
    pub(crate) fn core(&self) -> &C {
        &self.0
    }

    /// Whether both lead to the same core.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.0.is_same(&other.0)
    }

    /// Puts `value` in if there is room now.
    #[inline(always)]
    pub(crate) fn try_send(&self, value: C::Item) -> Result<(), TrySendError<C::Item>> {
        self.core().push(value)?;
        self.tell_receivers(1);
        Ok(())
    }

    /// Puts `value` in, waiting for room as long as `patience` says.
    #[inline(always)]
    pub(crate) fn send(&self, value: C::Item, patience: Patience) -> Result<(), TrySendError<C::Item>> {
        if let Some(rendezvous) = self.core().as_rendezvous() {
            return rendezvous.send(value, patience);
        }
        match self.try_send(value) {
            Err(TrySendError::Full(value)) => self.send_later(value, patience),
            result => result,
        }
    }

    #[cold]
    fn send_later(&self, value: C::Item, patience: Patience) -> Result<(), TrySendError<C::Item>> {
        self.core().note_full();
        if let Patience::None = patience {
            return Err(TrySendError::Full(value));
        }
        match self.overflow(value) {
            Overflown::Wait(value) => self.wait_with(value, patience, |value| self.settle_in_turn(value)),
            Overflown::Ended(result) => result,
        }
    }

    /// Has `push` end with `value`, for which there was no room, waiting for some as long as `patience` says.
    pub(crate) fn wait_with<R>(
        &self,
        value: C::Item,
        patience: Patience,
        push: impl Fn(C::Item) -> Overflown<C::Item, R>,
    ) -> Result<R, TrySendError<C::Item>> {
        let mut unsent = Some(value);
        let attempt = || match push(unsent.take()?) {
            Overflown::Wait(value) => {
                unsent = Some(value);
                None
            }
            Overflown::Ended(result) => Some(result),
        };
        match self.wait_for_room(patience, attempt) {
            Some(result) => {
                self.pass_on_room();
                result
            }
            None => Err(TrySendError::Full(unsent.expect("a value that was not sent is there"))),
        }
    }

    /// Puts in as many of `values` as there is room for now, and says how many.
    pub(crate) fn try_send_many(
        &self,
        values: &mut VecDeque<C::Item>,
        standing: Standing,
    ) -> Result<usize, TrySendError<()>> {
        let count = match standing {
            Standing::New => self.core().push_many(values)?,
            Standing::Waiting => self.core().push_many_in_turn(values)?,
        };
        self.tell_receivers(count);
        Ok(count)
    }

    /// Puts `many` in, waiting for room as long as `patience` says; `None` if it has ended.
    pub(crate) fn send_many<I: Iterator<Item = C::Item>>(
        &self,
        many: &mut Many<I>,
        patience: Patience,
    ) -> Option<Result<usize, TrySendError<()>>> {
        if let Patience::None = patience {
            return many.advance(self, Standing::New, Overflown::Wait);
        }
        if let Some(rendezvous) = self.core().as_rendezvous() {
            return Some(rendezvous.send_many(many, patience));
        }
        many.advance(self, Standing::New, |value| self.overflow(value)).or_else(|| {
            let attempt = || many.advance(self, Standing::Waiting, |value| self.overflow(value));
            let ended = self.wait_for_room(patience, attempt)?;
            self.pass_on_room();
            Some(ended)
        })
    }

    /// Tells up to `count` of those who wait for a message.
    #[inline(always)]
    pub(crate) fn tell_receivers(&self, count: usize) {
        self.core().recv_waits().tell(self.core().not_empty().notify(count));
    }

    /// Tells up to `count` of those who wait for room.
    #[inline(always)]
    pub(crate) fn tell_senders(&self, count: usize) {
        self.core().tell_senders(count);
    }

    /// Waits for a message.
    fn wait_for_message<R>(&self, patience: Patience, attempt: impl FnMut() -> Option<R>) -> Option<R> {
        self.core().recv_waits().begin(patience);
        patience.wait(self.core().not_empty(), attempt)
    }

    /// Waits for room.
    pub(crate) fn wait_for_room<R>(&self, patience: Patience, attempt: impl FnMut() -> Option<R>) -> Option<R> {
        self.core().send_waits().begin(patience);
        match self.core().as_lane() {
            Some(lane) => lane.wait(patience, attempt),
            None => patience.wait(self.core().not_full(), attempt),
        }
    }

    /// Takes the oldest message if there is one now.
    #[inline(always)]
    pub(crate) fn try_recv(&self) -> Result<C::Item, TryRecvError> {
        let value = self.core().pop()?;
        self.tell_senders(1);
        Ok(value)
    }

    /// Takes the oldest message, waiting for one as long as `patience` says.
    #[inline(always)]
    pub(crate) fn recv(&self, patience: Patience) -> Result<C::Item, TryRecvError> {
        if let Some(rendezvous) = self.core().as_rendezvous() {
            return rendezvous.recv(patience);
        }
        match self.try_recv() {
            Err(TryRecvError::Empty) => self.recv_later(patience),
            result => result,
        }
    }

    #[cold]
    fn recv_later(&self, patience: Patience) -> Result<C::Item, TryRecvError> {
        let attempt = || match self.try_recv() {
            Err(TryRecvError::Empty) => None,
            result => Some(result),
        };
        let received = self.wait_for_message(patience, attempt);
        if received.is_some() {
            self.pass_on_message();
        }
        received.unwrap_or(Err(TryRecvError::Empty))
    }

    /// Sender that has waited: tells the next that there is room for it, too.
    pub(crate) fn pass_on_room(&self) {
        // Who leaves a line has told the next.
        if self.core().as_lane().is_none() && self.core().has_room() {
            self.tell_senders(1);
        }
    }

    /// Receiver that has waited: tells the next that there is a message for it, too, or the end.
    pub(crate) fn pass_on_message(&self) {
        if self.core().has_value() || self.core().is_closed() {
            self.tell_receivers(1);
        }
    }

    /// Takes up to `max` messages that are there now, and says how many.
    pub(crate) fn try_recv_many(&self, into: &mut Vec<C::Item>, max: usize) -> Result<usize, TryRecvError> {
        let count = self.core().pop_many(into, max)?;
        self.tell_senders(count);
        Ok(count)
    }

    /// Takes up to `max` messages, waiting for the first as long as `patience` says.
    pub(crate) fn recv_many(
        &self,
        into: &mut Vec<C::Item>,
        max: usize,
        patience: Patience,
    ) -> Result<usize, TryRecvError> {
        if let Some(rendezvous) = self.core().as_rendezvous() {
            return rendezvous.recv_many(into, max, patience);
        }
        let mut attempt = || match self.try_recv_many(into, max) {
            Err(TryRecvError::Empty) => None,
            result => Some(result),
        };
        if let Some(result) = attempt() {
            return result;
        }
        let received = self.wait_for_message(patience, attempt);
        if received.is_some() {
            self.pass_on_message();
        }
        received.unwrap_or(Err(TryRecvError::Empty))
    }

    /// Takes all that is there now; after the channel's end all there will ever be.
    pub(crate) fn drain(&self) -> Vec<C::Item> {
        let mut taken = Vec::new();
        let _ = self.try_recv_many(&mut taken, usize::MAX);
        if self.core().is_closed() {
            // A send that was accepted may be under way still.
            while self.recv_many(&mut taken, usize::MAX, Patience::Endless).is_ok() {}
        }
        taken
    }

    /// Ends the sending; false if it had ended before.
    pub(crate) fn close(&self) -> bool {
        // Wakers are foreign: one that panics keeps nobody from being told.
        let tell = Finally(|| {
            let _watchers = Finally(|| self.core().handles().ended.tell());
            let _receivers = Finally(|| self.tell_receivers(usize::MAX));
            self.tell_senders(usize::MAX);
        });
        let was_open = self.core().close();
        if !was_open {
            mem::forget(tell);
        }
        was_open
    }

    /// Another hold that keeps nothing open.
    pub(crate) fn hold(&self) -> Self {
        Self(self.0.clone())
    }

    /// The hold of another handle on a side that has one.
    pub(crate) fn share(&self, side: Side) -> Self {
        self.count_up(side);
        self.hold()
    }

    /// One more handle on a side that has one.
    pub(crate) fn count_up(&self, side: Side) {
        // ORDERING: Relaxed: whoever counts up has a handle already, which cannot be the last one meanwhile.
        if self.count(side).fetch_add(1, Ordering::Relaxed) > MOST_HANDLES {
            process::abort();
        }
    }

    /// The hold of another handle on a side that may have none left; `None` if that is so.
    pub(crate) fn revive(&self, side: Side) -> Option<Self> {
        let one_more = |count| (1..=MOST_HANDLES).contains(&count).then(|| count + 1);
        // ORDERING: Relaxed: a count publishes nothing while it goes up.
        self.count(side).try_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        Some(self.hold())
    }

    pub(crate) fn count(&self, side: Side) -> &AtomicU32 {
        match side {
            Side::Senders => &self.core().handles().senders,
            Side::Receivers => &self.core().handles().receivers,
        }
    }

    /// A sender goes; the last one ends the channel.
    pub(crate) fn leave_sender(&self) {
        if count_down(self.count(Side::Senders)) {
            self.close();
        }
    }

    /// A receiver goes; the last one takes what was not received with it.
    pub(crate) fn leave_receiver(&self) {
        if count_down(self.count(Side::Receivers)) {
            // If a waker panics, or a message's drop, this one drops the others.
            let rest = Finally(|| self.drop_undelivered());
            self.close();
            self.drop_undelivered();
            mem::forget(rest);
        }
    }

    /// Waits for sends that are under way, which nothing can keep from ending.
    fn drop_undelivered(&self) {
        while let Ok(undelivered) = self.recv(Patience::Endless) {
            drop(undelivered);
        }
    }
}

/// Whether that was the last one.
fn count_down(handles: &AtomicU32) -> bool {
    // ORDERING: Release and Acquire, E1.
    handles.fetch_sub(1, Ordering::AcqRel) == 1
}
