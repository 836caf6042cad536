//! The real side: std, parking_lot and crossbeam-channel, re-exported or wrapped at no cost.

pub mod barrier;

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

/// Heap memory that is freed by whoever of its holders comes last, and no count says who that is.
pub mod heap {
    use std::ptr::NonNull;

    /// A hold on a block of the heap; dropping it does nothing.
    #[derive(Debug)]
    pub struct Block<T>(NonNull<T>);

    // SAFETY: whoever holds a block reaches its value from any thread, as through an `Arc`.
    unsafe impl<T: Send + Sync> Send for Block<T> {}
    // SAFETY: as above.
    unsafe impl<T: Send + Sync> Sync for Block<T> {}

    impl<T> Block<T> {
        /// Moves `value` to the heap.
        #[inline(always)]
        pub fn new(value: T) -> Self {
            Self(NonNull::from(Box::leak(Box::new(value))))
        }

        /// A second hold on the same block.
        #[inline(always)]
        pub const fn share(&self) -> Self {
            Self(self.0)
        }

        /// Calls `access` with a pointer to the value; the access lasts until `access` returns.
        #[inline(always)]
        pub fn with<R>(&self, access: impl FnOnce(*const T) -> R) -> R {
            access(self.0.as_ptr())
        }

        /// Drops the value and frees its memory.
        ///
        /// # Safety
        ///
        /// Every access through any hold on the block happened before, and there will be no other.
        #[inline(always)]
        pub unsafe fn free(self) {
            // SAFETY: the pointer came out of a box, and the caller vouches that this is the last use of it.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
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
