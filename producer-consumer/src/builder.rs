//! Channels with more to say about them than their capacity.

use crate::flavor::Flavor;
use crate::overflow::Overflow;
use crate::{Receiver, Sender};

/// Makes a channel step by step: its bound, and what happens when it is full.
///
/// ```
/// use producer_consumer::{Builder, Overflow};
///
/// // The last hundred measurements, for whoever looks; the sender never waits.
/// let (sender, receiver) = Builder::new().capacity(100).overflow(Overflow::DropOldest).build();
/// (0..1_000).try_for_each(|number| sender.send(number))?;
/// assert!(receiver.drain().into_iter().eq(900..1_000));
/// assert_eq!(sender.dropped(), 900);
/// # Ok::<(), producer_consumer::SendError<i32>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder makes a channel when it is asked to build"]
pub struct Builder {
    bound: Option<Bound>,
    overflow: Overflow,
}

#[derive(Clone, Copy, Debug)]
enum Bound {
    Messages(usize),
    None,
}

impl Builder {
    /// One without a bound to begin with: name a [`capacity`](Self::capacity), or ask for none with
    /// [`unbounded`](Self::unbounded).
    pub fn new() -> Self {
        Self::default()
    }

    /// At most so many messages.
    pub fn capacity(self, capacity: usize) -> Self {
        Self { bound: Some(Bound::Messages(capacity)), ..self }
    }

    /// As many messages as there is memory; then there is no overflow.
    pub fn unbounded(self) -> Self {
        Self { bound: Some(Bound::None), ..self }
    }

    /// What a send does when there is no room; [`Block`](Overflow::Block) unless this is called.
    pub fn overflow(self, overflow: Overflow) -> Self {
        Self { overflow, ..self }
    }

    /// Makes the channel, and its first two handles.
    ///
    /// One that drops the oldest takes its memory as it is needed, and sends and receives wait for each other's lock; all
    /// others are those of [`bounded`](crate::bounded) and [`unbounded`](crate::unbounded).
    ///
    /// # Panics
    ///
    /// Panics if neither a capacity nor its absence was asked for, or the capacity is zero.
    pub fn build<T>(self) -> (Sender<T>, Receiver<T>) {
        let (sender, receiver) = match self.bound.expect("a channel is built with a capacity, or unbounded") {
            Bound::Messages(capacity) => Flavor::bounded(capacity, self.overflow),
            Bound::None => Flavor::unbounded(self.overflow),
        };
        (Sender::first(sender), Receiver::first(receiver))
    }
}
