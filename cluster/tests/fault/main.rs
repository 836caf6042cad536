//! What happens when workers, primaries and programs fail.
#![cfg(not(any(loom, shuttle)))]

mod channel;
mod crash;
mod hang;
mod orphan;
#[path = "../support/worker.rs"]
mod worker;
