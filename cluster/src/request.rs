//! The table of requests that wait for a reply from the other side of a channel.
//!
//! A map from number to waiter alone has two holes: a request that is made just after the channel ended waits for ever,
//! and one whose caller gave up stays in the map. So the table knows that it is closed, and a ticket that is dropped
//! takes its entry along.
//!
//! # States
//!
//! | state | who may do what |
//! |---|---|
//! | Open | callers open requests, the reading thread completes them |
//! | Closed | nothing is opened; every waiter has been told |
//!
//! # Invariants
//!
//! - I1: a request ends exactly once: with its reply, with the news that the channel closed, or by its caller's leave.
//! - I2: an entry exists only while its ticket does. Both are looked at under the lock.
//! - I3: a number is used once.
//!
//! # Limits
//!
//! At most [`MAX_WAITING`] requests wait. Waiters are woken outside the lock.

use common::slot::{self, Receiver, Sender};
use common::sync::{Arc, Mutex};
use std::collections::BTreeMap;
use std::time::Instant;

/// Requests that may wait for their reply at one time.
pub const MAX_WAITING: usize = 1024;

/// The table; clones share it.
#[derive(Debug)]
pub struct Requests<V>(Arc<Mutex<Table<V>>>);

#[derive(Debug)]
struct Table<V> {
    next: u64,
    waiting: BTreeMap<u64, Sender<V>>,
    closed: bool,
}

/// Why a request has no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// The channel has ended.
    Closed,
    /// The deadline passed first.
    TimedOut,
    /// [`MAX_WAITING`] requests wait already.
    Full,
}

/// A request that waits; dropping it gives it up.
#[derive(Debug)]
#[must_use = "a request whose ticket is dropped is given up"]
pub struct Ticket<V> {
    entry: Entry<V>,
    receiver: Receiver<V>,
}

/// A ticket's entry in the table, which dropping it takes out.
#[derive(Debug)]
struct Entry<V> {
    number: u64,
    requests: Requests<V>,
}

impl<V> Clone for Requests<V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<V> Default for Requests<V> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Table { next: 0, waiting: BTreeMap::new(), closed: false })))
    }
}

impl<V> Requests<V> {
    /// A number for a message that wants no reply.
    pub fn number(&self) -> u64 {
        let mut table = self.0.lock();
        table.next += 1;
        table.next - 1
    }

    /// Opens a request.
    ///
    /// # Errors
    ///
    /// When the table is closed or full.
    pub fn open(&self) -> Result<Ticket<V>, Unanswered> {
        let mut table = self.0.lock();
        if table.closed {
            return Err(Unanswered::Closed);
        }
        if table.waiting.len() >= MAX_WAITING {
            return Err(Unanswered::Full);
        }
        let number = table.next;
        table.next += 1;
        let (sender, receiver) = slot::slot();
        table.waiting.insert(number, sender);
        drop(table);
        Ok(Ticket { entry: Entry { number, requests: self.clone() }, receiver })
    }

    /// Completes request `number`.
    ///
    /// # Errors
    ///
    /// Gives the reply back when nobody waits for it.
    pub fn complete(&self, number: u64, reply: V) -> Result<(), V> {
        let sender = self.0.lock().waiting.remove(&number);
        match sender {
            Some(sender) => sender.send(reply),
            None => Err(reply),
        }
    }

    /// Ends every request that waits and all that come.
    pub fn close(&self) {
        let mut table = self.0.lock();
        table.closed = true;
        let waiting = std::mem::take(&mut table.waiting);
        drop(table);
        drop(waiting);
    }

    /// How many requests wait.
    pub fn waiting(&self) -> usize {
        self.0.lock().waiting.len()
    }
}

impl<V> Ticket<V> {
    /// The number the reply has to name.
    pub fn number(&self) -> u64 {
        self.entry.number
    }

    /// Waits for the reply.
    ///
    /// # Errors
    ///
    /// When the channel ended or `deadline` passed first.
    pub fn wait_deadline(self, deadline: Instant) -> Result<V, Unanswered> {
        let Self { entry, mut receiver } = self;
        let outcome = match receiver.recv_deadline(deadline) {
            Ok(None) if entry.retract() => return Err(Unanswered::TimedOut),
            // I1: somebody has taken our entry, so the end of this request is nanoseconds away.
            Ok(None) => receiver.recv(),
            Ok(Some(reply)) => Ok(reply),
            Err(closed) => Err(closed),
        };
        outcome.map_err(|_| Unanswered::Closed)
    }
}

impl<V> Entry<V> {
    /// Takes the entry out of the table; false if it is not there any more.
    fn retract(&self) -> bool {
        let sender = self.requests.0.lock().waiting.remove(&self.number);
        sender.is_some()
    }
}

impl<V> Drop for Entry<V> {
    fn drop(&mut self) {
        self.retract();
    }
}
