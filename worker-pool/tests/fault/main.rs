//! What a pool does when the system refuses something.
#![cfg(not(loom))]

mod thread_spawn;
