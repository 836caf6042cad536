#![doc = include_str!("../README.md")]

pub mod backoff;
mod foreign;
#[cfg(any(feature = "history", loom, shuttle))]
pub mod history;
pub mod latch;
pub mod lifecycle;
#[cfg(any(loom, shuttle))]
pub mod model;
pub mod pad;
pub mod park;
pub mod semaphore;
pub mod slot;
pub mod sync;
pub mod wait;
