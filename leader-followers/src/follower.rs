//! The follower: a thread that waits to be called, each in a seat of its own.
//!
//! One condition variable for all followers would let the system choose who wakes, and the woken thread would then
//! queue for the lock. A seat is one slot and one parker, so a promotion wakes the thread it chose and that thread has
//! what it came for. The protocol is described in [`promotion`](crate::promotion).

use crate::leader::{Lead, Leader};
use crate::promotion::{Enlisted, Shared};
use crate::source::EventSource;
use common::park::{Parker, Unparker};
use common::sync::{Arc, Mutex};
use std::fmt;

/// A thread's membership in a [`ThreadSet`](crate::ThreadSet).
///
/// It stays with the thread that made it, whose parker it holds:
///
/// ```compile_fail,E0277
/// # let (_sender, source) = leader_followers::source::task::queue::<()>(1);
/// # let set = leader_followers::ThreadSet::new(source);
/// let mut member = set.member();
/// std::thread::spawn(move || drop(member.follow()));
/// ```
pub struct Member<S: EventSource> {
    shared: Arc<Shared<S>>,
    seat: Arc<Seat<S>>,
    parker: Parker,
}

/// Where a follower is called.
pub(crate) struct Seat<S: EventSource> {
    call: Mutex<Option<Call<S>>>,
    unparker: Unparker,
}

/// Why a follower is called.
pub(crate) enum Call<S: EventSource> {
    /// It leads from now on.
    Lead(Box<Lead<S>>),
    /// The set is closed.
    Retire,
}

impl<S: EventSource> Member<S> {
    pub(crate) fn new(shared: Arc<Shared<S>>) -> Self {
        let parker = Parker::new();
        let seat = Seat { call: Mutex::new(None), unparker: parker.unparker() };
        Self { shared, seat: Arc::new(seat), parker }
    }

    /// Blocks until this thread leads; `None` means that the set is closed.
    ///
    /// It returns at once when leadership is vacant. Otherwise the thread sleeps, without a time-out, until a leader
    /// promotes it.
    pub fn follow(&mut self) -> Option<Leader<'_, S>> {
        let lead = match self.shared.enlist(&self.seat) {
            Enlisted::Leads(lead) => lead,
            Enlisted::Retired => return None,
            Enlisted::Follows => match self.wait_for_call() {
                Call::Lead(lead) => lead,
                Call::Retire => return None,
            },
        };
        Some(self.shared.leader(lead))
    }

    /// Whether the set is closed, so that there is nothing left to follow.
    pub fn is_retired(&self) -> bool {
        self.shared.is_closed()
    }

    /// I3: after it was pushed the seat is called exactly once, so this ends with a call and leaves none behind.
    fn wait_for_call(&self) -> Call<S> {
        loop {
            self.parker.park();
            if let Some(call) = self.seat.call.lock().take() {
                return call;
            }
        }
    }
}

impl<S: EventSource> Seat<S> {
    /// Puts the call into the seat and wakes its thread.
    pub(crate) fn call(&self, call: Call<S>) {
        let before = self.call.lock().replace(call);
        assert!(before.is_none(), "I3: a seat is called once");
        self.unparker.unpark();
    }
}

impl<S: EventSource> fmt::Debug for Member<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member").field("retired", &self.is_retired()).finish_non_exhaustive()
    }
}
