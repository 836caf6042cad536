//! The queues themselves: what never waits.
//!
//! | core | for | how |
//! |---|---|---|
//! | [`array`] | `bounded` | an array of stamped slots |
//! | [`ring`] | `spsc::bounded` | a ring between two threads |
//! | [`chain`] | `unbounded` | a chain of blocks of slots |
//! | [`queue`] | bounds too large for an array, dropping the oldest | a queue under a lock |
//! | [`lanes`] | lanes, bounds by weight | a queue for each lane, under a lock |
//! | [`rendezvous`] | `rendezvous` | no queue: two lines of those who wait, under a lock |
//!
//! [`pending`] is the future of whoever waits for one, [`ended`] are those who wait for the end, [`rival`] is who else wants
//! the same place in it, and [`cells`] are places for values.

pub(crate) mod array;
mod cells;
pub(crate) mod chain;
pub(crate) mod ended;
pub(crate) mod lanes;
pub(crate) mod pending;
pub(crate) mod queue;
pub(crate) mod rendezvous;
pub(crate) mod ring;
mod rival;

use self::ended::Ended;
use self::lanes::Lane;
use self::rendezvous::Rendezvous;
use crate::error::{TryRecvError, TrySendError};
use crate::hold::Held;
use crate::overflow::{Overflow, Victims};
use crate::stats::{Peak, Waits};
use common::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize};
use common::wait::WaitSet;
use std::collections::VecDeque;

/// A queue with an end, and with two sets of those who wait for it. It tells neither;
/// [`channel`](crate::channel) does.
pub(crate) trait Core {
    type Item;

    /// Appends `value`.
    fn push(&self, value: Self::Item) -> Result<(), TrySendError<Self::Item>>;

    /// The same for who has waited for it to be his turn, in a core that has turns.
    fn push_in_turn(&self, value: Self::Item) -> Result<(), TrySendError<Self::Item>> {
        self.push(value)
    }

    /// Appends as many of `values` as there is room for, from the front, and says how many; fails if there is none.
    fn push_many(&self, values: &mut VecDeque<Self::Item>) -> Result<usize, TrySendError<()>>;

    /// The same in turn.
    fn push_many_in_turn(&self, values: &mut VecDeque<Self::Item>) -> Result<usize, TrySendError<()>> {
        self.push_many(values)
    }

    /// Appends `value`, in place of the oldest values if there is no room, in one step. A core that cannot do that says that
    /// it is full.
    fn displace(&self, value: Self::Item) -> Result<Victims<Self::Item>, TrySendError<Self::Item>> {
        self.push(value).map(|()| Victims::None)
    }

    /// Keeps so many places free for pushes that cannot fail for lack of room, or none.
    fn reserve(&self, count: usize) -> Result<(), TrySendError<()>>;

    /// The same in turn.
    fn reserve_in_turn(&self, count: usize) -> Result<(), TrySendError<()>> {
        self.reserve(count)
    }

    /// So many of the reserved places are for everybody again.
    fn give_back(&self, count: usize);

    /// Appends `value` to one of the reserved places; it comes back if nothing is pushed any more, and then the place stays
    /// reserved.
    fn push_reserved(&self, value: Self::Item) -> Result<(), Self::Item>;

    /// How many places are reserved.
    fn reserved(&self) -> usize;

    /// How many can be.
    fn most_reserved(&self) -> usize;

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

    /// For how many more values there is room, about.
    fn room(&self) -> usize {
        self.capacity()
            .map_or(usize::MAX, |capacity| capacity.saturating_sub(self.len()).saturating_sub(self.reserved()))
    }

    /// `None` if there is no bound.
    fn capacity(&self) -> Option<usize>;

    /// Those who wait for a value, or for the end.
    fn not_empty(&self) -> &WaitSet;

    /// Those who wait for room, or for the end.
    fn not_full(&self) -> &WaitSet;

    /// Tells up to `count` of them.
    #[inline(always)]
    fn tell_senders(&self, count: usize) {
        self.send_waits().tell(self.not_full().notify(count));
    }

    /// How often senders have waited, and receivers.
    fn send_waits(&self) -> &Waits;

    fn recv_waits(&self) -> &Waits;

    /// A sender has found no room.
    fn note_full(&self) {}

    /// What has gone through.
    fn flow(&self) -> Flow;

    /// What there is by weight; nothing, if messages have none.
    fn load(&self) -> Load {
        Load::default()
    }

    /// Where the handles are counted: in a corner of the core's memory that is seldom written to.
    fn handles(&self) -> &Handles;

    /// How many holds keep the core's memory.
    #[inline(always)]
    fn holds(&self) -> &AtomicUsize {
        &self.handles().holds
    }

    /// This core, if it has no room ever: then those who wait have to be met, and it does the waiting itself.
    fn as_rendezvous(&self) -> Option<&Rendezvous<Self::Item>> {
        None
    }

    /// This core, if those who wait for room stand in its line.
    fn as_lane(&self) -> Option<&Lane<Self::Item>> {
        None
    }
}

/// The weight in a core: of what its handle sends to or receives from, of all, the most there was, and the bound.
#[derive(Clone, Copy, Default)]
pub(crate) struct Load {
    pub(crate) own: usize,
    pub(crate) all: usize,
    pub(crate) heaviest: usize,
    pub(crate) limit: Option<usize>,
}

/// What has gone through a core: exact where nobody is in the middle of something.
pub(crate) struct Flow {
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) depth: usize,
    pub(crate) high_water: usize,
}

/// What lies in a cache line, and with nothing else.
#[repr(align(64))]
pub(crate) struct Line<T>(T);

/// From so many places on, it is better to let some of them fill, or become free, than to come for each.
const MANY: usize = 32;

/// A set for those who wait for one of so many places, or for what is in them.
pub(crate) fn waits_beside(places: usize) -> WaitSet {
    if places < MANY { WaitSet::new() } else { WaitSet::for_many() }
}

impl<C: Core> Held for C {
    #[inline(always)]
    fn count(&self) -> &AtomicUsize {
        self.holds()
    }
}

/// How many handles there are, which [`Shared`](crate::channel::Shared) counts, and what all of them know.
pub(crate) struct Handles {
    pub(crate) senders: AtomicU32,
    pub(crate) receivers: AtomicU32,
    /// Both, and weak ones.
    pub(crate) holds: AtomicUsize,
    /// Messages that were dropped because there was no room.
    pub(crate) dropped: AtomicU64,
    /// Of an array or a chain.
    pub(crate) peak: Peak,
    pub(crate) ended: Ended,
    pub(crate) overflow: Overflow,
}

impl Handles {
    /// One sender and one receiver.
    pub(crate) fn new(overflow: Overflow) -> Self {
        let [senders, receivers] = [1, 1].map(AtomicU32::new);
        let (holds, dropped) = (AtomicUsize::new(1), AtomicU64::new(0));
        Self { senders, receivers, holds, dropped, peak: Peak::new(), ended: Ended::new(), overflow }
    }
}
