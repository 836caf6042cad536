//! What only loom needs: shadow accesses, weak references, tokens that wake nobody by mistake.

mod arc;
pub(super) mod chance;
mod shadow;
mod token;

pub use arc::{Arc, Weak, arc_from_std};
pub(super) use shadow::Shadow;
pub(super) use token::Token;
pub(crate) use token::prepare;

/// The cell that unsafe code shares between threads; an access that overlaps another fails the model.
pub mod cell {
    pub use loom::cell::UnsafeCell;
}
