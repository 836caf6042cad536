//! The reactor: sockets, deadlines and notifications, handled by a crew that takes turns at the demultiplexer.
//!
//! Whatever happens to one handle, I/O, its deadline, a notification, the end, is handled by one thread at a time, so a
//! handler takes `&mut self` and needs no lock. Different handles are handled by different threads. Registration is
//! edge-triggered and done once: a handler whose socket can be read has to read until it would block, or to
//! answer [`Next::Again`], because what it left is not reported again.
//!
//! # Limits
//!
//! 1,024 handles unless [`Builder::capacity`] says otherwise, each slot 88 bytes from the start. TCP, UDP, Unix sockets
//! and pipes: whatever mio can register. One demultiplexer for all threads.

use crate::crew::{self, Crew, PATIENCE};
use crate::promotion::{Handovers, Promotion, ThreadSet};
use crate::registration::register;
use crate::slab::Slab;
use crate::source::poll::{PollSource, WAKE, Work};
use crate::turn::{Shared, run};
use common::lifecycle::Phase;
use common::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::fmt;
use std::io;
use std::time::Instant;

pub use crate::handle::Ready;
pub use crate::registration::{Context, RegisterError, RegisterErrorKind, Registration};
pub use mio;

/// Handles that a reactor has room for, unless set.
pub const DEFAULT_CAPACITY: u32 = 1024;

/// What happens to one handle, as methods. They are never called at the same time.
///
/// Each is called on whichever thread has the event. A panic closes the handle, and nothing else.
pub trait EventHandler: Send + 'static {
    /// The socket to register. Always the same one.
    fn source(&mut self) -> &mut dyn mio::event::Source;

    /// The I/O events to report; both directions unless it says otherwise. Asked once.
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
    /// To be called when something happens.
    Wait,
    /// Another turn, after the others that are waiting had theirs.
    Again,
    /// No I/O events until [`Registration::resume`]; what happened meanwhile is reported then. Deadlines, notifications
    /// and a drain are still reported, and the answer to them replaces the suspension.
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
    ending: Mutex<Ending>,
    ended: Condvar,
}

/// Settings of a [`Reactor`] to be; [`start`](Self::start) starts it.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it starts"]
pub struct Builder {
    crew: crew::Builder,
    capacity: u32,
}

/// How far the end has come.
struct Ending {
    /// `None` once a stop has begun.
    crew: Option<Crew<PollSource>>,
    /// That stop has returned.
    over: bool,
    /// Its report; while it runs, what it has found to close.
    report: Report,
}

/// How a reactor ended.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// Handles that were still open and were closed by the stop.
    pub open: usize,
    /// Threads that were still in a handler. When it returns they end, and close that handle and those whose events
    /// they had taken.
    pub busy: usize,
    /// How often a handler panicked.
    pub panicked: u64,
    /// Why the demultiplexer could not go on, if that is what ended it.
    pub failure: Option<io::Error>,
}

impl Reactor {
    /// Settings of a reactor to be. Unless set: a thread per core and at least two, early promotion, 1,024 handles.
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
    pub fn panicked(&self) -> u64 {
        self.shared.panicked()
    }

    /// Tells every handler to drain, waits until all handles are closed or `deadline` has passed, and
    /// [stops](Self::stop).
    ///
    /// A handler that is registered meanwhile is told at once. Called from a handler, it waits for itself.
    pub fn drain(&self, deadline: Instant) -> Report {
        for token in self.shared.slab.advance(Phase::Draining) {
            self.shared.deliver(token, Ready::DRAIN);
        }
        self.shared.slab.wait_empty_deadline(deadline);
        self.stop(deadline)
    }

