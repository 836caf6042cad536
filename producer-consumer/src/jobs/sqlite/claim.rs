//! Claiming, renewing, and taking back what the dead and the hung had claimed.

use super::{Engine, begin};
use crate::jobs::clock;
use crate::jobs::job::JobId;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// The most due jobs that one claim makes ready.
const PROMOTED_AT_ONCE: u32 = 1000;

/// The right to end a job. Numbers of a job only grow, so who has an older one has lost the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(super) seq: i64,
    pub(super) number: i64,
}

/// A job that this process has a lease on.
#[derive(Debug)]
pub(crate) struct Claimed {
    pub(crate) lease: Lease,
    pub(crate) id: JobId,
    pub(crate) attempts_made: u32,
    /// As it stands in the file, where somebody else may have written it.
    pub(crate) payload: Vec<u8>,
}

/// How a lease came to be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    Death,
    Expiry,
}

impl Loss {
    fn reason(self) -> &'static str {
        match self {
            Self::Death => "the worker's process died",
            Self::Expiry => "the worker did not renew its lease in time",
        }
    }
}

impl Engine {
    /// Takes the next ready job, if there is one and the queue is not paused.
    ///
    /// One job at a time, by a thread that is free: what is claimed is started.
    pub(crate) fn claim(&self, worker: &str, lease_ms: i64) -> rusqlite::Result<Option<Claimed>> {
        let mut writer = self.writer()?;
        let now = clock::wall_ms();
        if !self.has_work(&writer.quick, now)? {
            return Ok(None);
        }
        let tx = begin(&mut writer.quick)?;
        if !self.has_work(&tx, now)? {
            return Ok(None);
        }
        self.promote(&tx, now)?;
        let claimed = self.claim_in(&tx, worker, clock::boot_ms().saturating_add(lease_ms))?;
        tx.commit()?;
        Ok(claimed)
    }

