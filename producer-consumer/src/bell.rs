//! A bell: rung when there may be work, heard by one sleeper, remembered while nobody sleeps.
//!
//! The threads of a job worker sleep while the queue is empty. A condition variable alone forgets a notification that
//! comes between a thread's look at the database and its sleep; a counter of rings would make every thread look once
//! for each of a thousand adds. One remembered ring is enough, since whoever finds a job rings on for the next sleeper.
//! Ancestors: the auto-reset event, BullMQ's marker key with its chained wake-ups.
//!
//! # States
//!
//! | state | meaning | who may change it |
//! |---|---|---|
//! | silent | nothing new since somebody last looked | anybody to rung or closed |
//! | rung | somebody has to look | one sleeper to silent, anybody to closed |
//! | closed | no more sleeping | nobody |
//!
//! # Protocol
//!
//! Ringer: make the work visible, then set rung under the lock; after unlocking notify one.
//! Sleeper: look for work; if there is none, wait until rung or closed, set silent, and look again. Whoever found work
//! rings before it starts on it.
//!
//! # Invariants
//!
//! - I1: a ring after a look makes that looker's next wait return, or another's that looks after the ring.
//! - I2: once closed, every wait returns at once.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | unlock in `ring` and `close` | lock in `wait_deadline` | what was done before the ring |
//!
//! # Limits
//!
//! Rings are not counted. A sleeper's time-out is a look of its own, so a lost ring of another process costs a delay
//! only.

use common::sync::{Condvar, Mutex};
use std::time::Instant;

/// The bell; shared by reference.
#[derive(Debug, Default)]
pub struct Bell {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Silent,
    Rung,
    Closed,
}

/// Why a wait on a [`Bell`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Somebody rang, and this waiter took the ring.
    Ring,
    /// The deadline passed in silence.
    Nothing,
    /// The bell is closed.
    Closed,
}

impl Bell {
    /// A silent bell.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets one waiter, or the next one to come, look for work.
    pub fn ring(&self) {
        let mut state = self.state.lock();
        let silent = *state == State::Silent;
        if silent {
            *state = State::Rung;
        }
        drop(state);
        if silent {
            self.changed.notify_one();
        }
    }

    /// Ends all waits, those that run and those to come.
    pub fn close(&self) {
        *self.state.lock() = State::Closed;
        self.changed.notify_all();
    }

    /// Waits for a ring until `deadline`.
    pub fn wait_deadline(&self, deadline: Instant) -> Heard {
        let mut state = self.state.lock();
        let mut timed_out = false;
        loop {
            match *state {
                State::Closed => return Heard::Closed,
                State::Rung => {
                    *state = State::Silent;
                    return Heard::Ring;
                }
                State::Silent if timed_out => return Heard::Nothing,
                State::Silent => timed_out = self.changed.wait_until(&mut state, deadline).timed_out(),
            }
        }
    }
}
