//! Batches: several messages for one claim and one notification.

use super::Sender;
use crate::error::{SendError, SendTimeoutError, TrySendError};
use crate::flavor::each;
use crate::future::{self, SendingMany};
use crate::many::{Many, Unsent};
use crate::patience::Patience;
use std::time::{Duration, Instant};

impl<T> Sender<T> {
    /// Puts in as much of what `values` gives as there is room for now, and says how many there were.
    ///
    /// ```
    /// let (sender, receiver) = producer_consumer::bounded(3);
    /// let rest = sender.try_send_many(1..=5).unwrap_err().into_inner();
    /// assert_eq!(rest.sent(), 3);
    /// assert!(rest.eq([4, 5]));
    /// assert_eq!(receiver.drain(), [1, 2, 3]);
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the rest back if there was not room for all, or the channel is closed.
    pub fn try_send_many<I: IntoIterator<Item = T>>(
        &self,
        values: I,
    ) -> Result<usize, TrySendError<Unsent<I::IntoIter>>> {
        self.ship(values, Patience::None)
    }

    /// Puts in all that `values` gives, waiting for room as long as it takes, and says how many there were.
    ///
    /// What there is room for goes in by one claim, up to 256 values, and as many receivers are told at once. Those values
    /// follow each other in the channel; other senders' may come between one claim and the next.
    ///
    /// ```
    /// let (sender, receiver) = producer_consumer::bounded(2);
    /// let consumer = std::thread::spawn(move || receiver.iter().sum::<u32>());
    /// assert_eq!(sender.send_many(1..=100).ok(), Some(100));
    /// drop(sender);
    /// assert_eq!(consumer.join().unwrap(), 5_050);
    /// ```
    ///
    /// # Errors
    ///
    /// Gives back what was not sent if the channel is closed, or gets closed while this waits.
    ///
    /// # Panics
    ///
    /// If the iterator panics, what it gave before is sent or dropped, and the channel is whole.
    pub fn send_many<I: IntoIterator<Item = T>>(&self, values: I) -> Result<usize, SendError<Unsent<I::IntoIter>>> {
        self.ship(values, Patience::Endless).map_err(|refused| SendError(refused.into_inner()))
    }

    /// [`send_many`](Self::send_many) that waits no longer than `timeout` altogether; zero does not sleep.
    ///
    /// # Errors
    ///
    /// Gives back what was not sent if the channel stayed full or is closed, or is full and rejects, as
    /// [`send_timeout`](Self::send_timeout).
    ///
    /// # Panics
    ///
    /// As [`send_many`](Self::send_many).
    pub fn send_many_timeout<I: IntoIterator<Item = T>>(
        &self,
        values: I,
        timeout: Duration,
    ) -> Result<usize, SendTimeoutError<Unsent<I::IntoIter>>> {
        self.ship(values, Patience::of(timeout)).map_err(|refused| self.late(refused))
    }

    /// [`send_many`](Self::send_many) that waits no longer than until `deadline`; one in the past does not sleep.
    ///
    /// # Errors
    ///
    /// Gives back what was not sent if the channel stayed full or is closed, or is full and rejects, as
    /// [`send_timeout`](Self::send_timeout).
    ///
    /// # Panics
    ///
    /// As [`send_many`](Self::send_many).
    pub fn send_many_deadline<I: IntoIterator<Item = T>>(
        &self,
        values: I,
        deadline: Instant,
    ) -> Result<usize, SendTimeoutError<Unsent<I::IntoIter>>> {
        self.ship(values, Patience::Until(deadline)).map_err(|refused| self.late(refused))
    }

    /// [`send_many`](Self::send_many) as a future, for any runtime.
    ///
    /// # Errors
    ///
    /// The future gives back what was not sent if the channel is closed.
    ///
    /// # Cancellation
    ///
    /// What was sent stays sent. Dropping the future drops the iterator, and what it gave that had no room yet.
    pub fn send_many_async<I: IntoIterator<Item = T>>(&self, values: I) -> future::SendMany<'_, I::IntoIter> {
        future::SendMany::new(self.flavor.not_full(), SendingMany::new(&self.flavor, values.into_iter()))
    }

    fn ship<I: IntoIterator<Item = T>>(
        &self,
        values: I,
        patience: Patience,
    ) -> Result<usize, TrySendError<Unsent<I::IntoIter>>> {
        let mut many = Many::new(values.into_iter());
        match each!(&self.flavor, channel => channel.send_many(&mut many, patience)) {
            Some(Ok(sent)) => Ok(sent),
            Some(Err(TrySendError::Disconnected(()))) => Err(TrySendError::Disconnected(many.into_unsent())),
            Some(Err(TrySendError::Full(()))) | None => Err(TrySendError::Full(many.into_unsent())),
        }
    }
}
