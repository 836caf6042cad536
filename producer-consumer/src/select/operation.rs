//! The operations themselves: a receive, a receive from any of several, and a send.

use super::arm::{Arms, Operations};
use super::few::Few;
use super::incoming::Incoming;
use super::outgoing::{Outgoing, send_out_of};
use crate::error::{RecvError, SendError};
use common::wait::WaitSet;
use std::ops::Range;

/// A receive, by [`Select::recv`](super::Select::recv).
pub struct Receive<P, H> {
    pub(super) port: P,
    pub(super) handler: H,
}

/// Receives of which one is done, by [`Select::recv_any`](super::Select::recv_any).
pub struct ReceiveAny<P, H> {
    pub(super) ports: Few<P>,
    pub(super) handler: H,
}

/// A send, by [`Select::send`](super::Select::send).
pub struct Send<'a, P, T, H> {
    pub(super) port: P,
    pub(super) value: &'a mut Option<T>,
    pub(super) handler: H,
}

impl<P, H> Operations for Receive<P, H> {}

impl<'a, R, P, H> Arms<'a, R> for Receive<P, H>
where
    P: Incoming<'a>,
    H: FnOnce(Result<P::Item, RecvError>) -> R,
{
    type Given = Result<P::Item, RecvError>;

    #[inline]
    fn count(&self) -> usize {
        1
    }

    fn sets(&self) -> impl Iterator<Item = &'a WaitSet> {
        self.port.set().into_iter()
    }

    fn seat_of(&self, _: &Self::Given) -> usize {
        0
    }

    #[inline]
    fn attempt(&mut self, numbers: Range<usize>) -> Option<Self::Given> {
        if numbers.is_empty() { None } else { self.port.attempt() }
    }

    fn begin_wait(&self) {
        self.port.begin_wait();
    }

    fn pass_on(&self, _: &Self::Given) {
        self.port.pass_on();
    }

    #[inline]
    fn finish(self, given: Self::Given) -> R {
        (self.handler)(given)
    }
}

impl<P, H> Operations for ReceiveAny<P, H> {}

impl<'a, R, P, H> Arms<'a, R> for ReceiveAny<P, H>
where
    P: Incoming<'a>,
    H: FnOnce(usize, Result<P::Item, RecvError>) -> R,
{
    type Given = (usize, Result<P::Item, RecvError>);

    #[inline]
    fn count(&self) -> usize {
        self.ports.len()
    }

    fn sets(&self) -> impl Iterator<Item = &'a WaitSet> {
        self.ports.iter().filter_map(|port| port.set())
    }

    fn seat_of(&self, (at, _): &Self::Given) -> usize {
        self.ports.iter().take(*at).filter(|port| port.set().is_some()).count()
    }

    #[inline]
    fn attempt(&mut self, numbers: Range<usize>) -> Option<Self::Given> {
        numbers.into_iter().find_map(|at| Some((at, self.ports.get_mut(at)?.attempt()?)))
    }

    #[inline]
    fn attempt_around(&mut self, start: usize) -> Option<Self::Given> {
        let count = self.ports.len();
        let mut at = start;
        for _ in 0..count {
            if let Some(given) = self.ports.get_mut(at)?.attempt() {
                return Some((at, given));
            }
            at = if at + 1 < count { at + 1 } else { 0 };
        }
        None
    }

    fn begin_wait(&self) {
        self.ports.iter().for_each(|port| port.begin_wait());
    }

    fn pass_on(&self, (at, _): &Self::Given) {
        if let Some(port) = self.ports.get(*at) {
            port.pass_on();
        }
    }

    #[inline]
    fn finish(self, (at, given): Self::Given) -> R {
        (self.handler)(at, given)
    }
}

impl<P, T, H> Operations for Send<'_, P, T, H> {}

impl<'a, R, P, T, H> Arms<'a, R> for Send<'a, P, T, H>
where
    P: Outgoing<'a, Item = T>,
    H: FnOnce(Result<(), SendError<T>>) -> R,
{
    type Given = Result<(), SendError<T>>;

    #[inline]
    fn count(&self) -> usize {
        1
    }

    fn sets(&self) -> impl Iterator<Item = &'a WaitSet> {
        self.port.set().filter(|_| self.value.is_some()).into_iter()
    }

    fn seat_of(&self, _: &Self::Given) -> usize {
        0
    }

    #[inline]
    fn attempt(&mut self, numbers: Range<usize>) -> Option<Self::Given> {
        if numbers.is_empty() { None } else { send_out_of(&mut self.port, self.value) }
    }

    fn begin_wait(&self) {
        if self.value.is_some() {
            self.port.begin_wait();
        }
    }

    fn pass_on(&self, _: &Self::Given) {
        self.port.pass_on();
    }

    #[inline]
    fn finish(self, given: Self::Given) -> R {
        (self.handler)(given)
    }
}
