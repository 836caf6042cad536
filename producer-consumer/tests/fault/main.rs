//! The job queue with processes killed, stopped and starved.
#![cfg(all(not(any(loom, shuttle)), feature = "jobs"))]

mod child;
mod death;
mod disk;
mod hang;
