//! A model's barrier: one word of its own, exchanged by both sides.
//!
//! Of a light and a heavy passage one comes first in the order of the word, and the other sees what was done before it:
//! that is what the kernel's barrier gives, and a pair of fences would give more, an order with every other fence. Two
//! light passages are ordered here, too, and are not by the kernel; that is more than there is, and the one thing that
//! a model takes for granted.

use super::atomic::{AtomicU32, Ordering};

/// A fence that two sides share unequally.
#[derive(Debug)]
pub struct Barrier(AtomicU32);

impl Barrier {
    /// One that nobody has passed.
    pub fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// The side that is passed often.
    pub fn light(&self) {
        self.pass();
    }

    /// The side that is passed seldom.
    pub fn heavy(&self) {
        self.pass();
    }

    /// Whether the light side is cheap: in a model it is.
    pub fn is_cheap(&self) -> bool {
        true
    }

    fn pass(&self) {
        // ORDERING: AcqRel: what came before one passage is visible after the next.
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

impl Default for Barrier {
    fn default() -> Self {
        Self::new()
    }
}
