//! The inbox: how other threads reach a leader that sleeps.
//!
//! A leader that waits in the kernel sees no queue in memory. Waking it for each item costs a system call that is
//! wasted whenever it is awake, or will wake by itself before the item matters. So the leader announces until when it
//! means to sleep, under the same lock that the items go through, and a poster rings only if that is too late.
//!
//! # States
//!
//! | state | meaning |
//! |---|---|
//! | Awake | nobody sleeps, or the bell has been rung: the items will be collected anyway |
//! | Asleep(until) | the leader sleeps, or is about to, until then |
//! | Closed | nobody will collect any more |
//!
//! # Protocol
//!
//! Leader: `collect` the items; work out until when there is nothing to do; `sleep(until)`, which refuses if an item
//! came meanwhile; wait; `wake`. Poster: push the item; if the leader is Asleep past the time at which the item is due,
//! turn the state to Awake and ring.
//!
//! # Invariants
//!
//! - I1: a leader sleeps past the due time of an item only if somebody is about to ring.
//! - I2: between two sleeps at most one poster rings.
//! - I3: an item that is posted is collected, or its poster gets it back.
//!
//! # Limits
//!
//! The inbox itself has no bound: the reactor posts at most one claim a handle and a handful of timers a handle. A post
//! costs one lock.

use common::sync::Mutex;
use std::collections::VecDeque;
use std::time::Instant;

/// Items on their way to whoever leads.
#[derive(Debug)]
pub struct Inbox<T> {
    state: Mutex<State<T>>,
}

/// What a poster has to do.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a sleeping leader has to be rung for"]
pub enum Posted<T> {
    /// The item will be collected in time. Nothing to do.
    Quiet,
    /// The leader sleeps: wake it.
    Ring,
    /// The inbox is closed: here is the item.
    Closed(T),
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<T>,
    leader: Sleep,
}

#[derive(Clone, Copy, Debug)]
enum Sleep {
    Awake,
    /// `None` means without end.
    Asleep(Option<Instant>),
    Closed,
}

impl<T> Inbox<T> {
    /// An empty inbox.
    pub fn new() -> Self {
        Self { state: Mutex::new(State { items: VecDeque::new(), leader: Sleep::Awake }) }
    }

    /// Posts an item that matters from `due` on; `None` means at once.
    pub fn post(&self, item: T, due: Option<Instant>) -> Posted<T> {
        let mut state = self.state.lock();
        let late = match state.leader {
            Sleep::Closed => return Posted::Closed(item),
            Sleep::Awake => false,
            Sleep::Asleep(until) => due.is_none_or(|due| until.is_none_or(|until| due < until)),
        };
        state.items.push_back(item);
        if !late {
            return Posted::Quiet;
        }
        state.leader = Sleep::Awake;
        Posted::Ring
    }

    /// Appends all items, oldest first, to `into`; false if the inbox is closed.
    pub fn collect(&self, into: &mut VecDeque<T>) -> bool {
        let mut state = self.state.lock();
        into.append(&mut state.items);
        !matches!(state.leader, Sleep::Closed)
    }

    /// Announces a sleep until `until`; false, and no announcement, if there are items or the inbox is closed.
    #[must_use = "a refused sleep must not be slept"]
    pub fn sleep(&self, until: Option<Instant>) -> bool {
        let mut state = self.state.lock();
        if !state.items.is_empty() || matches!(state.leader, Sleep::Closed) {
            return false;
        }
        state.leader = Sleep::Asleep(until);
        true
    }

    /// The leader is awake again.
    pub fn wake(&self) {
        let mut state = self.state.lock();
        if matches!(state.leader, Sleep::Asleep(_)) {
            state.leader = Sleep::Awake;
        }
    }

    /// Closes the inbox and takes what is in it.
    pub fn close(&self) -> VecDeque<T> {
        let mut state = self.state.lock();
        state.leader = Sleep::Closed;
        std::mem::take(&mut state.items)
    }
}

impl<T> Default for Inbox<T> {
    fn default() -> Self {
        Self::new()
    }
}
