//! Sending many: an iterator on its way into the channel, and what is left of it.

use crate::core::ring::Pusher;
use crate::error::TrySendError;
use std::fmt;
use std::vec;

/// Values on their way.
pub(super) struct Many<I: Iterator> {
    /// Taken from the iterator to see whether there is anything to wait for.
    first: Option<I::Item>,
    rest: I,
    sent: usize,
}

impl<I: Iterator> Many<I> {
    pub(super) fn new(values: I) -> Self {
        Self { first: None, rest: values, sent: 0 }
    }

    /// Sends what there is room for: how many went in altogether when all have, or those that came too late when the
    /// channel is closed.
    #[inline]
    pub(super) fn advance(&mut self, pusher: &mut Pusher<'_, I::Item>) -> Option<Result<usize, Vec<I::Item>>> {
        loop {
            match pusher.push_many(&mut self.first, &mut self.rest) {
                Ok(filled) => {
                    self.sent += filled.count;
                    if filled.is_exhausted {
                        return Some(Ok(self.sent));
                    }
                }
                // What has no more to send is done, whether or not it could.
                Err(refused) if self.is_done(&refused) => return Some(Ok(self.sent)),
                Err(TrySendError::Disconnected(too_late)) => return Some(Err(too_late)),
                Err(TrySendError::Full(_)) => return None,
            }
        }
    }

    fn is_done(&mut self, refused: &TrySendError<Vec<I::Item>>) -> bool {
        if let TrySendError::Disconnected(too_late) = refused
            && !too_late.is_empty()
        {
            return false;
        }
        if self.first.is_none() {
            self.first = self.rest.next();
        }
        self.first.is_none()
    }

    pub(super) fn into_unsent(self, too_late: Vec<I::Item>) -> Unsent<I> {
        Unsent { too_late: too_late.into_iter(), first: self.first, rest: self.rest, sent: self.sent }
    }
}

/// What is left of the values that were to be sent together, in their order: an iterator.
///
/// ```
/// let (mut sender, mut receiver) = producer_consumer::spsc::bounded(2);
/// let rest = sender.try_send_many([1, 2, 3, 4]).unwrap_err().into_inner();
/// assert_eq!(rest.sent(), 2);
/// assert!(rest.eq([3, 4]));
/// assert_eq!(receiver.drain(), [1, 2]);
/// ```
pub struct Unsent<I: Iterator> {
    too_late: vec::IntoIter<I::Item>,
    first: Option<I::Item>,
    rest: I,
    sent: usize,
}

impl<I: Iterator> Unsent<I> {
    /// How many values were accepted before.
    pub fn sent(&self) -> usize {
        self.sent
    }
}

impl<I: Iterator> Iterator for Unsent<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.too_late.next().or_else(|| self.first.take()).or_else(|| self.rest.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let held = self.too_late.len() + usize::from(self.first.is_some());
        let (low, high) = self.rest.size_hint();
        (low.saturating_add(held), high.and_then(|high| high.checked_add(held)))
    }
}

impl<I: Iterator> fmt::Debug for Unsent<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unsent").field("sent", &self.sent).finish_non_exhaustive()
    }
}
