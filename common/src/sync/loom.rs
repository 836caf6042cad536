//! The loom side: the real side's names and shapes over loom's types.

mod atomics;
/// Channels: a stand-in for `crossbeam_channel`.
pub mod channel;
mod locks;

pub use locks::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, WaitTimeoutResult};
pub use loom::sync::Arc;
pub use loom::thread_local;

/// Takes over a `std` [`Arc`](std::sync::Arc), so that `Arc<dyn Trait>` can be built on every side of the door.
pub fn arc_from_std<T: ?Sized>(arc: std::sync::Arc<T>) -> Arc<T> {
    Arc::from_std(arc)
}

/// Atomics with shadow accesses.
pub mod atomic {
    pub use super::atomics::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize};
    pub use loom::sync::atomic::Ordering;
}

/// The cell that unsafe code shares between threads; loom reports overlapping accesses.
pub mod cell {
    pub use loom::cell::UnsafeCell;
}

/// Threads, from `loom::thread`.
pub mod thread {
    pub use loom::thread::{Builder, JoinHandle, Thread, ThreadId, current, park, spawn, yield_now};
    pub use std::thread::{Result, available_parallelism};

    /// Parks for no time at all: any schedule in which a time-out fires is one in which this thread runs on.
    pub fn park_timeout(_timeout: std::time::Duration) {
        yield_now();
    }
}

/// Spin hints, from `loom::hint`.
pub mod hint {
    pub use loom::hint::spin_loop;
}
