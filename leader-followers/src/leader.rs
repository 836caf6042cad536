//! The leader: leadership as a value.
//!
//! It owns the event source and the rest of the batch, so "only the leader waits" and "only the leader dispatches" need
//! no check at run time. It can't be cloned, it borrows its [`Member`](crate::Member), so a thread can't follow while
//! it leads, and promoting consumes it, so a thread can't wait after it promoted. What is left to get wrong is to lose
//! it, and `Drop` publishes it. The protocol is described in [`promotion`](crate::promotion).

use crate::promotion::{Promoted, Shared};
use crate::source::{EventSource, Waited};
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::time::Instant;

/// What leadership consists of.
pub(crate) struct Lead<S: EventSource> {
    pub(crate) source: S,
    /// Events that the source handed over and no thread has taken yet, oldest first.
    pub(crate) batch: VecDeque<S::Event>,
}

/// The right to wait for events, and the duty to hand it on.
///
/// Leadership can't be used after it was handed on:
///
/// ```compile_fail,E0382
/// # let (_sender, source) = leader_followers::source::task::queue::<()>(1);
/// # let set = leader_followers::ThreadSet::new(source);
/// let mut member = set.member();
/// let mut leader = member.follow().unwrap();
/// leader.promote();
/// leader.next();
/// ```
///
/// A thread that leads can't follow, which would wait for itself:
///
/// ```compile_fail,E0499
/// # let (_sender, source) = leader_followers::source::task::queue::<()>(1);
/// # let set = leader_followers::ThreadSet::new(source);
/// let mut member = set.member();
/// let mut leader = member.follow().unwrap();
/// member.follow();
/// leader.next();
/// ```
#[must_use = "a leader that is dropped hands leadership on at once"]
pub struct Leader<'m, S: EventSource> {
    set: &'m Shared<S>,
    /// Empty only while leadership is being handed on.
    lead: Option<Box<Lead<S>>>,
}

impl<'m, S: EventSource> Leader<'m, S> {
    pub(crate) fn new(set: &'m Shared<S>, lead: Box<Lead<S>>) -> Self {
        Self { set, lead: Some(lead) }
    }

    /// The next event: from the rest of the batch, else by waiting on the source.
    ///
    /// `None` means that the set is closed: somebody closed it, or the source ended and everything was handed out. The
    /// leader has nothing left to do then but to be dropped.
    ///
    /// # Errors
    ///
    /// The source's error. It closes the set.
    #[expect(
        clippy::should_implement_trait,
        reason = "it borrows, it can fail, and None is not the end of an iterator"
    )]
    pub fn next(&mut self) -> io::Result<Option<S::Event>> {
        loop {
            match self.step(None)? {
                Step::Event(event) => return Ok(Some(event)),
                Step::Closed => return Ok(None),
                Step::Nothing => {}
            }
        }
    }

    /// [`next`](Self::next) for at most one wait, until `deadline`; `None` also means that no event came.
    ///
    /// # Errors
    ///
    /// The source's error. It closes the set.
    pub fn next_deadline(&mut self, deadline: Instant) -> io::Result<Option<S::Event>> {
        match self.step(Some(deadline))? {
            Step::Event(event) => Ok(Some(event)),
            Step::Closed | Step::Nothing => Ok(None),
        }
    }

    /// How many events of the batch are still to be handed out.
    pub fn rest(&self) -> usize {
        self.lead.as_ref().map_or(0, |lead| lead.batch.len())
    }

    /// Hands leadership on: to the thread that began to follow last, or into the vacancy if nobody follows.
    ///
    /// Everything done before is visible to the next leader. Costs two short locks and, for a follower, an unpark.
    pub fn promote(mut self) -> Promoted {
        match self.lead.take() {
            Some(lead) => self.set.publish(lead),
            None => unreachable!("leadership is taken out of a leader once, here or in drop"),
        }
    }

    fn step(&mut self, deadline: Option<Instant>) -> io::Result<Step<S::Event>> {
        let lead = self.lead.as_mut().expect("a leader that was not consumed holds leadership");
        if self.set.is_closed() {
            return Ok(Step::Closed);
        }
        if lead.batch.is_empty() {
            match lead.source.wait(&mut lead.batch, deadline) {
                Ok(Waited::Ended) if lead.batch.is_empty() => {
                    self.set.close();
                    return Ok(Step::Closed);
                }
                Ok(_) => {}
                Err(error) => {
                    self.set.close();
                    return Err(error);
                }
            }
            if self.set.is_closed() {
                return Ok(Step::Closed);
            }
        }
        Ok(lead.batch.pop_front().map_or(Step::Nothing, Step::Event))
    }
}

enum Step<E> {
    Event(E),
    Nothing,
    Closed,
}

impl<S: EventSource> Drop for Leader<'_, S> {
    fn drop(&mut self) {
        if let Some(lead) = self.lead.take() {
            self.set.publish(lead);
        }
    }
}

impl<S: EventSource> fmt::Debug for Leader<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leader").field("rest", &self.rest()).finish_non_exhaustive()
    }
}
