//! Threads, from `loom::thread`.

pub use super::scope::{Scope, ScopedJoinHandle, scope};
pub use loom::thread::{Builder, JoinHandle, Thread, current, park, spawn, yield_now};
pub use std::thread::{Result, available_parallelism, panicking};

use std::time::Duration;

/// Parks, with a time-out that fires at once if it is zero and else never; `sync`'s head says why.
pub fn park_timeout(timeout: Duration) {
    if timeout.is_zero() {
        yield_now();
    } else {
        park();
    }
}
