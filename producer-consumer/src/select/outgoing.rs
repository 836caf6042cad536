//! What a select sends to.

use super::incoming::Sealed;
use crate::broadcast::Hub;
use crate::core::ring::{Pusher, Ring};
use crate::error::{SendError, TrySendError};
use crate::flavor::{Flavor, each};
use crate::patience::Patience;
use crate::{Sender, broadcast, spsc};
use common::wait::WaitSet;

/// A sending end that [`Select::send`](super::Select::send) takes: `&Sender`, `&mut spsc::Sender`, `&broadcast::Sender`, or
/// an `Option` of one.
pub trait Destination<'a>: Sealed {
    /// Its messages.
    type Item;
    #[doc(hidden)]
    type Port: Outgoing<'a, Item = Self::Item>;

    #[doc(hidden)]
    fn open(self) -> Self::Port;
}

/// A sending end, opened: the set to wait in apart from what is tried.
pub trait Outgoing<'a> {
    type Item;

    /// Where to wait; `None` if it is off.
    fn set(&self) -> Option<&'a WaitSet>;

    /// Sends if there is room.
    fn attempt(&mut self, value: Self::Item) -> Result<(), TrySendError<Self::Item>>;

    /// Hears that it has to be waited for; once.
    fn begin_wait(&self) {}

    /// After a wait that sent something: tells the next what room there is.
    fn pass_on(&self);
}

/// A sender of a channel for many, opened.
pub struct ManyPort<'a, T>(&'a Flavor<T>);

impl<T> Sealed for &Sender<T> {}

impl<'a, T> Destination<'a> for &'a Sender<T> {
    type Item = T;
    type Port = ManyPort<'a, T>;

    #[inline]
    fn open(self) -> ManyPort<'a, T> {
        ManyPort(self.flavor())
    }
}

impl<'a, T> Outgoing<'a> for ManyPort<'a, T> {
    type Item = T;

    fn set(&self) -> Option<&'a WaitSet> {
        Some(self.0.not_full())
    }

    #[inline]
    fn attempt(&mut self, value: T) -> Result<(), TrySendError<T>> {
        each!(self.0, channel => channel.try_send(value))
    }

    fn begin_wait(&self) {
        self.0.begin_send_wait();
    }

    fn pass_on(&self) {
        self.0.pass_on_room();
    }
}

/// The sender of a channel for two threads, opened.
pub struct OnePort<'a, T> {
    ring: &'a Ring<T>,
    pusher: Pusher<'a, T>,
}

impl<T> Sealed for &mut spsc::Sender<T> {}

impl<'a, T> Destination<'a> for &'a mut spsc::Sender<T> {
    type Item = T;
    type Port = OnePort<'a, T>;

    #[inline]
    fn open(self) -> OnePort<'a, T> {
        let (ring, pusher) = self.lend();
        OnePort { ring, pusher }
    }
}

impl<'a, T> Outgoing<'a> for OnePort<'a, T> {
    type Item = T;

    fn set(&self) -> Option<&'a WaitSet> {
        Some(self.ring.not_full())
    }

    #[inline]
    fn attempt(&mut self, value: T) -> Result<(), TrySendError<T>> {
        self.pusher.push(value)
    }

    fn begin_wait(&self) {
        self.ring.begin_send_wait(Patience::Endless);
    }

    fn pass_on(&self) {
        // There is no other sender.
    }
}

/// A sender of a broadcast, opened.
pub struct EachPort<'a, T>(&'a Hub<T>);

impl<T> Sealed for &broadcast::Sender<T> {}

impl<'a, T> Destination<'a> for &'a broadcast::Sender<T> {
    type Item = T;
    type Port = EachPort<'a, T>;

    #[inline]
    fn open(self) -> EachPort<'a, T> {
        EachPort(self.hub())
    }
}

impl<'a, T> Outgoing<'a> for EachPort<'a, T> {
    type Item = T;

    fn set(&self) -> Option<&'a WaitSet> {
        Some(self.0.not_full())
    }

    #[inline]
    fn attempt(&mut self, value: T) -> Result<(), TrySendError<T>> {
        self.0.try_send(value).map(drop)
    }

    fn begin_wait(&self) {
        self.0.begin_send_wait(Patience::Endless);
    }

    fn pass_on(&self) {
        // As many were told as there is room for.
    }
}

impl<'a, D: Destination<'a>> Destination<'a> for Option<D> {
    type Item = D::Item;
    type Port = Option<D::Port>;

    #[inline]
    fn open(self) -> Option<D::Port> {
        self.map(D::open)
    }
}

impl<'a, P: Outgoing<'a>> Outgoing<'a> for Option<P> {
    type Item = P::Item;

    fn set(&self) -> Option<&'a WaitSet> {
        self.as_ref()?.set()
    }

    #[inline]
    fn attempt(&mut self, value: P::Item) -> Result<(), TrySendError<P::Item>> {
        match self {
            Some(port) => port.attempt(value),
            None => Err(TrySendError::Full(value)),
        }
    }

    fn begin_wait(&self) {
        if let Some(port) = self {
            port.begin_wait();
        }
    }

    fn pass_on(&self) {
        if let Some(port) = self {
            port.pass_on();
        }
    }
}

/// Sends what is there and leaves it there if there is no room; `None` if nothing came of it.
#[inline]
pub(super) fn send_out_of<'a, P: Outgoing<'a>>(
    port: &mut P,
    value: &mut Option<P::Item>,
) -> Option<Result<(), SendError<P::Item>>> {
    match port.attempt(value.take()?) {
        Ok(()) => Some(Ok(())),
        Err(TrySendError::Disconnected(refused)) => Some(Err(SendError(refused))),
        Err(TrySendError::Full(unsent)) => {
            *value = Some(unsent);
            None
        }
    }
}
