//! Whether the calling thread is one of several, also while its thread-local values are being dropped.

use common::sync::thread::Thread;

/// Whether one of `threads` is the one that asks.
#[cfg(not(shuttle))]
pub(crate) fn is_current(threads: &[Thread]) -> bool {
    let current = common::sync::thread::current().id();
    threads.iter().any(|thread| thread.id() == current)
}

/// Never: shuttle's threads have no identity. So its models keep no pool in a thread-local value.
#[cfg(shuttle)]
pub(crate) fn is_current(_: &[Thread]) -> bool {
    false
}