    /// Ends the threads after the turns that they are in, closes all handles, and waits for both until `deadline`, and
    /// at least a tenth of a second.
    ///
    /// The first call does it; later ones wait for that one until their own `deadline` and report the same again, a
    /// failure as a copy. At a deadline before its end they report all threads as busy. Called from a handler, `closed`
    /// included, any of them waits for itself.
    pub fn stop(&self, deadline: Instant) -> Report {
        let shared = &self.shared;
        let (crew, left) = {
            let mut ending = self.ending.lock();
            let Some(crew) = ending.crew.take() else { return self.wait_report_deadline(ending, deadline) };
            let left = shared.slab.advance(Phase::Stopped);
            ending.report =
                Report { open: left.len(), busy: crew.threads(), panicked: shared.panicked(), failure: None };
            (crew, left)
        };
        let report = crew.stop(deadline);
        for work in report.rest {
            shared.abandon(work);
        }
        shared.abandon_inbox();
        // The inbox is closed, so a claim that this gives is abandoned at once, and one that a busy thread has finds
        // the bit.
        for token in &left {
            shared.deliver(*token, Ready::CLOSE);
        }
        let (open, panicked) = (left.len(), shared.panicked());
        let report = Report { open, busy: report.busy, panicked, failure: report.failure };
        let mut ending = self.ending.lock();
        (ending.over, ending.report) = (true, report.again());
        drop(ending);
        self.ended.notify_all();
        report
    }

    /// The report of the stop that somebody else has begun.
    fn wait_report_deadline(&self, mut ending: MutexGuard<'_, Ending>, deadline: Instant) -> Report {
        while !ending.over {
            if self.ended.wait_until(&mut ending, deadline).timed_out() {
                break;
            }
        }
        ending.report.again()
    }
}

impl Report {
    /// Whether no handle was left for the stop to close, every thread ended, and the demultiplexer did not fail.
    ///
    /// A panic alone leaves nothing: it has closed its handle.
    pub fn is_clean(&self) -> bool {
        self.open == 0 && self.busy == 0 && self.failure.is_none()
    }

    fn again(&self) -> Self {
        let copy = |error: &io::Error| match error.raw_os_error() {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::new(error.kind(), error.to_string()),
        };
        Self { failure: self.failure.as_ref().map(copy), ..*self }
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        self.stop(Instant::now() + PATIENCE);
    }
}

impl Builder {
    /// How many threads; one per core and at least two unless set.
    ///
    /// # Panics
    ///
    /// Panics if `count` is zero.
    pub fn threads(self, count: usize) -> Self {
        Self { crew: self.crew.threads(count), ..self }
    }

    /// When a thread hands leadership on; [`Promotion::Early`] unless set.
    pub fn promotion(self, promotion: Promotion) -> Self {
        Self { crew: self.crew.promotion(promotion), ..self }
    }

    /// What the threads are called: `name-0`, `name-1` and so on; `reactor` unless set.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { crew: self.crew.name(name), ..self }
    }

    /// How many handles can be open at the same time; [`DEFAULT_CAPACITY`] unless set.
    ///
    /// # Panics
    ///
    /// Panics if `capacity` is zero or `u32::MAX`.
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
            let rest = set.take_rest().map(|(_, rest)| rest);
            rest.into_iter().flatten().for_each(|work| theirs.abandon(work));
        };
        let crew = self.crew.start_with(source, move |work: Work| run(&ours, work), abandon)?;
        let set = crew.set().clone();
        let ending = Ending { crew: Some(crew), over: false, report: Report::default() };
        Ok(Reactor { shared, set, ending: Mutex::new(ending), ended: Condvar::new() })
    }
}

impl fmt::Debug for Reactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor").field("handles", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_repeated_with_its_failure() {
        for failure in [io::Error::from_raw_os_error(9), io::Error::other("broken")] {
            let report = Report { failure: Some(failure), ..Report::default() };
            let again = report.again();
            assert!(!report.is_clean() && !again.is_clean());
            let [first, second] = [report, again].map(|report| report.failure.unwrap());
            assert_eq!((first.kind(), first.to_string()), (second.kind(), second.to_string()));
        }
    }
}
