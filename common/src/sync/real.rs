//! The real side: std, parking_lot and crossbeam-channel, re-exported or wrapped at no cost.

pub use parking_lot::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, WaitTimeoutResult};
pub use std::sync::{Arc, Weak};
pub use std::thread_local;

/// Takes over a `std` [`Arc`], so that `Arc<dyn Trait>` can be built on every side of the door.
pub fn arc_from_std<T: ?Sized>(arc: Arc<T>) -> Arc<T> {
    arc
}

/// Atomics, from `std::sync::atomic`.
pub mod atomic {
    pub use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
}

/// The cell that unsafe code shares between threads.
pub mod cell {
    /// `std::cell::UnsafeCell` with accesses that begin and end, so that a model can see two of them overlap.
    #[derive(Debug, Default)]
    pub struct UnsafeCell<T: ?Sized>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        /// Wraps `value`.
        pub const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        /// Unwraps the value.
        pub fn into_inner(self) -> T {
            self.0.into_inner()
        }
    }

    impl<T: ?Sized> UnsafeCell<T> {
        /// Calls `access` with a pointer to read through; the access lasts until `access` returns.
        #[inline(always)]
        pub fn with<R>(&self, access: impl FnOnce(*const T) -> R) -> R {
            access(self.0.get())
        }

        /// Calls `access` with a pointer to write through; the access lasts until `access` returns.
        #[inline(always)]
        pub fn with_mut<R>(&self, access: impl FnOnce(*mut T) -> R) -> R {
            access(self.0.get())
        }
    }
}

/// Threads, from `std::thread`.
pub mod thread {
    pub use std::thread::{
        Builder, JoinHandle, Result, Scope, ScopedJoinHandle, Thread, ThreadId, available_parallelism, current,
        panicking, park, park_timeout, scope, spawn, yield_now,
    };
}

/// Spin hints, from `std::hint`.
pub mod hint {
    pub use std::hint::spin_loop;
}

/// Channels, from `crossbeam_channel`.
pub mod channel {
    pub use crossbeam_channel::{
        Receiver, RecvError, RecvTimeoutError, SendError, SendTimeoutError, Sender, TryRecvError, TrySendError,
        bounded, unbounded,
    };
}
