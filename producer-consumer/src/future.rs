//! The futures of the channels for many: pending operations with a name, for any runtime.
//!
//! One that has to wait may wake its own task once, so that others have their turn, before it joins those who wait: where
//! they are what it waits for, nobody has to be told. Threads on which that is of no use learn to leave it out.

mod line;
mod reserve;
#[cfg(feature = "futures")]
mod stream;

#[cfg(feature = "futures")]
pub use self::stream::{RecvStream, SendSink};
#[cfg(feature = "futures")]
pub use crate::owned::many::{OwnedRecvStream, OwnedSendSink};

pub(crate) use self::reserve::{Reserving, ReservingMany};

use self::line::{Apart, poll_in_line};
use crate::channel::Shared;
use crate::closed::Ending;
use crate::core::lanes::Lane;
use crate::core::pending::{Attempt, PENDING, future};
use crate::core::rendezvous::Rendezvous;
use crate::error::{RecvError, SendError, TrySendError, unless_empty};
use crate::flavor::{Flavor, each};
use crate::many::{Many, Standing, Unsent};
use crate::overflow::Overflown;
use crate::permit::{Permit, Permits};
use std::task::{Context, Poll, ready};

/// A value on its way.
pub(crate) struct Sending<'a, T> {
    flavor: &'a Flavor<T>,
    value: Option<T>,
    /// Where it waits if the channel has no room ever, or lanes.
    apart: Option<Apart<'a, T>>,
}

impl<'a, T> Sending<'a, T> {
    pub(crate) fn new(flavor: &'a Flavor<T>, value: T) -> Self {
        Self { flavor, value: Some(value), apart: None }
    }

    /// Hands the value to a receiver, or looks whether one has taken it.
    fn meet(&mut self, rendezvous: &'a Rendezvous<T>, cx: &Context<'_>) -> Poll<Result<(), TrySendError<T>>> {
        if self.apart.is_none() {
            match rendezvous.offer(self.value.take().expect(PENDING)) {
                Ok(Some(offer)) => self.apart = Some(Apart::Offer(offer)),
                Ok(None) => return Poll::Ready(Ok(())),
                Err(refused) => return Poll::Ready(Err(refused)),
            }
        }
        let Some(Apart::Offer(offer)) = &mut self.apart else { unreachable!("who meets stands in no lane's line") };
        offer.poll(cx)
    }

    /// Puts the value into a lane, in its turn.
    fn stand(&mut self, channel: &'a Shared<Lane<T>>, cx: &Context<'_>) -> Poll<Result<(), TrySendError<T>>> {
        let Self { value: unsent, apart, .. } = self;
        poll_in_line(apart, channel, cx, |standing| {
            let value = unsent.take().expect(PENDING);
            let settled = match standing {
                Standing::New => channel.settle(value),
                Standing::Waiting => channel.settle_in_turn(value),
            };
            match settled {
                Overflown::Ended(result) => Some(result),
                Overflown::Wait(value) => {
                    *unsent = Some(value);
                    None
                }
            }
        })
    }
}

impl<T> Attempt for Sending<'_, T> {
    type Given = Result<(), SendError<T>>;

    #[inline]
    fn attempt(&mut self) -> Option<Self::Given> {
        let value = self.value.take().expect(PENDING);
        let result = each!(self.flavor, channel => match channel.settle(value) {
            Overflown::Wait(value) => {
                self.value = Some(value);
                return None;
            }
            Overflown::Ended(result) => result,
        });
        Some(result.map_err(|refused| SendError(refused.into_inner())))
    }

    fn begin_wait(&self) {
        self.flavor.begin_send_wait();
    }

    fn pass_on(&self) {
        self.flavor.pass_on_room();
    }

    fn poll_apart(&mut self, cx: &Context<'_>) -> Option<Poll<Self::Given>> {
        let polled = match self.flavor {
            Flavor::Rendezvous(channel) => self.meet(channel.core(), cx),
            Flavor::Lane(channel) => self.stand(channel, cx),
            _ => return None,
        };
        Some(polled.map_err(|refused| SendError(refused.into_inner())))
    }
}

/// Values on their way.
pub(crate) struct SendingMany<'a, I: Iterator> {
    flavor: &'a Flavor<I::Item>,
    many: Option<Many<I>>,
    /// Where the next of them waits if the channel has no room ever, or lanes.
    apart: Option<Apart<'a, I::Item>>,
}

impl<'a, I: Iterator> SendingMany<'a, I> {
    pub(crate) fn new(flavor: &'a Flavor<I::Item>, values: I) -> Self {
        Self { flavor, many: Some(Many::new(values)), apart: None }
    }

    /// Hands the values to receivers, one by one.
    fn meet(&mut self, rendezvous: &'a Rendezvous<I::Item>, cx: &Context<'_>) -> Poll<Result<usize, TrySendError<()>>> {
        let many = self.many.as_mut().expect(PENDING);
        loop {
            let handed = match &mut self.apart {
                Some(Apart::Offer(offer)) => ready!(offer.poll(cx)),
                Some(Apart::Place(_)) => unreachable!("who meets stands in no lane's line"),
                None => match many.take().map(|value| rendezvous.offer(value)) {
                    None => return Poll::Ready(Ok(many.sent())),
                    Some(Ok(Some(offer))) => {
                        self.apart = Some(Apart::Offer(offer));
                        continue;
                    }
                    Some(Ok(None)) => Ok(()),
                    Some(Err(refused)) => Err(refused),
                },
            };
            self.apart = None;
            match handed {
                Ok(()) => many.count(),
                Err(refused) => return Poll::Ready(Err(many.keep(refused))),
            }
        }
    }

