//! What one handle knows of the lanes: a sender one of them, a receiver all.

use super::stock::{Bound, Parcel, Shares};
use super::{End, Lanes, Weigh};
use crate::core::{Core, Flow, Handles, Load};
use crate::error::{TryRecvError, TrySendError};
use crate::overflow::Victims;
use crate::patience::Patience;
use crate::stats::Waits;
use common::backoff::Backoff;
use common::sync::Arc;
use common::sync::atomic::AtomicUsize;
use common::wait::{Foreign, WaitSet};
use std::collections::VecDeque;
use std::mem;

/// The core of a handle's channel, seen from that handle.
pub(crate) struct Lane<T> {
    lanes: Arc<Lanes<T>>,
    /// The lane that a sender puts into; `None` for a receiver, which takes from all.
    number: Option<usize>,
    /// Handles that share this view.
    holds: AtomicUsize,
}

/// Whether somebody is at the front of the line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    New,
    Front,
}

impl<T> Lane<T> {
    /// The views of the first sender, on the first lane, and of the first receiver.
    pub(crate) fn pair(shares: Shares, bound: Bound, weigh: Option<Weigh<T>>, handles: Handles) -> (Self, Self) {
        let lanes = Arc::new(Lanes::new(shares, bound, weigh, handles));
        (Self::new(lanes.clone(), Some(0)), Self::new(lanes, None))
    }

    fn new(lanes: Arc<Lanes<T>>, number: Option<usize>) -> Self {
        Self { lanes, number, holds: AtomicUsize::new(1) }
    }

    /// A sender's view of another lane.
    pub(crate) fn beside(&self, number: usize) -> Self {
        Self::new(self.lanes.clone(), Some(number))
    }

    /// How many lanes there are.
    pub(crate) fn count(&self) -> usize {
        self.lanes.ends.len()
    }

    /// How many messages are in one of them.
    pub(crate) fn len_of(&self, number: usize) -> usize {
        self.lanes.stock.lock().len(Some(number))
    }

    /// Whether both are of the same channel.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.lanes, &other.lanes)
    }

    /// The lane that is sent into.
    fn own(&self) -> usize {
        self.number.unwrap_or(0)
    }

    pub(super) fn end(&self) -> &End {
        &self.lanes.ends[self.own()]
    }

    pub(super) fn has_ended(&self) -> bool {
        self.lanes.stock.lock().closed
    }

    /// Waits for room as long as `patience` says: for a moment as a newcomer, then in line.
    pub(crate) fn wait<R>(&self, patience: Patience, mut attempt: impl FnMut() -> Option<R>) -> Option<R> {
        let deadline = match patience {
            Patience::None => return None,
            Patience::Until(deadline) => Some(deadline),
            Patience::Endless => None,
        };
        let mut backoff = Backoff::new();
        while !self.is_behind(Standing::New) && backoff.spin() {
            if let Some(given) = attempt() {
                return Some(given);
            }
        }
        drop(backoff);
        self.wait_in_line(deadline, attempt)
    }

    /// Whether those in the line come first.
    fn is_behind(&self, standing: Standing) -> bool {
        standing == Standing::New && !self.end().line.is_empty()
    }

    fn put(&self, value: T, standing: Standing) -> Result<(), TrySendError<T>> {
        let weight = self.lanes.weight_of(&value);
        let mut stock = self.lanes.stock.lock();
        if stock.closed {
            return Err(TrySendError::Disconnected(value));
        }
        if self.is_behind(standing) || !stock.fits(self.own(), weight) {
            return Err(TrySendError::Full(value));
        }
        stock.put(self.own(), Parcel { value, weight });
        Ok(())
    }

    /// Those of as many values as might go in at once.
    fn weights(&self, values: &VecDeque<T>) -> Vec<usize> {
        let mut sum = 0_usize;
        let is_within = |weight: &usize| {
            let before = sum;
            sum = before.saturating_add(*weight);
            before < self.lanes.bound.weight
        };
        values.iter().map(|value| self.lanes.weight_of(value)).take_while(is_within).collect()
    }

    fn put_many(&self, values: &mut VecDeque<T>, standing: Standing) -> Result<usize, TrySendError<()>> {
        let weights = self.weights(values);
        let mut stock = self.lanes.stock.lock();
        if stock.closed {
            return Err(TrySendError::Disconnected(()));
        }
        let mut count = 0;
        for weight in weights {
            if self.is_behind(standing) || !stock.fits(self.own(), weight) {
                break;
            }
            let Some(value) = values.pop_front() else { break };
            stock.put(self.own(), Parcel { value, weight });
            count += 1;
        }
        if count == 0 && !values.is_empty() {
            return Err(TrySendError::Full(()));
        }
        Ok(count)
    }

    fn keep(&self, count: usize, standing: Standing) -> Result<(), TrySendError<()>> {
        let mut stock = self.lanes.stock.lock();
        if stock.closed {
            return Err(TrySendError::Disconnected(()));
        }
        let is_behind = count > 0 && self.is_behind(standing);
        if is_behind || !stock.reserve(self.own(), count) { Err(TrySendError::Full(())) } else { Ok(()) }
    }
}

impl<T> Core for Lane<T> {
    type Item = T;

    fn push(&self, value: T) -> Result<(), TrySendError<T>> {
        self.put(value, Standing::New)
    }

