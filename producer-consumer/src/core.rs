//! The queues themselves: what never waits.
//!
//! | core | for | how |
//! |---|---|---|
//! | [`array`] | `bounded` | an array of stamped slots |
//! | [`ring`] | `spsc::bounded` | a ring between two threads |
//! | [`queue`] | `unbounded`, and bounds too large for an array | a queue under a lock |
//!
//! [`pending`] is the future of whoever waits for one.

pub(crate) mod array;
pub(crate) mod pending;
pub(crate) mod queue;
pub(crate) mod ring;

use crate::error::{TryRecvError, TrySendError};
use common::sync::atomic::AtomicUsize;
use common::wait::WaitSet;

/// A queue with an end, and with two sets of those who wait for it. It tells neither;
/// [`channel`](crate::channel) does.
pub(crate) trait Core {
    type Item;

    /// Appends `value`.
    fn push(&self, value: Self::Item) -> Result<(), TrySendError<Self::Item>>;

    /// Takes the oldest value.
    fn pop(&self) -> Result<Self::Item, TryRecvError>;

    /// Takes up to `max` of the oldest values, and says how many; fails if there is none.
    fn pop_many(&self, into: &mut Vec<Self::Item>, max: usize) -> Result<usize, TryRecvError>;

    /// Whether a pop would find a value now.
    fn has_value(&self) -> bool;

    /// What a pop would say now, without a value.
    fn peek(&self) -> Result<(), TryRecvError> {
        match self.has_value() {
            true => Ok(()),
            false if self.is_closed() && self.len() == 0 => Err(TryRecvError::Disconnected),
            false => Err(TryRecvError::Empty),
        }
    }

    /// Whether a push would find room now.
    fn has_room(&self) -> bool;

    /// From now on nothing is pushed; false if that was so before.
    fn close(&self) -> bool;

    fn is_closed(&self) -> bool;

    /// How many values there are, about: those who come and go meanwhile count or do not.
    fn len(&self) -> usize;

    /// `None` if there is no bound.
    fn capacity(&self) -> Option<usize>;

    /// Those who wait for a value, or for the end.
    fn not_empty(&self) -> &WaitSet;

    /// Those who wait for room, or for the end.
    fn not_full(&self) -> &WaitSet;

    /// Where the handles are counted: in a corner of the core's memory that is seldom written to.
    fn handles(&self) -> &Handles;
}

/// How many handles there are; [`Shared`](crate::channel::Shared) counts them.
pub(crate) struct Handles {
    pub(crate) senders: AtomicUsize,
    pub(crate) receivers: AtomicUsize,
    /// Both, and weak ones.
    pub(crate) holds: AtomicUsize,
}

impl Handles {
    /// One sender and one receiver.
    fn new() -> Self {
        Self { senders: AtomicUsize::new(1), receivers: AtomicUsize::new(1), holds: AtomicUsize::new(2) }
    }
}
