//! What the primary is told about its workers.

use crate::message::Message;
use crate::status::ExitStatus;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A worker's number: counts from 1 and is never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkerId(u64);

impl WorkerId {
    pub(crate) fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number itself.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which worker an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WorkerRef {
    id: WorkerId,
    slot: usize,
    pid: u32,
}

impl WorkerRef {
    pub(crate) fn new(id: WorkerId, slot: usize, pid: u32) -> Self {
        Self { id, slot, pid }
    }

    /// Its number, unique in this cluster.
    pub fn id(self) -> WorkerId {
        self.id
    }

    /// Its slot, from 0. A worker's replacement has the same slot and the same queues.
    pub fn slot(self) -> usize {
        self.slot
    }

    /// Its process id. Once its exit was reported the number may belong to another process.
    pub fn pid(self) -> u32 {
        self.pid
    }
}

impl From<WorkerRef> for WorkerId {
    fn from(worker: WorkerRef) -> Self {
        worker.id
    }
}

/// Something that happened to the cluster, in the order in which it happened to each worker.
///
/// Of one worker: Fork, Online, then Listening, Ready and Message in the order sent, then Disconnect, then Exit. All
/// that a worker wrote before it died comes before its Exit.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A process was started.
    Fork {
        /// The worker.
        worker: WorkerRef,
    },
    /// The worker said its first word.
    Online {
        /// The worker.
        worker: WorkerRef,
    },
    /// The worker accepts connections.
    Listening {
        /// The worker.
        worker: WorkerRef,
        /// Where, with the port that was really bound.
        address: SocketAddr,
    },
    /// The worker serves: it called `ready`, or it is a Node worker that listens.
    Ready {
        /// The worker.
        worker: WorkerRef,
    },
    /// The worker sent a message.
    Message {
        /// The worker.
        worker: WorkerRef,
        /// What it sent.
        message: Message,
    },
    /// The worker's channel ended.
    Disconnect {
        /// The worker.
        worker: WorkerRef,
    },
    /// The worker's process ended.
    Exit {
        /// The worker.
        worker: WorkerRef,
        /// How it ended.
        status: ExitStatus,
        /// Whether it had been asked to leave, or had said goodbye.
        planned: bool,
    },
    /// Something went wrong that did not end the cluster.
    Error {
        /// The slot it concerns.
        slot: usize,
        /// The worker, if there is one.
        worker: Option<WorkerRef>,
        /// What went wrong.
        fault: Fault,
    },
    /// A slot's workers ended too often: it stays empty, and its queues are closed, until a reload fills it.
    SlotFailed {
        /// The slot.
        slot: usize,
        /// Restarts within the period.
        restarts: usize,
    },
    /// Events were lost because nobody received them in time.
    Lost {
        /// How many.
        events: u64,
    },
}

/// What an [`Event::Error`] is about.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fault {
    /// The program could not be started.
    Spawn {
        /// Its path.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line was not JSON; it was skipped.
    BadLine(String),
    /// A line was longer than 64 MiB; the channel was cut.
    LineTooLong,
    /// The worker asked faster than it took the answers; the channel was cut.
    TooManyRequests,
    /// The channel failed.
    Channel(io::Error),
    /// A descriptor could not be delivered: the worker refused it three times.
    HandleRefused,
    /// A signal could not be sent.
    Signal(io::Error),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spawn { program, .. } => write!(f, "cannot start {}", program.display()),
            Self::BadLine(reason) => write!(f, "a line is not JSON: {reason}"),
            Self::LineTooLong => f.write_str("a line is longer than 64 MiB"),
            Self::TooManyRequests => f.write_str("more requests wait for an answer than may"),
            Self::Channel(_) => f.write_str("the channel failed"),
            Self::HandleRefused => f.write_str("the worker did not take a descriptor"),
            Self::Signal(_) => f.write_str("cannot send a signal"),
        }
    }
}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Spawn { source, .. } | Self::Channel(source) | Self::Signal(source) => Some(source),
            _ => None,
        }
    }
}

/// Where in its life a worker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WorkerState {
    /// Its process was started.
    Starting,
    /// It said its first word.
    Online,
    /// It serves.
    Ready,
    /// It is on its way out.
    Leaving,
}

/// A worker as [`Cluster::workers`](crate::Cluster::workers) found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerInfo {
    /// Its number.
    pub id: WorkerId,
    /// Its slot.
    pub slot: usize,
    /// Its process id.
    pub pid: u32,
    /// Where in its life it is.
    pub state: WorkerState,
}

/// How a shutdown went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Workers that were there when it began.
    pub workers: usize,
    /// Those of them that had to be killed.
    pub killed: usize,
    /// Processes that had not disappeared 5 s after SIGKILL.
    pub abandoned: usize,
}
