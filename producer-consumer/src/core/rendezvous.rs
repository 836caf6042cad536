//! The core without room: a message goes from hand to hand, and a send is over when a receiver has it.
//!
//! A queue of no places cannot wait by "try, and sleep until there is room": two sides that both only try never meet. So
//! whoever comes first stands in a line, and is served by whoever comes next from the other side. Ancestors: Go's
//! unbuffered `chan`, crossbeam-channel's `zero`, kanal; unlike there a future that waits is never served behind its back,
//! so it can be dropped at any time and loses nothing.
//!
//! # States
//!
//! A sender that waits leaves its message in the line of offers, a thread that waits for one stands in the line of takers.
//!
//! | place in a line | who is where | who may move it |
//! |---|---|---|
//! | waiting | its owner spins or sleeps | its owner, out; or whoever comes from the other side, to served, front first |
//! | served, offers | a receiver has the message | nobody: the place is gone |
//! | served, takers | the message lies in `handed` under the taker's ticket | its owner, who fetches it |
//!
//! All of it is changed under one lock, so a hand-over and a withdrawal exclude each other: an owner that leaves finds its
//! place, or learns that it was served. At most one of the two lines has somebody waiting.
//!
//! A task, or a select, that waits to receive stands in no line: it sits in `not_empty` and takes an offer by its own
//! attempt, so nothing has to be fetched from it when it goes away. A sender that can wait makes it an offer. One that
//! cannot, of `try_send` or of a select, puts its message *into the air* if somebody sits there and the air is free: what
//! is in the air is the first thing that any receiver takes. It was accepted, and outlives a receiver that turns away.
//!
//! # Protocol
//!
//! Sender: if a taker waits, put the message into `handed` under its ticket, and wake it; done. Else join the offers, notify
//! one in `not_empty`, and wait until it is served. Who cannot wait uses the air as above, or is refused.
//!
//! Receiver: take what is in the air, or the front offer, and wake its owner. Else, as a thread, join the takers, notify one
//! in `not_full`, and wait until it is served. A task, or a select, notifies one in `not_full` after each attempt: when it
//! has found nothing it may sit in `not_empty`, and when it has taken something another may. A thread that takes what was
//! meant for one of them needs not: that one is told, and will find nothing.
//!
//! Owner: spin, looking at how far its line has been served; then leave a sleeper in its place, and sleep. Whoever serves
//! a place takes the sleeper out under the lock and wakes it outside.
//!
//! Close: from now on nothing is handed over; owners find their places as they were, and take their messages back. What
//! is in the air or in `handed` was accepted, and is received.
//!
//! # Invariants
//!
//! - R1: a message is in one place: with its sender, an offer, the air, `handed`, or its receiver. Each move is one step
//!   under the lock.
//! - R2: while somebody waits in the line of takers, there is no offer and nothing in the air.
//! - R3: the places of a line are served in the order in which they joined.
//! - R4: who is served is woken, or has not left a sleeper yet and looks again before it sleeps.
//! - R5: while there is an offer or something in the air, somebody in `not_empty` has been told, or nobody sits there.
//!   While there is a taker, or somebody sits in `not_empty` and the air is free, the same holds for `not_full`.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | store of how far a line was served | an owner's look | that its place was served, and what the other side did before |
//!
//! Everything else is ordered by the lock, and by the wait sets.
//!
//! # Limits
//!
//! `try_*` wait for the lock, which is held for the move of a message. Who withdraws from the middle of a line moves those
//! behind it. A message in the air has been accepted without a receiver that is bound to take it: if those who sat there
//! turn away, the next one gets it, and the last receiver's drop drops it. A select that both sends and receives here sits
//! in both sets, and may put a message into the air that only it sits there for. The lines keep the memory of their longest time,
//! up to four times what was needed or that of 64 places.

mod line;
mod meeting;
mod sleeper;
#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;

pub(crate) use self::meeting::Offer;

use self::line::{Line, Served, Ticket};
use self::sleeper::{Sleeper, wake_all};
use super::{Core, Flow, Handles};
use crate::error::{TryRecvError, TrySendError};
use crate::overflow::Overflow;
use crate::stats::Waits;
use common::sync::{Mutex, MutexGuard};
use common::wait::{Foreign, WaitSet};
use std::collections::VecDeque;
use std::mem;

