//! The model sides: the real side's names and shapes over a checker's types.
//!
//! What the two checkers have in common is written once, over the `checker` that the `cfg` picks; what is particular to
//! one of them stands in its folder.

#[cfg(all(loom, shuttle))]
compile_error!("pick one checker: `--cfg loom` or `--cfg shuttle`");

#[cfg(loom)]
use ::loom as checker;
#[cfg(shuttle)]
use ::shuttle as checker;

#[cfg(loom)]
mod loom;
#[cfg(shuttle)]
mod shuttle;

#[cfg(loom)]
use self::loom as particular;
#[cfg(shuttle)]
use self::shuttle as particular;

mod atomics;
pub mod barrier;
/// Channels: a stand-in for `crossbeam_channel`.
pub mod channel;
mod condvar;
/// Heap memory that no count frees, with every access checked.
pub mod heap;
mod locks;
mod scope;
pub mod thread;

pub use checker::thread_local;
pub use condvar::{Condvar, WaitTimeoutResult};
pub use locks::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
#[cfg(shuttle)]
pub(crate) use particular::chance;
pub(crate) use particular::prepare;
pub use particular::{Arc, Weak, arc_from_std, cell};

/// Atomics: shadowed for loom, with failures without cause for shuttle.
pub mod atomic {
    pub use super::atomics::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize};
    pub use super::checker::sync::atomic::{Ordering, fence};
}

/// Spin hints: to a checker, a spin is a yield.
pub mod hint {
    pub use super::checker::hint::spin_loop;
}
