//! A worker's side: its channel to the primary, and its orderly end.
//!
//! # States
//!
//! | state | channel | `is_draining` | ends by |
//! |---|---|---|---|
//! | Serving | open | no | a request of the primary, `finish`, or the end of the channel |
//! | Draining | open | yes | `finish`, or the primary's signals |
//! | Orphaned | ended by the primary | yes | `finish` within 500 ms; then the process exits |
//! | Finished | ended by us | yes | the return of `main` within 5 s; then the process exits |
//!
//! # Invariants
//!
//! - I1: a process whose channel has ended does not outlive it by more than the times above, whatever its own threads
//!   do: the thread that reads the channel watches over that, and whatever it waits for ends with the channel at the
//!   latest.
//! - I2: a line is written whole: writers take turns under a lock.
//!
//! # Limits
//!
//! 64 messages (of up to 64 MiB each) wait for [`Worker::messages`]; then the channel is not read until there is room,
//! which holds the primary back. A send blocks while the primary does not read.

pub(crate) mod listener;
mod reader;

use crate::error::{ListenError, SendError};
use crate::event::WorkerId;
use crate::ipc::handle::transmit_all;
use crate::ipc::node::{self, Fields};
use crate::listen::queue::BACKLOG;
use crate::message::Message;
use crate::primary::encode;
use crate::request::{Requests, Unanswered};
use crate::supervisor::command::Bell;
use common::latch::Latch;
use common::sync::channel::{Receiver, bounded};
use common::sync::{Arc, Mutex, thread};
use listener::SharedListener;
use rustix::io::Errno;
use rustix::net::{Shutdown, sockopt};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

/// How long the primary may take to answer.
const REPLY_WITHIN: Duration = Duration::from_secs(10);
/// Messages that wait for the worker.
const MESSAGES: usize = 64;

/// A worker's handle on its primary. Clones share it.
///
/// Only [`role`](crate::role()) makes one. A worker process outlives its primary by at most 500 ms.
#[derive(Clone, Debug)]
pub struct Worker(Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    id: WorkerId,
    slot: usize,
    socket: OwnedFd,
    writing: Mutex<()>,
    requests: Requests<Reply>,
    messages: Receiver<Message>,
    /// How often each address was listened on.
    listens: Mutex<BTreeMap<SocketAddr, u64>>,
    drain: Latch,
    /// Rings from the beginning of the drain on, for those who wait in `poll`.
    drain_bell: Bell,
    finished: Latch,
}

/// The primary's reply to a request.
#[derive(Debug)]
pub(crate) struct Reply {
    fields: Fields,
    descriptor: Option<OwnedFd>,
}

impl Worker {
    pub(crate) fn new(socket: OwnedFd, id: u64, slot: usize) -> io::Result<Self> {
        let (sender, messages) = bounded(MESSAGES);
        let inner = Arc::new(Inner {
            id: WorkerId::new(id),
            slot,
            socket,
            writing: Mutex::new(()),
            requests: Requests::default(),
            messages,
            listens: Mutex::new(BTreeMap::new()),
            drain: Latch::new(),
            drain_bell: Bell::new()?,
            finished: Latch::new(),
        });
        // A primary that is gone already is noticed by the reader.
        let _ = inner.write(&node::online(inner.requests.number()));
        let reader = reader::Reader::new(inner.clone(), sender);
        thread::Builder::new().name("cluster-channel".to_owned()).spawn(move || reader.run())?;
        Ok(Self(inner))
    }

    /// This worker's number, unique in its cluster.
    pub fn id(&self) -> WorkerId {
        self.0.id
    }

    /// This worker's slot, from 0. Its replacement has the same.
    pub fn slot(&self) -> usize {
        self.0.slot
    }

    /// Listens on `address` through the primary: on the queue of this worker's slot, with all that waits in it.
    ///
    /// Any port 0 of the same address is the same port in all workers; the n-th one asked for is their n-th.
    ///
    /// # Errors
    ///
    /// When the address cannot be resolved or bound, or the primary is gone or does not answer within 10 s.
    pub fn listen(&self, address: impl ToSocketAddrs) -> Result<SharedListener, ListenError> {
        let mut found = address.to_socket_addrs().map_err(ListenError::Address)?;
        let missing = || io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        let address = found.next().ok_or_else(|| ListenError::Address(missing()))?;
        let index = self.0.next_index(address);
        let ticket = self.0.requests.open().map_err(unanswered)?;
        let query = node::about_server("queryServer", address, index, ticket.number());
        self.0.write(&query).map_err(ListenError::Io)?;
        let reply = ticket.wait_deadline(Instant::now() + REPLY_WITHIN).map_err(unanswered)?;
        let errno = reply.fields.number("errno").unwrap_or(0);
        if errno != 0 {
            let errno = i32::try_from(errno.unsigned_abs()).unwrap_or(i32::MAX);
            return Err(ListenError::Refused(io::Error::from_raw_os_error(errno)));
        }
        let listener = TcpListener::from(reply.descriptor.ok_or(ListenError::RoundRobin)?);
        listener.set_nonblocking(true).map_err(ListenError::Io)?;
        // A Node primary binds and leaves this to its workers.
        if !sockopt::socket_acceptconn(&listener).map_err(io_error)? {
            rustix::net::listen(&listener, BACKLOG).map_err(io_error)?;
        }
        let bound = listener.local_addr().map_err(ListenError::Io)?;
        let listening = node::about_server("listening", bound, index, self.0.requests.number());
        self.0.write(&listening).map_err(ListenError::Io)?;
        let key = reply.fields.text("key").unwrap_or_default().to_owned();
        Ok(SharedListener::new(self.0.clone(), listener, bound, key))
    }

