//! The job queue with processes killed, stopped and starved.
#![cfg(all(not(loom), feature = "jobs"))]

mod child;
mod death;
mod disk;
mod hang;
