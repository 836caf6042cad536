//! Sockets as an event source: the kernel's demultiplexer (mio), the timers and the inbox, turned into claims.
//!
//! An event is delivered to its handle's word while the leader still holds the batch, so the batch contains claims:
//! each names a handle that nobody else works on. An event of a handle that is being worked on is only recorded, and
//! wakes nobody. Handles are registered once, edge-triggered.
//!
//! # Limits
//!
//! 256 events of the kernel and 256 due timers a turn. Posted work comes first, then timers, then I/O; with work at
//! hand the kernel is asked without waiting, so none of the three starves another.

use super::{EventSource, Waited, Waker};
use crate::handle::{Claim, Delivery, Ready};
use crate::slab::Token;
use crate::timer::{Fired, Timers};
use crate::turn::Shared;
use common::sync::Arc;
use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

/// Events of the kernel, and due timers, that one turn takes.
const TURN: usize = 256;

/// The demultiplexer's name for the waker; no slot has this index.
pub(crate) const WAKE: mio::Token = mio::Token(usize::MAX);

/// A claimed handle on its way to a thread.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Work {
    pub(crate) index: u32,
    pub(crate) claim: Claim,
}

/// What reaches the leader through the inbox.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Post {
    Work(Work),
    Timer(Instant, Token),
}

pub(crate) struct PollSource {
    poll: mio::Poll,
    events: mio::Events,
    timers: Timers,
    posts: VecDeque<Post>,
    shared: Arc<Shared>,
}

#[derive(Clone)]
pub(crate) struct PollWaker(Arc<Shared>);

impl PollSource {
    pub(crate) fn new(poll: mio::Poll, shared: Arc<Shared>) -> Self {
        let events = mio::Events::with_capacity(TURN);
        Self { poll, events, timers: Timers::default(), posts: VecDeque::new(), shared }
    }

    /// Sorts what was posted; false if the inbox is closed.
    fn collect(&mut self, batch: &mut VecDeque<Work>) -> bool {
        let open = self.shared.inbox.collect(&mut self.posts);
        for post in self.posts.drain(..) {
            match post {
                Post::Work(work) => batch.push_back(work),
                Post::Timer(at, token) => self.timers.insert(at, token),
            }
        }
        let slab = &self.shared.slab;
        self.timers.sweep(slab.capacity(), |at, token| slab.slot(token).timing.lock().is_armed(token.generation, at));
        open
    }

    fn fire(&mut self, batch: &mut VecDeque<Work>, now: Instant) {
        for _ in 0..TURN {
            let Some((at, token)) = self.timers.pop_due(now) else { return };
            let slot = self.shared.slab.slot(token);
            let fired = slot.timing.lock().fire(token.generation, at, now);
            match fired {
                Fired::Stale => {}
                Fired::Later(at) => self.timers.insert(at, token),
                Fired::Due => deliver(&self.shared, batch, token, Ready::TIMER),
            }
        }
    }

    fn demultiplex(&mut self, batch: &mut VecDeque<Work>, timeout: Option<Duration>) -> io::Result<()> {
        match self.poll.poll(&mut self.events, timeout) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(error),
        }
        for event in &self.events {
            if event.token() != WAKE {
                deliver(&self.shared, batch, Token::unpack(event.token().0), readiness(event));
            }
        }
        Ok(())
    }
}

/// Errors and hang-ups make both directions ready: reading or writing finds out which it is.
fn readiness(event: &mio::event::Event) -> Ready {
    let mut ready = Ready::NONE;
    if event.is_readable() || event.is_read_closed() || event.is_error() {
        ready |= Ready::READ;
    }
    if event.is_writable() || event.is_write_closed() || event.is_error() {
        ready |= Ready::WRITE;
    }
    ready
}

fn deliver(shared: &Shared, batch: &mut VecDeque<Work>, token: Token, ready: Ready) {
    let Some(slot) = shared.slab.get(token) else { return };
    if let Delivery::Claimed(claim) = slot.word.deliver(token.generation, ready) {
        batch.push_back(Work { index: token.index, claim });
    }
}

impl EventSource for PollSource {
    type Event = Work;
    type Waker = PollWaker;

    fn wait(&mut self, batch: &mut VecDeque<Work>, deadline: Option<Instant>) -> io::Result<Waited> {
        if !self.collect(batch) {
            return Ok(Waited::Ended);
        }
        let now = Instant::now();
        self.fire(batch, now);
        let until = [self.timers.next(), deadline].into_iter().flatten().min();
        let sleeps = batch.is_empty() && self.shared.inbox.sleep(until);
        let timeout =
            if sleeps { until.map(|until| until.saturating_duration_since(now)) } else { Some(Duration::ZERO) };
        let waited = self.demultiplex(batch, timeout);
        if sleeps {
            self.shared.inbox.wake();
        }
        waited.map(|()| Waited::Open)
    }

    fn waker(&self) -> PollWaker {
        PollWaker(self.shared.clone())
    }
}

impl Waker for PollWaker {
    fn wake(&self) {
        self.0.ring();
    }

    fn close(&self) {
        self.0.abandon_inbox();
        self.0.ring();
    }
}
