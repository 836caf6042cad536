//! Sending many: an iterator on its way into a channel, and what is left of it.
//!
//! What is claimed is filled at once, so that nobody waits for code of the user: values are taken from the iterator first,
//! as many as there seems to be room for, and then go in by one claim. What turns out to have no room stays here. Where
//! there is no room ever, they are handed over one by one.

use crate::channel::Shared;
use crate::core::Core;
use crate::error::TrySendError;
use crate::overflow::Overflown;
use std::collections::VecDeque;
use std::fmt;
use std::iter::{Fuse, FusedIterator};
use std::vec;

/// So many values are taken from the iterator, and go in by one claim, at most.
const AT_ONCE: usize = 256;

/// Whether a sender has waited already, and so may have its turn.
#[derive(Clone, Copy)]
pub(crate) enum Standing {
    New,
    Waiting,
}

/// Values on their way.
pub(crate) struct Many<I: Iterator> {
    /// Taken from the iterator, and not sent yet.
    next: VecDeque<I::Item>,
    rest: Fuse<I>,
    sent: usize,
}

impl<I: Iterator> Many<I> {
    pub(crate) fn new(values: I) -> Self {
        Self { next: VecDeque::new(), rest: values.fuse(), sent: 0 }
    }

    /// Sends what there is room for, and asks `overflow` about what there is not: how many it took altogether when it has
    /// taken all, an error when it takes no more, nothing when it has to wait.
    pub(crate) fn advance<C: Core<Item = I::Item>>(
        &mut self,
        channel: &Shared<C>,
        standing: Standing,
        overflow: impl Fn(I::Item) -> Overflown<I::Item>,
    ) -> Option<Result<usize, TrySendError<()>>> {
        loop {
            self.fill(channel.core().room());
            if self.next.is_empty() {
                return Some(Ok(self.sent));
            }
            match channel.try_send_many(&mut self.next, standing) {
                Ok(count) => self.sent += count,
                Err(TrySendError::Full(())) => match overflow(self.next.pop_front()?) {
                    Overflown::Ended(Ok(())) => self.sent += 1,
                    Overflown::Ended(Err(refused)) => return Some(Err(self.keep(refused))),
                    Overflown::Wait(value) => {
                        self.next.push_front(value);
                        return None;
                    }
                },
                disconnected => return Some(disconnected),
            }
        }
    }

    /// Keeps what was refused, and says why it was.
    pub(crate) fn keep(&mut self, refused: TrySendError<I::Item>) -> TrySendError<()> {
        let (reason, value) = refused.split();
        self.next.push_front(value);
        reason
    }

    /// Takes the next one out, to be sent by itself.
    pub(crate) fn take(&mut self) -> Option<I::Item> {
        self.next.pop_front().or_else(|| self.rest.next())
    }

    /// What was taken out has been sent.
    pub(crate) fn count(&mut self) {
        self.sent += 1;
    }

    pub(crate) fn sent(&self) -> usize {
        self.sent
    }

    /// Takes from the iterator what there is room for; at least one, to see whether there is anything to wait for.
    fn fill(&mut self, room: usize) {
        let missing = room.clamp(1, AT_ONCE).saturating_sub(self.next.len());
        self.next.extend(self.rest.by_ref().take(missing));
    }

    pub(crate) fn into_unsent(self) -> Unsent<I> {
        Unsent { kept: Vec::from(self.next).into_iter(), rest: self.rest, sent: self.sent }
    }
}

/// What is left of the values that were to be sent together, in their order: an iterator.
///
/// ```
/// let (sender, receiver) = producer_consumer::bounded(2);
/// let rest = sender.try_send_many([1, 2, 3, 4]).unwrap_err().into_inner();
/// assert_eq!(rest.sent(), 2);
/// assert!(rest.eq([3, 4]));
/// assert_eq!(receiver.drain(), [1, 2]);
/// ```
pub struct Unsent<I: Iterator> {
    kept: vec::IntoIter<I::Item>,
    rest: Fuse<I>,
    sent: usize,
}

impl<I: Iterator> Unsent<I> {
    pub(crate) fn new(kept: Vec<I::Item>, rest: I, sent: usize) -> Self {
        Self { kept: kept.into_iter(), rest: rest.fuse(), sent }
    }

    /// How many values were accepted before.
    pub fn sent(&self) -> usize {
        self.sent
    }
}

impl<I: Iterator> Iterator for Unsent<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.kept.next().or_else(|| self.rest.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (low, high) = self.rest.size_hint();
        (low.saturating_add(self.kept.len()), high.and_then(|high| high.checked_add(self.kept.len())))
    }
}

impl<I: Iterator> FusedIterator for Unsent<I> {}

impl<I: Iterator> fmt::Debug for Unsent<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unsent").field("sent", &self.sent).finish_non_exhaustive()
    }
}
