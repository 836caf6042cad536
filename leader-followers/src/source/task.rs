//! A plain task queue as an event source: the pattern without any I/O.
//!
//! The threads of a set take tasks from memory, one leader at a time, in the order they were sent. It is a bounded
//! queue under one lock; what the pattern adds is that only one thread ever waits for it, so a task wakes no crowd.
//!
//! # Invariants
//!
//! - I1: tasks come out in the order they went in, each once.
//! - I2: after `close` nothing goes in, and the source ends when the last accepted task is out.
//!
//! # Limits
//!
//! At most `capacity` tasks wait in the queue and [`Source::batch`] more (16 unless set) in the hands of the leader. A
//! full queue blocks or refuses its senders.

use super::{EventSource, Waited};
use common::sync::{Arc, Condvar, Mutex};
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::time::Instant;

pub use common::sync::channel::{SendError, TrySendError};

/// How many tasks a leader takes at once, unless set.
pub const DEFAULT_BATCH: usize = 16;

/// A queue of at most `capacity` tasks: the end that tasks go into, and the source they come out of.
///
/// # Panics
///
/// Panics if `capacity` is zero: no task could ever go in.
pub fn queue<T: Send + 'static>(capacity: usize) -> (Sender<T>, Source<T>) {
    assert!(capacity > 0, "a task queue holds at least one task");
    let state = State { queue: VecDeque::new(), woken: false, closed: false, senders: 1 };
    let shared = Shared { state: Mutex::new(state), capacity, ready: Condvar::new(), room: Condvar::new() };
    let shared = Arc::new(shared);
    (Sender { shared: shared.clone() }, Source { shared, batch: DEFAULT_BATCH })
}

/// The end that tasks go into. When the last clone is dropped the queue closes.
#[derive(Debug)]
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

/// The end that a leader waits on. Dropping it closes the queue and drops the tasks in it.
#[derive(Debug)]
pub struct Source<T> {
    shared: Arc<Shared<T>>,
    batch: usize,
}

/// Wakes a leader that waits for tasks.
#[derive(Debug)]
pub struct Waker<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    capacity: usize,
    ready: Condvar,
    room: Condvar,
}

struct State<T> {
    queue: VecDeque<T>,
    woken: bool,
    closed: bool,
    senders: usize,
}

impl<T> Sender<T> {
    /// Sends a task, and blocks while the queue is full.
    ///
    /// # Errors
    ///
    /// Gives the task back when the queue is closed.
    pub fn send(&self, task: T) -> Result<(), SendError<T>> {
        let shared = &self.shared;
        let mut state = shared.state.lock();
        shared.room.wait_while(&mut state, |state| !state.closed && state.queue.len() >= shared.capacity);
        if state.closed {
            return Err(SendError(task));
        }
        state.queue.push_back(task);
        drop(state);
        shared.ready.notify_one();
        Ok(())
    }

    /// Sends a task if there is room for it now.
    ///
    /// # Errors
    ///
    /// Gives the task back when the queue is full, or closed ([`TrySendError::Disconnected`]).
    pub fn try_send(&self, task: T) -> Result<(), TrySendError<T>> {
        let mut state = self.shared.state.lock();
        if state.closed {
            return Err(TrySendError::Disconnected(task));
        }
        if state.queue.len() >= self.shared.capacity {
            return Err(TrySendError::Full(task));
        }
        state.queue.push_back(task);
        drop(state);
        self.shared.ready.notify_one();
        Ok(())
    }

    /// Closes the queue: nothing more goes in, and what is in it is still handed out.
    pub fn close(&self) {
        self.shared.close();
    }

    /// How many tasks wait in the queue, not counting the leader's batch.
    pub fn len(&self) -> usize {
        self.shared.state.lock().queue.len()
    }

    /// Whether no task waits in the queue.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Source<T> {
    /// Lets a leader take up to `count` tasks at once: fewer locks, but tasks that a full queue does not count.
    ///
    /// # Panics
    ///
    /// Panics if `count` is zero: no task would ever come out.
    #[must_use]
    pub fn batch(mut self, count: usize) -> Self {
        assert!(count > 0, "a batch is at least one task");
        self.batch = count;
        self
    }

    /// The tasks that are still in the queue, oldest first; for whoever gives back what was not started.
    pub fn into_tasks(self) -> VecDeque<T> {
        std::mem::take(&mut self.shared.state.lock().queue)
    }
}

impl<T: Send + 'static> EventSource for Source<T> {
    type Event = T;
    type Waker = Waker<T>;

    fn wait(&mut self, batch: &mut VecDeque<T>, deadline: Option<Instant>) -> io::Result<Waited> {
        let mut state = self.shared.state.lock();
        while state.queue.is_empty() && !state.woken && !state.closed {
            match deadline {
                None => self.shared.ready.wait(&mut state),
                Some(deadline) if self.shared.ready.wait_until(&mut state, deadline).timed_out() => break,
                Some(_) => {}
            }
        }
        state.woken = false;
        let count = state.queue.len().min(self.batch);
        batch.extend(state.queue.drain(..count));
        let waited = if state.closed && state.queue.is_empty() { Waited::Ended } else { Waited::Open };
        drop(state);
        match count {
            0 => {}
            1 => drop(self.shared.room.notify_one()),
            _ => drop(self.shared.room.notify_all()),
        }
        Ok(waited)
    }

    fn waker(&self) -> Waker<T> {
        Waker { shared: self.shared.clone() }
    }
}

impl<T: Send + 'static> super::Waker for Waker<T> {
    fn wake(&self) {
        self.shared.state.lock().woken = true;
        self.shared.ready.notify_one();
    }

    fn close(&self) {
        self.shared.close();
    }
}

impl<T> Shared<T> {
    fn close(&self) {
        self.state.lock().closed = true;
        self.ready.notify_one();
        self.room.notify_all();
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.shared.state.lock().senders += 1;
        Self { shared: self.shared.clone() }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let last = {
            let mut state = self.shared.state.lock();
            state.senders -= 1;
            state.senders == 0
        };
        if last {
            self.shared.close();
        }
    }
}

/// Without a source nobody will ever make room, so the senders get their tasks back from now on.
impl<T> Drop for Source<T> {
    fn drop(&mut self) {
        self.shared.close();
        let abandoned = std::mem::take(&mut self.shared.state.lock().queue);
        drop(abandoned);
    }
}

impl<T> Clone for Waker<T> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

impl<T> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").field("waiting", &self.state.lock().queue.len()).finish_non_exhaustive()
    }
}
