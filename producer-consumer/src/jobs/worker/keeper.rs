//! The keeper: the thread of a worker that looks after everything but the jobs themselves.
//!
//! Every 25 ms it asks whether there is a job to claim, from another process or because it has become due, and rings;
//! at a third of the lease it renews what the handlers have; every 100 ms it takes back the jobs of the dead; every ten
//! seconds it prunes. It looks through a connection of its own, so that an idle worker's looks disturb nobody.

use super::Shared;
use crate::jobs::clock;
use crate::jobs::queue::POLL;
use crate::jobs::sqlite::Engine;
use common::lifecycle::Phase;
use rusqlite::Connection;
use std::time::{Duration, Instant};

const RECOVERY: Duration = Duration::from_millis(100);
const PRUNING: Duration = Duration::from_secs(10);

pub(super) struct Keeper {
    connection: Connection,
    renewal: Round,
    recovery: Round,
    pruning: Round,
}

impl Keeper {
    pub(super) fn new(engine: &Engine, lease: Duration) -> rusqlite::Result<Self> {
        let connection = engine.connect()?;
        let [renewal, recovery, pruning] = [lease / 3, RECOVERY, PRUNING].map(Round::new);
        Ok(Self { connection, renewal, recovery, pruning })
    }

    /// Goes its rounds until the worker accepts nothing more and nothing is in flight.
    pub(super) fn keep(mut self, shared: &Shared) {
        while shared.life.phase() == Phase::Running || shared.life.in_flight() > 0 {
            if let Err(error) = self.go_round(shared) {
                shared.note(&error);
            }
            shared.keeper_bell.wait_deadline(Instant::now() + POLL);
        }
    }

    fn go_round(&mut self, shared: &Shared) -> rusqlite::Result<()> {
        if self.renewal.is_due() {
            Self::renew(shared)?;
        }
        if shared.life.phase() != Phase::Running {
            return Ok(());
        }
        if self.recovery.is_due() {
            shared.engine.recover(&self.connection, shared.settings.max_losses)?;
        }
        if self.pruning.is_due() {
            shared.engine.prune(&self.connection)?;
        }
        if shared.engine.has_work(&self.connection, clock::wall_ms())? {
            shared.bell.ring();
        }
        Ok(())
    }

    fn renew(shared: &Shared) -> rusqlite::Result<()> {
        let leases = shared.leases();
        if leases.is_empty() {
            return Ok(());
        }
        for lost in shared.engine.renew(&leases, shared.settings.lease_ms())? {
            shared.cancel(lost);
        }
        Ok(())
    }
}

/// Something to do every so often.
struct Round {
    every: Duration,
    last: Instant,
}

impl Round {
    fn new(every: Duration) -> Self {
        Self { every, last: Instant::now() }
    }

    fn is_due(&mut self) -> bool {
        let due = self.last.elapsed() >= self.every;
        if due {
            self.last = Instant::now();
        }
        due
    }
}
