#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]
#![cfg_attr(shuttle, expect(clippy::result_large_err, reason = "a modelled lock, as in a refused submit, is large"))]

mod builder;
mod contain;
mod context;
mod error;
mod join;
mod ledger;
mod map;
mod metrics;
mod pool;
mod queue;
mod shutdown;
#[doc(hidden)] // Public for the models in `tests/loom`.
pub mod task;
mod worker;

pub use builder::{Builder, DEFAULT_INSIDE, DEFAULT_QUEUE, Full, MAX_STACK, MAX_WORKERS};
pub use context::worker_index;
pub use error::{BuildError, JoinError, Panic, SubmitError, SubmitErrorKind};
pub use join::{Canceller, JoinHandle};
pub use map::Map;
pub use metrics::Metrics;
pub use pool::Pool;
pub use shutdown::{Report, Shutdown, Unstarted};
