//! A worker as the supervisor holds it: its process, and its channel for as long as that lasts.

use crate::event::{Fault, WorkerRef};
use crate::ipc::frame::{Line, Lines};
use crate::ipc::handle::receive;
use crate::supervisor::outgoing::{Outgoing, Parcel};
use crate::supervisor::pidfd::Process;
use rustix::io::Errno;
use std::os::fd::{AsFd, OwnedFd};

#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) worker: WorkerRef,
    pub(crate) process: Process,
    pub(crate) channel: Option<Channel>,
}

#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) socket: OwnedFd,
    pub(crate) lines: Lines,
    pub(crate) outgoing: Outgoing,
    pub(crate) watch: Watch,
    seq: u64,
}

/// What epoll was told about a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watch {
    /// Nothing: the events are congested.
    Off,
    Read,
    ReadWrite,
}

/// What one read was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pulled {
    Bytes,
    Nothing,
    End,
}

impl Channel {
    pub(crate) fn new(socket: OwnedFd) -> Self {
        let (lines, outgoing) = (Lines::default(), Outgoing::default());
        Self { socket, lines, outgoing, watch: Watch::Off, seq: 0 }
    }

    /// A number for the next internal message.
    pub(crate) fn seq(&mut self) -> u64 {
        self.seq += 1;
        self.seq - 1
    }

    /// Reads once.
    pub(crate) fn pull(&mut self, buffer: &mut [u8]) -> Result<Pulled, Fault> {
        match receive(self.socket.as_fd(), buffer) {
            Ok(received) if received.bytes == 0 => Ok(Pulled::End),
            Ok(received) => {
                self.lines.feed(&buffer[..received.bytes], received.descriptor);
                Ok(Pulled::Bytes)
            }
            Err(Errno::AGAIN) => Ok(Pulled::Nothing),
            // A peer that died with unread bytes in its socket.
            Err(Errno::CONNRESET) => Ok(Pulled::End),
            Err(error) => Err(Fault::Channel(error.into())),
        }
    }

    pub(crate) fn next_line(&mut self) -> Result<Option<Line>, Fault> {
        self.lines.next_line().map_err(|_| Fault::LineTooLong)
    }

    /// Queues an internal line, with a descriptor or without.
    pub(crate) fn reply(&mut self, line: Vec<u8>, descriptor: Option<OwnedFd>) -> Result<(), Fault> {
        let parcel = Parcel { line, descriptor, metered: 0 };
        if self.outgoing.push(parcel) { Ok(()) } else { Err(Fault::TooManyRequests) }
    }

    /// Writes what the socket takes; returns the metered bytes that went, and whether the socket is full.
    pub(crate) fn flush(&mut self) -> Result<(usize, bool), Fault> {
        match self.outgoing.flush(self.socket.as_fd()) {
            Ok(flushed) => Ok((flushed.released, flushed.blocked)),
            // The reading side says so too, after what the worker wrote before.
            Err(Errno::PIPE | Errno::CONNRESET) => Ok((0, false)),
            Err(error) => Err(Fault::Channel(error.into())),
        }
    }
}
