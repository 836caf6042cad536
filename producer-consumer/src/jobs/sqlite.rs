//! The engine: one SQLite file, a few connections to it, and what goes with them.
//!
//! Durability is a setting of a connection, so there is one for what must not be lost when the power fails (adds and
//! completions: `synchronous = FULL`, an fsync each) and one for what may be repeated (claims: `NORMAL`). Both are
//! behind one lock: SQLite lets one writer in at a time anyway, and makes the others sleep for milliseconds where a
//! lock wakes them. A third connection is for looking, and for the user's own SQL. Each keeper looks through one of its
//! own.

mod add;
mod claim;
mod finish;
mod look;
mod schema;

pub(crate) use add::Draft;
pub(crate) use claim::{Claimed, Lease};
pub(crate) use finish::{EffectsError, Finished, Verdict};

use super::clock;
use super::death::Owner;
use super::error::OpenError;
use super::options::QueueOptions;
use crate::bell::Bell;
use common::sync::{Arc, Mutex, MutexGuard};
use rusqlite::{Connection, Transaction, TransactionBehavior, ffi};
use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The longest name of a queue or a job, in bytes.
pub(crate) const LONGEST_NAME: usize = 256;
/// The longest reason that a row keeps, in bytes.
const LONGEST_REASON: usize = 4096;

thread_local! {
    // FACADE: a cell of one thread is shared with nobody. The engines whose connections this thread's user code has.
    static INSIDE: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// An open queue file, and this process's life in it.
#[derive(Debug)]
pub(crate) struct Engine {
    queue: String,
    path: PathBuf,
    options: QueueOptions,
    boot: String,
    writer: Mutex<Writer>,
    reader: Mutex<Connection>,
    bells: Mutex<Vec<Arc<Bell>>>,
    // Last, so that the connections are closed before the others hear of this owner's end.
    owner: Owner,
}

/// The connections that write; whoever has them is the one writer of this process.
#[derive(Debug)]
struct Writer {
    durable: Connection,
    quick: Connection,
}

/// How a connection commits.
#[derive(Clone, Copy)]
enum Commit {
    /// On the disk when the commit returns.
    Full,
    /// In the log when the commit returns: safe from a killed process, not from a power failure.
    Normal,
}

impl Engine {
    pub(crate) fn open(path: &Path, queue: &str, options: QueueOptions) -> Result<Self, OpenError> {
        schema::check_version(rusqlite::version_number(), rusqlite::version())?;
        if queue.is_empty() || queue.len() > LONGEST_NAME {
            return Err(OpenError::Name);
        }
        // The bundled SQLite reads such a path as a URI, and would open another file than the one that is named.
        if path.as_os_str().as_encoded_bytes().starts_with(b"file:") {
            return Err(OpenError::Uri);
        }
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::metadata(directory).map_err(|error| named(error, directory))?;
        let durable = schema::prepare(path, &options)?;
        // Links and relative paths must lead all processes to the same owners.
        let path = path.canonicalize().map_err(|error| named(error, path))?;
        let owners = beside(&path, "-owners");
        let owner = Owner::new(&owners).map_err(|error| named(error, &owners))?;
        owner.clean()?;
        let quick = schema::connect(&path, &options, Commit::Normal)?;
        Ok(Self {
            queue: queue.to_owned(),
            boot: clock::boot_id()?,
            writer: Mutex::new(Writer { durable, quick }),
            reader: Mutex::new(schema::connect(&path, &options, Commit::Full)?),
            bells: Mutex::default(),
            path,
            options,
            owner,
        })
    }

    /// A further connection, to look through.
    pub(crate) fn connect(&self) -> rusqlite::Result<Connection> {
        schema::connect(&self.path, &self.options, Commit::Normal)
    }

    pub(crate) fn queue(&self) -> &str {
        &self.queue
    }

    pub(crate) fn options(&self) -> &QueueOptions {
        &self.options
    }

    /// The connections that write, for one operation; what is left of the busy time-out is for other processes.
    fn writer(&self) -> rusqlite::Result<MutexGuard<'_, Writer>> {
        self.assert_outside();
        let deadline = Instant::now() + self.options.busy_timeout;
        let Some(writer) = self.writer.try_lock_until(deadline) else {
            let busy = ffi::Error::new(ffi::SQLITE_BUSY);
            return Err(rusqlite::Error::SqliteFailure(busy, Some("other threads of this process write".to_owned())));
        };
        let left = deadline.saturating_duration_since(Instant::now());
        writer.durable.busy_timeout(left)?;
        writer.quick.busy_timeout(left)?;
        Ok(writer)
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.assert_outside();
        self.reader.lock()
    }

    /// Runs `look` on the connection for the user's own SQL, and leaves no transaction open behind it.
    pub(crate) fn with_connection<R>(
        &self,
        look: impl FnOnce(&Connection) -> rusqlite::Result<R>,
    ) -> rusqlite::Result<R> {
        let reader = Tidy(self.reader());
        let _inside = self.inside();
        look(&reader.0)
    }

    /// Wakes a sleeper of each worker of this process; other processes find out by looking.
    pub(crate) fn ring(&self) {
        let bells = self.bells.lock();
        bells.iter().for_each(|bell| bell.ring());
    }

    /// Lets a worker hear of adds.
    pub(crate) fn hang(&self, bell: Arc<Bell>) {
        self.bells.lock().push(bell);
    }

    /// Ends what [`hang`](Self::hang) began.
    pub(crate) fn unhang(&self, bell: &Arc<Bell>) {
        self.bells.lock().retain(|hung| !Arc::ptr_eq(hung, bell));
    }

    /// Marks this thread as running user code that has one of the connections.
    fn inside(&self) -> Inside {
        INSIDE.with_borrow_mut(|inside| inside.push(self.address()));
        Inside
    }

    fn assert_outside(&self) {
        let inside = INSIDE.with_borrow(|inside| inside.contains(&self.address()));
        assert!(!inside, "a queue is not used inside its own transaction or connection");
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

/// While it lives, this thread runs user code that has a connection.
struct Inside;

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.with_borrow_mut(|inside| inside.pop());
    }
}

