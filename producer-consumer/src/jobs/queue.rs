//! The queue's handle: add, look, and what an operator does.

use super::error::{AddError, EngineError, OpenError, RetryError};
use super::job::{Added, Counts, JobId, JobRecord, State};
use super::options::{JobOptions, QueueOptions};
use super::sqlite::{Draft, Engine};
use common::sync::{Arc, thread};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often a wait for other processes looks.
pub(crate) const POLL: Duration = Duration::from_millis(25);

/// A durable queue of jobs with payloads of type `T`: one name in one SQLite file.
///
/// Clones share the file's connections. Other processes open the same file, and so may you, to keep your own tables in
/// it; those of the queue begin with `jobs_`.
///
/// ```
/// use producer_consumer::jobs::{Done, Failure, Job, Queue, State, Worker};
/// use std::time::{Duration, Instant};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("shop.db");
/// let queue: Queue<u64> = Queue::open(path, "squares")?;
/// let id = queue.add(&12)?.id; // On the disk from here on.
///
/// let worker = Worker::builder(&queue).concurrency(2).start(|job: &Job<u64>| -> Result<Done<u64>, Failure> {
///     Ok(Done::new(job.payload() * job.payload()))
/// })?;
/// let deadline = Instant::now() + Duration::from_secs(20);
/// assert!(queue.wait_idle_deadline(deadline)?);
/// worker.drain(deadline);
///
/// let record = queue.job(&id)?.expect("finished jobs are kept");
/// assert_eq!((record.state, record.result), (State::Completed, Some(144.into())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Queue<T> {
    engine: Arc<Engine>,
    payload: PhantomData<fn(T) -> T>,
}

impl<T: Serialize + DeserializeOwned> Queue<T> {
    /// Opens queue `name` in the file at `path` with the default [`QueueOptions`], making what is not there yet.
    ///
    /// Beside the file there will be SQLite's `-wal` and `-shm`, and a directory `-owners` with an empty file for each
    /// open queue. The file has to be on a local file system.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the file cannot be opened, is no database, is damaged, or has tables of an unknown version; if
    /// its directory is not there; if SQLite would take the path for a URI; and if SQLite is too old.
    pub fn open(path: impl AsRef<Path>, name: &str) -> Result<Self, OpenError> {
        Self::open_with(path, name, QueueOptions::new())
    }

    /// [`open`](Self::open) with bounds of your own.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    pub fn open_with(path: impl AsRef<Path>, name: &str, options: QueueOptions) -> Result<Self, OpenError> {
        let engine = Engine::open(path.as_ref(), name, options)?;
        Ok(Self { engine: Arc::new(engine), payload: PhantomData })
    }

    /// Adds a job with the default [`JobOptions`].
    ///
    /// `Ok` means that it is on the disk, so it costs an fsync: the README has numbers.
    ///
    /// # Errors
    ///
    /// [`AddError`] if the payload is too large or no JSON, the queue or the disk is full, or the file stays busy. Then
    /// the job is not in the queue.
    ///
    /// # Panics
    ///
    /// Panics inside [`Done::in_transaction`](super::Done::in_transaction) or
    /// [`with_connection`](Self::with_connection) of the same queue; use [`add_in`](Self::add_in) there. The other
    /// operations of the queue do the same.
    pub fn add(&self, payload: &T) -> Result<Added, AddError> {
        self.add_with(payload, &JobOptions::new())
    }

    /// Adds a job with options.
    ///
    /// If the queue knows a job with the id that the options give, nothing is changed and the answer says duplicate.
    ///
    /// # Errors
    ///
    /// As for [`add`](Self::add), and if id, priority or number of attempts are not allowed.
    pub fn add_with(&self, payload: &T, options: &JobOptions) -> Result<Added, AddError> {
        self.engine.add(&self.draft(payload, options)?)
    }

    /// Adds a job in a transaction of your own on the same file: it is there if and when that commits.
    ///
    /// ```
    /// # use producer_consumer::jobs::{JobOptions, Queue, rusqlite};
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.db");
    /// # let queue: Queue<String> = Queue::open(&path, "mails")?;
    /// let mut shop = rusqlite::Connection::open(&path)?;
    /// shop.execute("CREATE TABLE customer (name TEXT)", [])?;
    /// let tx = shop.transaction()?;
    /// tx.execute("INSERT INTO customer VALUES ('Ada')", [])?;
    /// queue.add_in(&tx, &"welcome Ada".to_owned(), &JobOptions::new())?;
    /// assert_eq!(queue.counts()?.waiting, 0);
    /// tx.commit()?;
    /// assert_eq!(queue.counts()?.waiting, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// How durable it is depends on that connection's `synchronous`. Workers notice after at most 25 ms.
    ///
    /// # Errors
    ///
    /// As for [`add_with`](Self::add_with). A transaction on another file has none of the tables.
    pub fn add_in(&self, tx: &rusqlite::Transaction<'_>, payload: &T, options: &JobOptions) -> Result<Added, AddError> {
        self.engine.insert(tx, &self.draft(payload, options)?)
    }

    fn draft<'a>(&self, payload: &T, options: &'a JobOptions) -> Result<Draft<'a>, AddError> {
        let payload = serde_json::to_string(payload).map_err(AddError::Encode)?;
        Draft::new(payload, options, self.engine.options().max_payload)
    }
}

