//! The protocols in every schedule.
#![cfg(loom)]

mod crew;
mod handle;
mod notify;
mod promotion;
