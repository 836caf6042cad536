//! The public behaviour of a pool, on real threads.
#![cfg(not(any(loom, shuttle)))]

mod cancel;
mod child;
mod drain;
mod full;
mod future;
mod gate;
mod history;
mod map;
mod metrics;
mod nested;
mod panic;
mod shutdown;
mod submit;
