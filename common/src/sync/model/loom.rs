//! What only loom needs: shadow accesses, weak references, scopes.

mod arc;
pub(super) mod chance;
mod scope;
mod shadow;
pub mod thread;

pub use arc::{Arc, Weak, arc_from_std};
pub(super) use shadow::Shadow;

/// The cell that unsafe code shares between threads; an access that overlaps another fails the model.
pub mod cell {
    pub use loom::cell::UnsafeCell;
}
