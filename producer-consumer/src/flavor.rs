//! Which channel a handle leads to: one type of handle for all of them.

use crate::channel::Shared;
use crate::core::array::Array;
use crate::core::chain::Chain;
use crate::core::lanes::{Bound, Lane, Shares, Weigh};
use crate::core::queue::Queue;
use crate::core::rendezvous::Rendezvous;
use crate::core::{Core, Handles, Load};
use crate::error::TryRecvError;
use crate::overflow::Overflow;
use crate::patience::Patience;
use common::sync::atomic::Ordering;
use common::wait::WaitSet;
use std::panic::{RefUnwindSafe, UnwindSafe};

/// Whose handle.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    Senders,
    Receivers,
}

/// What whoever asks for no room is told; elsewhere it is a way to ask for a rendezvous.
pub(crate) const ROOM: &str = "a channel holds at least one message; one without room is a `rendezvous`";

/// The largest bound that is worth its memory from the start; beyond, memory comes as it is needed.
const LARGEST_ARRAY: usize = 1 << 16;

/// A hold on a channel of any kind.
pub(crate) enum Flavor<T> {
    Array(Shared<Array<T>>),
    Chain(Shared<Chain<T>>),
    Queue(Shared<Queue<T>>),
    Rendezvous(Shared<Rendezvous<T>>),
    Lane(Shared<Lane<T>>),
}

// A panic of foreign code, be it a waker or a message's drop, leaves a channel whole: I4 of `channel`.
impl<T> UnwindSafe for Flavor<T> {}
impl<T> RefUnwindSafe for Flavor<T> {}

/// Runs an expression with the channel of a flavor, whichever it is.
macro_rules! each {
    ($flavor:expr, $channel:ident => $body:expr) => {
        match $flavor {
            $crate::flavor::Flavor::Array($channel) => $body,
            $crate::flavor::Flavor::Chain($channel) => $body,
            $crate::flavor::Flavor::Queue($channel) => $body,
            $crate::flavor::Flavor::Rendezvous($channel) => $body,
            $crate::flavor::Flavor::Lane($channel) => $body,
        }
    };
}
pub(crate) use each;

impl<T> Flavor<T> {
    /// The holds of the first sender and the first receiver of a bounded channel.
    pub(crate) fn bounded(capacity: usize, overflow: Overflow) -> (Self, Self) {
        assert!(capacity > 0, "{ROOM}");
        if capacity > LARGEST_ARRAY || overflow == Overflow::DropOldest {
            return Self::queue(capacity, overflow);
        }
        let (sender, receiver) = Shared::pair(Array::new(capacity, Handles::new(overflow)));
        (Self::Array(sender), Self::Array(receiver))
    }

    /// Those of one without a bound.
    pub(crate) fn unbounded(overflow: Overflow) -> (Self, Self) {
        let (sender, receiver) = Shared::pair(Chain::new(Handles::new(overflow)));
        (Self::Chain(sender), Self::Chain(receiver))
    }

    /// Those of one without room.
    pub(crate) fn rendezvous() -> (Self, Self) {
        let (sender, receiver) = Shared::pair(Rendezvous::new());
        (Self::Rendezvous(sender), Self::Rendezvous(receiver))
    }

    /// Those of one with lanes, of the same bound each, or with a bound by weight.
    pub(crate) fn laned(shares: Shares, bound: Bound, weigh: Option<Weigh<T>>, overflow: Overflow) -> (Self, Self) {
        let (sender, receiver) = Lane::pair(shares, bound, weigh, Handles::new(overflow));
        (Self::Lane(Shared::alone(sender)), Self::Lane(Shared::alone(receiver)))
    }

    /// The hold of a new sender on another lane.
    pub(crate) fn beside(&self, number: usize) -> Self {
        assert!(number < self.lanes(), "this channel has {} lanes, counted from 0", self.lanes());
        match self {
            Self::Lane(channel) => {
                channel.count_up(Side::Senders);
                Self::Lane(Shared::alone(channel.core().beside(number)))
            }
            other => other.share(Side::Senders),
        }
    }

    /// How many lanes there are.
    pub(crate) fn lanes(&self) -> usize {
        if let Self::Lane(channel) = self { channel.core().count() } else { 1 }
    }

    /// How many messages are in a lane.
    pub(crate) fn lane_len(&self, number: usize) -> usize {
        assert!(number < self.lanes(), "this channel has {} lanes, counted from 0", self.lanes());
        if let Self::Lane(channel) = self { channel.core().len_of(number) } else { self.len() }
    }

