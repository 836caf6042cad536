//! The durable queue: jobs are added, each on the disk before the next one; or they are there, and workers run them.
//!
//! The files lie beside the program, since a folder for temporary files may be in memory, where a sync costs nothing.
//!
//! # Limits
//!
//! There is no time between samples for what is not to be measured. So the jobs that workers are to run are added within
//! the sample, in one transaction, as each contender can; that is one sync of many. Handlers do nothing.

use crate::program::{self, Task};
use anyhow::{Context, Result, ensure};
use barometer::{Contender, Outcome};
use producer_consumer::jobs::rusqlite::Connection;
use producer_consumer::jobs::{Done, Failure, Job, JobOptions, Queue, Worker};
use std::env;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Adds jobs, one after the other; what was added stays.
///
/// # Errors
///
/// When nobody has that name, or it cannot start.
pub fn add(name: &str) -> Result<Box<dyn Contender>> {
    Ok(match name {
        "ours" => Box::new(Add(Store::new()?)),
        _ => program::start(name, Task::Add)?,
    })
}

/// Adds jobs all at once, and runs them with so many workers.
///
/// # Errors
///
/// When nobody has that name, or it cannot start.
pub fn process(name: &str, workers: usize) -> Result<Box<dyn Contender>> {
    Ok(match name {
        "ours" => Box::new(Process { store: Store::new()?, workers }),
        _ => program::start(name, Task::Process { workers })?,
    })
}

/// A file of jobs that goes with its contender.
struct Store {
    queue: Queue<u64>,
    /// Another connection to the file, for transactions of many adds.
    bulk: Connection,
    _folder: TempDir,
}

impl Store {
    fn new() -> Result<Self> {
        let folder = folder("ours")?;
        let path = folder.path().join("jobs.db");
        let queue = Queue::open(&path, "numbers")?;
        Ok(Self { queue, bulk: Connection::open(&path)?, _folder: folder })
    }
}

/// An empty folder on the disk that the program is on.
pub(crate) fn folder(name: &str) -> Result<TempDir> {
    let program = env::current_exe()?;
    let parent = program.parent().context("a program is in a folder")?;
    tempfile::Builder::new().prefix(&format!("jobs-{name}-")).tempdir_in(parent).context("cannot make a folder")
}

struct Add(Store);

impl Contender for Add {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let queue = &self.0.queue;
        let before = queue.counts()?.waiting;
        for number in 0..operations {
            queue.add(&number)?;
        }
        let count = queue.counts()?.waiting - before;
        Ok(Outcome { count, checksum: count })
    }
}

struct Process {
    store: Store,
    workers: usize,
}

/// How long the jobs of a sample may take.
const PATIENCE: Duration = Duration::from_secs(60);

impl Contender for Process {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let Store { queue, bulk, .. } = &mut self.store;
        let transaction = bulk.transaction()?;
        for number in 0..operations {
            queue.add_in(&transaction, &number, &JobOptions::new())?;
        }
        transaction.commit()?;
        let (started, starts) = mpsc::channel();
        let worker = Worker::builder(queue).concurrency(self.workers).start(
            move |job: &Job<u64>| -> Result<Done<()>, Failure> {
                started.send(*job.payload())?;
                Ok(Done::new(()))
            },
        )?;
        let deadline = Instant::now() + PATIENCE;
        let mut outcome = Outcome::default();
        for _ in 0..operations {
            outcome.add(starts.recv_timeout(deadline.saturating_duration_since(Instant::now()))?);
        }
        // All are claimed, so a drain completes all.
        let report = worker.drain(deadline);
        ensure!(report.still_busy == 0 && queue.counts()?.unfinished() == 0, "jobs are left: {report:?}");
        Ok(Outcome { count: report.completed, ..outcome })
    }
}
