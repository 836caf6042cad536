//! Rolling reload: every slot gets a new worker, one slot at a time, and the old one leaves only when the new one
//! serves.
//!
//! Stopping first and starting second loses requests, and starting all at once doubles the load. A slot at a time keeps
//! at most two processes a slot, and a new version that does not come up stops the reload before it did harm.
//! Ancestors: Puma's phased restart and Passenger's rolling restart that ends at the first failure.
//!
//! # States
//!
//! | stage | who is where |
//! |---|---|
//! | Replacing | one slot has its old worker (or none) and an incoming one that is not ready |
//! | Settling | nobody is incoming; replaced and failed workers are on their way out |
//!
//! # Invariants
//!
//! - I1: an old worker is asked to leave only after the worker that takes its slot is ready.
//! - I2: a reload is reported when nobody who leaves because of it is left, so reloads in a row never stack processes.

use super::state::Moment;
use crate::event::WorkerId;
use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::time::Duration;

/// How a reload replaces workers.
///
/// ```
/// use cluster::Reload;
/// use std::time::Duration;
///
/// let reload = Reload::rolling().ready_within(Duration::from_secs(5)).drain(Duration::from_secs(20));
/// # let _ = reload;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "options do nothing until a cluster starts with them"]
pub struct Reload {
    pub(crate) ready_within: Duration,
    pub(crate) drain: Duration,
}

impl Default for Reload {
    fn default() -> Self {
        Self::rolling()
    }
}

impl Reload {
    /// One slot after the other; a new worker has 10 s to get ready and an old one 30 s to drain.
    pub fn rolling() -> Self {
        Self { ready_within: Duration::from_secs(10), drain: Duration::from_secs(30) }
    }

    /// How long a new worker may take until it is ready; after that the reload is aborted.
    pub fn ready_within(self, limit: Duration) -> Self {
        Self { ready_within: limit, ..self }
    }

    /// How long an old worker may take to finish; after that it is terminated, and 2 s later killed.
    pub fn drain(self, limit: Duration) -> Self {
        Self { drain: limit, ..self }
    }
}

/// What a reload did.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReloadReport {
    /// Slots that have a new worker now.
    pub replaced: usize,
    /// Why it ended before all slots were replaced; the other slots keep the workers they had.
    pub aborted: Option<Abort>,
}

/// Where and why a reload was aborted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Abort {
    /// The slot whose new worker failed.
    pub slot: usize,
    /// What happened to it.
    pub reason: AbortReason,
}

/// Why a reload was aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AbortReason {
    /// The new worker was not ready in time.
    NotReady,
    /// The new worker ended before it was ready.
    Exited,
    /// The new worker could not be started.
    NotStarted,
    /// The cluster was told to shut down.
    ShuttingDown,
}

impl fmt::Display for Abort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.reason {
            AbortReason::NotReady => "was not ready in time",
            AbortReason::Exited => "ended before it was ready",
            AbortReason::NotStarted => "could not be started",
            AbortReason::ShuttingDown => "was called off by the shutdown",
        };
        write!(f, "the new worker of slot {} {what}", self.slot)
    }
}

/// A reload under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Rolling {
    pub(crate) stage: Stage,
    pub(crate) remaining: VecDeque<usize>,
    /// Workers that leave because of this reload and have not ended yet.
    pub(crate) leaving: BTreeSet<WorkerId>,
    pub(crate) report: ReloadReport,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    Replacing { slot: usize, incoming: WorkerId, until: Moment },
    Settling,
}

impl Rolling {
    pub(crate) fn new(slots: usize) -> Self {
        Self {
            stage: Stage::Settling,
            remaining: (0..slots).collect(),
            leaving: BTreeSet::new(),
            report: ReloadReport { replaced: 0, aborted: None },
        }
    }

    pub(crate) fn incoming(&self) -> Option<WorkerId> {
        match self.stage {
            Stage::Replacing { incoming, .. } => Some(incoming),
            Stage::Settling => None,
        }
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.stage == Stage::Settling && self.remaining.is_empty() && self.leaving.is_empty()
    }
}
