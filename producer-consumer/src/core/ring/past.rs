//! What has gone through a ring: its positions, and what those noted who had time.

use super::Ring;
use super::end::End;
use crate::patience::Patience;
use crate::stats::{Stats, Waits};
use common::sync::atomic::Ordering;

impl<T> Ring<T> {
    /// The producer begins to wait for room.
    pub(crate) fn begin_send_wait(&self, patience: Patience) {
        self.send_waits().begin(patience);
    }

    /// The consumer begins to wait for a message.
    pub(crate) fn begin_recv_wait(&self, patience: Patience) {
        self.recv_waits().begin(patience);
    }

    pub(super) fn send_waits(&self) -> &Waits {
        &self.middle.0.send_waits
    }

    pub(super) fn recv_waits(&self) -> &Waits {
        &self.middle.0.recv_waits
    }

    /// The producer has found no room.
    pub(super) fn note_full(&self) {
        // An estimate is not worth a model's steps.
        if cfg!(not(any(loom, shuttle))) {
            self.middle.0.peak.note(self.capacity());
        }
    }

    /// What has happened so far.
    pub(crate) fn stats(&self) -> Stats {
        // The head first, so that nothing seems to be received before it was sent.
        // ORDERING: Acquire, E2: a tail that is read after it is no older.
        let received = self.head().load(Ordering::Acquire);
        let sent = match self.end().look() {
            End::At(end) => end,
            // ORDERING: Relaxed: it is a number, and leads to no slot.
            End::Open | End::Closing => self.tail().load(Ordering::Relaxed),
        };
        let depth = sent.wrapping_sub(received).min(self.capacity());
        self.middle.0.peak.note(depth);
        let high_water = self.middle.0.peak.highest();
        let flow = Stats { sent: sent as u64, received: received as u64, depth, high_water, ..Stats::default() };
        self.send_waits().with(self.recv_waits(), flow)
    }
}
