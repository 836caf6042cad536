//! Looking at a queue, and what an operator does to it.

use super::claim::clamp;
use super::{Engine, begin};
use crate::jobs::clock;
use crate::jobs::error::RetryError;
use crate::jobs::job::{Counts, JobId, JobRecord, State};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// The most jobs that one listing returns.
const LISTED_AT_ONCE: u32 = 10_000;
/// The most finished jobs of a state that one pruning deletes.
const PRUNED_AT_ONCE: u32 = 1000;

const COLUMNS: &str = "id, state, attempts_made, starts, losses, priority, failed_reason, result, worker, added_at, \
                       finished_at";

impl Engine {
    pub(crate) fn counts(&self) -> rusqlite::Result<Counts> {
        let reader = self.reader();
        let mut select = reader.prepare_cached("SELECT state, jobs FROM jobs_count WHERE queue = ?1")?;
        let mut rows = select.query([self.queue()])?;
        let mut counts = Counts::default();
        while let Some(row) = rows.next()? {
            let jobs = row.get::<_, i64>(1)?.cast_unsigned();
            match State::from_row(row.get(0)?) {
                Some(State::Waiting) => counts.waiting = jobs,
                Some(State::Delayed) => counts.delayed = jobs,
                Some(State::Active) => counts.active = jobs,
                Some(State::Completed) => counts.completed = jobs,
                Some(State::Failed) => counts.failed = jobs,
                None => {}
            }
        }
        Ok(counts)
    }

    pub(crate) fn job(&self, id: &JobId) -> rusqlite::Result<Option<JobRecord>> {
        self.reader()
            .prepare_cached(&format!("SELECT {COLUMNS} FROM jobs_job WHERE queue = ?1 AND id = ?2"))?
            .query_row(params![self.queue(), id.as_str()], read_record)
            .optional()
    }

    pub(crate) fn jobs(&self, state: State, limit: usize) -> rusqlite::Result<Vec<JobRecord>> {
        // The state stands in the text, since a partial index is used only where it can be read off it.
        let state = state.to_row();
        let limit = u32::try_from(limit).unwrap_or(LISTED_AT_ONCE).min(LISTED_AT_ONCE);
        self.reader()
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM jobs_job WHERE queue = ?1 AND state = {state} ORDER BY seq LIMIT ?2"
            ))?
            .query_map(params![self.queue(), limit], read_record)?
            .collect()
    }

    pub(crate) fn set_paused(&self, paused: bool) -> rusqlite::Result<()> {
        self.writer()?.durable.execute(
            "INSERT INTO jobs_queue (name, next_id, paused) VALUES (?1, 0, ?2)
             ON CONFLICT (name) DO UPDATE SET paused = ?2",
            params![self.queue(), paused],
        )?;
        self.ring();
        Ok(())
    }

    /// A failed job starts over; false if there is no such job, or it has not failed.
    pub(crate) fn retry(&self, id: &JobId) -> Result<bool, RetryError> {
        let mut writer = self.writer()?;
        let tx = begin(&mut writer.durable)?;
        let rows = tx.execute(
            "UPDATE jobs_job SET state = 0, attempts_made = 0, losses = 0, failed_reason = NULL, finished_at = NULL
             WHERE queue = ?1 AND id = ?2 AND state = 4",
            params![self.queue(), id.as_str()],
        )?;
        if rows == 0 {
            return Ok(false);
        }
        // The job is among them by now; without a commit it is failed as before.
        if self.unfinished(&tx)? > self.options().max_unfinished {
            return Err(RetryError::QueueFull);
        }
        tx.commit()?;
        drop(writer);
        self.ring();
        Ok(true)
    }

    /// Forgets a job; false if there is no such job, or a worker has it.
    pub(crate) fn remove(&self, id: &JobId) -> rusqlite::Result<bool> {
        self.writer()?
            .durable
            .execute(
                "DELETE FROM jobs_job WHERE queue = ?1 AND id = ?2 AND state <> 2",
                params![self.queue(), id.as_str()],
            )
            .map(|rows| rows == 1)
    }

    /// Deletes finished jobs beyond what is kept.
    pub(crate) fn prune(&self, connection: &Connection) -> rusqlite::Result<()> {
        for state in [State::Completed, State::Failed].map(State::to_row) {
            let surplus = format!(
                "SELECT seq FROM jobs_job WHERE queue = ?1 AND state = {state} ORDER BY seq DESC LIMIT ?2 OFFSET ?3"
            );
            let keep = params![self.queue(), PRUNED_AT_ONCE, self.options().keep_finished];
            if !connection.prepare_cached(&surplus)?.exists(keep)? {
                continue;
            }
            let mut writer = self.writer()?;
            let tx = begin(&mut writer.quick)?;
            tx.prepare_cached(&format!("DELETE FROM jobs_job WHERE seq IN ({surplus})"))?.execute(keep)?;
            tx.commit()?;
        }
        Ok(())
    }
}

fn read_record(row: &Row<'_>) -> rusqlite::Result<JobRecord> {
    let result = row.get_ref(7)?.as_bytes_or_null()?.map(read_result);
    Ok(JobRecord {
        id: JobId::from(text(row, 0)?.unwrap_or_default()),
        state: State::from_row(row.get(1)?).ok_or(rusqlite::Error::IntegralValueOutOfRange(1, row.get(1)?))?,
        attempts_made: clamp(row.get(2)?),
        starts: clamp(row.get(3)?),
        lease_losses: clamp(row.get(4)?),
        priority: clamp(row.get(5)?),
        failed_reason: text(row, 6)?,
        result,
        worker: text(row, 8)?,
        added_at: clock::to_time(row.get(9)?),
        finished_at: row.get::<_, Option<i64>>(10)?.map(clock::to_time),
    })
}

/// A result that somebody else wrote and that is no JSON is shown as the text it is.
fn read_result(bytes: &[u8]) -> serde_json::Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into())
}

fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    let bytes = row.get_ref(column)?.as_bytes_or_null()?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::sqlite::Draft;
    use crate::jobs::{JobOptions, QueueOptions};

    #[test]
    fn only_the_youngest_finished_jobs_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let options = QueueOptions::new().keep_finished(2);
        let engine = Engine::open(&directory.path().join("q.db"), "q", options).unwrap();
        let options = JobOptions::new();
        for _ in 0..10 {
            engine.add(&Draft::new("1".to_owned(), &options, 10).unwrap()).unwrap();
        }
        let finished = "UPDATE jobs_job SET state = iif(seq <= 4, 3, iif(seq <= 8, 4, 0))";
        engine.with_connection(|c| c.execute_batch(finished)).unwrap();
        engine.prune(&engine.connect().unwrap()).unwrap();
        let kept =
            |state| engine.jobs(state, 10).unwrap().into_iter().map(|job| job.id.to_string()).collect::<Vec<_>>();
        assert_eq!(kept(State::Completed), ["3", "4"]);
        assert_eq!(kept(State::Failed), ["7", "8"]);
        assert_eq!(kept(State::Waiting), ["9", "10"]);
        let counts = engine.counts().unwrap();
        assert_eq!((counts.completed, counts.failed, counts.waiting), (2, 2, 2));
    }
}
