//! crossbeam-channel's shape over the modelled mutex and condition variable.
//!
//! crossbeam-channel cannot be modelled: a model that blocks inside it never returns. This stand-in has its names, its
//! own error types and its contract (FIFO, multi-producer, multi-consumer, a rendezvous where the capacity is 0,
//! disconnection when one side is gone), so that shipped code runs unmodified in a model. `tests/contract` asks the same
//! of both. There is no selection over several channels here.

mod rendezvous;

use self::rendezvous::Rendezvous;
use super::{Arc, Condvar, Mutex, MutexGuard};
use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

pub use crossbeam_channel::{RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError};

struct Shared<T> {
    state: Mutex<State<T>>,
    sent: Condvar,
    received: Condvar,
}

struct State<T> {
    queue: VecDeque<T>,
    /// With a capacity of 0 nothing is queued, and all goes this way.
    rendezvous: Rendezvous<T>,
    capacity: usize,
    senders: usize,
    receivers: usize,
}

/// How long an operation waits.
#[derive(Clone, Copy)]
enum Patience {
    None,
    Until(Instant),
    Endless,
}

impl Patience {
    /// Waits for a notification; true if it is too late for one.
    fn wait<T>(self, condvar: &Condvar, state: &mut MutexGuard<'_, T>) -> bool {
        match self {
            Self::None => return true,
            Self::Until(deadline) => return condvar.wait_until(state, deadline).timed_out(),
            Self::Endless => condvar.wait(state),
        }
        false
    }
}

/// Why an operation has ended without a message handed over.
enum Refusal {
    Late,
    Disconnected,
}

const ENDLESS: &str = "who waits without end is never late";

/// The sending half.
pub struct Sender<T>(Arc<Shared<T>>);

/// The receiving half.
pub struct Receiver<T>(Arc<Shared<T>>);

/// A channel that holds at most `capacity` messages; with none, a send waits until its message is received.
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let rendezvous = Rendezvous::default();
    let state = State { queue: VecDeque::new(), rendezvous, capacity, senders: 1, receivers: 1 };
    let shared = Arc::new(Shared { state: Mutex::new(state), sent: Condvar::new(), received: Condvar::new() });
    (Sender(shared.clone()), Receiver(shared))
}

/// A channel without a bound.
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    bounded::<T>(usize::MAX)
}

impl<T> Shared<T> {
    fn send(&self, message: T, patience: Patience) -> Result<(), (T, Refusal)> {
        let mut state = self.state.lock();
        if state.capacity == 0 {
            return self.hand_over(state, message, patience);
        }
        let mut late = false;
        loop {
            if state.receivers == 0 {
                return Err((message, Refusal::Disconnected));
            }
            if state.queue.len() < state.capacity {
                break;
            }
            if late {
                return Err((message, Refusal::Late));
            }
            late = patience.wait(&self.received, &mut state);
        }
        state.queue.push_back(message);
        drop(state);
        self.sent.notify_one();
        Ok(())
    }

    fn receive(&self, patience: Patience) -> Result<T, Refusal> {
        let mut state = self.state.lock();
        if state.capacity == 0 {
            return self.take_over(state, patience);
        }
        let mut late = false;
        loop {
            if let Some(message) = state.queue.pop_front() {
                self.received.notify_one();
                return Ok(message);
            }
            if state.senders == 0 {
                return Err(Refusal::Disconnected);
            }
            if late {
                return Err(Refusal::Late);
            }
            late = patience.wait(&self.sent, &mut state);
        }
    }
}

impl<T> Sender<T> {
    /// Sends, waiting for room.
    ///
    /// # Errors
    ///
    /// Gives the message back when every receiver is gone.
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.0.send(message, Patience::Endless).map_err(|(message, refusal)| match refusal {
            Refusal::Disconnected => SendError(message),
            Refusal::Late => unreachable!("{ENDLESS}"),
        })
    }

    /// Sends if there is room.
    ///
    /// # Errors
    ///
    /// Gives the message back when the channel is full or every receiver is gone.
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.0.send(message, Patience::None).map_err(|(message, refusal)| match refusal {
            Refusal::Disconnected => TrySendError::Disconnected(message),
            Refusal::Late => TrySendError::Full(message),
        })
    }

    /// Sends, waiting for room until `deadline`; `sync`'s head says what a deadline means in a model.
    ///
    /// # Errors
    ///
    /// Gives the message back when the deadline passed or every receiver is gone.
    pub fn send_deadline(&self, message: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        self.0.send(message, Patience::Until(deadline)).map_err(|(message, refusal)| match refusal {
            Refusal::Disconnected => SendTimeoutError::Disconnected(message),
            Refusal::Late => SendTimeoutError::Timeout(message),
        })
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

        impl<T> fmt::Debug for $end<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($end)).finish_non_exhaustive()
            }
        }
    };
}

looks!(Sender);
looks!(Receiver);

impl<T> Receiver<T> {
    /// Receives, waiting for a message.
    ///
    /// # Errors
    ///
    /// When the channel is empty and every sender is gone.
    pub fn recv(&self) -> Result<T, RecvError> {
        self.0.receive(Patience::Endless).map_err(|refusal| match refusal {
            Refusal::Disconnected => RecvError,
            Refusal::Late => unreachable!("{ENDLESS}"),
        })
    }

    /// Receives if there is a message.
    ///
    /// # Errors
    ///
    /// When the channel is empty, and whether that is for good.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.0.receive(Patience::None).map_err(|refusal| match refusal {
            Refusal::Disconnected => TryRecvError::Disconnected,
            Refusal::Late => TryRecvError::Empty,
        })
    }

    /// Receives until `deadline`; `sync`'s head says what a deadline means in a model.
    ///
    /// # Errors
    ///
    /// When the deadline passed, or the channel is empty and every sender is gone.
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.0.receive(Patience::Until(deadline)).map_err(|refusal| match refusal {
            Refusal::Disconnected => RecvTimeoutError::Disconnected,
            Refusal::Late => RecvTimeoutError::Timeout,
        })
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
            self.0.sent.notify_all();
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.receivers -= 1;
        if state.receivers == 0 {
            // As in crossbeam-channel: what nobody can receive any more is dropped now if there is no bound, and with
            // the last sender if there is one.
            let undelivered =
                if state.capacity == usize::MAX { std::mem::take(&mut state.queue) } else { VecDeque::new() };
            drop(state);
            self.0.received.notify_all();
            drop(undelivered);
        }
    }
}
