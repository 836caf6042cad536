//! Channels with more to say about them than their capacity.

use crate::core::lanes::{Bound, Weigh};
use crate::flavor::{Flavor, ROOM};
use crate::overflow::Overflow;
use crate::{Receiver, Sender};
use std::fmt;
// FACADE: the user's function, which no thread waits for.
use std::sync::Arc;

/// So many lanes are looked through for each message, under a lock.
const MOST_LANES: usize = 64;

/// Makes a channel step by step: its bounds, its lanes, and what happens when it is full.
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
#[derive(Clone, Debug)]
#[must_use = "a builder makes a channel when it is asked to build"]
pub struct Builder<W = Weightless> {
    messages: Option<Messages>,
    weight: W,
    shares: Option<Vec<u32>>,
    overflow: Overflow,
}

/// Of a [`Builder`] whose channel takes messages of any type, and does not weigh them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weightless(());

/// Of a [`Builder`] whose channel weighs its messages; by [`Builder::weight`].
pub struct Weighed<T> {
    limit: usize,
    weigh: Weigh<T>,
}

#[derive(Clone, Copy, Debug)]
enum Messages {
    UpTo(usize),
    Any,
}

impl Builder {
    /// One without a bound to begin with: name a [`capacity`](Self::capacity) or a [`weight`](Self::weight), or ask for none
    /// with [`unbounded`](Self::unbounded).
    pub fn new() -> Self {
        Self::default()
    }

    /// At most so much weight, as `weigh` says of each message: for example bytes, so that large messages fill no memory.
    ///
    /// ```
    /// use producer_consumer::Builder;
    ///
    /// // A mebibyte of frames that wait to be written.
    /// let (sender, receiver) = Builder::new().weight(1 << 20, |frame: &Vec<u8>| frame.len()).build();
    /// sender.send(vec![0; 1_000_000])?;
    /// assert!(sender.try_send(vec![0; 100_000]).unwrap_err().is_full());
    /// assert_eq!((sender.weight(), sender.weight_limit()), (1_000_000, Some(1 << 20)));
    /// receiver.recv()?;
    /// sender.send(vec![0; 2_000_000])?; // More than the limit goes in alone.
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// A message has to fit: sends wait until what is there leaves room for it, and a `try_send` of a light one may succeed
    /// where that of a heavy one was refused. One that is heavier than the limit goes in when nothing else is there, or it
    /// would never fit. One that weighs nothing counts as 1, so that the limit is a bound on their number, too.
    ///
    /// Senders that wait, threads and tasks alike, are served in the order in which they came, so that the heavy do not wait
    /// for ever beside the light; while one waits, `try_` forms say "full" to newcomers, who might fit. A batch keeps its turn
    /// until all of it is in. A [`Select`](crate::Select) stands in no line: all that wait to send try when there may be room
    /// and nobody else waits.
    ///
    /// `weigh` is called for each attempt to put a message in, on the sender's thread and under no lock. What a message
    /// weighed when it went in is what is taken off when it comes out, whatever it would weigh then. There are no permits:
    /// nobody knows how heavy a message will be. With a [`capacity`](Self::capacity) both bounds hold.
    ///
    /// The channel takes its memory as it is needed, 8 bytes for each message beside itself, and sends and receives wait for
    /// each other's lock.
    pub fn weight<T>(self, limit: usize, weigh: impl Fn(&T) -> usize + Send + Sync + 'static) -> Builder<Weighed<T>> {
        let Self { messages, weight: _, shares, overflow } = self;
        Builder { messages, weight: Weighed { limit, weigh: Arc::new(weigh) }, shares, overflow }
    }

    /// Makes the channel, and its first two handles.
    ///
    /// One that drops the oldest, or has lanes, takes its memory as it is needed, and sends and receives wait for each
    /// other's lock; all others are those of [`bounded`](crate::bounded) and [`unbounded`](crate::unbounded).
    ///
    /// # Panics
    ///
    /// Panics if neither a capacity nor its absence was asked for, the capacity is zero, or there are no lanes, more than
    /// 64, or one whose share is zero.
    pub fn build<T>(self) -> (Sender<T>, Receiver<T>) {
        let messages = self.messages.expect("a channel is built with a capacity, or unbounded");
        let (sender, receiver) = match (messages, self.shares) {
            (Messages::UpTo(capacity), None) => Flavor::bounded(capacity, self.overflow),
            (Messages::Any, None) => Flavor::unbounded(self.overflow),
            (messages, shares) => laned(messages, usize::MAX, None, shares, self.overflow),
        };
        (Sender::first(sender), Receiver::first(receiver))
    }
}

