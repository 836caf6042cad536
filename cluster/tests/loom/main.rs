//! What the supervisor's and the worker's threads share, in every schedule.
#![cfg(loom)]

mod mailbox;
mod request;
