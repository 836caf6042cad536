//! Waiting for room in a lane: in line, or aside of it.

use super::Lane;
use common::wait::{Turn, WaitSet};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Instant;

/// Those who wait for room in one lane.
pub(super) struct End {
    /// Senders, in turn.
    pub(super) line: WaitSet,
    /// Selects, which may wait elsewhere as well and stand in no line.
    pub(super) aside: WaitSet,
}

impl End {
    pub(super) fn new() -> Self {
        Self { line: WaitSet::new(), aside: WaitSet::new() }
    }

    /// There may be room: tells the front of the line, or all aside if nobody is in it, and says how many.
    pub(super) fn tell(&self) -> usize {
        if self.line.ring_front() { 1 } else { self.aside.notify_all() }
    }
}

/// Tells those aside, when a place in the line has been left that was the last.
struct TellAside<'a>(&'a End);

impl Drop for TellAside<'_> {
    fn drop(&mut self) {
        if !self.0.line.has_waiters() {
            self.0.aside.notify_all();
        }
    }
}

/// A future's place in the line. Dropping it leaves the line, and the next is told.
pub(crate) struct Place<'a> {
    // Dropped first: it leaves the line.
    turn: Pin<Box<Turn<'a>>>,
    _tell: TellAside<'a>,
}

impl<'a> Place<'a> {
    /// One at the end of the line, from the first poll on.
    pub(crate) fn new<T>(lane: &'a Lane<T>) -> Self {
        let end = lane.end();
        Self { turn: Box::pin(Turn::new(&end.line)), _tell: TellAside(end) }
    }

    /// One poll of the wait: tries at the front of the line, and when the channel is closed.
    pub(crate) fn poll<T, R>(
        &mut self,
        lane: &Lane<T>,
        cx: &Context<'_>,
        attempt: impl FnMut() -> Option<R>,
    ) -> Poll<R> {
        self.turn.as_mut().poll(cx, in_turn(lane, attempt))
    }
}

impl<T> Lane<T> {
    /// Blocks in the line until `attempt`, which is tried at its front and when the channel is closed, gives something, or
    /// until `deadline`.
    pub(super) fn wait_in_line<R>(&self, deadline: Option<Instant>, attempt: impl FnMut() -> Option<R>) -> Option<R> {
        let end = self.end();
        let _tell = TellAside(end);
        let turn = pin!(Turn::new(&end.line));
        turn.wait(deadline, in_turn(self, attempt))
    }
}

fn in_turn<T, R>(lane: &Lane<T>, mut attempt: impl FnMut() -> Option<R>) -> impl FnMut(bool) -> Option<R> {
    move |is_front| if is_front || lane.has_ended() { attempt() } else { None }
}
