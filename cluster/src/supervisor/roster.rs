//! Who works here: a copy of what the supervisor knows, for those who must not wait for its thread.
//!
//! It also meters what is on its way to each worker, so that a worker that does not read makes `send` fail instead of
//! filling the memory of the primary.

use crate::error::SendError;
use crate::event::{WorkerId, WorkerInfo, WorkerRef, WorkerState};
use common::sync::Mutex;
use std::collections::BTreeMap;

/// Bytes that may wait for one worker; a single longer message may go when nothing waits.
const MAX_QUEUED: usize = 16 << 20;

#[derive(Debug, Default)]
pub(crate) struct Roster(Mutex<BTreeMap<WorkerId, Entry>>);

#[derive(Debug)]
struct Entry {
    info: WorkerInfo,
    queued: usize,
    reachable: bool,
}

impl Roster {
    pub(crate) fn enter(&self, worker: WorkerRef) {
        let info = WorkerInfo { id: worker.id(), slot: worker.slot(), pid: worker.pid(), state: WorkerState::Starting };
        self.0.lock().insert(worker.id(), Entry { info, queued: 0, reachable: true });
    }

    pub(crate) fn advance(&self, worker: WorkerId, state: WorkerState) {
        if let Some(entry) = self.0.lock().get_mut(&worker) {
            entry.info.state = state;
            entry.reachable &= state != WorkerState::Leaving;
        }
    }

    pub(crate) fn disconnect(&self, worker: WorkerId) {
        if let Some(entry) = self.0.lock().get_mut(&worker) {
            entry.reachable = false;
        }
    }

    pub(crate) fn remove(&self, worker: WorkerId) {
        self.0.lock().remove(&worker);
    }

    pub(crate) fn list(&self) -> Vec<WorkerInfo> {
        self.0.lock().values().map(|entry| entry.info).collect()
    }

    /// Charges `bytes` that are about to be sent.
    pub(crate) fn charge(&self, worker: WorkerId, bytes: usize) -> Result<(), SendError> {
        let mut roster = self.0.lock();
        let entry = roster.get_mut(&worker).filter(|entry| entry.reachable).ok_or(SendError::Gone)?;
        if entry.queued > 0 && entry.queued + bytes > MAX_QUEUED {
            return Err(SendError::Full);
        }
        entry.queued += bytes;
        Ok(())
    }

    /// Takes back what was written, or not sent after all.
    pub(crate) fn release(&self, worker: WorkerId, bytes: usize) {
        if let Some(entry) = self.0.lock().get_mut(&worker) {
            entry.queued -= bytes;
        }
    }
}
