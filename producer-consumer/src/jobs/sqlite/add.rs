//! Adding: a row that is on the disk when the caller hears of it.

use super::{Engine, LONGEST_NAME, begin};
use crate::jobs::clock;
use crate::jobs::error::AddError;
use crate::jobs::job::{Added, JobId, State};
use crate::jobs::options::JobOptions;
use rusqlite::{Connection, params};

/// A job that has been checked and written as JSON, and is in no file yet.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    payload: String,
    options: &'a JobOptions,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(payload: String, options: &'a JobOptions, limit: usize) -> Result<Self, AddError> {
        if payload.len() > limit {
            return Err(AddError::TooLarge { size: payload.len(), limit });
        }
        if options.id.as_ref().is_some_and(|id| !is_allowed(id)) {
            return Err(AddError::Id);
        }
        if options.priority > JobOptions::LAST_PRIORITY {
            return Err(AddError::Priority);
        }
        if options.attempts == 0 {
            return Err(AddError::Attempts);
        }
        Ok(Self { payload, options })
    }
}

/// Numbers are what the queue makes, so a name of the user's never meets one.
fn is_allowed(id: &JobId) -> bool {
    let id = id.as_str();
    !id.is_empty() && id.len() <= LONGEST_NAME && !id.bytes().all(|byte| byte.is_ascii_digit())
}

impl Engine {
    /// Adds durably, and wakes the workers of this process.
    pub(crate) fn add(&self, draft: &Draft<'_>) -> Result<Added, AddError> {
        let mut writer = self.writer()?;
        let tx = begin(&mut writer.durable)?;
        let added = self.insert(&tx, draft)?;
        tx.commit()?;
        drop(writer);
        self.ring();
        Ok(added)
    }

    /// Adds in somebody's transaction, whose commit decides.
    pub(crate) fn insert(&self, tx: &Connection, draft: &Draft<'_>) -> Result<Added, AddError> {
        let options = draft.options;
        if let Some(id) = &options.id
            && self.knows(tx, id)?
        {
            return Ok(Added { id: id.clone(), duplicate: true });
        }
        if self.unfinished(tx)? >= self.options().max_unfinished {
            return Err(AddError::QueueFull);
        }
        let id = match &options.id {
            Some(id) => id.clone(),
            None => self.next_id(tx)?,
        };
        let now = clock::wall_ms();
        let due = now.saturating_add(clock::to_ms(options.delay));
        let state = if options.delay.is_zero() { State::Waiting } else { State::Delayed };
        tx.prepare_cached(
            "INSERT INTO jobs_job (queue, id, state, priority, due, attempts, backoff, added_at, payload)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            self.queue(),
            id.as_str(),
            state.to_row(),
            options.priority,
            due,
            options.attempts,
            options.backoff.to_row(),
            now,
            draft.payload,
        ])?;
        Ok(Added { id, duplicate: false })
    }

    fn knows(&self, tx: &Connection, id: &JobId) -> rusqlite::Result<bool> {
        tx.prepare_cached("SELECT 1 FROM jobs_job WHERE queue = ?1 AND id = ?2")?
            .exists(params![self.queue(), id.as_str()])
    }

    pub(super) fn unfinished(&self, tx: &Connection) -> rusqlite::Result<u64> {
        tx.prepare_cached("SELECT coalesce(sum(jobs), 0) FROM jobs_count WHERE queue = ?1 AND state <= 2")?
            .query_row([self.queue()], |row| row.get(0).map(i64::cast_unsigned))
    }

    fn next_id(&self, tx: &Connection) -> rusqlite::Result<JobId> {
        tx.prepare_cached(
            "INSERT INTO jobs_queue (name) VALUES (?1)
             ON CONFLICT (name) DO UPDATE SET next_id = next_id + 1 RETURNING next_id",
        )?
        .query_row([self.queue()], |row| row.get::<_, i64>(0))
        .map(|number| JobId::from(number.to_string()))
    }
}
