//! The core with a bound too large for an array, or that drops its oldest: a queue under a lock.
//!
//! # Limits
//!
//! Each operation waits for the lock, which is held for a push or a pop, or for the queue's growth. The memory of a burst
//! is given back as the queue empties: what is left is never more than four times what was needed, or [`KEPT`].

use super::{Core, Flow, Handles, waits_beside};
use crate::error::{TryRecvError, TrySendError};
use crate::overflow::Victims;
use crate::stats::Waits;
use common::sync::Mutex;
use common::wait::WaitSet;
use std::collections::VecDeque;
use std::mem;

/// So many values have room at least, before memory is given back.
const KEPT: usize = 64;

/// A queue for any number of senders and receivers.
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    not_empty: WaitSet,
    not_full: WaitSet,
    recv_waits: Waits,
    send_waits: Waits,
    handles: Handles,
    capacity: usize,
}

struct State<T> {
    values: VecDeque<T>,
    /// So many more will come that nobody else has room for.
    reserved: usize,
    received: u64,
    displaced: u64,
    high_water: usize,
    closed: bool,
}

impl<T> Queue<T> {
    /// An empty one that holds so many values.
    pub(crate) fn new(capacity: usize, handles: Handles) -> Self {
        let state =
            State { values: VecDeque::new(), reserved: 0, received: 0, displaced: 0, high_water: 0, closed: false };
        Self {
            state: Mutex::new(state),
            not_empty: waits_beside(capacity),
            not_full: waits_beside(capacity),
            recv_waits: Waits::new(),
            send_waits: Waits::new(),
            handles,
            capacity,
        }
    }
}

impl<T> State<T> {
    fn nothing(&self) -> TryRecvError {
        if self.closed { TryRecvError::Disconnected } else { TryRecvError::Empty }
    }

    /// For how many more there is room, for whoever has reserved none.
    fn room(&self, capacity: usize) -> usize {
        capacity - self.values.len() - self.reserved
    }

    fn append(&mut self, value: T) {
        self.values.push_back(value);
        self.note_depth();
    }

    fn note_depth(&mut self) {
        self.high_water = self.high_water.max(self.values.len());
    }

    fn shrink(&mut self) {
        let needed = self.values.len().max(KEPT / 2) * 2;
        if self.values.capacity() > needed * 2 {
            self.values.shrink_to(needed);
        }
    }
}

impl<T> Core for Queue<T> {
    type Item = T;

    fn push(&self, value: T) -> Result<(), TrySendError<T>> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(TrySendError::Disconnected(value));
        }
        if state.room(self.capacity) == 0 {
            return Err(TrySendError::Full(value));
        }
        state.append(value);
        Ok(())
    }

    fn push_many(&self, values: &mut VecDeque<T>) -> Result<usize, TrySendError<()>> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(TrySendError::Disconnected(()));
        }
        let count = values.len().min(state.room(self.capacity));
        if count == 0 && !values.is_empty() {
            return Err(TrySendError::Full(()));
        }
        state.values.extend(values.drain(..count));
        state.note_depth();
        Ok(count)
    }

    fn displace(&self, value: T) -> Result<Victims<T>, TrySendError<T>> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(TrySendError::Disconnected(value));
        }
        let victims = match state.room(self.capacity) {
            0 => match state.values.pop_front() {
                Some(victim) => Victims::One(victim),
                None => return Err(TrySendError::Full(value)),
            },
            _ => Victims::None,
        };
        state.displaced += victims.count();
        state.append(value);
        Ok(victims)
    }

    fn reserve(&self, count: usize) -> Result<(), TrySendError<()>> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(TrySendError::Disconnected(()));
        }
        if count > state.room(self.capacity) {
            return Err(TrySendError::Full(()));
        }
        state.reserved += count;
        Ok(())
    }

    fn give_back(&self, count: usize) {
        self.state.lock().reserved -= count;
    }

    fn push_reserved(&self, value: T) -> Result<(), T> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(value);
        }
        state.append(value);
        state.reserved -= 1;
        Ok(())
    }

    fn reserved(&self) -> usize {
        self.state.lock().reserved
    }

    fn most_reserved(&self) -> usize {
        self.capacity
    }

    fn pop(&self) -> Result<T, TryRecvError> {
        let mut state = self.state.lock();
        match state.values.pop_front() {
            Some(value) => {
                state.received += 1;
                state.shrink();
                Ok(value)
            }
            None => Err(state.nothing()),
        }
    }

    fn pop_many(&self, into: &mut Vec<T>, max: usize) -> Result<usize, TryRecvError> {
        let mut state = self.state.lock();
        if max > 0 && state.values.is_empty() {
            return Err(state.nothing());
        }
        let count = max.min(state.values.len());
        // Allocates before anything is taken, since that may panic.
        into.reserve(count);
        into.extend(state.values.drain(..count));
        state.received += count as u64;
        state.shrink();
        Ok(count)
    }

    fn has_value(&self) -> bool {
        self.len() > 0
    }

    fn has_room(&self) -> bool {
        self.room() > 0
    }

    fn room(&self) -> usize {
        self.state.lock().room(self.capacity)
    }

    fn close(&self) -> bool {
        !mem::replace(&mut self.state.lock().closed, true)
    }

    fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    fn len(&self) -> usize {
        self.state.lock().values.len()
    }

    fn capacity(&self) -> Option<usize> {
        Some(self.capacity)
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
        let depth = state.values.len();
        let sent = state.received + state.displaced + depth as u64;
        Flow { sent, received: state.received, depth, high_water: state.high_water }
    }

    fn handles(&self) -> &Handles {
        &self.handles
    }
}
