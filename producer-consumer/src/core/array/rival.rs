//! Giving way to those who claim the same position.

use common::sync::hint;

/// The longest time for which whoever comes late gives way, in `pause` instructions: less than a microsecond.
///
/// In a model it is as long as any.
const LONGEST_WAY: u32 = if cfg!(any(loom, shuttle)) { 1 } else { 64 };

/// Somebody else who claims on the same side, on another core.
///
/// Whoever comes late gives way for twice as long each time. Meanwhile the other one has the line to itself and claims one
/// position after the other; without that it changes cores for each.
pub(super) struct Rival(u32);

impl Rival {
    pub(super) fn new() -> Self {
        Self(1)
    }

    #[cold]
    pub(super) fn give_way(&mut self) {
        (0..self.0).for_each(|_| hint::spin_loop());
        self.0 = (self.0 * 2).min(LONGEST_WAY);
    }
}
