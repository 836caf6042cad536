//! crossbeam-channel's shape over the modelled mutex and condition variable.
//!
//! crossbeam-channel cannot be modelled: a model that blocks inside it never returns. This stand-in has its names, its
//! own error types and its contract (FIFO, multi-producer, multi-consumer, disconnection when one side is gone), so
//! that shipped code runs unmodified in a model. Rendezvous channels (capacity 0) are not modelled.

use super::{Arc, Condvar, Mutex};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

pub use crossbeam_channel::{RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError};

#[derive(Debug)]
struct Shared<T> {
    state: Mutex<State<T>>,
    not_empty: Condvar,
    not_full: Condvar,
}

#[derive(Debug)]
struct State<T> {
    queue: VecDeque<T>,
    capacity: usize,
    senders: usize,
    receivers: usize,
}

/// The sending half.
#[derive(Debug)]
pub struct Sender<T>(Arc<Shared<T>>);

/// The receiving half.
#[derive(Debug)]
pub struct Receiver<T>(Arc<Shared<T>>);

/// A channel that holds at most `capacity` messages.
///
/// # Panics
///
/// Panics if `capacity` is 0: a rendezvous is not modelled.
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    assert!(capacity > 0, "the model's channel has no rendezvous: give it a capacity of at least 1");
    let state = State { queue: VecDeque::new(), capacity, senders: 1, receivers: 1 };
    let shared = Arc::new(Shared { state: Mutex::new(state), not_empty: Condvar::new(), not_full: Condvar::new() });
    (Sender(shared.clone()), Receiver(shared))
}

/// A channel without a bound.
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    bounded::<T>(usize::MAX)
}

impl<T> Sender<T> {
    /// Sends, waiting for room.
    ///
    /// # Errors
    ///
    /// Gives the message back when every receiver is gone.
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        let mut state = self.0.state.lock();
        loop {
            if state.receivers == 0 {
                return Err(SendError(message));
            }
            if state.queue.len() < state.capacity {
                break;
            }
            self.0.not_full.wait(&mut state);
        }
        state.queue.push_back(message);
        drop(state);
        self.0.not_empty.notify_one();
        Ok(())
    }

    /// Sends if there is room.
    ///
    /// # Errors
    ///
    /// Gives the message back when the channel is full or every receiver is gone.
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let mut state = self.0.state.lock();
        if state.receivers == 0 {
            return Err(TrySendError::Disconnected(message));
        }
        if state.queue.len() >= state.capacity {
            return Err(TrySendError::Full(message));
        }
        state.queue.push_back(message);
        drop(state);
        self.0.not_empty.notify_one();
        Ok(())
    }

    /// Sends, waiting for room until `deadline`; `sync`'s head says what a deadline means in a model.
    ///
    /// # Errors
    ///
    /// Gives the message back when the deadline passed or every receiver is gone.
    pub fn send_deadline(&self, message: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        let mut state = self.0.state.lock();
        let mut timed_out = false;
        loop {
            if state.receivers == 0 {
                return Err(SendTimeoutError::Disconnected(message));
            }
            if state.queue.len() < state.capacity {
                break;
            }
            if timed_out {
                return Err(SendTimeoutError::Timeout(message));
            }
            timed_out = self.0.not_full.wait_until(&mut state, deadline).timed_out();
        }
        state.queue.push_back(message);
        drop(state);
        self.0.not_empty.notify_one();
        Ok(())
    }

    /// Sends until `timeout` has passed: at once if it is zero, else without a time-out.
    ///
    /// # Errors
    ///
    /// As [`send_deadline`](Self::send_deadline).
    pub fn send_timeout(&self, message: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_deadline(message, after(timeout))
    }
}

/// A deadline that has passed if `timeout` is zero, and else never comes: a model must not time out because its host
/// was slow.
fn after(timeout: Duration) -> Instant {
    Instant::now() + if timeout.is_zero() { timeout } else { Duration::from_secs(1 << 30) }
}

/// What both ends can say.
macro_rules! looks {
    ($end:ident) => {
        impl<T> $end<T> {
            /// How many messages wait.
            pub fn len(&self) -> usize {
                self.0.state.lock().queue.len()
            }

            /// Whether no message waits.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Whether there is no room for another message.
            pub fn is_full(&self) -> bool {
                let state = self.0.state.lock();
                state.queue.len() >= state.capacity
            }

            /// How many messages fit; `None` if there is no bound.
            pub fn capacity(&self) -> Option<usize> {
                Some(self.0.state.lock().capacity).filter(|capacity| *capacity < usize::MAX)
            }

            /// Whether both belong to one channel.
            pub fn same_channel(&self, other: &Self) -> bool {
                Arc::ptr_eq(&self.0, &other.0)
            }
        }
    };
}

looks!(Sender);
looks!(Receiver);

impl<T> Receiver<T> {
    /// Takes the oldest message, and tells a sender that there is room.
    fn pop(&self, state: &mut State<T>) -> Option<T> {
        let message = state.queue.pop_front()?;
        self.0.not_full.notify_one();
        Some(message)
    }

    /// Receives, waiting for a message.
    ///
    /// # Errors
    ///
    /// When the channel is empty and every sender is gone.
    pub fn recv(&self) -> Result<T, RecvError> {
        let mut state = self.0.state.lock();
        loop {
            if let Some(message) = self.pop(&mut state) {
                return Ok(message);
            }
            if state.senders == 0 {
                return Err(RecvError);
            }
            self.0.not_empty.wait(&mut state);
        }
    }

    /// Receives if there is a message.
    ///
    /// # Errors
    ///
    /// When the channel is empty, and whether that is for good.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        let mut state = self.0.state.lock();
        match self.pop(&mut state) {
            Some(message) => Ok(message),
            None if state.senders == 0 => Err(TryRecvError::Disconnected),
            None => Err(TryRecvError::Empty),
        }
    }

    /// Receives until `deadline`; `sync`'s head says what a deadline means in a model.
    ///
    /// # Errors
    ///
    /// When the deadline passed, or the channel is empty and every sender is gone.
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        let mut state = self.0.state.lock();
        loop {
            if let Some(message) = self.pop(&mut state) {
                return Ok(message);
            }
            if state.senders == 0 {
                return Err(RecvTimeoutError::Disconnected);
            }
            if self.0.not_empty.wait_until(&mut state, deadline).timed_out() {
                return self.pop(&mut state).ok_or(RecvTimeoutError::Timeout);
            }
        }
    }

    /// Receives until `timeout` has passed: at once if it is zero, else without a time-out.
    ///
    /// # Errors
    ///
    /// As [`recv_deadline`](Self::recv_deadline).
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_deadline(after(timeout))
    }

    /// Messages until every sender is gone.
    pub fn iter(&self) -> impl Iterator<Item = T> + '_ {
        std::iter::from_fn(|| self.recv().ok())
    }

    /// Messages until the channel is empty.
    pub fn try_iter(&self) -> impl Iterator<Item = T> + '_ {
        std::iter::from_fn(|| self.try_recv().ok())
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.state.lock().senders += 1;
        Self(self.0.clone())
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.0.state.lock().receivers += 1;
        Self(self.0.clone())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.senders -= 1;
        if state.senders == 0 {
            drop(state);
            self.0.not_empty.notify_all();
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.receivers -= 1;
        if state.receivers == 0 {
            // As in crossbeam-channel: what nobody can receive any more is dropped now, not with the last sender.
            let undelivered = std::mem::take(&mut state.queue);
            drop(state);
            self.0.not_full.notify_all();
            drop(undelivered);
        }
    }
}
