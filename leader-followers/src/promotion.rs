//! The thread set: who leads, who follows, and how leadership goes from one to the other.
//!
//! A mutex around the event source would elect a leader too, but it wakes whichever thread the lock likes, lets threads
//! queue up inside the lock, and forgets the events that a dead leader left undispatched. Here leadership is a value,
//! and promotion moves that value into the slot of a chosen follower. Ancestors: the Leader/Followers pattern of
//! Schmidt, O'Ryan, Kircher, Pyarali and Buschmann (POSA 2), `TAO_Leader_Follower` with one condition per follower, and
//! the batch that travels with leadership in ZeroC Ice's thread pool and gRPC's epoll1 engine.
//!
//! # States
//!
//! A thread is a leader (it owns the [`Leader`]), a follower (its seat is on the stack or has been called), or
//! processing (neither). Leadership itself is in exactly one place:
//!
//! | leadership is in | who may touch it |
//! |---|---|
//! | a [`Leader`] | the thread that owns that value, without any lock |
//! | the seat of a follower that was called | that follower, once it wakes |
//! | the vacancy | whoever holds the set's lock |
//!
//! # Protocol
//!
//! Follower:
//! 1. under the lock: if the set is closed, retire; if leadership is vacant, take it and lead; else push the seat;
//! 2. park until the seat is called, with leadership or to retire.
//!
//! Leader: take the next event from the rest of the batch, or wait on the source for a new batch, outside any lock.
//! Then promote: under the lock pop the follower that came last, or put leadership into the vacancy if nobody follows;
//! outside the lock put leadership into that follower's seat and unpark it. A leader that is dropped, by a panic or
//! otherwise, does the same.
//!
//! Closer: under the lock set `closed` and take all seats; call each to retire; wake the source.
//!
//! # Invariants
//!
//! - I1: leadership is in exactly one place. It is never cloned, and every path that ends its owner moves it on.
//! - I2: leadership is vacant only if no follower's seat is on the stack, or the set is closed.
//! - I3: a seat is on the stack only while its thread is in `follow`, and is called exactly once after it was pushed.
//! - I4: `closed` is set once. After that no thread blocks in `follow` for good, and a leader hands out no event.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | the seat's lock, in `call` | the seat's lock, in `follow` | leadership: the source and the batch |
//! | E2 | the set's lock, in `publish` | the set's lock, in `follow` | leadership left in the vacancy |
//!
//! `closed` publishes nothing; it is an atomic only so that a leader can test it between events without the lock.
//!
//! # Limits
//!
//! The last follower to come is the first to go (warm caches), so with little load some threads never lead. A handover
//! costs two short locks and an unpark: about one context switch. The models run two and three threads on the task
//! source, and crowds of 8 to 13 under shuttle.

use crate::follower::{Call, Member, Seat};
use crate::leader::{Lead, Leader};
use crate::source::{EventSource, Waker};
use common::sync::atomic::{AtomicBool, Ordering};
use common::sync::{Arc, Condvar, Mutex};
use std::collections::VecDeque;
use std::fmt;
use std::time::Instant;

/// When leadership is handed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Promotion {
    /// Before the event is handled: while one thread handles, another one waits. A handover for each event.
    #[default]
    Early,
    /// Only when the thread cannot go on leading: it handles its event and waits again. A slow handler holds up all
    /// others.
    Late,
}

/// Where a promotion left leadership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promoted {
    /// A follower was called and leads.
    Handed,
    /// Nobody followed; the next thread to follow leads at once.
    Vacant,
}

/// Threads that take turns at one event source. Clones share the set.
///
/// ```
/// use leader_followers::source::task;
/// use leader_followers::ThreadSet;
///
/// let (sender, source) = task::queue(8);
/// let set = ThreadSet::new(source);
/// sender.send("task").unwrap();
///
/// let mut member = set.member();
/// let mut leader = member.follow().expect("an open set has a leader");
/// let task = leader.next().unwrap();
/// leader.promote(); // from here on another thread may wait for the next task
/// assert_eq!(task, Some("task"));
/// ```
pub struct ThreadSet<S: EventSource> {
    shared: Arc<Shared<S>>,
}

/// How often leadership changed hands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handovers {
    /// Promotions that called a follower.
    pub handed: u64,
    /// Promotions that found nobody following.
    pub vacant: u64,
}

pub(crate) struct Shared<S: EventSource> {
    state: Mutex<State<S>>,
    followed: Condvar,
    closed: AtomicBool,
    waker: S::Waker,
}

struct State<S: EventSource> {
    vacancy: Option<Box<Lead<S>>>,
    followers: Vec<Arc<Seat<S>>>,
    handovers: Handovers,
    /// Threads in `wait_followers_deadline`, so that `follow` need not notify an empty room.
    onlookers: usize,
}