impl<T> Queue<T> {
    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The queue's name.
    pub fn name(&self) -> &str {
        self.engine.queue()
    }

    /// How many jobs are in each state. The cost does not depend on how many there are.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if the file cannot be read.
    pub fn counts(&self) -> Result<Counts, EngineError> {
        Ok(self.engine.counts()?)
    }

    /// What the queue knows about a job.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if the file cannot be read.
    pub fn job(&self, id: &JobId) -> Result<Option<JobRecord>, EngineError> {
        Ok(self.engine.job(id)?)
    }

    /// The first `limit` jobs in a state, in the order in which they were added; at most 10,000.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if the file cannot be read.
    pub fn jobs(&self, state: State, limit: usize) -> Result<Vec<JobRecord>, EngineError> {
        Ok(self.engine.jobs(state, limit)?)
    }

    /// Waits until no job is waiting, delayed or active; false if there still is one at `deadline`.
    ///
    /// Looks every 25 ms.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if the file cannot be read.
    pub fn wait_idle_deadline(&self, deadline: Instant) -> Result<bool, EngineError> {
        loop {
            if self.counts()?.unfinished() == 0 {
                return Ok(true);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            thread::park_timeout(left.min(POLL));
        }
    }

    /// Lets no worker of any process claim a job until [`resume`](Self::resume); those that are active go on.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if the file cannot be written.
    pub fn pause(&self) -> Result<(), EngineError> {
        Ok(self.engine.set_paused(true)?)
    }

    /// Ends a [`pause`](Self::pause).
    ///
    /// # Errors
    ///
    /// [`EngineError`] if the file cannot be written.
    pub fn resume(&self) -> Result<(), EngineError> {
        Ok(self.engine.set_paused(false)?)
    }

    /// Lets a failed job start over with all its attempts; false if there is no such job, or it has not failed.
    ///
    /// Its attempts and lease losses are counted anew, its starts are not.
    ///
    /// # Errors
    ///
    /// [`RetryError`] if the queue has as many unfinished jobs as it may have, or the file cannot be written. Then the
    /// job is failed as before.
    pub fn retry(&self, id: &JobId) -> Result<bool, RetryError> {
        self.engine.retry(id)
    }

    /// Forgets a job in any state but active; false if there is no such job, or a worker has it.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if the file cannot be written.
    pub fn remove(&self, id: &JobId) -> Result<bool, EngineError> {
        Ok(self.engine.remove(id)?)
    }

    /// Lends a connection to the file for SQL on your own tables.
    ///
    /// One thread at a time has it, and it commits durably. A transaction that `look` leaves open is rolled back.
    ///
    /// # Errors
    ///
    /// What `look` returns.
    pub fn with_connection<R>(
        &self,
        look: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<R>,
    ) -> Result<R, EngineError> {
        Ok(self.engine.with_connection(look)?)
    }
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self { engine: self.engine.clone(), payload: PhantomData }
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("name", &self.name()).finish_non_exhaustive()
    }
}
