//! The public behaviour of a pool, on real threads.
#![cfg(not(loom))]

mod basics;
mod cancel;
mod child;
mod full;
mod future;
mod gate;
mod map;
mod metrics;
mod nested;
mod panics;
mod shutdown;
