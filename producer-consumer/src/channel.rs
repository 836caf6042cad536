//! The channel's protocol: a bounded queue, two kinds of waiters, and an end that loses nothing.
//!
//! A ring with atomics would be faster and is not the hard part: what channels get wrong is waiting and ending (a wake
//! given to a waiter that has just timed out, a message accepted after the last receiver left). So queue, handle counts
//! and waiter counts are under one lock, where each transition is a few lines. Ancestors: Go's `chan`, flume, Hoare's
//! monitor.
//!
//! # States
//!
//! | state | `open` | receivers | sends | receives |
//! |---|---|---|---|---|
//! | open | true | some | accepted while there is room, else wait | a message, else wait |
//! | closing | false | some | refused | a message, else the news that none will come |
//! | dead | false | none | refused | nobody is there to receive |
//!
//! Open becomes closing by [`close`](Channel::close) or by the last sender's drop, and anything becomes dead by the
//! last receiver's drop, which also drops what nobody will receive. No state is ever left backwards.
//!
//! # Protocol
//!
//! Sender, under the lock: refuse if not `open`; push if there is room; else count itself in `waiting_senders`, wait on
//! `not_full`, count itself out, and look again. After unlocking: notify one on `not_empty` if a receiver was counted.
//!
//! Receiver, under the lock: pop if there is a message; report the end if not `open`; else wait on `not_empty`
//! likewise. After unlocking: notify one on `not_full` if a sender was counted. A drain notifies one sender for each
//! message it took.
//!
//! Whoever ends the channel clears `open` under the lock and notifies all on both sides after unlocking.
//!
//! # Invariants
//!
//! - I1: the queue never holds more than `capacity` messages.
//! - I2: once `open` is false it stays false, and the queue only shrinks.
//! - I3: without receivers the channel is not open and its queue is empty.
//! - I4: a waiter that gives up looks at the state after its wait has ended and under the same lock. So a notification
//!   that reaches a waiter whose deadline has passed is either used by it, or there was nothing to be had any more.
//! - I5: no message is dropped, and no code of the user runs, while the lock is held.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | unlock after a push | lock before the pop | the message, and all that its sender did before |
//! | E2 | unlock after a pop | lock before the push | that the room is free |
//!
//! # Limits
//!
//! Waiters are not served in order: a thread that comes along may take what a woken one was woken for, and that one
//! waits on. Per sender, messages stay in order. `try_*` operations wait for the lock, which is held for a push or a
//! pop (or for the queue's growth), so a holder that the scheduler has put aside delays them. The models run three
//! threads and two messages a sender in every schedule, and crowds of sixteen in some; a time-out fires at any moment of
//! its wait, or never. That no waiter is both notified and timed out is the condition variable's word (I4).

use crate::error::{TryRecvError, TrySendError};
use crate::patience::Patience;
use common::sync::{Condvar, Mutex, MutexGuard};
use std::collections::VecDeque;

/// What the handles share.
pub(crate) struct Channel<T> {
    state: Mutex<State<T>>,
    not_empty: Condvar,
    not_full: Condvar,
    capacity: usize,
}

struct State<T> {
    queue: VecDeque<T>,
    open: bool,
    senders: usize,
    receivers: usize,
    waiting_senders: usize,
    waiting_receivers: usize,
}

impl<T> Channel<T> {
    /// An open channel with one sender and one receiver.
    pub(crate) fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "a channel holds at least one message");
        let state = State {
            queue: VecDeque::new(),
            open: true,
            senders: 1,
            receivers: 1,
            waiting_senders: 0,
            waiting_receivers: 0,
        };
        Self { state: Mutex::new(state), not_empty: Condvar::new(), not_full: Condvar::new(), capacity }
    }

    /// Puts `value` in, waiting for room as long as `patience` says.
    pub(crate) fn send(&self, value: T, patience: Patience) -> Result<(), TrySendError<T>> {
        let mut state = self.state.lock();
        let mut given_up = false;
        loop {
            if !state.open {
                return Err(TrySendError::Disconnected(value));
            }
            if state.queue.len() < self.capacity {
                break;
            }
            if given_up {
                return Err(TrySendError::Full(value));
            }
            state.waiting_senders += 1;
            given_up = wait(&self.not_full, &mut state, patience);
            state.waiting_senders -= 1;
        }
        state.queue.push_back(value);
        let wake = state.waiting_receivers > 0;
        drop(state);
        if wake {
            self.not_empty.notify_one();
        }
        Ok(())
    }

    /// Takes the oldest message, waiting for one as long as `patience` says.
    pub(crate) fn recv(&self, patience: Patience) -> Result<T, TryRecvError> {
        let mut state = self.state.lock();
        let mut given_up = false;
        let value = loop {
            if let Some(value) = state.queue.pop_front() {
                break value;
            }
            if !state.open {
                return Err(TryRecvError::Disconnected);
            }
            if given_up {
                return Err(TryRecvError::Empty);
            }
            state.waiting_receivers += 1;
            given_up = wait(&self.not_empty, &mut state, patience);
            state.waiting_receivers -= 1;
        };
        let wake = state.waiting_senders > 0;
        drop(state);
        if wake {
            self.not_full.notify_one();
        }
        Ok(value)
    }

    /// Takes all that is there now, oldest first.
    pub(crate) fn drain(&self) -> Vec<T> {
        let mut state = self.state.lock();
        let taken = std::mem::take(&mut state.queue);
        let wakes = taken.len().min(state.waiting_senders);
        drop(state);
        for _ in 0..wakes {
            self.not_full.notify_one();
        }
        taken.into()
    }

    /// Ends the sending; false if it had ended before.
    pub(crate) fn close(&self) -> bool {
        let mut state = self.state.lock();
        let was_open = std::mem::replace(&mut state.open, false);
        drop(state);
        if was_open {
            self.not_full.notify_all();
            self.not_empty.notify_all();
        }
        was_open
    }

    pub(crate) fn add_sender(&self) {
        self.state.lock().senders += 1;
    }

    pub(crate) fn add_receiver(&self) {
        self.state.lock().receivers += 1;
    }

    pub(crate) fn drop_sender(&self) {
        let mut state = self.state.lock();
        state.senders -= 1;
        let last = state.senders == 0;
        drop(state);
        if last {
            self.close();
        }
    }

    /// The last receiver takes the undelivered messages with it (I3), outside the lock (I5).
    pub(crate) fn drop_receiver(&self) {
        let mut state = self.state.lock();
        state.receivers -= 1;
        if state.receivers > 0 {
            return;
        }
        state.open = false;
        let undelivered = std::mem::take(&mut state.queue);
        drop(state);
        self.not_full.notify_all();
        drop(undelivered);
    }

    pub(crate) fn is_closed(&self) -> bool {
        !self.state.lock().open
    }

    pub(crate) fn len(&self) -> usize {
        self.state.lock().queue.len()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }
}

/// Waits for one notification; true if the patience has ended instead.
fn wait<T>(condvar: &Condvar, state: &mut MutexGuard<'_, State<T>>, patience: Patience) -> bool {
    match patience {
        Patience::None => true,
        Patience::Until(deadline) => condvar.wait_until(state, deadline).timed_out(),
        Patience::Endless => {
            condvar.wait(state);
            false
        }
    }
}
