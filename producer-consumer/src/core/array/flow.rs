//! What has gone through the array: its positions, counted, and the highest depth that was seen.
//!
//! A sender that looked at the head each time, to know the depth, would fetch the receivers' cache line for every message;
//! even one look in 64 was measurable. So the depth is noted by those who know it or have time.

use super::{Array, Core, Flow};

impl<T> Array<T> {
    /// The counts of what was claimed.
    pub(super) fn gone_through(&self) -> Flow {
        let slots = &self.middle.0.slots;
        let depth = self.len();
        let handles = &self.middle.0.handles;
        handles.peak.note(depth);
        // The head first, so that nothing seems to be received before it was sent.
        let received = slots.count(self.head());
        let sent = slots.count(self.tail().position());
        Flow { sent, received, depth, high_water: handles.peak.highest() }
    }

    /// A sender has filled several slots.
    pub(super) fn note_batch(&self) {
        // An estimate is not worth a model's steps.
        if cfg!(not(any(loom, shuttle))) {
            self.middle.0.handles.peak.note(self.len());
        }
    }
}