/// Takes back what user code has begun and not ended, even when it panics.
struct Tidy<'a>(MutexGuard<'a, Connection>);

impl Drop for Tidy<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit() {
            // A connection that cannot even roll back reports its trouble to whoever uses it next.
            let _ = self.0.execute_batch("ROLLBACK");
        }
    }
}

/// Begins a transaction that has the file's write lock from its start, so it cannot fail half-way for a later writer.
fn begin(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// As much of `reason` as a row keeps.
fn shorten(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(LONGEST_REASON)]
}

/// The file beside `path` whose name ends in `suffix`.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn named(error: io::Error, path: &Path) -> OpenError {
    OpenError::Io(io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bell::Heard;
    use crate::jobs::JobOptions;

    #[test]
    fn an_add_rings_for_the_workers_of_its_process() {
        let directory = tempfile::tempdir().unwrap();
        let engine = Engine::open(&directory.path().join("q.db"), "q", QueueOptions::new()).unwrap();
        let bells = [Arc::new(Bell::new()), Arc::new(Bell::new())];
        bells.iter().for_each(|bell| engine.hang(bell.clone()));
        let options = JobOptions::new();
        let draft = Draft::new("1".to_owned(), &options, 10).unwrap();
        engine.add(&draft).unwrap();
        assert!(bells.iter().all(|bell| bell.wait_deadline(Instant::now()) == Heard::Ring));
        engine.unhang(&bells[0]);
        engine.add(&draft).unwrap();
        let heard = bells.map(|bell| bell.wait_deadline(Instant::now()));
        assert_eq!(heard, [Heard::Nothing, Heard::Ring]);
    }

    #[test]
    fn adds_and_completions_are_synced_and_claims_are_not() {
        let directory = tempfile::tempdir().unwrap();
        let engine = Engine::open(&directory.path().join("q.db"), "q", QueueOptions::new()).unwrap();
        let synchronous =
            |c: &Connection| c.pragma_query_value::<i64, _>(None, "synchronous", |row| row.get(0)).unwrap();
        let writer = engine.writer().unwrap();
        // As SQLite numbers them: 2 is FULL, 1 is NORMAL.
        assert_eq!((synchronous(&writer.durable), synchronous(&writer.quick)), (2, 1));
        assert_eq!(synchronous(&engine.reader()), 2, "what is written on the lent connection is as safe as a job");
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let reason = "ä".repeat(LONGEST_REASON);
        assert_eq!(shorten(&reason).len(), LONGEST_REASON);
        assert_eq!(shorten(&reason[..6]), "äää");
        assert_eq!(shorten(&format!("a{reason}")).len(), LONGEST_REASON - 1);
    }
}