    /// Whether a claim would find something: asked before it, too, since a look takes no lock that others wait for.
    pub(crate) fn has_work(&self, connection: &Connection, now: i64) -> rusqlite::Result<bool> {
        connection
            .prepare_cached(
                "SELECT (EXISTS (SELECT 1 FROM jobs_job WHERE queue = ?1 AND state = 0)
                     OR EXISTS (SELECT 1 FROM jobs_job WHERE queue = ?1 AND state = 1 AND due <= ?2))
                     AND NOT EXISTS (SELECT 1 FROM jobs_queue WHERE name = ?1 AND paused <> 0)",
            )?
            .query_row(params![self.queue(), now], |row| row.get(0))
    }

    fn promote(&self, tx: &Transaction<'_>, now: i64) -> rusqlite::Result<()> {
        tx.prepare_cached(
            "UPDATE jobs_job SET state = 0 WHERE seq IN
             (SELECT seq FROM jobs_job WHERE queue = ?1 AND state = 1 AND due <= ?2 ORDER BY due LIMIT ?3)",
        )?
        .execute(params![self.queue(), now, PROMOTED_AT_ONCE])?;
        Ok(())
    }

    fn claim_in(&self, tx: &Transaction<'_>, worker: &str, expires: i64) -> rusqlite::Result<Option<Claimed>> {
        tx.prepare_cached(
            "UPDATE jobs_job SET state = 2, starts = starts + 1, lease = lease + 1,
                 owner = ?2, boot = ?3, expires = ?4, worker = ?5
             WHERE seq = (SELECT seq FROM jobs_job WHERE queue = ?1 AND state = 0 ORDER BY priority, seq LIMIT 1)
             RETURNING seq, lease, id, attempts_made, payload",
        )?
        .query_row(params![self.queue(), self.owner.name(), self.boot, expires, worker], read_claimed)
        .optional()
    }

    /// Extends leases in one transaction; returns those that are lost.
    pub(crate) fn renew(&self, leases: &[Lease], lease_ms: i64) -> rusqlite::Result<Vec<Lease>> {
        let mut writer = self.writer()?;
        let tx = begin(&mut writer.quick)?;
        let expires = clock::boot_ms().saturating_add(lease_ms);
        let mut lost = Vec::new();
        {
            let mut extend =
                tx.prepare_cached("UPDATE jobs_job SET expires = ?3 WHERE seq = ?1 AND lease = ?2 AND state = 2")?;
            for lease in leases {
                if extend.execute(params![lease.seq, lease.number, expires])? == 0 {
                    lost.push(*lease);
                }
            }
        }
        tx.commit()?;
        Ok(lost)
    }

    /// Takes back the jobs of the dead and of those who let their leases run out; returns how many.
    ///
    /// An owner's name is used once, so one that was found dead stays dead until the update.
    pub(crate) fn recover(&self, connection: &Connection, max_losses: u32) -> rusqlite::Result<usize> {
        let mut lost = Vec::new();
        for (owner, this_boot, expires) in self.owners(connection)? {
            if !this_boot || !self.owner.is_alive(&String::from_utf8_lossy(&owner)) {
                lost.push((owner, Loss::Death));
            } else if expires < clock::boot_ms() {
                lost.push((owner, Loss::Expiry));
            }
        }
        if lost.is_empty() {
            return Ok(0);
        }
        let mut writer = self.writer()?;
        let tx = begin(&mut writer.quick)?;
        let mut taken = 0;
        for (owner, loss) in lost {
            taken += self.take_back(&tx, &owner, loss, max_losses)?;
        }
        tx.commit()?;
        Ok(taken)
    }

    /// Who holds leases here, whether since this start of the machine, and when the first of each runs out.
    ///
    /// Names are bytes as they stand in the file: one that is no text must not hide the others.
    fn owners(&self, connection: &Connection) -> rusqlite::Result<Vec<(Vec<u8>, bool, i64)>> {
        connection
            .prepare_cached(
                "SELECT coalesce(owner, ''), coalesce(boot = ?2, 0), min(coalesce(expires, 0)) FROM jobs_job
                 WHERE queue = ?1 AND state = 2 GROUP BY owner, boot",
            )?
            .query_map([self.queue(), &self.boot], |row| {
                Ok((row.get_ref(0)?.as_bytes()?.to_vec(), row.get(1)?, row.get(2)?))
            })?
            .collect()
    }

    fn take_back(&self, tx: &Transaction<'_>, owner: &[u8], loss: Loss, max_losses: u32) -> rusqlite::Result<usize> {
        // The dead lose everything; the living only what ran out.
        let after = if loss == Loss::Death { i64::MAX } else { clock::boot_ms() };
        tx.prepare_cached(
            "UPDATE jobs_job SET losses = losses + 1, owner = NULL, boot = NULL, expires = NULL,
                 failed_reason = 'lease lost: ' || ?4,
                 state = iif(losses + 1 >= ?5, 4, 0), finished_at = iif(losses + 1 >= ?5, ?6, NULL)
             WHERE queue = ?1 AND state = 2 AND coalesce(owner, '') = ?2 AND coalesce(expires, 0) < ?3",
        )?
        .execute(params![
            self.queue(),
            ToSqlOutput::Borrowed(ValueRef::Text(owner)),
            after,
            loss.reason(),
            max_losses,
            clock::wall_ms()
        ])
    }
}

fn read_claimed(row: &Row<'_>) -> rusqlite::Result<Claimed> {
    let id = String::from_utf8_lossy(row.get_ref(2)?.as_bytes()?).into_owned();
    Ok(Claimed {
        lease: Lease { seq: row.get(0)?, number: row.get(1)? },
        id: JobId::from(id),
        attempts_made: clamp(row.get(3)?),
        payload: row.get_ref(4)?.as_bytes()?.to_vec(),
    })
}

/// A count from the file, where it may be anything.
pub(super) fn clamp(count: i64) -> u32 {
    u32::try_from(count.max(0)).unwrap_or(u32::MAX)
}
