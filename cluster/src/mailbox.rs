//! A mailbox: many threads put commands in, one thread that sleeps in the kernel takes them out.
//!
//! A channel does not wake a thread that waits in `epoll_wait`, and writing to an eventfd for every command costs a
//! system call while the reader is awake anyway. So the mailbox keeps a note of whether its reader is about to sleep.
//! Ancestor: the wake flag of every event loop, here without a single atomic: queue and note are under one lock.
//!
//! # States
//!
//! | state | the reader | a `put` |
//! |---|---|---|
//! | Awake | runs and will look before it sleeps | adds |
//! | Dozing | sleeps or is about to, having seen the queue empty | adds, turns it Awake, wakes |
//! | Closed | has gone | is refused and gets its command back |
//!
//! # Protocol
//!
//! Reader: take until empty; `doze`; if that says there is nothing, sleep until the waker is heard; `rouse`; begin
//! again. Putter: `put`, which wakes outside the lock.
//!
//! # Invariants
//!
//! - I1: Dozing implies an empty queue, or a wake on its way: both are looked at and changed under the lock.
//! - I2: a command that was accepted is returned by `take` or by `close`; one that comes after `close` is given back.
//! - I3: an ordinary command is accepted only while fewer than `capacity` commands wait. An urgent one always is, and
//!   takes up room: its putter blocks for the answer, so there are never more of them than threads.
//!
//! # Limits
//!
//! One lock for all; a put is a lock, a push and, when the reader sleeps, the waker's system call.

use common::sync::Mutex;
use std::collections::VecDeque;

/// Wakes the reader out of whatever it sleeps in. A wake that comes first must not be lost.
pub trait Wake {
    /// Wakes the reader, or lets its next sleep end at once.
    fn wake(&self);
}

/// The mailbox; `W` wakes its reader.
#[derive(Debug)]
pub struct Mailbox<T, W> {
    inner: Mutex<Inner<T>>,
    capacity: usize,
    waker: W,
}

#[derive(Debug)]
struct Inner<T> {
    queue: VecDeque<T>,
    reader: Reader,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    Awake,
    Dozing,
    Closed,
}

/// Why a command was not accepted; it is inside.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused<T> {
    /// As many commands wait as may.
    Full(T),
    /// The reader has gone.
    Closed(T),
}

impl<T, W: Wake> Mailbox<T, W> {
    /// An empty mailbox for at most `capacity` ordinary commands.
    pub fn new(capacity: usize, waker: W) -> Self {
        Self { inner: Mutex::new(Inner { queue: VecDeque::new(), reader: Reader::Awake }), capacity, waker }
    }

    /// Puts a command in and wakes the reader if it sleeps.
    ///
    /// # Errors
    ///
    /// Gives the command back when the mailbox is full or closed.
    pub fn put(&self, command: T) -> Result<(), Refused<T>> {
        self.add(command, self.capacity)
    }

    /// Puts a command in whether or not there is room.
    ///
    /// # Errors
    ///
    /// Gives the command back when the mailbox is closed.
    pub fn put_urgent(&self, command: T) -> Result<(), Refused<T>> {
        self.add(command, usize::MAX)
    }

    fn add(&self, command: T, capacity: usize) -> Result<(), Refused<T>> {
        let mut inner = self.inner.lock();
        if inner.reader == Reader::Closed {
            return Err(Refused::Closed(command));
        }
        if inner.queue.len() >= capacity {
            return Err(Refused::Full(command));
        }
        inner.queue.push_back(command);
        let asleep = inner.reader == Reader::Dozing;
        inner.reader = Reader::Awake;
        drop(inner);
        if asleep {
            self.waker.wake();
        }
        Ok(())
    }

    /// Reader: the oldest command.
    pub fn take(&self) -> Option<T> {
        self.inner.lock().queue.pop_front()
    }

    /// Reader: announces a sleep; false if there is a command, which forbids it.
    pub fn doze(&self) -> bool {
        let mut inner = self.inner.lock();
        if inner.queue.is_empty() && inner.reader == Reader::Awake {
            inner.reader = Reader::Dozing;
        }
        inner.reader == Reader::Dozing
    }

    /// Reader: is awake again, whatever woke it.
    pub fn rouse(&self) {
        let mut inner = self.inner.lock();
        if inner.reader == Reader::Dozing {
            inner.reader = Reader::Awake;
        }
    }

    /// Reader: accepts nothing from now on and takes what is left.
    pub fn close(&self) -> VecDeque<T> {
        let mut inner = self.inner.lock();
        inner.reader = Reader::Closed;
        std::mem::take(&mut inner.queue)
    }

    /// What wakes the reader.
    pub fn waker(&self) -> &W {
        &self.waker
    }
}
