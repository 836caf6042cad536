//! What a select receives from.

use crate::broadcast::{Hub, View};
use crate::core::ring::{Popper, Ring};
use crate::error::{RecvError, unless_empty};
use crate::flavor::{Flavor, each};
use crate::patience::Patience;
use crate::{Receiver, broadcast, spsc};
use common::wait::WaitSet;

/// A receiving end that [`Select::recv`](super::Select::recv) takes: `&Receiver`, `&mut spsc::Receiver`,
/// `&mut broadcast::Receiver`, or an `Option` of one.
pub trait Source<'a>: Sealed {
    /// Its messages.
    type Item;
    #[doc(hidden)]
    type Port: Incoming<'a, Item = Self::Item>;

    #[doc(hidden)]
    fn open(self) -> Self::Port;
}

/// Nobody else's ends can be waited for.
pub trait Sealed {}

/// A receiving end, opened: the set to wait in apart from what is tried.
pub trait Incoming<'a> {
    type Item;

    /// Where to wait; `None` if it is off.
    fn set(&self) -> Option<&'a WaitSet>;

    /// Receives what is there; `None` if that is nothing.
    fn attempt(&mut self) -> Option<Result<Self::Item, RecvError>>;

    /// Hears that it has to be waited for; once.
    fn begin_wait(&self) {}

    /// After a wait that took something: tells the next what lies behind.
    fn pass_on(&self);
}

/// A receiver of a channel for many, opened.
pub struct ManyPort<'a, T>(&'a Flavor<T>);

impl<T> Sealed for &Receiver<T> {}

impl<'a, T> Source<'a> for &'a Receiver<T> {
    type Item = T;
    type Port = ManyPort<'a, T>;

    #[inline]
    fn open(self) -> ManyPort<'a, T> {
        ManyPort(self.flavor())
    }
}

impl<'a, T> Incoming<'a> for ManyPort<'a, T> {
    type Item = T;

    fn set(&self) -> Option<&'a WaitSet> {
        Some(self.0.not_empty())
    }

    #[inline]
    fn attempt(&mut self) -> Option<Result<T, RecvError>> {
        each!(self.0, channel => unless_empty(channel.try_recv()))
    }

    fn begin_wait(&self) {
        self.0.begin_recv_wait();
    }

    fn pass_on(&self) {
        self.0.pass_on_message();
    }
}

/// The receiver of a channel for two threads, opened.
pub struct OnePort<'a, T> {
    ring: &'a Ring<T>,
    popper: Popper<'a, T>,
}

impl<T> Sealed for &mut spsc::Receiver<T> {}

impl<'a, T> Source<'a> for &'a mut spsc::Receiver<T> {
    type Item = T;
    type Port = OnePort<'a, T>;

    #[inline]
    fn open(self) -> OnePort<'a, T> {
        let (ring, popper) = self.lend();
        OnePort { ring, popper }
    }
}

impl<'a, T> Incoming<'a> for OnePort<'a, T> {
    type Item = T;

    fn set(&self) -> Option<&'a WaitSet> {
        Some(self.ring.not_empty())
    }

    #[inline]
    fn attempt(&mut self) -> Option<Result<T, RecvError>> {
        unless_empty(self.popper.pop())
    }

    fn begin_wait(&self) {
        self.ring.begin_recv_wait(Patience::Endless);
    }

    fn pass_on(&self) {
        // There is no other receiver.
    }
}

/// A subscriber of a broadcast, opened.
pub struct EachPort<'a, T> {
    hub: &'a Hub<T>,
    view: &'a mut View<T>,
}

impl<T> Sealed for &mut broadcast::Receiver<T> {}

impl<'a, T: Clone> Source<'a> for &'a mut broadcast::Receiver<T> {
    type Item = T;
    type Port = EachPort<'a, T>;

    #[inline]
    fn open(self) -> EachPort<'a, T> {
        let (hub, view) = self.lend();
        EachPort { hub, view }
    }
}

impl<'a, T: Clone> Incoming<'a> for EachPort<'a, T> {
    type Item = T;

    fn set(&self) -> Option<&'a WaitSet> {
        Some(self.hub.not_empty())
    }

    #[inline]
    fn attempt(&mut self) -> Option<Result<T, RecvError>> {
        unless_empty(self.view.try_recv(self.hub))
    }

    fn begin_wait(&self) {
        self.hub.begin_recv_wait(Patience::Endless);
    }

    fn pass_on(&self) {
        // Everybody was told.
    }
}

impl<S: Sealed> Sealed for Option<S> {}

impl<'a, S: Source<'a>> Source<'a> for Option<S> {
    type Item = S::Item;
    type Port = Option<S::Port>;

    #[inline]
    fn open(self) -> Option<S::Port> {
        self.map(S::open)
    }
}

impl<'a, P: Incoming<'a>> Incoming<'a> for Option<P> {
    type Item = P::Item;

    fn set(&self) -> Option<&'a WaitSet> {
        self.as_ref()?.set()
    }

    #[inline]
    fn attempt(&mut self) -> Option<Result<P::Item, RecvError>> {
        self.as_mut()?.attempt()
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
