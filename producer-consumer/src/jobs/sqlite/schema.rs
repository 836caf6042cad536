//! The tables, and the way into a file: checked, created if they are not there, never guessed at.

use super::Commit;
use crate::jobs::error::OpenError;
use crate::jobs::options::QueueOptions;
use common::sync::thread;
use rusqlite::{Connection, ErrorCode, OptionalExtension};
use std::path::Path;
use std::time::{Duration, Instant};

/// The version of the tables below.
const VERSION: i64 = 1;
/// The first SQLite without the race that damages a log which several processes write and check-point.
const OLDEST: i32 = 3_051_003;

/// States are numbered as in `State::to_row`; partial indexes keep each question to the rows it is about, and triggers
/// keep the counts right whoever writes.
const TABLES: &str = "
CREATE TABLE jobs_meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE jobs_queue (
    name TEXT PRIMARY KEY,
    next_id INTEGER NOT NULL DEFAULT 1,
    paused INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE jobs_count (
    queue TEXT NOT NULL, state INTEGER NOT NULL, jobs INTEGER NOT NULL,
    PRIMARY KEY (queue, state)
) STRICT, WITHOUT ROWID;
CREATE TABLE jobs_job (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    id TEXT NOT NULL,
    state INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    due INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    backoff INTEGER NOT NULL,
    attempts_made INTEGER NOT NULL DEFAULT 0,
    starts INTEGER NOT NULL DEFAULT 0,
    losses INTEGER NOT NULL DEFAULT 0,
    lease INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    boot TEXT,
    expires INTEGER,
    worker TEXT,
    added_at INTEGER NOT NULL,
    finished_at INTEGER,
    failed_reason TEXT,
    result TEXT,
    payload TEXT NOT NULL,
    UNIQUE (queue, id)
) STRICT;
CREATE INDEX jobs_waiting ON jobs_job (queue, priority, seq) WHERE state = 0;
CREATE INDEX jobs_delayed ON jobs_job (queue, due) WHERE state = 1;
CREATE INDEX jobs_active ON jobs_job (queue, owner) WHERE state = 2;
CREATE INDEX jobs_completed ON jobs_job (queue, seq) WHERE state = 3;
CREATE INDEX jobs_failed ON jobs_job (queue, seq) WHERE state = 4;
CREATE TRIGGER jobs_inserted AFTER INSERT ON jobs_job BEGIN
    INSERT INTO jobs_count (queue, state, jobs) VALUES (new.queue, new.state, 1)
        ON CONFLICT (queue, state) DO UPDATE SET jobs = jobs + 1;
END;
CREATE TRIGGER jobs_deleted AFTER DELETE ON jobs_job BEGIN
    UPDATE jobs_count SET jobs = jobs - 1 WHERE queue = old.queue AND state = old.state;
END;
CREATE TRIGGER jobs_moved AFTER UPDATE OF state ON jobs_job WHEN old.state <> new.state BEGIN
    UPDATE jobs_count SET jobs = jobs - 1 WHERE queue = old.queue AND state = old.state;
    INSERT INTO jobs_count (queue, state, jobs) VALUES (new.queue, new.state, 1)
        ON CONFLICT (queue, state) DO UPDATE SET jobs = jobs + 1;
END;
";

/// Refuses a library with the log race.
pub(super) fn check_version(number: i32, linked: &'static str) -> Result<(), OpenError> {
    if number < OLDEST { Err(OpenError::TooOld { linked }) } else { Ok(()) }
}

/// Opens the file with its tables in place, waiting for others who are doing the same.
///
/// Switching a fresh file to the log is one thing for which SQLite does not wait by itself.
pub(super) fn prepare(path: &Path, options: &QueueOptions) -> Result<Connection, OpenError> {
    let deadline = Instant::now() + options.busy_timeout;
    loop {
        match try_prepare(path, options) {
            Err(OpenError::Engine(error)) if is_busy(&error.0) && Instant::now() < deadline => {
                thread::park_timeout(Duration::from_millis(5));
            }
            other => return other,
        }
    }
}

fn try_prepare(path: &Path, options: &QueueOptions) -> Result<Connection, OpenError> {
    let mut connection = connect(path, options, Commit::Full)?;
    if version(&connection)?.is_none() {
        let tx = super::begin(&mut connection)?;
        if version(&tx)?.is_none() {
            tx.execute_batch(TABLES)?;
            tx.execute("INSERT INTO jobs_meta (key, value) VALUES ('version', ?1)", [VERSION])?;
        }
        tx.commit()?;
    }
    match version(&connection)? {
        Some(VERSION) => Ok(connection),
        found => Err(OpenError::Schema { found: found.unwrap_or_default(), known: VERSION }),
    }
}

/// A connection with this crate's settings, which SQLite keeps per connection.
pub(super) fn connect(path: &Path, options: &QueueOptions, commit: Commit) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(options.busy_timeout)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.pragma_update(
        None,
        "synchronous",
        match commit {
            Commit::Full => "FULL",
            Commit::Normal => "NORMAL",
        },
    )?;
    if let Some(bytes) = options.max_file_size {
        let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = i64::try_from(bytes).unwrap_or(i64::MAX) / page.max(1);
        connection.pragma_update(None, "max_page_count", pages.clamp(1, i64::from(u32::MAX - 1)))?;
    }
    Ok(connection)
}

/// The version of the tables in the file; `None` if it has none of ours.
fn version(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    let table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'jobs_meta'";
    if connection.query_row(table, [], |_| Ok(())).optional()?.is_none() {
        return Ok(None);
    }
    let version = "SELECT value FROM jobs_meta WHERE key = 'version'";
    Ok(Some(connection.query_row(version, [], |row| row.get(0)).optional()?.unwrap_or_default()))
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_with_the_log_race_is_refused() {
        let refused = check_version(3_051_002, "3.51.2").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "SQLite 3.51.2 is linked, and before 3.51.3 several processes can damage a file"
        );
        assert!(check_version(3_051_003, "3.51.3").is_ok());
        assert!(check_version(rusqlite::version_number(), rusqlite::version()).is_ok());
    }

    #[test]
    fn each_question_has_its_index() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(TABLES).unwrap();
        for (sql, index) in [
            ("SELECT seq FROM jobs_job WHERE queue = 'q' AND state = 0 ORDER BY priority, seq LIMIT 1", "jobs_waiting"),
            ("SELECT seq FROM jobs_job WHERE queue = 'q' AND state = 1 AND due <= 5 LIMIT 9", "jobs_delayed"),
            ("SELECT DISTINCT owner FROM jobs_job WHERE queue = 'q' AND state = 2", "jobs_active"),
            ("SELECT seq FROM jobs_job WHERE queue = 'q' AND state = 3 ORDER BY seq DESC LIMIT 9", "jobs_completed"),
            ("SELECT seq FROM jobs_job WHERE queue = 'q' AND state = 4 ORDER BY seq LIMIT 9", "jobs_failed"),
        ] {
            let plan: Vec<String> = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .unwrap()
                .query_map([], |row| row.get("detail"))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            assert!(plan.iter().any(|step| step.contains(index)), "{sql}: {plan:?}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{sql} sorts: {plan:?}");
        }
    }
}