    fn push_in_turn(&self, value: T) -> Result<(), TrySendError<T>> {
        self.put(value, Standing::Front)
    }

    fn push_many(&self, values: &mut VecDeque<T>) -> Result<usize, TrySendError<()>> {
        self.put_many(values, Standing::New)
    }

    fn push_many_in_turn(&self, values: &mut VecDeque<T>) -> Result<usize, TrySendError<()>> {
        self.put_many(values, Standing::Front)
    }

    fn displace(&self, value: T) -> Result<Victims<T>, TrySendError<T>> {
        let weight = self.lanes.weight_of(&value);
        let mut stock = self.lanes.stock.lock();
        if stock.closed {
            return Err(TrySendError::Disconnected(value));
        }
        let Some(victims) = stock.make_room(self.own(), weight) else { return Err(TrySendError::Full(value)) };
        stock.put(self.own(), Parcel { value, weight });
        Ok(victims)
    }

    fn reserve(&self, count: usize) -> Result<(), TrySendError<()>> {
        self.keep(count, Standing::New)
    }

    fn reserve_in_turn(&self, count: usize) -> Result<(), TrySendError<()>> {
        self.keep(count, Standing::Front)
    }

    fn give_back(&self, count: usize) {
        self.lanes.stock.lock().give_back(self.own(), count);
    }

    fn push_reserved(&self, value: T) -> Result<(), T> {
        let weight = self.lanes.weight_of(&value);
        let mut stock = self.lanes.stock.lock();
        if stock.closed {
            return Err(value);
        }
        stock.give_back(self.own(), 1);
        stock.put(self.own(), Parcel { value, weight });
        Ok(())
    }

    fn reserved(&self) -> usize {
        self.lanes.stock.lock().reserved(self.own())
    }

    /// None of what is bounded by weight: nobody knows how heavy a message will be.
    fn most_reserved(&self) -> usize {
        if self.lanes.weigh.is_some() { 0 } else { self.lanes.bound.messages }
    }

    fn pop(&self) -> Result<T, TryRecvError> {
        let mut stock = self.lanes.stock.lock();
        let Some((number, value)) = stock.take() else { return Err(stock.nothing()) };
        drop(stock);
        self.lanes.tell_lane(number);
        Ok(value)
    }

    fn pop_many(&self, into: &mut Vec<T>, max: usize) -> Result<usize, TryRecvError> {
        let mut stock = self.lanes.stock.lock();
        let count = max.min(stock.len(None));
        if count == 0 && max > 0 {
            return Err(stock.nothing());
        }
        // Allocates before anything is taken, since that may panic.
        into.reserve(count);
        let mut touched = 0_u64;
        for _ in 0..count {
            let Some((number, value)) = stock.take() else { break };
            into.push(value);
            touched |= 1 << number;
        }
        drop(stock);
        let mut foreign = Foreign::default();
        for number in (0..self.count()).filter(|number| touched & (1 << number) != 0) {
            foreign.run(|| self.lanes.tell_lane(number));
        }
        Ok(count)
    }

    fn has_value(&self) -> bool {
        self.lanes.stock.lock().len(None) > 0
    }

    fn has_room(&self) -> bool {
        self.room() > 0
    }

    fn room(&self) -> usize {
        let stock = self.lanes.stock.lock();
        match self.number {
            Some(number) => stock.room(number),
            None => (0..self.count()).fold(0, |sum, number| sum.saturating_add(stock.room(number))),
        }
    }

    fn close(&self) -> bool {
        !mem::replace(&mut self.lanes.stock.lock().closed, true)
    }

    fn is_closed(&self) -> bool {
        self.has_ended()
    }

    fn len(&self) -> usize {
        self.lanes.stock.lock().len(self.number)
    }

    fn capacity(&self) -> Option<usize> {
        let lanes = self.number.map_or(self.count(), |_| 1);
        Some(self.lanes.bound.messages).filter(|messages| *messages < usize::MAX)?.checked_mul(lanes)
    }

    fn load(&self) -> Load {
        let stock = self.lanes.stock.lock();
        let limit = self.lanes.weigh.as_ref().map(|_| self.lanes.bound.weight);
        Load { own: stock.weight(self.number), all: stock.weight(None), heaviest: stock.heaviest, limit }
    }

    fn not_empty(&self) -> &WaitSet {
        &self.lanes.not_empty
    }

    /// For those who stand in no line.
    fn not_full(&self) -> &WaitSet {
        &self.end().aside
    }

    /// A pop has told the lane that it took from, and who leaves a line tells by himself.
    fn tell_senders(&self, count: usize) {
        match (count, self.number) {
            (usize::MAX, _) => self.lanes.tell_all(),
            (_, Some(number)) => self.lanes.tell_lane(number),
            (_, None) => {}
        }
    }

    fn send_waits(&self) -> &Waits {
        &self.lanes.send_waits
    }

    fn recv_waits(&self) -> &Waits {
        &self.lanes.recv_waits
    }

    fn flow(&self) -> Flow {
        let stock = self.lanes.stock.lock();
        let depth = stock.len(None);
        let sent = stock.received + stock.displaced + depth as u64;
        Flow { sent, received: stock.received, depth, high_water: stock.high_water }
    }

    fn handles(&self) -> &Handles {
        &self.lanes.handles
    }

    fn holds(&self) -> &AtomicUsize {
        &self.holds
    }

    fn as_lane(&self) -> Option<&Self> {
        Some(self)
    }
}
