//! The one door to locks, atomics, threads, cells and channels.
//!
//! Every crate of the workspace takes its primitives from here and nowhere else, so the code that ships is the code
//! that the model checkers run. The sides have the same names and shapes; a `cfg` picks one:
//!
//! | side | picked by | made of |
//! |---|---|---|
//! | real | default | `std`, `parking_lot`, `crossbeam-channel` |
//! | loom | `--cfg loom` | `loom` 0.7, every load shadowed (below): every schedule, and weak memory |
//! | shuttle | `--cfg shuttle` | `shuttle` 0.9: many threads, and what happens without cause; sequentially consistent |
//!
//! # Shapes
//!
//! Locks are parking_lot's: `lock()` returns the guard, nothing is poisoned, and [`Condvar`] takes `&mut guard`.
//! [`cell::UnsafeCell`] is loom's (`with`, `with_mut`), because a raw `get` hides the end of an access from the
//! checker. [`channel`] is crossbeam-channel's; [`thread_local!`] makes one value per modelled thread;
//! [`thread::scope`] is std's. [`heap::Block`] is memory which its holders free by agreement; a model fails when they
//! leak it, free it twice, or touch it after it was freed or without an order to its being freed.
//! [`barrier::Barrier`] is a fence that one side passes for nothing and the other seldom. A constructor is not
//! `const` on the model sides, so shipped code keeps no primitive in a `static`. `Arc<dyn Trait>` is made by
//! [`arc_from_std`], since a modelled `Arc` cannot be coerced.
//!
//! # Time
//!
//! A model has no clock. There, a wait whose deadline lies in the past is queued, and its time-out fires at any moment
//! of the schedule, before or after the notification that is meant for it; a wait whose deadline lies in the future
//! waits for its notification only. A model says which of the two it explores by the deadline it passes.
//!
//! # Without cause
//!
//! std lets a condition variable and a park wake, and a weak compare-exchange fail, without cause. On the shuttle side
//! they do so by chance, one time in eight, under its random schedulers; on the loom side never.
//!
//! # Shadow accesses
//!
//! loom 0.7 takes two loads of an atomic for independent, yet remembers the last access only, so a thread's own load
//! hides another thread's earlier one and whole schedules are never tried (upstream issue 392): a ring whose ends load
//! before they compare-exchange explores one outcome of four. On the loom side each load therefore does one Relaxed
//! read-modify-write on a private shadow, as one step of the search with it. That makes all accesses of a location
//! dependent on each other, and adds no happens-before edge that could hide a missing one, with one exception: a load
//! after a release fence, and a later load of the same location before an acquire fence, are ordered by the shadow even
//! where the location itself would not do it. Two SeqCst fences are ordered in any case, so every
//! [`fence`](atomic::fence) in this workspace is SeqCst, and the mutants weaken each. `tests/loom/shadow.rs` shows what
//! loom misses without shadows, `tests/loom/search.rs` that random programs with them reach all that they can.
//!
//! # Limits
//!
//! The model sides have the methods that the workspace calls, not all that std, parking_lot and crossbeam-channel have:
//! what is missing does not compile. loom runs at most four spawned threads. shuttle knows one order of all accesses and
//! counts no references, so what depends on weak memory, or on when an `Arc` is dropped, is for loom to find.

#[cfg(any(loom, shuttle))]
mod model;
#[cfg(not(any(loom, shuttle)))]
mod real;

#[cfg(any(loom, shuttle))]
use self::model as side;
#[cfg(not(any(loom, shuttle)))]
use self::real as side;

#[cfg(shuttle)]
pub(crate) use side::chance;
#[cfg(any(loom, shuttle))]
pub(crate) use side::prepare;
pub use side::{
    Arc, Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, WaitTimeoutResult, Weak, arc_from_std,
    atomic, barrier, cell, channel, heap, hint, thread, thread_local,
};
