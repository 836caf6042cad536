//! What has gone through the array: its positions, counted, and the depth, looked at now and then.

use super::slot::Position;
use super::tail::Tail;
use super::{Array, Core, Flow};
use common::sync::atomic::Ordering;

/// Every so many positions the depth is looked at; a power of two.
const NOW_AND_THEN: u64 = 64;

impl<T> Array<T> {
    /// The counts of what was claimed.
    pub(super) fn gone_through(&self) -> Flow {
        let slots = &self.middle.0.slots;
        let depth = self.len();
        self.note_depth(depth);
        // The head first, so that nothing seems to be received before it was sent.
        let received = slots.count(self.head());
        let sent = slots.count(self.tail().position());
        // ORDERING: Relaxed: an estimate.
        let high_water = self.middle.0.handles.high_water.load(Ordering::Relaxed) as usize;
        Flow { sent, received, depth, high_water }
    }

    /// A sender has found no room.
    pub(super) fn note_full(&self, tail: Tail) {
        self.note_depth(self.middle.0.slots.len() - tail.reserved());
    }

    /// A sender has filled a slot.
    #[inline(always)]
    pub(super) fn note_now_and_then(&self, position: Position) {
        if position.0 % NOW_AND_THEN == NOW_AND_THEN - 1 {
            self.note_depth(self.len());
        }
    }

    fn note_depth(&self, depth: usize) {
        let high_water = &self.middle.0.handles.high_water;
        // An array has at most 2^16 slots.
        let depth = depth as u32;
        // ORDERING: Relaxed: an estimate.
        if depth > high_water.load(Ordering::Relaxed) {
            // ORDERING: Relaxed, likewise.
            high_water.fetch_max(depth, Ordering::Relaxed);
        }
    }
}