    /// Puts the values into a lane, in turn.
    fn stand(&mut self, channel: &'a Shared<Lane<I::Item>>, cx: &Context<'_>) -> Poll<Result<usize, TrySendError<()>>> {
        let many = self.many.as_mut().expect(PENDING);
        let overflow = |value| channel.overflow(value);
        poll_in_line(&mut self.apart, channel, cx, |standing| many.advance(channel, standing, overflow))
    }
}

impl<I: Iterator> Attempt for SendingMany<'_, I> {
    type Given = Result<usize, SendError<Unsent<I>>>;

    #[inline]
    fn attempt(&mut self) -> Option<Self::Given> {
        let many = self.many.as_mut().expect(PENDING);
        let ended = each!(self.flavor, channel => {
            many.advance(channel, Standing::Waiting, |value| channel.overflow(value))?
        });
        let many = self.many.take()?;
        Some(ended.map_err(|_| SendError(many.into_unsent())))
    }

    fn poll_apart(&mut self, cx: &Context<'_>) -> Option<Poll<Self::Given>> {
        let polled = match self.flavor {
            Flavor::Rendezvous(channel) => self.meet(channel.core(), cx),
            Flavor::Lane(channel) => self.stand(channel, cx),
            _ => return None,
        };
        let Poll::Ready(ended) = polled else { return Some(Poll::Pending) };
        let many = self.many.take()?;
        Some(Poll::Ready(ended.map_err(|_| SendError(many.into_unsent()))))
    }

    fn begin_wait(&self) {
        self.flavor.begin_send_wait();
    }

    fn pass_on(&self) {
        self.flavor.pass_on_room();
    }
}

/// A message that is waited for.
pub(crate) struct Receiving<'a, T> {
    pub(crate) flavor: &'a Flavor<T>,
}

impl<T> Attempt for Receiving<'_, T> {
    type Given = Result<T, RecvError>;

    #[inline]
    fn attempt(&mut self) -> Option<Self::Given> {
        each!(self.flavor, channel => unless_empty(channel.try_recv()))
    }

    fn begin_wait(&self) {
        self.flavor.begin_recv_wait();
    }

    fn pass_on(&self) {
        self.flavor.pass_on_message();
    }
}

/// Messages that are waited for.
pub(crate) struct ReceivingMany<'a, T> {
    pub(crate) flavor: &'a Flavor<T>,
    pub(crate) into: &'a mut Vec<T>,
    pub(crate) max: usize,
}

impl<T> Attempt for ReceivingMany<'_, T> {
    type Given = Result<usize, RecvError>;

    #[inline]
    fn attempt(&mut self) -> Option<Self::Given> {
        each!(self.flavor, channel => unless_empty(channel.try_recv_many(self.into, self.max)))
    }

    fn begin_wait(&self) {
        self.flavor.begin_recv_wait();
    }

    fn pass_on(&self) {
        self.flavor.pass_on_message();
    }
}

future! {
    /// The future of [`Sender::send_async`](crate::Sender::send_async).
    ///
    /// # Cancellation
    ///
    /// Until it is ready the value has not been sent, and dropping the future drops it. Only without room, in a
    /// [`rendezvous`](crate::rendezvous), a receiver may have taken it since the last poll.
    Send<T>, Sending<'a, T> => Result<(), SendError<T>>
}

future! {
    /// The future of [`Sender::send_many_async`](crate::Sender::send_many_async).
    ///
    /// # Cancellation
    ///
    /// What was sent stays sent. Dropping it drops the iterator, and what it gave that had no room yet.
    SendMany<I: Iterator>, SendingMany<'a, I> => Result<usize, SendError<Unsent<I>>>
}

future! {
    /// The future of [`Receiver::recv_async`](crate::Receiver::recv_async).
    ///
    /// # Cancellation
    ///
    /// Until it is ready no message has been taken, so dropping it loses none; a wake that it has received goes to another.
    Recv<T>, Receiving<'a, T> => Result<T, RecvError>
}

future! {
    /// The future of [`Receiver::recv_many_async`](crate::Receiver::recv_many_async).
    ///
    /// # Cancellation
    ///
    /// Until it is ready no message has been taken, so dropping it loses none; a wake that it has received goes to another.
    RecvMany<T>, ReceivingMany<'a, T> => Result<usize, RecvError>
}

future! {
    /// The future of [`Sender::closed_async`](crate::Sender::closed_async).
    ///
    /// # Cancellation
    ///
    /// It takes nothing, so dropping it loses nothing.
    Closed<T>, Ending<'a, T> => ()
}

future! {
    /// The future of [`Sender::reserve_async`](crate::Sender::reserve_async).
    ///
    /// # Cancellation
    ///
    /// Until it is ready no place is kept; a wake that it has received goes to another.
    Reserve<T>, Reserving<'a, T> => Result<Permit<'a, T>, SendError<()>>
}

future! {
    /// The future of [`Sender::reserve_many_async`](crate::Sender::reserve_many_async).
    ///
    /// # Cancellation
    ///
    /// Until it is ready no place is kept; a wake that it has received, and room that it had no use for, go to another.
    ReserveMany<T>, ReservingMany<'a, T> => Result<Permits<'a, T>, SendError<()>>
}
