//! What only shuttle needs: chance, tokens that know no other, cells that notice overlap.
//!
//! shuttle counts no references: an `Arc` is std's, and a clone or a drop of it is no switch point.

pub mod cell;
pub(crate) mod chance;
mod token;

pub use std::sync::{Arc, Weak};
pub(super) use token::Token;
pub(crate) use token::prepare;

/// Takes over a `std` [`Arc`], so that `Arc<dyn Trait>` can be built on every side of the door.
pub fn arc_from_std<T: ?Sized>(arc: Arc<T>) -> Arc<T> {
    arc
}

/// Nothing: shuttle's search needs no help, since every access is a switch point to it.
#[derive(Debug, Default)]
pub(super) struct Shadow;

impl Shadow {
    /// After a load of the checker's, which is a switch point itself.
    #[expect(clippy::unused_self, reason = "the other checker's shadow has a location to touch")]
    pub(super) fn follow(&self) {}

    /// Before an access to plain memory.
    #[expect(clippy::unused_self, reason = "the other checker's shadow has a location to touch")]
    pub(super) fn switch(&self) {
        switch();
    }
}

/// Lets any other thread run: shuttle has no clock, and its `sleep` is a switch point and no more.
fn switch() {
    shuttle::thread::sleep(std::time::Duration::ZERO);
}
