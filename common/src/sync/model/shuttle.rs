//! What only shuttle needs: chance, tokens that know no other, cells that notice overlap.
//!
//! shuttle counts no references: an `Arc` is std's, and a clone or a drop of it is no switch point.

pub mod cell;
pub(crate) mod chance;
mod token;

pub use shuttle::thread::{Scope, ScopedJoinHandle, scope};
pub use std::sync::{Arc, Weak};
pub(super) use token::Token;

/// Takes over a `std` [`Arc`], so that `Arc<dyn Trait>` can be built on every side of the door.
pub fn arc_from_std<T: ?Sized>(arc: Arc<T>) -> Arc<T> {
    arc
}

/// Nothing: shuttle's search needs no help, since every access is a switch point to it.
#[derive(Debug, Default)]
pub(super) struct Shadow;

impl Shadow {
    /// Before an access of the checker's, which is a switch point itself.
    #[expect(clippy::unused_self, reason = "the other checker's shadow has a location to touch")]
    pub(super) fn touch(&self) {}

    /// Before plain memory is written that another thread reads.
    #[expect(clippy::unused_self, reason = "the other checker's shadow has a location to touch")]
    pub(super) fn hand_over(&self) {
        switch();
    }

    /// Before plain memory is read that another thread has written.
    #[expect(clippy::unused_self, reason = "the other checker's shadow has a location to touch")]
    pub(super) fn take_over(&self) {
        switch();
    }

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
