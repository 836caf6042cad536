//! Sending many: an iterator on its way into the ring.

use crate::core::ring::Pusher;
use crate::error::TrySendError;
use crate::many::Unsent;

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
        Unsent::new(too_late.into_iter().chain(self.first).collect(), self.rest, self.sent)
    }
}