/// How many are woken for one taking of the lock; in a model few enough to see what happens between two.
const BATCH: usize = if cfg!(any(loom, shuttle)) { 1 } else { 16 };

/// Hands messages over, for any number of senders and receivers.
pub(crate) struct Rendezvous<T> {
    state: Mutex<State<T>>,
    /// How far the offers have been served.
    offered: Served,
    /// How far the takers have been.
    asked: Served,
    /// Tasks and selects that wait to receive.
    not_empty: WaitSet,
    /// Selects that wait to send.
    not_full: WaitSet,
    recv_waits: Waits,
    send_waits: Waits,
    handles: Handles,
}

struct State<T> {
    offers: Line<T>,
    takers: Line<()>,
    /// What takers were served with and have not fetched yet.
    handed: VecDeque<(Ticket, T)>,
    air: Option<T>,
    sent: u64,
    received: u64,
    closed: bool,
}

impl<T> State<T> {
    fn nothing(&self) -> TryRecvError {
        if self.closed { TryRecvError::Disconnected } else { TryRecvError::Empty }
    }

    /// Whether a receiver that came now would find a message.
    fn has_value(&self) -> bool {
        self.air.is_some() || (!self.closed && !self.offers.is_empty())
    }

    /// What a taker was served with.
    fn fetch(&mut self, ticket: Ticket) -> Option<T> {
        let at = self.handed.iter().position(|(taker, _)| *taker == ticket)?;
        self.received += 1;
        self.handed.remove(at).map(|(_, value)| value)
    }
}

impl<T> Rendezvous<T> {
    /// One where nobody waits.
    pub(crate) fn new() -> Self {
        let state = State {
            offers: Line::new(),
            takers: Line::new(),
            handed: VecDeque::new(),
            air: None,
            sent: 0,
            received: 0,
            closed: false,
        };
        Self {
            state: Mutex::new(state),
            offered: Served::new(),
            asked: Served::new(),
            not_empty: WaitSet::new(),
            not_full: WaitSet::new(),
            recv_waits: Waits::new(),
            send_waits: Waits::new(),
            handles: Handles::new(Overflow::Block),
        }
    }

    /// Takes what comes first, and says whom that serves.
    fn take(&self, state: &mut State<T>) -> Option<(T, Option<Sleeper>)> {
        if !state.has_value() {
            return None;
        }
        state.received += 1;
        if let Some(value) = state.air.take() {
            return Some((value, None));
        }
        let (_, value, sleeper) = state.offers.serve()?;
        state.sent += 1;
        self.offered.set(state.offers.front());
        Some((value, sleeper))
    }

    /// Takes what comes first, or ends as `otherwise` says if there is nothing.
    fn take_or(
        &self,
        otherwise: impl FnOnce(MutexGuard<'_, State<T>>) -> Result<T, TryRecvError>,
    ) -> Result<T, TryRecvError> {
        let mut state = self.state.lock();
        let Some((value, sleeper)) = self.take(&mut state) else { return otherwise(state) };
        drop(state);
        sleeper.into_iter().for_each(Sleeper::wake);
        Ok(value)
    }

    /// Hands `value` to the taker that has waited longest, and gives nothing; or ends as `otherwise` says if nobody waits.
    fn hand_or<R>(
        &self,
        value: T,
        otherwise: impl FnOnce(MutexGuard<'_, State<T>>, T) -> Result<R, TrySendError<T>>,
    ) -> Result<Option<R>, TrySendError<T>> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(TrySendError::Disconnected(value));
        }
        let Some((ticket, (), sleeper)) = state.takers.serve() else { return otherwise(state, value).map(Some) };
        state.handed.push_back((ticket, value));
        state.sent += 1;
        self.asked.set(state.takers.front());
        drop(state);
        sleeper.into_iter().for_each(Sleeper::wake);
        Ok(None)
    }
}

impl<T> Core for Rendezvous<T> {
    type Item = T;

