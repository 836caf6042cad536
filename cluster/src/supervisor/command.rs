//! What the handle asks of the supervisor's thread, and how it wakes it.

use crate::core::reload::ReloadReport;
use crate::error::{KillError, ReloadError};
use crate::event::{ShutdownReport, WorkerId};
use crate::mailbox::{Mailbox, Wake};
use crate::status::Signal;
use crate::supervisor::roster::Roster;
use common::slot::Sender;
use common::sync::Mutex;
use rustix::event::{EventfdFlags, eventfd};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

/// Commands that may wait; one more is refused.
const CAPACITY: usize = 4096;

/// A command. Those with a reply are urgent: their senders block for it.
#[derive(Debug)]
pub(crate) enum Command {
    Send { worker: WorkerId, line: Vec<u8> },
    Signal { worker: WorkerId, signal: Signal, reply: Sender<Result<(), KillError>> },
    Reload { reply: Sender<Result<ReloadReport, ReloadError>> },
    Shutdown { within: Duration, reply: Sender<ShutdownReport> },
}

/// What the handle and the thread share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) mailbox: Mailbox<Command, Bell>,
    pub(crate) roster: Roster,
    /// How the shutdown went, once it is over.
    pub(crate) report: Mutex<Option<ShutdownReport>>,
}

impl Shared {
    pub(crate) fn new() -> io::Result<Self> {
        let mailbox = Mailbox::new(CAPACITY, Bell::new()?);
        Ok(Self { mailbox, roster: Roster::default(), report: Mutex::new(None) })
    }
}

/// An eventfd: rings until it is heard, so that a ring that comes first is not lost.
#[derive(Debug)]
pub(crate) struct Bell(OwnedFd);

impl Bell {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?))
    }

    /// Rings; a counter that is full is ringing already.
    pub(crate) fn ring(&self) {
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }

    /// Stops the ringing.
    pub(crate) fn hear(&self) {
        let _ = rustix::io::read(&self.0, &mut [0_u8; 8]);
    }
}

impl Wake for Bell {
    fn wake(&self) {
        self.ring();
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