/// What [`Shared::enlist`] did with a seat.
pub(crate) enum Enlisted<S: EventSource> {
    /// Leadership was vacant and is the caller's.
    Leads(Box<Lead<S>>),
    /// The seat is on the stack and will be called.
    Follows,
    /// The set is closed.
    Retired,
}

impl<S: EventSource> ThreadSet<S> {
    /// A set without threads, whose first member will lead on `source`.
    pub fn new(source: S) -> Self {
        let waker = source.waker();
        let vacancy = Some(Box::new(Lead { source, batch: VecDeque::new() }));
        let state = State { vacancy, followers: Vec::new(), handovers: Handovers::default(), onlookers: 0 };
        let shared =
            Shared { state: Mutex::new(state), followed: Condvar::new(), closed: AtomicBool::new(false), waker };
        Self { shared: Arc::new(shared) }
    }

    /// Makes the calling thread a member. The member stays with its thread.
    pub fn member(&self) -> Member<S> {
        Member::new(self.shared.clone())
    }

    /// Retires all members: followers at once, a waiting leader as soon as it wakes, the others when they next follow.
    ///
    /// Events that were not handed out stay where they are; [`take_rest`](Self::take_rest) gives them back.
    pub fn close(&self) {
        self.shared.close();
    }

    /// Whether the set is closed, by [`close`](Self::close) or because its source ended or failed.
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }

    /// How many threads follow now.
    pub fn followers(&self) -> usize {
        self.shared.state.lock().followers.len()
    }

    /// Blocks until at least `count` threads follow, the set is closed, or `deadline` has passed; true in the first
    /// case.
    pub fn wait_followers_deadline(&self, count: usize, deadline: Instant) -> bool {
        let mut state = self.shared.state.lock();
        state.onlookers += 1;
        while state.followers.len() < count && !self.is_closed() {
            if self.shared.followed.wait_until(&mut state, deadline).timed_out() {
                break;
            }
        }
        state.onlookers -= 1;
        state.followers.len() >= count
    }

    /// How often leadership changed hands so far.
    pub fn handovers(&self) -> Handovers {
        self.shared.state.lock().handovers
    }

    /// A waker for the source.
    pub fn waker(&self) -> S::Waker {
        self.shared.waker.clone()
    }

    /// Takes the source and the events that it had handed over but no thread took, out of a closed set.
    ///
    /// `None` while a thread still leads, and after the first call that was answered.
    ///
    /// # Panics
    ///
    /// Panics if the set is not closed: its threads would follow for ever.
    pub fn take_rest(&self) -> Option<(S, VecDeque<S::Event>)> {
        assert!(self.is_closed(), "leadership can be taken out of a closed set only");
        let lead = self.shared.state.lock().vacancy.take()?;
        Some((lead.source, lead.batch))
    }
}

impl<S: EventSource> Clone for ThreadSet<S> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

impl<S: EventSource> fmt::Debug for ThreadSet<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.state.lock();
        f.debug_struct("ThreadSet")
            .field("followers", &state.followers.len())
            .field("vacant", &state.vacancy.is_some())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

impl<S: EventSource> Shared<S> {
    /// Follower's step 1.
    pub(crate) fn enlist(&self, seat: &Arc<Seat<S>>) -> Enlisted<S> {
        let mut state = self.state.lock();
        if self.is_closed() {
            return Enlisted::Retired;
        }
        if let Some(lead) = state.vacancy.take() {
            return Enlisted::Leads(lead);
        }
        state.followers.push(seat.clone());
        if state.onlookers > 0 {
            self.followed.notify_all();
        }
        Enlisted::Follows
    }

    /// Moves leadership to the follower that came last, or into the vacancy.
    pub(crate) fn publish(&self, lead: Box<Lead<S>>) -> Promoted {
        let mut state = self.state.lock();
        let Some(seat) = state.followers.pop() else {
            assert!(state.vacancy.is_none(), "I1: leadership is in one place");
            state.vacancy = Some(lead);
            state.handovers.vacant += 1;
            return Promoted::Vacant;
        };
        state.handovers.handed += 1;
        drop(state);
        seat.call(Call::Lead(lead));
        Promoted::Handed
    }

    pub(crate) fn close(&self) {
        let seats = {
            let mut state = self.state.lock();
            // ORDERING: Relaxed: it publishes nothing. Followers test it under the lock held here; a leader that misses
            // it is woken below, and the waker's own edge brings it this store.
            self.closed.store(true, Ordering::Relaxed);
            std::mem::take(&mut state.followers)
        };
        self.followed.notify_all();
        for seat in seats {
            seat.call(Call::Retire);
        }
        self.waker.wake();
    }

    pub(crate) fn is_closed(&self) -> bool {
        // ORDERING: Relaxed: as at the store in `close`.
        self.closed.load(Ordering::Relaxed)
    }

    /// A leader over `lead`, for the thread that received it.
    pub(crate) fn leader(&self, lead: Box<Lead<S>>) -> Leader<'_, S> {
        Leader::new(self, lead)
    }
}
