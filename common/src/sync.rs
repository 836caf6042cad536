//! The one door to locks, atomics, threads, cells and channels.
//!
//! Every crate of the workspace takes its primitives from here and nowhere else, so the code that ships is the code
//! that the model checker runs. The sides have the same names and shapes; a `cfg` picks one:
//!
//! | side | picked by | made of |
//! |---|---|---|
//! | real | default | `std`, `parking_lot`, `crossbeam-channel` |
//! | loom | `--cfg loom` | `loom` 0.7, with every atomic shadowed (below) |
//!
//! # Shapes
//!
//! Locks are parking_lot's: `lock()` returns the guard, nothing is poisoned, and [`Condvar`] takes `&mut guard`.
//! [`cell::UnsafeCell`] is loom's (`with`, `with_mut`), because a raw `get` hides the end of an access from the
//! checker. [`channel`] is crossbeam-channel's; [`thread_local!`] makes one value per modelled thread. A constructor is
//! not `const` on the loom side, so shipped code keeps no primitive in a `static`.
//!
//! # Time
//!
//! loom has no clock. There, a timed wait whose deadline lies in the past yields once and reports a time-out, and one
//! whose deadline lies in the future waits for its notification only. A model says which of the two it explores by the
//! deadline it passes.
//!
//! # Shadow accesses
//!
//! loom 0.7.2 remembers only the last access to an atomic, so a thread's own load hides another thread's earlier one
//! and whole schedules are never tried (upstream issue 392): a ring whose ends load before they compare-exchange
//! explores one outcome of four. On the loom side each atomic therefore does one Relaxed read-modify-write on a private
//! shadow before each access. That makes all accesses of a location dependent on each other, and adds no happens-before
//! edge that could hide a missing one. `tests/loom/shadow.rs` shows what loom misses without it, and that it does not
//! with it. An acquire fence would make an edge of it: the door has no fences.
//!
//! # Limits
//!
//! The loom side has the methods that the workspace calls, not all that std, parking_lot and crossbeam-channel have:
//! what is missing does not compile. loom runs at most four spawned threads, wakes no condition variable spuriously,
//! and lets no weak compare-exchange fail without cause. A thread's token is no reason for its search to switch
//! threads, and its `unpark` publishes at once rather than to the `park` that it ends: a protocol needs a word of its
//! own beside the token, as [`park`](crate::park) has. `Arc<dyn Trait>` is made by [`arc_from_std`], since loom's `Arc`
//! cannot be coerced.

#[cfg(loom)]
mod loom;
#[cfg(not(loom))]
mod real;

#[cfg(loom)]
use self::loom as side;
#[cfg(not(loom))]
use self::real as side;

pub use side::{
    Arc, Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, WaitTimeoutResult, arc_from_std,
    atomic, cell, channel, hint, thread, thread_local,
};
