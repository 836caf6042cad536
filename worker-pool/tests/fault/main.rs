//! What a pool does when the system refuses something.
#![cfg(not(any(loom, shuttle)))]

mod thread_spawn;
