//! What happens when workers, primaries and programs fail.
#![cfg(not(loom))]

mod channel;
mod crash;
mod hang;
mod orphan;
#[path = "../support/worker.rs"]
mod worker;
