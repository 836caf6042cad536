//! Finishing: one transaction that checks the lease, lets the handler's effects in, and moves the job.

use super::claim::{Lease, clamp};
use super::{Engine, begin, shorten};
use crate::jobs::clock;
use crate::jobs::job::{Effects, State};
use crate::jobs::options::Backoff;
use crate::jobs::panic::contain;
use rusqlite::{OptionalExtension, Transaction, params};

/// What is to become of a claimed job.
pub(crate) enum Verdict {
    /// It ended well.
    Complete { result: String, effects: Option<Effects> },
    /// An attempt failed; the next one comes after the backoff, or none if that was the last.
    Retry { reason: String },
    /// It failed for good.
    Fail { reason: String },
    /// It was not the handler's fault and not the job's: as if the worker had died.
    Lose { reason: String, max_losses: u32 },
    /// It goes back as if it had never been claimed, except that the start is counted.
    HandBack,
    /// The same, but there was no room to end it: it comes again in a second, so that others get their turn.
    Postpone,
}

/// How long a job that had no room to end in stays away, in milliseconds.
const POSTPONED_MS: i64 = 1000;

/// What became of it.
#[derive(Debug, PartialEq)]
pub(crate) enum Finished {
    /// It is in this state, on the disk.
    Moved(State),
    /// The lease was lost before; nothing was changed.
    Refused,
    /// The effects went wrong; nothing was changed.
    Effects(EffectsError),
}

/// How a handler's effects went wrong.
#[derive(Debug, PartialEq)]
pub(crate) enum EffectsError {
    /// An error of SQL.
    Sql(rusqlite::Error),
    /// A panic, with its message.
    Panicked(String),
}

impl Engine {
    /// Carries out `verdict` if the lease still holds.
    ///
    /// Effects that have run are used up, whatever the outcome; an error before that leaves them in `verdict`.
    pub(crate) fn finish(&self, lease: Lease, verdict: &mut Verdict) -> rusqlite::Result<Finished> {
        let mut writer = self.writer()?;
        let tx = begin(&mut writer.durable)?;
        let Some(standing) = Standing::of(&tx, lease)? else {
            return Ok(Finished::Refused);
        };
        let state = move_job(&tx, lease, verdict, standing)?;
        if let Verdict::Complete { effects, .. } = verdict
            && let Some(effects) = effects.take()
            && let Err(error) = self.run_effects(&tx, effects)
        {
            return Ok(Finished::Effects(error));
        }
        tx.commit()?;
        Ok(Finished::Moved(state))
    }

    fn run_effects(&self, tx: &Transaction<'_>, effects: Effects) -> Result<(), EffectsError> {
        let _inside = self.inside();
        match contain(|| effects(tx)) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(EffectsError::Sql(error)),
            Err(message) => Err(EffectsError::Panicked(message)),
        }
    }
}

/// What a job's row says about its past, while the lease holds.
#[derive(Clone, Copy)]
struct Standing {
    attempts_made: u32,
    attempts: u32,
    backoff: Backoff,
    losses: u32,
}

impl Standing {
    /// `None` if the lease is lost: the fence.
    fn of(tx: &Transaction<'_>, lease: Lease) -> rusqlite::Result<Option<Self>> {
        tx.prepare_cached(
            "SELECT attempts_made, attempts, backoff, losses FROM jobs_job WHERE seq = ?1 AND lease = ?2 AND state = 2",
        )?
        .query_row(params![lease.seq, lease.number], |row| {
            Ok(Self {
                attempts_made: clamp(row.get(0)?),
                attempts: clamp(row.get(1)?),
                backoff: Backoff::from_row(row.get(2)?),
                losses: clamp(row.get(3)?),
            })
        })
        .optional()
    }

    /// Where `verdict` leads, and when the job is due there.
    fn next(self, verdict: &Verdict, now: i64) -> (State, i64) {
        let attempt = self.attempts_made.saturating_add(1);
        let state = match verdict {
            Verdict::Complete { .. } => State::Completed,
            Verdict::Fail { .. } => State::Failed,
            Verdict::Retry { .. } if attempt >= self.attempts => State::Failed,
            Verdict::Retry { .. } => {
                let wait = self.backoff.after(attempt);
                let due = now.saturating_add(clock::to_ms(wait));
                return (if wait.is_zero() { State::Waiting } else { State::Delayed }, due);
            }
            Verdict::Lose { max_losses, .. } if self.losses.saturating_add(1) >= *max_losses => State::Failed,
            Verdict::Lose { .. } | Verdict::HandBack => State::Waiting,
            Verdict::Postpone => return (State::Delayed, now.saturating_add(POSTPONED_MS)),
        };
        (state, now)
    }
}

impl Verdict {
    fn reason(&self) -> Option<&str> {
        match self {
            Self::Retry { reason } | Self::Fail { reason } | Self::Lose { reason, .. } => Some(shorten(reason)),
            Self::Complete { .. } | Self::HandBack | Self::Postpone => None,
        }
    }

    fn result(&self) -> Option<&str> {
        match self {
            Self::Complete { result, .. } => Some(result),
            _ => None,
        }
    }
}

/// Moves the job, whose lease has been checked in the same transaction.
fn move_job(tx: &Transaction<'_>, lease: Lease, verdict: &Verdict, standing: Standing) -> rusqlite::Result<State> {
    let now = clock::wall_ms();
    let (state, due) = standing.next(verdict, now);
    let is_loss = matches!(verdict, Verdict::Lose { .. });
    let is_attempt = !is_loss && !matches!(verdict, Verdict::HandBack | Verdict::Postpone);
    let is_end = matches!(state, State::Completed | State::Failed);
    tx.prepare_cached(
        "UPDATE jobs_job SET state = ?2, due = ?3, finished_at = ?4, result = ?5,
             failed_reason = iif(?2 = 3, NULL, coalesce(?6, failed_reason)),
             attempts_made = attempts_made + ?7, losses = losses + ?8,
             owner = NULL, boot = NULL, expires = NULL
         WHERE seq = ?1",
    )?
    .execute(params![
        lease.seq,
        state.to_row(),
        due,
        is_end.then_some(now),
        verdict.result(),
        verdict.reason(),
        is_attempt,
        is_loss,
    ])?;
    Ok(state)
}
