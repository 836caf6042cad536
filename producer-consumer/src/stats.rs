//! What a channel can say about its past.
//!
//! Counting every message would have all who use a channel write to one word. The positions of a core count them anyway,
//! and whoever waits or wakes has left the fast way already, so that is where the rest is counted.

use crate::channel::Shared;
use crate::core::Core;
use crate::flavor::each;
use crate::patience::Patience;
use crate::{Receiver, Sender};
use common::sync::atomic::Ordering;
// FACADE: counts that no edge depends on, and that would be many more steps to a model.
use std::sync::atomic::AtomicU32;

/// What has happened in a channel so far; by [`Sender::stats`] or [`Receiver::stats`], or those of a
/// [`broadcast`](crate::broadcast::Sender::stats) or of [two threads](crate::spsc::Sender::stats).
///
/// ```
/// let (sender, receiver) = producer_consumer::bounded(4);
/// sender.try_send_many(1..=9).unwrap_err();
/// assert_eq!(receiver.recv(), Ok(1));
/// let stats = sender.stats();
/// assert_eq!((stats.sent, stats.received, stats.depth, stats.high_water), (4, 1, 3, 4));
/// ```
///
/// While others use the channel the numbers are of several moments. When nobody does, `sent` is exactly `received`, plus
/// what was displaced, plus `depth`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Messages that went in. Exact; modulo at least 2^47 in a channel with room for up to 65,536, and 2^32 in one of two threads
    /// on targets of 32 bits.
    pub sent: u64,
    /// Messages that were taken out: received, drained, or dropped with the last receiver. As exact as `sent`.
    pub received: u64,
    /// Messages that were dropped because there was no room: turned away, which counts as not sent, or displaced, which
    /// counts as not received. Exact.
    pub dropped: u64,
    /// Messages that are there.
    pub depth: usize,
    /// The most messages that were there at once. Exact where the queue is under a lock: over 65,536, where the oldest is
    /// dropped, with lanes, and by weight. Else the most that were seen: by a sender that found no room or, without a bound,
    /// needed new memory, after a batch, and by whoever asks; so ask now and then. A batch of two threads sees nothing.
    pub high_water: usize,
    /// How heavy the messages are that are there; zero unless the channel is bounded by weight. Exact.
    pub weight: usize,
    /// The most that they have weighed at once. Exact.
    pub weight_high_water: usize,
    /// Sends, and requests for permits, that found no room and waited for some, be it for a moment; a select counts as one in
    /// each channel that it waits for. Exact modulo 2^32.
    pub send_waits: u32,
    /// Receives that found no message and waited for one, likewise.
    pub recv_waits: u32,
    /// Those who waited for room or for a message and were told of it, or of the end; a wake that one hands on who has no
    /// use for it is not counted again, and one at the front of a line may be told several times. Exact modulo 2^32.
    pub wakes: u32,
}

/// The most messages that somebody has seen.
pub(crate) struct Peak(AtomicU32);

impl Peak {
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// So many are there at once.
    pub(crate) fn note(&self, depth: usize) {
        if depth > self.highest() {
            // ORDERING: Relaxed: an estimate, which is seldom written.
            self.0.fetch_max(u32::try_from(depth).unwrap_or(u32::MAX), Ordering::Relaxed);
        }
    }

    pub(crate) fn highest(&self) -> usize {
        // ORDERING: Relaxed: an estimate.
        self.0.load(Ordering::Relaxed) as usize
    }
}

/// How often one side has waited, and was told.
#[derive(Debug)]
pub(crate) struct Waits {
    begun: AtomicU32,
    told: AtomicU32,
}

impl Waits {
    pub(crate) fn new() -> Self {
        Self { begun: AtomicU32::new(0), told: AtomicU32::new(0) }
    }

    /// Somebody begins to wait, who may have no patience at all.
    pub(crate) fn begin(&self, patience: Patience) {
        if !matches!(patience, Patience::None) {
            // ORDERING: Relaxed: a count.
            self.begun.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// So many were told.
    #[inline(always)]
    pub(crate) fn tell(&self, count: usize) {
        if count > 0 {
            // ORDERING: Relaxed: a count, which wraps around.
            self.told.fetch_add(count as u32, Ordering::Relaxed);
        }
    }

    /// What `flow` says, and of the waits of senders what these say, and of receivers what those do.
    pub(crate) fn with(&self, receivers: &Self, flow: Stats) -> Stats {
        // ORDERING: Relaxed, all: counts.
        let of = |waits: &Self| (waits.begun.load(Ordering::Relaxed), waits.told.load(Ordering::Relaxed));
        let ((send_waits, senders_told), (recv_waits, receivers_told)) = (of(self), of(receivers));
        Stats { send_waits, recv_waits, wakes: senders_told.wrapping_add(receivers_told), ..flow }
    }
}

impl<C: Core> Shared<C> {
    fn stats(&self) -> Stats {
        let core = self.core();
        // ORDERING: Relaxed, as above.
        let dropped = core.handles().dropped.load(Ordering::Relaxed);
        let (flow, load) = (core.flow(), core.load());
        let flow = Stats {
            sent: flow.sent,
            received: flow.received,
            dropped,
            depth: flow.depth,
            high_water: flow.high_water,
            weight: load.all,
            weight_high_water: load.heaviest,
            ..Stats::default()
        };
        core.send_waits().with(core.recv_waits(), flow)
    }
}

impl<T> Sender<T> {
    /// What has happened in the channel so far. Costs its users nothing; asking costs a few loads, or a lock.
    pub fn stats(&self) -> Stats {
        each!(self.flavor(), channel => channel.stats())
    }
}

impl<T> Receiver<T> {
    /// What has happened in the channel so far, as [`Sender::stats`].
    pub fn stats(&self) -> Stats {
        each!(self.flavor(), channel => channel.stats())
    }
}
