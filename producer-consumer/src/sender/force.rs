//! Sends that make room themselves.

use super::Sender;
use crate::core::Core;
use crate::error::{SendError, TrySendError};
use crate::flavor::each;
use crate::overflow::{Overflow, Overflown, Victims};
use crate::patience::Patience;
use common::sync::atomic::Ordering;

impl<T> Sender<T> {
    /// Puts `value` in, and if there is no room takes out the oldest message for it, which is returned.
    ///
    /// For channels that were built with [`Overflow::DropOldest`]: taking out and putting in are one step there.
    ///
    /// ```
    /// use producer_consumer::{Builder, Overflow};
    ///
    /// let (sender, receiver) = Builder::new().capacity(2).overflow(Overflow::DropOldest).build();
    /// assert_eq!(sender.force_send(1), Ok(None));
    /// assert_eq!(sender.force_send(2), Ok(None));
    /// assert_eq!(sender.force_send(3), Ok(Some(1)));
    /// sender.send(4)?; // Drops the 2.
    /// assert_eq!((receiver.drain(), sender.dropped()), (vec![3, 4], 2));
    /// # Ok::<(), producer_consumer::SendError<i32>>(())
    /// ```
    ///
    /// It does not wait, unless permits hold all places.
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel is closed; nothing is taken out then.
    ///
    /// # Panics
    ///
    /// Panics if the channel has another policy, or is bounded by weight: there it may take more than one message, see
    /// [`displace`](Self::displace).
    pub fn force_send(&self, value: T) -> Result<Option<T>, SendError<T>> {
        assert!(
            self.weight_limit().is_none(),
            "by weight a forced send may displace several: `displace` returns them all"
        );
        match self.force(value)? {
            Victims::None => Ok(None),
            Victims::One(victim) => Ok(Some(victim)),
            Victims::More(_) => unreachable!("a message takes the place of one other"),
        }
    }

    /// [`force_send`](Self::force_send) that takes out as many messages as are in the way, and returns them, oldest first.
    ///
    /// ```
    /// use producer_consumer::{Builder, Overflow};
    ///
    /// let builder = Builder::new().weight(8, |text: &&str| text.len()).overflow(Overflow::DropOldest);
    /// let (sender, receiver) = builder.build();
    /// ["abc", "de", "fgh"].into_iter().try_for_each(|text| sender.send(text))?;
    /// assert_eq!(sender.displace("1234")?, ["abc", "de"]);
    /// assert_eq!(receiver.drain(), ["fgh", "1234"]);
    /// # Ok::<(), producer_consumer::SendError<&str>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel is closed; nothing is taken out then.
    ///
    /// # Panics
    ///
    /// Panics if the channel has another policy.
    pub fn displace(&self, value: T) -> Result<Vec<T>, SendError<T>> {
        self.force(value).map(Victims::into_vec)
    }

    fn force(&self, value: T) -> Result<Victims<T>, SendError<T>> {
        assert!(self.overflow() == Overflow::DropOldest, "a forced send needs a channel that drops the oldest");
        let forced = each!(&self.flavor, channel => match channel.force(value) {
            Err(TrySendError::Full(value)) => channel.wait_with(value, Patience::Endless, |value| {
                match channel.force(value) {
                    Err(TrySendError::Full(value)) => Overflown::Wait(value),
                    forced => Overflown::Ended(forced),
                }
            }),
            forced => forced,
        });
        forced.map_err(|refused| SendError(refused.into_inner()))
    }

    /// What a send does when there is no room.
    pub fn overflow(&self) -> Overflow {
        each!(&self.flavor, channel => channel.core().handles().overflow)
    }

    /// How many messages the channel has dropped because there was no room, those that [`force_send`](Self::force_send) and
    /// [`displace`](Self::displace) returned included. It never goes down.
    pub fn dropped(&self) -> u64 {
        // ORDERING: Relaxed: it is a count.
        each!(&self.flavor, channel => channel.core().handles().dropped.load(Ordering::Relaxed))
    }
}
