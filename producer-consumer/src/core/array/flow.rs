//! What has gone through the array: its positions, counted, and the highest depth that was seen.
//!
//! A sender that looked at the head each time, to know the depth, would fetch the receivers' cache line for every message;
//! even one look in 64 was measurable. So the depth is noted by those who know it or have time.

use super::{Array, Core, Flow};
use common::sync::atomic::Ordering;

impl<T> Array<T> {
    /// The counts of what was claimed.
    pub(super) fn gone_through(&self) -> Flow {
        let slots = &self.middle.0.slots;
        let depth = self.len();
        self.note_depth(depth);
        // The head first, so that nothing seems to be received before it was sent.
        let received = slots.count(self.head());
        let sent = slots.count(self.tail().position());
        Flow { sent, received, depth, high_water: self.high_water() }
    }

    pub(super) fn high_water(&self) -> usize {
        // ORDERING: Relaxed: an estimate.
        self.middle.0.handles.high_water.load(Ordering::Relaxed) as usize
    }

    /// A sender has filled several slots.
    pub(super) fn note_batch(&self) {
        // An estimate is not worth a model's steps.
        if cfg!(not(any(loom, shuttle))) {
            self.note_depth(self.len());
        }
    }

    /// So many were there at once.
    pub(super) fn note_depth(&self, depth: usize) {
        if depth > self.high_water() {
            // An array has at most 2^16 slots.
            // ORDERING: Relaxed: an estimate, which is seldom written.
            self.middle.0.handles.high_water.fetch_max(depth as u32, Ordering::Relaxed);
        }
    }
}
