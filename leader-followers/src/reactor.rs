//! The reactor: sockets, deadlines and notifications, handled by a crew that takes turns at the demultiplexer.
//!
//! Whatever happens to one handle, I/O, its deadline, a notification, the end, is handled by one thread at a time, so a
//! handler takes `&mut self` and needs no lock. Different handles are handled by different threads. Registration is
//! edge-triggered and done once: a handler that is told to read has to read until it would block, or to answer
//! [`Next::Again`], because nobody will tell it again about what it left.
//!
//! # Limits
//!
//! 1,024 handles unless [`Builder::capacity`] says otherwise, each slot 88 bytes from the start. TCP, UDP, Unix sockets and
//! pipes: whatever mio can register. One demultiplexer for all threads.

use crate::crew::{self, Crew, PATIENCE};
use crate::handle::Ready;
use crate::promotion::{Handovers, Promotion, ThreadSet};
use crate::registration::register;
use crate::slab::Slab;
use crate::source::poll::{PollSource, WAKE, Work};
use crate::turn::{Shared, run};
use common::lifecycle::Phase;
use common::sync::{Arc, Mutex};
use std::fmt;
use std::io;
use std::time::Instant;

pub use crate::registration::{Context, RegisterError, RegisterErrorKind, Registration};
pub use mio;

/// Handles that a reactor has room for, unless it was told otherwise.
pub const DEFAULT_CAPACITY: u32 = 1024;

/// What happens to one handle, as methods. They are never called at the same time.
///
/// Each is called on whichever thread has the event. A panic closes the handle, and nothing else.
pub trait EventHandler: Send + 'static {
    /// The socket to register. Always the same one.
    fn source(&mut self) -> &mut dyn mio::event::Source;

    /// What to be told about; both directions unless it says otherwise. Asked once.
    fn interest(&self) -> mio::Interest {
        mio::Interest::READABLE | mio::Interest::WRITABLE
    }

    /// The handle is registered. Called once, before everything else, on the thread that registers.
    fn opened(&mut self, cx: &mut Context<'_>) {
        let _ = cx;
    }

    /// The socket may be read from or written to, or the handle was resumed, or it asked for another turn.
    fn ready(&mut self, ready: Ready, cx: &mut Context<'_>) -> Next;

    /// The deadline passed.
    fn timeout(&mut self, cx: &mut Context<'_>) -> Next {
        let _ = cx;
        Next::Close
    }

    /// Somebody called [`Registration::notify`], once or more.
    fn notified(&mut self, cx: &mut Context<'_>) -> Next {
        let _ = cx;
        Next::Wait
    }

    /// The reactor drains: finish what was begun and answer [`Next::Close`] when that is done.
    fn draining(&mut self, cx: &mut Context<'_>) -> Next {
        let _ = cx;
        Next::Close
    }

    /// The handle was deregistered. Called once, after everything else; the handler is dropped next.
    fn closed(&mut self, cause: Cause) {
        let _ = cause;
    }
}

/// What a handler wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// To be told when something happens.
    Wait,
    /// Another turn, after the others that are waiting had theirs.
    Again,
    /// To be told nothing about I/O until [`Registration::resume`]. What happens meanwhile is told then. Deadlines,
    /// notifications and a drain are told in any case, and what their callbacks answer replaces the suspension.
    Suspend,
    /// To be closed.
    Close,
}

/// Why a handle was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its handler answered [`Next::Close`].
    Finished,
    /// [`Registration::close`].
    Asked,
    /// Its handler panicked.
    Panicked,
    /// The reactor was stopped.
    Stopped,
}

/// A running reactor. Dropping it stops it.
pub struct Reactor {
    shared: Arc<Shared>,
    set: ThreadSet<PollSource>,
    crew: Mutex<Option<Crew<PollSource>>>,
}

/// Sets up a [`Reactor`].
#[derive(Clone, Debug)]
pub struct Builder {
    crew: crew::Builder,
    capacity: u32,
}

/// How a reactor ended.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// Handles that were still open and were closed by the stop.
    pub open: usize,
    /// Threads that were still in a handler. When it returns they end, and close that handle and those whose events they
    /// had taken.
    pub busy: usize,
    /// How often a handler panicked.
    pub panics: u64,
    /// Why the demultiplexer could not go on, if that is what ended it.
    pub failure: Option<io::Error>,
}

