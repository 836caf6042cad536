//! Giving way to those who claim the same position.

use common::sync::{hint, thread};

/// The longest time for which whoever comes late gives way on its core, in `pause` instructions: 50 ns to 600 ns.
const LONGEST_WAY: u32 = 8;

/// Somebody else who claims on the same side, on another core.
///
/// Whoever comes late gives way for twice as long each time. Meanwhile the other one has the line to itself and claims one
/// position after the other; without that it changes cores for each. Whoever comes late again and again lets another
/// thread have the core, rather one of the other side: on two cores, two senders and two receivers take 35 ns a message
/// so, and 60 ns to 160 ns if they only pause.
pub(crate) struct Rival(u32);

impl Rival {
    pub(crate) fn new() -> Self {
        Self(1)
    }

    pub(crate) fn give_way(&mut self) {
        // To a model one way is as long as any.
        if cfg!(any(loom, shuttle)) {
            return hint::spin_loop();
        }
        if self.0 > LONGEST_WAY {
            return thread::yield_now();
        }
        (0..self.0).for_each(|_| hint::spin_loop());
        self.0 *= 2;
    }
}