    fn queue(capacity: usize, overflow: Overflow) -> (Self, Self) {
        let (sender, receiver) = Shared::pair(Queue::new(capacity, Handles::new(overflow)));
        (Self::Queue(sender), Self::Queue(receiver))
    }

    /// Another handle's hold; that side has a handle.
    pub(crate) fn share(&self, side: Side) -> Self {
        match self {
            Self::Array(channel) => Self::Array(channel.share(side)),
            Self::Chain(channel) => Self::Chain(channel.share(side)),
            Self::Queue(channel) => Self::Queue(channel.share(side)),
            Self::Rendezvous(channel) => Self::Rendezvous(channel.share(side)),
            Self::Lane(channel) => Self::Lane(channel.share(side)),
        }
    }

    /// Another handle's hold, unless that side has none left.
    pub(crate) fn revive(&self, side: Side) -> Option<Self> {
        match self {
            Self::Array(channel) => channel.revive(side).map(Self::Array),
            Self::Chain(channel) => channel.revive(side).map(Self::Chain),
            Self::Queue(channel) => channel.revive(side).map(Self::Queue),
            Self::Rendezvous(channel) => channel.revive(side).map(Self::Rendezvous),
            Self::Lane(channel) => channel.revive(side).map(Self::Lane),
        }
    }

    /// A hold that keeps nothing open.
    pub(crate) fn hold(&self) -> Self {
        match self {
            Self::Array(channel) => Self::Array(channel.hold()),
            Self::Chain(channel) => Self::Chain(channel.hold()),
            Self::Queue(channel) => Self::Queue(channel.hold()),
            Self::Rendezvous(channel) => Self::Rendezvous(channel.hold()),
            Self::Lane(channel) => Self::Lane(channel.hold()),
        }
    }

    /// Those who wait for a message.
    pub(crate) fn not_empty(&self) -> &WaitSet {
        each!(self, channel => channel.core().not_empty())
    }

    /// Those who wait for room.
    pub(crate) fn not_full(&self) -> &WaitSet {
        each!(self, channel => channel.core().not_full())
    }

    /// Those who wait for the end.
    pub(crate) fn ended(&self) -> &WaitSet {
        each!(self, channel => channel.core().handles().ended.set())
    }

    /// A send begins to wait, without a deadline.
    pub(crate) fn begin_send_wait(&self) {
        each!(self, channel => channel.core().send_waits().begin(Patience::Endless));
    }

    /// A receive does.
    pub(crate) fn begin_recv_wait(&self) {
        each!(self, channel => channel.core().recv_waits().begin(Patience::Endless));
    }

    /// Sender that has waited: tells the next that there is room for it, too.
    pub(crate) fn pass_on_room(&self) {
        each!(self, channel => channel.pass_on_room());
    }

    /// Receiver that has waited: tells the next that there is a message for it, too, or the end.
    pub(crate) fn pass_on_message(&self) {
        each!(self, channel => channel.pass_on_message());
    }

    /// Whether a receive would end now, with a message or with the end.
    pub(crate) fn has_news(&self) -> bool {
        each!(self, channel => channel.core().peek() != Err(TryRecvError::Empty))
    }

    /// Whoever calls this sits in `not_empty` and has only looked: without room a sender may wait for just that.
    pub(crate) fn invite(&self) {
        if let Self::Rendezvous(channel) = self {
            channel.tell_senders(1);
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        each!(self, channel => channel.core().is_closed())
    }

    /// How many handles a side has.
    pub(crate) fn count(&self, side: Side) -> usize {
        // ORDERING: Relaxed: it is a count.
        each!(self, channel => channel.count(side).load(Ordering::Relaxed) as usize)
    }

    pub(crate) fn len(&self) -> usize {
        each!(self, channel => channel.core().len())
    }

    /// What there is by weight.
    pub(crate) fn load(&self) -> Load {
        each!(self, channel => channel.core().load())
    }

    pub(crate) fn capacity(&self) -> Option<usize> {
        each!(self, channel => channel.core().capacity())
    }

    pub(crate) fn is_full(&self) -> bool {
        each!(self, channel => channel.core().room() == 0)
    }

    /// Whether both are handles of the same channel.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Array(channel), Self::Array(other)) => channel.is_same(other),
            (Self::Chain(channel), Self::Chain(other)) => channel.is_same(other),
            (Self::Queue(channel), Self::Queue(other)) => channel.is_same(other),
            (Self::Rendezvous(channel), Self::Rendezvous(other)) => channel.is_same(other),
            (Self::Lane(channel), Self::Lane(other)) => channel.core().is_beside(other.core()),
            _ => false,
        }
    }
}
