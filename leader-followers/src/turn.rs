//! A turn: what a thread does with a claim, and what the reactor's threads share.
//!
//! # Protocol
//!
//! 1. `begin` the claim; call the handler for what happened: deadline, notification, drain, I/O, in this order;
//! 2. close, or rest (idle or suspended); if something came meanwhile and the handle has had fewer than [`TURNS`]
//!    turns, go on at 1, else post the claim behind the others, so that a busy handle does not keep a thread for
//!    itself.
//!
//! # Invariants
//!
//! - I1: a handler is called by the owner of its claim only: never twice at the same time, never after `closed`.
//! - I2: a claim ends released, closed or posted, on every path, panics included.

use crate::contain::contain;
use crate::handle::{Claim, Delivery, Ready, Release};
use crate::notify::{Inbox, Posted};
use crate::reactor::{Cause, Context, Next};
use crate::slab::{Guest, Slab, Token};
use crate::source::poll::{Post, Work};
use common::sync::Arc;
use common::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Turns that a handle gets in a row.
const TURNS: usize = 4;

/// What the threads, the registrations and the leader share.
pub(crate) struct Shared {
    pub(crate) slab: Slab,
    pub(crate) inbox: Inbox<Post>,
    pub(crate) registry: mio::Registry,
    waker: mio::Waker,
    panicked: AtomicU64,
}

/// What a turn came to.
enum Verdict {
    Rest { suspended: bool },
    Again,
    Close(Cause),
}

impl Shared {
    pub(crate) fn new(slab: Slab, registry: mio::Registry, waker: mio::Waker) -> Self {
        Self { slab, inbox: Inbox::new(), registry, waker, panicked: AtomicU64::new(0) }
    }

    pub(crate) fn panicked(&self) -> u64 {
        // ORDERING: Relaxed: a count that publishes nothing.
        self.panicked.load(Ordering::Relaxed)
    }

    /// Ends the leader's wait.
    pub(crate) fn ring(&self) {
        // It can fail only when the kernel's counter is full, and then a wake is pending anyway.
        drop(self.waker.wake());
    }

    /// Brings an event to a handle from outside the leader.
    pub(crate) fn deliver(&self, token: Token, ready: Ready) {
        if let Delivery::Claimed(claim) = self.slab.slot(token).word.deliver(token.generation, ready) {
            self.post(Work { index: token.index, claim });
        }
    }

    /// Puts a claim behind the work that is waiting.
    pub(crate) fn post(&self, work: Work) {
        match self.inbox.post(Post::Work(work), None) {
            Posted::Quiet => {}
            Posted::Ring => self.ring(),
            Posted::Closed(Post::Work(work)) => self.abandon(work),
            Posted::Closed(Post::Timer(..)) => {}
        }
    }

    /// Makes the leader wake for a deadline.
    pub(crate) fn post_timer(&self, at: Instant, token: Token) {
        if self.inbox.post(Post::Timer(at, token), Some(at)) == Posted::Ring {
            self.ring();
        }
    }

    /// Closes the handle of a claim that nobody will work on any more.
    pub(crate) fn abandon(&self, work: Work) {
        self.slab.slot(work.token()).word.begin(&work.claim);
        self.close(work.token(), work.claim, Cause::Stopped);
    }

    /// Closes the inbox, and the handles whose claims are in it.
    pub(crate) fn abandon_inbox(&self) {
        for post in self.inbox.close() {
            if let Post::Work(work) = post {
                self.abandon(work);
            }
        }
    }

    /// Takes the handler out, frees the slot, and tells the handler.
    ///
    /// In this order, because a handler that tells others about its end promises them the room that it had.
    pub(crate) fn close(&self, token: Token, claim: Claim, cause: Cause) {
        let guest = self.slab.slot(token).guest.lock().take();
        let mut guest = guest.expect("an open handle has its handler");
        // It can fail only for a descriptor that the handler closed itself, which took it out of the demultiplexer.
        drop(contain(|| self.registry.deregister(guest.handler.source())));
        self.slab.close(token.index, claim);
        let told = contain(move || {
            guest.handler.closed(cause);
            drop(guest);
        });
        if told.is_err() {
            self.count_panic();
        }
    }

    fn count_panic(&self) {
        // ORDERING: Relaxed: a count that publishes nothing.
        self.panicked.fetch_add(1, Ordering::Relaxed);
    }
}

/// Works on a claim.
pub(crate) fn run(shared: &Arc<Shared>, work: Work) {
    let token = work.token();
    let slot = shared.slab.slot(token);
    let mut claim = work.claim;
    for _ in 0..TURNS {
        let ready = slot.word.begin(&claim);
        let verdict = {
            let mut guest = slot.guest.lock();
            let guest = guest.as_mut().expect("an open handle has its handler");
            contain(|| turn(shared, guest, token, ready)).unwrap_or_else(|_| {
                shared.count_panic();
                Verdict::Close(Cause::Panicked)
            })
        };
        let release = match verdict {
            Verdict::Close(cause) => return shared.close(token, claim, cause),
            Verdict::Rest { suspended: true } => slot.word.suspend(claim),
            Verdict::Rest { suspended: false } => slot.word.release(claim),
            Verdict::Again => {
                slot.word.requeue(&claim, Ready::AGAIN);
                return shared.post(Work { index: token.index, claim });
            }
        };
        match release {
            Release::Free => return,
            Release::More(more) => claim = more,
        }
    }
    shared.post(Work { index: token.index, claim });
}

/// Calls the handler for everything in `ready`.
fn turn(shared: &Arc<Shared>, guest: &mut Guest, token: Token, ready: Ready) -> Verdict {
    if ready.contains(Ready::CLOSE) {
        return Verdict::Close(Cause::Asked);
    }
    let mut cx = Context::new(shared, token);
    let mut again = false;
    let mut settle = |guest: &mut Guest, next: Next| {
        guest.suspended = next == Next::Suspend;
        again |= next == Next::Again;
        next == Next::Close
    };
    guest.unseen |= ready.only(Ready::TURN);
    guest.suspended &= !ready.contains(Ready::RESUME);
    let late = ready.contains(Ready::TIMER) && shared.slab.slot(token).timing.lock().take_due(Instant::now());
    for (happened, call) in [
        (late, Callback::Timeout),
        (ready.contains(Ready::NOTIFY), Callback::Notified),
        (ready.contains(Ready::DRAIN), Callback::Draining),
    ] {
        if happened {
            let next = call.make(guest, &mut cx);
            if settle(guest, next) {
                return Verdict::Close(Cause::Finished);
            }
        }
    }
    if !guest.suspended && !guest.unseen.is_empty() {
        let unseen = std::mem::take(&mut guest.unseen);
        let next = guest.handler.ready(unseen, &mut cx);
        if settle(guest, next) {
            return Verdict::Close(Cause::Finished);
        }
    }
    if again { Verdict::Again } else { Verdict::Rest { suspended: guest.suspended } }
}

/// The control callbacks, in the order in which they are made.
#[derive(Clone, Copy)]
enum Callback {
    Timeout,
    Notified,
    Draining,
}

impl Callback {
    fn make(self, guest: &mut Guest, cx: &mut Context<'_>) -> Next {
        match self {
            Self::Timeout => guest.handler.timeout(cx),
            Self::Notified => guest.handler.notified(cx),
            Self::Draining => guest.handler.draining(cx),
        }
    }
}

impl Work {
    pub(crate) fn token(&self) -> Token {
        Token { index: self.index, generation: self.claim.generation() }
    }
}
