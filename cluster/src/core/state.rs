//! What the supervisor knows: slots, the processes in them, and what is under way.
//!
//! # States
//!
//! | seat of a slot | meaning |
//! |---|---|
//! | Held | a worker has the slot; it may still be starting, or be on its way out |
//! | Waiting | the next worker starts at a time (back-off) |
//! | Vacant | nobody, and nobody is due: restarts are off, a reload brings somebody, or the cluster stops |
//! | Failed | too many restarts; only a reload fills it |
//!
//! | life of a worker | meaning | ends by |
//! |---|---|---|
//! | Starting | spawned, has not said anything | online |
//! | Online | speaks the protocol | ready, or listening if it never says ready |
//! | Ready | serves | a request to leave |
//! | Leaving: Asked | told to disconnect, or gone silent | its deadline: SIGTERM |
//! | Leaving: Terminated | SIGTERM sent | its deadline: SIGKILL |
//! | Leaving: Killed | SIGKILL sent | the process table; sent again every 5 s |
//!
//! # Invariants
//!
//! - I1: a slot has at most two processes, and at most one of them holds its seat.
//! - I2: a member is in the map from its spawn until its exit was reported; each exit is reported once.
//! - I3: once the mode is Stopping nothing is spawned; Stopped is said once, when no member is left or was given up.

use super::reload::{Reload, ReloadReport, Rolling};
use super::restart::{History, Restart};
use crate::event::WorkerId;
use crate::status::ExitStatus;
use std::collections::BTreeMap;
use std::time::Duration;

/// Time since the supervisor began.
pub(crate) type Moment = Duration;

/// From SIGTERM to SIGKILL, and from the end of a channel to SIGTERM.
pub(crate) const GRACE: Duration = Duration::from_secs(2);

/// How long a killed process may take to disappear before the kill is repeated and a shutdown gives it up.
pub(crate) const BURIAL: Duration = Duration::from_secs(5);

/// What a cluster is told at its start.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Settings {
    pub(crate) slots: usize,
    pub(crate) restart: Restart,
    pub(crate) reload: Reload,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Input {
    Start,
    Spawned(WorkerId),
    SpawnFailed(WorkerId),
    /// The worker said its first word; `readiness` is how it will say that it serves.
    Online(WorkerId, Readiness),
    Listening(WorkerId),
    Ready(WorkerId),
    /// The worker says that it leaves on purpose.
    Goodbye(WorkerId),
    /// The channel ended, or was cut because of what came through it.
    Hangup(WorkerId),
    /// The process was reaped; the last that is heard of it.
    Exited(WorkerId, ExitStatus),
    /// Time has passed.
    Tick,
    Reload,
    Shutdown(Duration),
}

/// What to do about it, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    Spawn {
        worker: WorkerId,
        slot: usize,
    },
    AskToLeave(WorkerId),
    Terminate(WorkerId),
    Kill(WorkerId),
    /// Nobody will come for this slot's queues: close them, so that the kernel chooses others.
    CloseQueues {
        slot: usize,
    },
    Report(Fact),
    Reloaded(ReloadReport),
    RefuseReload(ReloadRefused),
    /// The end; this many processes outlived their SIGKILL.
    Stopped {
        abandoned: usize,
    },
}

/// Why a reload did not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ReloadRefused {
    Busy,
    Stopping,
}

/// What the users are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fact {
    Fork(WorkerId),
    Online(WorkerId),
    Ready(WorkerId),
    Leaving(WorkerId),
    Disconnect(WorkerId),
    Exit { worker: WorkerId, status: ExitStatus, planned: bool },
    SlotFailed { slot: usize, restarts: usize },
}

/// How a worker says that it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Readiness {
    /// By its first `listening`, as Node workers do.
    ByListening,
    /// By a message of its own.
    Explicit,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) slots: Vec<Slot>,
    pub(crate) members: BTreeMap<WorkerId, Member>,
    pub(crate) mode: Mode,
    pub(crate) reload: Option<Rolling>,
    pub(crate) next: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Mode {
    Running,
    Stopping { give_up: Moment },
    Stopped,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Slot {
    pub(crate) seat: Seat,
    pub(crate) history: History,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Seat {
    Held(WorkerId),
    Waiting { until: Moment },
    Vacant,
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Member {
    pub(crate) slot: usize,
    pub(crate) life: Life,
    pub(crate) link: Link,
    pub(crate) departure: Departure,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Life {
    Starting,
    Online(Readiness),
    Ready,
    Leaving { stage: Leave, until: Moment, kill_at: Moment },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Leave {
    Asked,
    Terminated,
    Killed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Link {
    Open,
    Ended,
}

/// Whether an exit, when it comes, was somebody's wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Departure {
    Unplanned,
    Planned,
}

impl State {
    pub(crate) fn new(settings: Settings) -> Self {
        let slot = Slot { seat: Seat::Vacant, history: History::default() };
        let slots = vec![slot; settings.slots];
        // Node counts workers from 1.
        Self { settings, slots, members: BTreeMap::new(), mode: Mode::Running, reload: None, next: 1 }
    }

    /// When [`Input::Tick`] is due next.
    pub(crate) fn deadline(&self) -> Option<Moment> {
        let leaves = self.members.values().filter_map(|member| match member.life {
            Life::Leaving { until, .. } => Some(until),
            _ => None,
        });
        let seats = self.slots.iter().filter_map(|slot| match slot.seat {
            Seat::Waiting { until } => Some(until),
            _ => None,
        });
        let reload = self.reload.iter().filter_map(|rolling| match rolling.stage {
            super::reload::Stage::Replacing { until, .. } => Some(until),
            super::reload::Stage::Settling => None,
        });
        let mode = match self.mode {
            Mode::Stopping { give_up } => Some(give_up),
            Mode::Running | Mode::Stopped => None,
        };
        leaves.chain(seats).chain(reload).chain(mode).min()
    }
}