    /// Tells the primary that this worker serves. Until then a reload keeps the old worker of the slot.
    ///
    /// # Errors
    ///
    /// When the channel has ended.
    pub fn ready(&self) -> Result<(), SendError> {
        self.0.send(&node::ready())
    }

    /// Sends `message` to the primary, as JSON. Blocks while the channel is full.
    ///
    /// # Errors
    ///
    /// When the channel has ended, or the message cannot be sent at all.
    pub fn send(&self, message: &(impl Serialize + ?Sized)) -> Result<(), SendError> {
        self.0.send(&encode(message)?)
    }

    /// Messages of the primary. The channel ends when this worker drains.
    pub fn messages(&self) -> &Receiver<Message> {
        &self.0.messages
    }

    /// Blocks until the primary asks this worker to leave, or is gone.
    pub fn wait_drain(&self) {
        self.0.drain.wait();
    }

    /// Blocks until the primary asks this worker to leave or is gone, or `timeout` has passed; false if it passed
    /// first.
    pub fn wait_drain_timeout(&self, timeout: Duration) -> bool {
        match Instant::now().checked_add(timeout) {
            Some(deadline) => self.wait_drain_deadline(deadline),
            None => {
                self.wait_drain();
                true
            }
        }
    }

    /// Blocks until the primary asks this worker to leave or is gone, or `deadline` has passed; false if it passed
    /// first.
    pub fn wait_drain_deadline(&self, deadline: Instant) -> bool {
        self.0.drain.wait_deadline(deadline)
    }

    /// Whether this worker has to leave: take nothing new, finish what was begun, then call [`finish`](Self::finish).
    pub fn is_draining(&self) -> bool {
        self.0.drain.is_open()
    }

    /// Says goodbye and ends the channel; then return from `main` within 5 s.
    ///
    /// Everything sent before arrives before. A worker that leaves of its own accord waits at most 10 s for the primary
    /// to note that it means to. Calling it again does nothing.
    pub fn finish(&self) {
        if self.0.finished.is_open() {
            return;
        }
        if !self.is_draining()
            && let Ok(ticket) = self.0.requests.open()
            && self.0.write(&node::goodbye(ticket.number())).is_ok()
        {
            let _ = ticket.wait_deadline(Instant::now() + REPLY_WITHIN);
        }
        self.0.finished.open();
        self.0.begin_drain();
        let _guard = self.0.writing.lock();
        let _ = rustix::net::shutdown(&self.0.socket, Shutdown::Write);
    }
}

impl Inner {
    fn next_index(&self, address: SocketAddr) -> u64 {
        let mut listens = self.listens.lock();
        let index = listens.entry(address).or_insert(0);
        *index += 1;
        *index - 1
    }

    fn write(&self, line: &[u8]) -> io::Result<()> {
        let _guard = self.writing.lock();
        Ok(transmit_all(&self.socket, line)?)
    }

    fn send(&self, line: &[u8]) -> Result<(), SendError> {
        self.write(line).map_err(|error| match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::PIPE | Errno::CONNRESET) => SendError::Gone,
            _ => SendError::Io(error),
        })
    }

    fn begin_drain(&self) {
        self.drain.open();
        self.drain_bell.ring();
    }

    /// Tells a Node primary that a listener is closed; ours does not ask.
    fn closed(&self, key: &str) {
        if !self.finished.is_open() {
            let _ = self.write(&node::close(key, self.requests.number()));
        }
    }
}

fn io_error(error: Errno) -> ListenError {
    ListenError::Io(error.into())
}

fn unanswered(reason: Unanswered) -> ListenError {
    match reason {
        Unanswered::Closed => ListenError::Gone,
        Unanswered::TimedOut => ListenError::TimedOut,
        Unanswered::Full => ListenError::Io(io::ErrorKind::QuotaExceeded.into()),
    }
}