    /// Succeeds if a receiver waits.
    fn push(&self, value: T) -> Result<(), TrySendError<T>> {
        let into_the_air = |mut state: MutexGuard<'_, State<T>>, value| {
            if state.has_value() || !self.not_empty.has_waiters() {
                return Err(TrySendError::Full(value));
            }
            state.air = Some(value);
            state.sent += 1;
            Ok(())
        };
        self.hand_or(value, into_the_air).map(drop)
    }

    /// As many as receivers wait.
    fn push_many(&self, values: &mut VecDeque<T>) -> Result<usize, TrySendError<()>> {
        let mut count = 0;
        while let Some(value) = values.pop_front() {
            if let Err(refused) = self.push(value) {
                let (reason, value) = refused.split();
                values.push_front(value);
                return if count > 0 { Ok(count) } else { Err(reason) };
            }
            count += 1;
        }
        Ok(count)
    }

    /// There is no room that could be kept.
    fn reserve(&self, _count: usize) -> Result<(), TrySendError<()>> {
        Err(if self.is_closed() { TrySendError::Disconnected(()) } else { TrySendError::Full(()) })
    }

    fn give_back(&self, _count: usize) {}

    fn push_reserved(&self, value: T) -> Result<(), T> {
        Err(value)
    }

    fn reserved(&self) -> usize {
        0
    }

    fn most_reserved(&self) -> usize {
        0
    }

    /// Succeeds if a sender waits.
    fn pop(&self) -> Result<T, TryRecvError> {
        self.take_or(|state| {
            let nothing = state.nothing();
            drop(state);
            // Whoever asks may sit in `not_empty`, which is what these wait for.
            self.not_full.notify_one();
            Err(nothing)
        })
    }

    fn pop_many(&self, into: &mut Vec<T>, max: usize) -> Result<usize, TryRecvError> {
        if max == 0 {
            return Ok(0);
        }
        let mut state = self.state.lock();
        let meant = if state.has_value() { max.min(state.offers.len() + 1) } else { 0 };
        // Allocates before anything is taken, since that may panic.
        into.reserve(meant);
        let mut count = 0;
        while count < meant {
            let mut sleepers: [Option<Sleeper>; BATCH] = [const { None }; BATCH];
            let before = count;
            for place in sleepers.iter_mut().take(meant - before) {
                let Some((value, sleeper)) = self.take(&mut state) else { break };
                into.push(value);
                count += 1;
                *place = sleeper;
            }
            if count == before {
                break;
            }
            drop(state);
            wake_all(&mut Foreign::default(), sleepers);
            state = self.state.lock();
        }
        if count > 0 {
            return Ok(count);
        }
        let nothing = state.nothing();
        drop(state);
        self.not_full.notify_one();
        Err(nothing)
    }

    fn has_value(&self) -> bool {
        self.state.lock().has_value()
    }

    fn has_room(&self) -> bool {
        let state = self.state.lock();
        !state.closed && (!state.takers.is_empty() || (!state.has_value() && self.not_empty.has_waiters()))
    }

    fn close(&self) -> bool {
        let mut state = self.state.lock();
        if mem::replace(&mut state.closed, true) {
            return false;
        }
        self.offered.close();
        self.asked.close();
        let mut foreign = Foreign::default();
        loop {
            let State { offers, takers, .. } = &mut *state;
            let mut sleepers: [Option<Sleeper>; BATCH] = [const { None }; BATCH];
            let sleeping = offers.sleepers().chain(takers.sleepers());
            sleepers.iter_mut().zip(sleeping).for_each(|(place, sleeper)| *place = Some(sleeper));
            drop(state);
            if sleepers[0].is_none() {
                return true;
            }
            wake_all(&mut foreign, sleepers);
            state = self.state.lock();
        }
    }

    fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    /// None: what is in the air is on its way.
    fn len(&self) -> usize {
        0
    }

    fn capacity(&self) -> Option<usize> {
        Some(0)
    }

    fn not_empty(&self) -> &WaitSet {
        &self.not_empty
    }

    fn not_full(&self) -> &WaitSet {
        &self.not_full
    }

    fn send_waits(&self) -> &Waits {
        &self.send_waits
    }

    fn recv_waits(&self) -> &Waits {
        &self.recv_waits
    }

    fn flow(&self) -> Flow {
        let state = self.state.lock();
        Flow { sent: state.sent, received: state.received, depth: 0, high_water: 0 }
    }

    fn handles(&self) -> &Handles {
        &self.handles
    }

    fn as_rendezvous(&self) -> Option<&Self> {
        Some(self)
    }
}