impl Reactor {
    /// Settings with the defaults: a thread per core and at least two, early promotion, 1,024 handles.
    pub fn builder() -> Builder {
        Builder { crew: crew::builder().name("reactor"), capacity: DEFAULT_CAPACITY }
    }

    /// Registers a handler. Its events may come before this returns.
    ///
    /// # Errors
    ///
    /// Gives the handler back when all slots are taken, the reactor was stopped, or the system refuses the socket.
    pub fn register(&self, handler: impl EventHandler) -> Result<Registration, RegisterError> {
        register(&self.shared, Box::new(handler))
    }

    /// How many handles are open.
    pub fn len(&self) -> usize {
        self.shared.slab.len()
    }

    /// Whether no handle is open.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How often leadership changed hands so far.
    pub fn handovers(&self) -> Handovers {
        self.set.handovers()
    }

    /// How often a handler panicked.
    pub fn panics(&self) -> u64 {
        self.shared.panics()
    }

    /// Tells every handler to drain, waits until all handles are closed or `deadline` has passed, and [stops](Self::stop).
    ///
    /// A handler that is registered meanwhile is told at once. Called from a handler, it waits for itself.
    pub fn drain(&self, deadline: Instant) -> Report {
        for token in self.shared.slab.advance(Phase::Draining) {
            self.shared.deliver(token, Ready::DRAIN);
        }
        self.shared.slab.wait_empty(deadline);
        self.stop(deadline)
    }

    /// Ends the threads after the turns that they are in, closes all handles, and waits for both until `deadline`, and at
    /// least a tenth of a second.
    ///
    /// The first call does it; later ones, also while it runs, return an empty report.
    pub fn stop(&self, deadline: Instant) -> Report {
        let Some(crew) = self.crew.lock().take() else { return Report::default() };
        let shared = &self.shared;
        let left = shared.slab.advance(Phase::Stopped);
        let report = crew.stop(deadline);
        for work in report.rest {
            shared.abandon(work);
        }
        shared.abandon_inbox();
        // The inbox is closed, so a claim that this gives is abandoned at once, and one that a busy thread has finds the bit.
        for token in &left {
            shared.deliver(*token, Ready::CLOSE);
        }
        Report { open: left.len(), busy: report.busy, panics: shared.panics(), failure: report.failure }
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        self.stop(Instant::now() + PATIENCE);
    }
}

impl Builder {
    /// How many threads; by default one per core and at least two.
    ///
    /// # Panics
    ///
    /// Panics if `count` is zero.
    #[must_use]
    pub fn threads(self, count: usize) -> Self {
        Self { crew: self.crew.threads(count), ..self }
    }

    /// When a thread hands leadership on; by default [`Promotion::Early`].
    #[must_use]
    pub fn promotion(self, promotion: Promotion) -> Self {
        Self { crew: self.crew.promotion(promotion), ..self }
    }

    /// What the threads are called: `name-1`, `name-2` and so on; by default `reactor`.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { crew: self.crew.name(name), ..self }
    }

    /// How many handles can be open at the same time; by default [`DEFAULT_CAPACITY`].
    ///
    /// # Panics
    ///
    /// Panics if `capacity` is zero or `u32::MAX`.
    #[must_use]
    pub fn capacity(self, capacity: u32) -> Self {
        assert!(capacity > 0 && capacity < u32::MAX, "a reactor has room for at least one handle");
        Self { capacity, ..self }
    }

    /// Starts the threads.
    ///
    /// # Errors
    ///
    /// The system's error when it gives no demultiplexer or no thread.
    pub fn start(self) -> io::Result<Reactor> {
        let poll = mio::Poll::new()?;
        let waker = mio::Waker::new(poll.registry(), WAKE)?;
        let registry = poll.registry().try_clone()?;
        let shared = Arc::new(Shared::new(Slab::new(self.capacity), registry, waker));
        let source = PollSource::new(poll, shared.clone());
        let [ours, theirs] = [shared.clone(), shared.clone()];
        let abandon = move |set: &ThreadSet<PollSource>| {
            let rest = set.into_rest().map(|(_, rest)| rest);
            rest.into_iter().flatten().for_each(|work| theirs.abandon(work));
        };
        let crew = self.crew.start_with(source, move |work: Work| run(&ours, work), abandon)?;
        Ok(Reactor { shared, set: crew.set().clone(), crew: Mutex::new(Some(crew)) })
    }
}

impl fmt::Debug for Reactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor").field("handles", &self.len()).finish_non_exhaustive()
    }
}
