//! Event sources: what a leader waits on.
//!
//! The protocol knows nothing about sockets or queues. It needs a source that one thread at a time can wait on, and a
//! waker that ends such a wait from outside. That only one thread waits is not checked anywhere: [`EventSource::wait`]
//! takes `&mut self`, and the source lives inside the [`Leader`](crate::Leader), which is one value.

#[cfg(feature = "net")]
pub(crate) mod poll;
pub mod task;

use std::collections::VecDeque;
use std::io;
use std::time::Instant;

/// Something with events to wait for.
///
/// ```
/// use leader_followers::source::{EventSource, Waited, Waker};
/// use std::{collections::VecDeque, io, time::Instant};
///
/// /// Counts down, then ends.
/// struct Countdown(u32);
/// #[derive(Clone)]
/// struct NeverAsleep;
///
/// impl Waker for NeverAsleep {
///     fn wake(&self) {}
///     fn close(&self) {}
/// }
/// impl EventSource for Countdown {
///     type Event = u32;
///     type Waker = NeverAsleep;
///     fn wait(&mut self, batch: &mut VecDeque<u32>, _: Option<Instant>) -> io::Result<Waited> {
///         let Some(next) = self.0.checked_sub(1) else { return Ok(Waited::Ended) };
///         batch.push_back(self.0);
///         self.0 = next;
///         Ok(Waited::Open)
///     }
///     fn waker(&self) -> NeverAsleep {
///         NeverAsleep
///     }
/// }
///
/// let set = leader_followers::ThreadSet::new(Countdown(2));
/// let mut member = set.member();
/// let mut leader = member.follow().unwrap();
/// assert_eq!(leader.next().unwrap(), Some(2));
/// assert_eq!(leader.next().unwrap(), Some(1));
/// assert_eq!(leader.next().unwrap(), None);
/// ```
pub trait EventSource: Send + 'static {
    /// What happens. One event goes to one thread.
    type Event: Send + 'static;
    /// What ends a wait from outside.
    type Waker: Waker;

    /// Blocks until there are events, a wake, or `deadline`, and appends the events to `batch`.
    ///
    /// It may return without any event. A wake that came while nobody waited ends the next wait at once.
    ///
    /// # Errors
    ///
    /// An error means that the source can't go on: the thread set closes.
    fn wait(&mut self, batch: &mut VecDeque<Self::Event>, deadline: Option<Instant>) -> io::Result<Waited>;

    /// A waker for this source.
    fn waker(&self) -> Self::Waker;
}

/// What a wait says about the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// More events can come.
    Open,
    /// No event will come after those in the batch.
    Ended,
}

/// Reaches a source while a leader waits on it.
pub trait Waker: Clone + Send + Sync + 'static {
    /// Ends the wait that is running, or else the next one.
    fn wake(&self);

    /// Lets the source accept nothing new; it reports [`Waited::Ended`] once it has handed out what it accepted.
    fn close(&self);
}
