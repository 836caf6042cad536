//! Places that are waited for.

use super::line::{Apart, poll_in_line};
use crate::core::Core;
use crate::core::pending::Attempt;
use crate::error::{SendError, TrySendError};
use crate::flavor::{Flavor, each};
use crate::many::Standing;
use crate::permit::{Permit, Permits};
use std::task::{Context, Poll};

/// So many places that are waited for, all at once.
pub(crate) struct ReservingMany<'a, T> {
    flavor: &'a Flavor<T>,
    count: usize,
    /// It may have declined room that another was not told of.
    has_waited: bool,
    /// Where it waits if the channel has lanes.
    apart: Option<Apart<'a, T>>,
}

/// One place that is waited for.
pub(crate) struct Reserving<'a, T>(pub(crate) ReservingMany<'a, T>);

impl<'a, T> ReservingMany<'a, T> {
    pub(crate) fn new(flavor: &'a Flavor<T>, count: usize) -> Self {
        Self { flavor, count, has_waited: false, apart: None }
    }

    fn try_once(&mut self) -> Option<Result<(), SendError<()>>> {
        each!(self.flavor, channel => match channel.core().reserve(self.count) {
            Err(TrySendError::Full(())) => {
                self.has_waited = true;
                None
            }
            result => Some(result.map_err(|_| SendError(()))),
        })
    }

    /// One poll of the wait, if that is in a line.
    fn poll_in_line(&mut self, cx: &Context<'_>) -> Option<Poll<Result<(), SendError<()>>>> {
        let Flavor::Lane(channel) = self.flavor else { return None };
        let count = self.count;
        Some(poll_in_line(&mut self.apart, channel, cx, |standing| {
            let reserved = match standing {
                Standing::New => channel.core().reserve(count),
                Standing::Waiting => channel.core().reserve_in_turn(count),
            };
            match reserved {
                Err(TrySendError::Full(())) => None,
                result => Some(result.map_err(|_| SendError(()))),
            }
        }))
    }

    fn tell_next(&mut self) {
        if std::mem::take(&mut self.has_waited) {
            self.flavor.pass_on_room();
        }
    }
}

impl<'a, T> Attempt for ReservingMany<'a, T> {
    type Given = Result<Permits<'a, T>, SendError<()>>;

    fn attempt(&mut self) -> Option<Self::Given> {
        let reserved = self.try_once()?.map(|()| Permits::new(self.flavor, self.count));
        self.tell_next();
        Some(reserved)
    }

    fn poll_apart(&mut self, cx: &Context<'_>) -> Option<Poll<Self::Given>> {
        let kept = self.poll_in_line(cx)?;
        Some(kept.map_ok(|()| Permits::new(self.flavor, self.count)))
    }

    fn begin_wait(&self) {
        self.flavor.begin_send_wait();
    }
}

impl<'a, T> Attempt for Reserving<'a, T> {
    type Given = Result<Permit<'a, T>, SendError<()>>;

    fn attempt(&mut self) -> Option<Self::Given> {
        let reserved = self.0.try_once()?.map(|()| Permit::new(self.0.flavor));
        self.0.tell_next();
        Some(reserved)
    }

    fn poll_apart(&mut self, cx: &Context<'_>) -> Option<Poll<Self::Given>> {
        let kept = self.0.poll_in_line(cx)?;
        Some(kept.map_ok(|()| Permit::new(self.0.flavor)))
    }

    fn begin_wait(&self) {
        self.0.flavor.begin_send_wait();
    }
}

/// After the waiter, which is in no queue any more and cannot be told by itself.
impl<T> Drop for ReservingMany<'_, T> {
    fn drop(&mut self) {
        self.tell_next();
    }
}
