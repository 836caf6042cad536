//! Models: every schedule of the task's word, and of a pool of one worker.
#![cfg(loom)]

mod pool;
mod task;
