//! Those who come late: somebody else has claimed the position, or the slot is not ready.
//!
//! They are kept out of the way of those who come in time, whose code has to be short.

use super::Array;
use super::slot::Position;
use super::tail::Tail;
use crate::core::rival::Rival;
use crate::error::{TryRecvError, TrySendError};

/// Why a claim has failed.
pub(super) enum Missed<At> {
    /// The slot was not ready, or never will be, for whoever saw the side there.
    Unready(At),
    /// The side has been moved on, to there.
    Late(At),
}

impl<T> Array<T> {
    #[cold]
    #[inline(never)]
    pub(super) fn push_late(&self, mut missed: Missed<Tail>, value: T) -> Result<(), TrySendError<T>> {
        let mut rival = Rival::new();
        loop {
            let tail = match missed {
                Missed::Late(now) => now,
                Missed::Unready(seen) => match self.unless_refused(seen) {
                    Ok(now) => now,
                    Err(refused) => return Err(refused.with(value)),
                },
            };
            rival.give_way();
            match self.claim_free(tail) {
                Ok(position) => {
                    // SAFETY: it has just been claimed, and was free.
                    unsafe { self.middle.0.slots.fill(position, value) };
                    return Ok(());
                }
                Err(again) => missed = again,
            }
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn pop_late(&self, mut missed: Missed<Position>) -> Result<T, TryRecvError> {
        let mut rival = Rival::new();
        loop {
            let head = match missed {
                Missed::Late(now) => now,
                Missed::Unready(seen) => self.nothing_at(seen)?,
            };
            rival.give_way();
            match self.claim_full(head) {
                // SAFETY: it has just been claimed, and was full.
                Ok(position) => return Ok(unsafe { self.middle.0.slots.empty(position) }),
                Err(again) => missed = again,
            }
        }
    }
}
