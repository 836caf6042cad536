//! Building a pool: how many workers, how long a queue, and what happens when it is full.

use crate::error::BuildError;
use crate::ledger::Bounds;
use crate::pool::Pool;
use crate::queue::Queue;
use crate::worker;
use common::sync::{Arc, thread};
use std::num::NonZero;

/// The most workers a pool can have.
pub const MAX_WORKERS: usize = 1_024;
/// The largest stack a worker can have: 64 GiB.
pub const MAX_STACK: usize = 1 << 36;
/// Unstarted jobs a queue holds unless set.
pub const DEFAULT_QUEUE: usize = 1_024;
/// Unstarted jobs a queue holds, unless set, before it refuses jobs from inside too.
pub const DEFAULT_INSIDE: usize = 1 << 20;

/// What happens to a job from outside when the queue is full.
///
/// It never applies to a submit from inside a job: that one neither waits nor runs on the spot, so that a pool cannot
/// wait for itself. It is queued beyond the bound, up to [`Builder::inside_capacity`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Full {
    /// The submitter waits for room.
    #[default]
    Block,
    /// The submitter gets the job back.
    Reject,
    /// The submitter runs the job on its own thread, before the submit returns.
    CallerRuns,
    /// The job that has waited longest is dropped, and its handle says so.
    DropOldest,
    /// The new job is dropped, and its handle says so.
    DropNewest,
}

/// Settings of a [`Pool`] to be; [`build`](Self::build) starts it.
///
/// ```
/// use worker_pool::{Full, Pool};
///
/// let pool = Pool::builder().workers(4).name("img").queue(64, Full::Reject).stack_size(1 << 20).build()?;
/// assert_eq!(pool.metrics().workers, 4);
/// # Ok::<(), worker_pool::BuildError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it starts"]
pub struct Builder {
    workers: usize,
    name: String,
    capacity: usize,
    full: Full,
    inside: Option<usize>,
    stack_size: Option<usize>,
}

impl Default for Builder {
    /// One worker for each core, a queue of [`DEFAULT_QUEUE`] jobs that blocks when it is full, the name `worker`.
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            workers: cores.min(MAX_WORKERS),
            name: "worker".to_owned(),
            capacity: DEFAULT_QUEUE,
            full: Full::default(),
            inside: None,
            stack_size: None,
        }
    }
}

impl Builder {
    /// The number of worker threads, from 1 to [`MAX_WORKERS`]; one for each core unless set.
    pub fn workers(self, workers: usize) -> Self {
        Self { workers, ..self }
    }

    /// The name of the workers; the first is `name-0`. Linux shows the first 15 bytes.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// How many unstarted jobs the queue holds, and what happens to one more; [`DEFAULT_QUEUE`] and [`Full::Block`]
    /// unless set.
    pub fn queue(self, capacity: usize, full: Full) -> Self {
        Self { capacity, full, ..self }
    }

    /// How many unstarted jobs the queue holds when jobs submit jobs; the larger of [`DEFAULT_INSIDE`] and the queue's
    /// capacity unless set. Beyond that, a submit from inside a job gets its job back.
    pub fn inside_capacity(self, bound: usize) -> Self {
        Self { inside: Some(bound), ..self }
    }

    /// The stack of each worker in bytes, at most [`MAX_STACK`]; what `std::thread` gives (2 MiB) unless set.
    ///
    /// A chain of jobs in which each joins the next unstarted one is as deep on the stack as it is long.
    pub fn stack_size(self, bytes: usize) -> Self {
        Self { stack_size: Some(bytes), ..self }
    }

    /// Starts the workers, as rayon's `build` does.
    ///
    /// # Errors
    ///
    /// [`BuildError`], when something asked for is out of bounds or the system refuses a thread. Threads that had
    /// started by then have ended when it returns.
    pub fn build(self) -> Result<Pool, BuildError> {
        let bounds = self.check()?;
        let queue = Arc::new(Queue::new(self.workers, bounds));
        let names: Vec<String> = (0..self.workers).map(|index| format!("{}-{index}", self.name)).collect();
        let mut threads = Vec::with_capacity(self.workers);
        for (index, name) in names.iter().enumerate() {
            match start(&queue, index, name.clone(), self.stack_size) {
                Ok(thread) => threads.push(thread),
                Err(source) => {
                    queue.stop();
                    for thread in threads.drain(..) {
                        // It had no job, so it has nothing to report.
                        let _ = thread.join();
                    }
                    return Err(BuildError::Spawn { started: index, asked: self.workers, source });
                }
            }
        }
        Ok(Pool::new(queue, self.full, names, threads))
    }

    fn check(&self) -> Result<Bounds, BuildError> {
        if self.workers == 0 || self.workers > MAX_WORKERS {
            return Err(BuildError::Workers(self.workers));
        }
        let inside = self.inside.unwrap_or(DEFAULT_INSIDE.max(self.capacity));
        if self.capacity == 0 {
            return Err(BuildError::Queue(self.capacity));
        }
        if inside < self.capacity {
            return Err(BuildError::Queue(inside));
        }
        if let Some(size) = self.stack_size.filter(|size| *size > MAX_STACK) {
            return Err(BuildError::Stack(size));
        }
        if self.name.contains('\0') {
            return Err(BuildError::Name(self.name.clone()));
        }
        Ok(Bounds { outside: self.capacity, inside })
    }
}

fn start(
    queue: &Arc<Queue>,
    index: usize,
    name: String,
    stack_size: Option<usize>,
) -> std::io::Result<thread::JoinHandle<()>> {
    let queue = queue.clone();
    let mut builder = thread::Builder::new().name(name);
    if let Some(size) = stack_size {
        builder = with_stack(builder, size);
    }
    builder.spawn(move || worker::work(&queue, index))
}

#[cfg(not(shuttle))]
fn with_stack(builder: thread::Builder, bytes: usize) -> thread::Builder {
    builder.stack_size(bytes)
}

/// The stacks of shuttle's threads are all of one size.
#[cfg(shuttle)]
fn with_stack(builder: thread::Builder, _: usize) -> thread::Builder {
    builder
}
