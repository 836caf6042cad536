//! How long an operation waits.

use common::wait::WaitSet;
use std::time::{Duration, Instant};

/// How long an operation may wait for room or for a message.
#[derive(Clone, Copy)]
pub(crate) enum Patience {
    None,
    Until(Instant),
    Endless,
}

impl Patience {
    /// From now on; a time too far away to be written down is no limit.
    pub(crate) fn of(timeout: Duration) -> Self {
        Instant::now().checked_add(timeout).map_or(Self::Endless, Self::Until)
    }

    /// Waits in `set` until `attempt` gives something; `None` if the patience has ended.
    pub(crate) fn wait<R>(self, set: &WaitSet, mut attempt: impl FnMut() -> Option<R>) -> Option<R> {
        match self {
            Self::None => attempt(),
            Self::Until(deadline) => set.wait_deadline(deadline, attempt),
            Self::Endless => Some(set.wait(attempt)),
        }
    }
}
