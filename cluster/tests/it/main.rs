//! The public interface on real processes and sockets.
#![cfg(not(any(loom, shuttle)))]

mod child;
mod error;
mod event;
mod message;
mod node;
mod port;
mod reload;
mod shutdown;
#[path = "../support/worker.rs"]
mod worker;