impl<T> Builder<Weighed<T>> {
    /// Makes the channel, and its first two handles.
    ///
    /// # Panics
    ///
    /// Panics if the limit or a capacity is zero, or there are no lanes, more than 64, or one whose share is zero.
    pub fn build(self) -> (Sender<T>, Receiver<T>) {
        let Weighed { limit, weigh } = self.weight;
        assert!(limit > 0, "a channel that is bounded by weight holds some");
        let messages = self.messages.unwrap_or(Messages::Any);
        let (sender, receiver) = laned(messages, limit, Some(weigh), self.shares, self.overflow);
        (Sender::first(sender), Receiver::first(receiver))
    }
}

impl<W> Builder<W> {
    /// At most so many messages.
    pub fn capacity(self, capacity: usize) -> Self {
        Self { messages: Some(Messages::UpTo(capacity)), ..self }
    }

    /// As many messages as there is memory, or weight; without a weight there is no overflow then.
    pub fn unbounded(self) -> Self {
        Self { messages: Some(Messages::Any), ..self }
    }

    /// What a send does when there is no room; [`Block`](Overflow::Block) unless this is called.
    pub fn overflow(self, overflow: Overflow) -> Self {
        Self { overflow, ..self }
    }

    /// As many lanes as there are `shares`, the most urgent first: while all have messages, receivers get so many of each
    /// before they get more of the first.
    ///
    /// ```
    /// use producer_consumer::Builder;
    ///
    /// let (urgent, receiver) = Builder::new().capacity(10).lanes([3, 1]).build();
    /// let usual = urgent.lane(1);
    /// (0..5).try_for_each(|_| usual.send("usual"))?;
    /// (0..4).try_for_each(|_| urgent.send("urgent"))?;
    /// let order = ["urgent", "urgent", "urgent", "usual", "urgent", "usual", "usual", "usual", "usual"];
    /// assert_eq!(receiver.drain(), order);
    /// # Ok::<(), producer_consumer::SendError<&str>>(())
    /// ```
    ///
    /// A sender puts into one lane: the first sender into lane 0, and [`Sender::lane`] gives senders into others. Each lane
    /// has the bounds of the channel for itself, so that a backlog in one keeps nobody from another, and a policy drops
    /// messages of the lane that has no room. Messages of a lane are received in their order. A lane whose turn it is and that
    /// has none is passed over; no lane waits for ever: between two messages of one that has some, each other lane gives at
    /// most twice its share. All ways to receive, batches and [`drain`](Receiver::drain) included, take by this rule.
    ///
    /// Senders that wait are served in the order in which they came, lane by lane; while one waits, `try_` forms say "full" to
    /// newcomers in its lane. A select that waits to send comes after all who stand in line.
    pub fn lanes(self, shares: impl IntoIterator<Item = u32>) -> Self {
        Self { shares: Some(shares.into_iter().collect()), ..self }
    }
}

fn laned<T>(
    messages: Messages,
    weight: usize,
    weigh: Option<Weigh<T>>,
    shares: Option<Vec<u32>>,
    overflow: Overflow,
) -> (Flavor<T>, Flavor<T>) {
    let messages = match messages {
        Messages::UpTo(capacity) => capacity,
        Messages::Any => usize::MAX,
    };
    assert!(messages > 0, "{ROOM}");
    let shares = shares.unwrap_or_else(|| vec![1]);
    assert!((1..=MOST_LANES).contains(&shares.len()), "a channel has 1 to {MOST_LANES} lanes");
    assert!(!shares.contains(&0), "each lane has a share");
    Flavor::laned(shares.into(), Bound { messages, weight }, weigh, overflow)
}

impl Default for Builder {
    fn default() -> Self {
        Self { messages: None, weight: Weightless(()), shares: None, overflow: Overflow::default() }
    }
}

impl<T> Clone for Weighed<T> {
    fn clone(&self) -> Self {
        Self { limit: self.limit, weigh: self.weigh.clone() }
    }
}

impl<T> fmt::Debug for Weighed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Weighed").field("limit", &self.limit).finish_non_exhaustive()
    }
}
