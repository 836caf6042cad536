//! Waiting for the first of several operations, on channels of any kinds and messages of any types.
//!
//! ```
//! use producer_consumer::{Select, bounded, spsc, unbounded};
//!
//! #[derive(Debug, PartialEq)]
//! enum Event {
//!     Number(u32),
//!     Line(&'static str),
//!     Sent,
//!     Over,
//! }
//!
//! let (_numbers, number) = bounded::<u32>(4);
//! let (mut lines, mut line) = spsc::bounded(4);
//! let (out, _results) = unbounded();
//! lines.send("hello")?;
//!
//! let mut result = None; // Nothing to send yet, so that operation is off.
//! let event = Select::new()
//!     .recv(&number, |got| got.map_or(Event::Over, Event::Number))
//!     .recv(&mut line, |got| got.map_or(Event::Over, Event::Line))
//!     .send(&out, &mut result, |sent| sent.map_or(Event::Over, |()| Event::Sent))
//!     .wait();
//! assert_eq!(event, Event::Line("hello"));
//! # result = Some(1);
//! # Ok::<(), producer_consumer::SendError<&str>>(())
//! ```
//!
//! A loop over `select` builds it anew each time round. It is a few references and closures on the stack: up to eight
//! operations nothing is allocated, whether it waits or not. Ancestors: Go's `select`, crossbeam-channel's and flume's; unlike
//! theirs an operation is tried, never held half done, so there is nothing to complete and nothing to lose.
//!
//! # States
//!
//! | operation | when | what a select does with it |
//! |---|---|---|
//! | off | its channel is `None`, or its slot holds no value to send | nothing |
//! | ready | a plain `try_recv` or `try_send` would not say "empty" or "full" | does it, or another one that is ready |
//! | not ready | else | waits in its channel's set |
//!
//! A closed channel is ready: its operation gives the error. Turn it off, or it will be chosen again and again.
//!
//! # Protocol
//!
//! 1. Try the operations that are on, one after the other and around, from a random one or, if biased, the first. The one
//!    that succeeds is over with its notification, and the others are not begun.
//! 2. If none succeeds: spin for a moment, then take a seat in the set of each, and try all again, now and after each ring.
//! 3. When one has succeeded, leave all sets. What the others' sets have told this waiter, and what its own set has told it
//!    more than once, goes to those who wait there (see `common::wait`).
//! 4. After a wait tell the next of the chosen channel's set what lies behind, as every waiter of `channel.rs`
//!    has to, and for the same reason: this one may have been told of something behind a late message, found nothing, and
//!    have forgotten it. The sets of the others need no such word: there, nothing was taken that somebody else was to be told
//!    behind of.
//! 5. Run the chosen operation's handler.
//!
//! # Invariants
//!
//! - S1: one operation is done or none, and it is what a plain call would have done.
//! - S2: a value stays in its slot until it has been sent or refused for good.
//! - S3: what this waiter is told is used by the chosen operation, or passed on; also if the wait ends without one.
//! - S4: a handler runs under no lock, when its operation is over and this waiter is in no set.
//! - S5: an operation that is ready whenever it is asked for is not passed over for ever, unless the select is biased.
//!
//! # Limits
//!
//! The operations are tried one after the other: [`try_now`](Select::try_now) may find none ready, though at each moment one
//! was. The first that is tried is random, and the others follow in their order, so one behind several that are not ready is
//! chosen more often.
//! A handler is run once, so a select is used up by its wait.

#[expect(unnameable_types, reason = "what a select is put together of is nobody else's to make")]
mod arm;
mod error;
mod few;
mod future;
#[expect(unnameable_types, reason = "an end that was opened is the select's alone")]
mod incoming;
mod operation;
mod order;
#[expect(unnameable_types, reason = "an end that was opened is the select's alone")]
mod outgoing;

pub use self::arm::{And, Arms, Nothing};
pub use self::error::{SelectTimeoutError, TrySelectError};
pub use self::future::Selecting;
pub use self::incoming::Source;
pub use self::operation::{Receive, ReceiveAny, Send};
pub use self::outgoing::Destination;

use self::few::Few;
use self::order::Order;
use crate::error::{RecvError, SendError};
use common::backoff::Backoff;
use common::wait::{Seats, WaitSet, Waiter};
use std::fmt;
use std::marker::PhantomData;
use std::pin::pin;
use std::time::{Duration, Instant};

/// So many operations wait without an allocation.
const FEW: usize = if cfg!(any(loom, shuttle)) { 2 } else { 8 };

/// A waiter that has a seat for each operation.
type Seated<'a> = Waiter<&'a WaitSet, Seats<&'a WaitSet, FEW>>;

/// Operations of which the first that can be done is done; see the [module](self).
///
/// `R` is what all handlers return. `A` is what [`recv`](Self::recv), [`recv_any`](Self::recv_any) and [`send`](Self::send)
/// have put together.
#[must_use = "a select does nothing until it waits"]
pub struct Select<'a, R, A = Nothing> {
    arms: A,
    order: Order,
    _kind: PhantomData<fn() -> (R, &'a ())>,
}

impl<R> Select<'_, R> {
    /// One without operations.
    pub fn new() -> Self {
        Self { arms: Nothing, order: Order::Fair, _kind: PhantomData }
    }
}

impl<R> Default for Select<'_, R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a, R, A> Select<'a, R, A> {
    /// Or receive from `source`: a [`Receiver`](crate::Receiver), a `&mut` [`spsc::Receiver`](crate::spsc::Receiver) or
    /// [`broadcast::Receiver`](crate::broadcast::Receiver), or an `Option` of one, which is off if it is `None`.
    ///
    /// The handler gets the message, or the error if the channel is closed and empty.
    ///
    /// ```
    /// # use producer_consumer::{Select, bounded};
    /// let (sender, receiver) = bounded(1);
    /// let (_other, quiet) = bounded::<char>(1);
    /// sender.send(7)?;
    /// let mut is_over = false;
    /// let text = Select::new()
    ///     .recv((!is_over).then_some(&receiver), |got| got.map(|number| number.to_string()))
    ///     .recv(&quiet, |got| got.map(|letter| letter.to_string()))
    ///     .wait();
    /// match text {
    ///     Ok(text) => assert_eq!(text, "7"),
    ///     Err(_closed) => is_over = true,
    /// }
    /// # Ok::<(), producer_consumer::SendError<i32>>(())
    /// ```
    #[inline]
    pub fn recv<S, H>(self, source: S, handler: H) -> Select<'a, R, And<A, Receive<S::Port, H>>>
    where
        S: Source<'a>,
        H: FnOnce(Result<S::Item, RecvError>) -> R,
    {
        self.and(Receive { port: source.open(), handler })
    }

    /// Or receive from any of `sources`, which are of one type.
    ///
    /// The handler also gets the number of the source that it is about, counted from 0 in the order of the iterator.
    ///
    /// ```
    /// # use producer_consumer::{Select, bounded};
    /// let (senders, receivers): (Vec<_>, Vec<_>) = (0..5).map(|_| bounded(1)).unzip();
    /// senders[3].send("hello")?;
    /// let got = Select::new().recv_any(&receivers, |at, got| (at, got)).wait();
    /// assert_eq!(got, (3, Ok("hello")));
    /// # Ok::<(), producer_consumer::SendError<&str>>(())
    /// ```
    ///
    /// Until all are closed:
    ///
    /// ```
    /// # use producer_consumer::{Select, bounded};
    /// # let (senders, receivers): (Vec<_>, Vec<_>) = (0..5).map(|_| bounded(1)).unzip();
    /// # senders.into_iter().enumerate().for_each(|(number, sender)| sender.send(number).unwrap());
    /// # let mut sum = 0;
    /// let mut open: Vec<_> = receivers.iter().collect();
    /// while !open.is_empty() {
    ///     match Select::new().recv_any(open.iter().copied(), |at, got| (at, got)).wait() {
    ///         (_, Ok(message)) => sum += message,
    ///         (at, Err(_closed)) => drop(open.swap_remove(at)),
    ///     }
    /// }
    /// # assert_eq!(sum, 10);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the iterator does.
    #[inline]
    #[expect(clippy::type_complexity, reason = "it is what the select is put together of")]
    pub fn recv_any<I, H>(
        self,
        sources: I,
        handler: H,
    ) -> Select<'a, R, And<A, ReceiveAny<<I::Item as Source<'a>>::Port, H>>>
    where
        I: IntoIterator<Item: Source<'a>>,
        H: FnOnce(usize, Result<<I::Item as Source<'a>>::Item, RecvError>) -> R,
    {
        let ports = Few::new(sources.into_iter().map(Source::open));
        self.and(ReceiveAny { ports, handler })
    }

    /// Or send what `value` holds to `destination`: a [`Sender`](crate::Sender), a `&mut` [`spsc::Sender`](crate::spsc::Sender),
    /// a [`broadcast::Sender`](crate::broadcast::Sender), or an `Option` of one. It is off if there is no destination, or no value.
    ///
    /// The value is taken out of its place when it is sent, and stays there as long as it is not: if another operation is
    /// chosen, the time is over, or the future is dropped. The handler gets it with the error if the channel is closed.
    ///
    /// ```
    /// # use producer_consumer::{Select, bounded};
    /// let (full, _receiver) = bounded(1);
    /// full.send(1)?;
    /// let (sender, receiver) = bounded(1);
    /// sender.send("news")?;
    /// let mut next = Some(2);
    /// let what = Select::new().send(&full, &mut next, |_| "sent").recv(&receiver, |got| got.unwrap_or("over")).wait();
    /// assert_eq!((what, next), ("news", Some(2)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    #[expect(clippy::type_complexity, reason = "it is what the select is put together of")]
    pub fn send<D, H>(
        self,
        destination: D,
        value: &'a mut Option<D::Item>,
        handler: H,
    ) -> Select<'a, R, And<A, Send<'a, D::Port, D::Item, H>>>
    where
        D: Destination<'a>,
        H: FnOnce(Result<(), SendError<D::Item>>) -> R,
    {
        self.and(Send { port: destination.open(), value, handler })
    }

    /// Among operations that are ready, the one that was named first is chosen, and not one at random.
    ///
    /// An operation that is always ready then keeps those behind it from ever being chosen.
    #[inline]
    pub fn biased(self) -> Self {
        Self { order: Order::Biased, ..self }
    }

    #[inline]
    fn and<B>(self, arm: B) -> Select<'a, R, And<A, B>> {
        Select { arms: And { before: self.arms, here: arm }, order: self.order, _kind: PhantomData }
    }
}

impl<'a, R, A: Arms<'a, R>> Select<'a, R, A> {
    /// Does one of the operations, waiting until one can be done, and returns what its handler returns.
    ///
    /// # Panics
    ///
    /// Panics if all operations are off, since nothing could ever end the wait.
    #[inline]
    pub fn wait(mut self) -> R {
        match self.attempt() {
            Some(given) => self.arms.finish(given),
            None => match self.wait_later(None) {
                Some(output) => output,
                None => unreachable!("a wait without a deadline ends with what it waited for"),
            },
        }
    }

    /// [`wait`](Self::wait) no longer than `timeout`; zero does not sleep.
    ///
    /// # Errors
    ///
    /// Fails if no operation could be done in time.
    ///
    /// # Cancellation
    ///
    /// A time-out takes no message and no value, and no wake that others need.
    pub fn wait_timeout(self, timeout: Duration) -> Result<R, SelectTimeoutError> {
        match Instant::now().checked_add(timeout) {
            Some(deadline) => self.wait_deadline(deadline),
            None => Ok(self.wait()),
        }
    }

    /// [`wait`](Self::wait) no longer than until `deadline`; one in the past does not sleep.
    ///
    /// # Errors
    ///
    /// Fails if no operation could be done in time.
    ///
    /// # Cancellation
    ///
    /// A time-out takes no message and no value, and no wake that others need.
    pub fn wait_deadline(mut self, deadline: Instant) -> Result<R, SelectTimeoutError> {
        match self.attempt() {
            Some(given) => Ok(self.arms.finish(given)),
            None => self.wait_later(Some(deadline)).ok_or(SelectTimeoutError),
        }
    }

    /// Does one of the operations if one can be done now, and returns what its handler returns.
    ///
    /// # Errors
    ///
    /// Fails if none can be done now.
    #[inline]
    pub fn try_now(mut self) -> Result<R, TrySelectError> {
        let given = self.attempt().ok_or(TrySelectError)?;
        Ok(self.arms.finish(given))
    }

    /// [`wait`](Self::wait) as a future, for any runtime.
    ///
    /// ```
    /// # use producer_consumer::{Select, bounded};
    /// # use std::task::{Context, Poll, Waker};
    /// let ((sender, receiver), (_other, quiet)) = (bounded(1), bounded::<i32>(1));
    /// let mut context = Context::from_waker(Waker::noop());
    /// let first = Select::new().recv(&receiver, |got| got).recv(&quiet, |got| got).wait_async();
    /// let mut first = std::pin::pin!(first);
    /// assert!(first.as_mut().poll(&mut context).is_pending());
    /// sender.send(1)?;
    /// assert_eq!(first.poll(&mut context), Poll::Ready(Ok(1)));
    /// # Ok::<(), producer_consumer::SendError<i32>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// The poll panics if all operations are off, or after it was ready.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped has taken no message and no value, and passes on each wake that it has received.
    pub fn wait_async(self) -> Selecting<'a, R, A> {
        Selecting::new(self)
    }

    /// Tries all operations until one of them has been done.
    #[inline]
    fn attempt(&mut self) -> Option<A::Given> {
        self.arms.attempt_around(self.order.start(self.arms.count()))
    }

    /// The same, with the seat whose set it was about.
    fn attempt_in_seat(&mut self) -> Option<(usize, A::Given)> {
        let given = self.attempt()?;
        Some((self.arms.seat_of(&given), given))
    }

    #[cold]
    fn wait_later(mut self, deadline: Option<Instant>) -> Option<R> {
        if deadline.is_none() {
            self.assert_on();
        }
        self.arms.begin_wait();
        let mut backoff = Backoff::new();
        while backoff.spin() {
            if let Some(given) = self.attempt() {
                drop(backoff);
                return Some(self.arms.finish(given));
            }
        }
        let given = {
            let waiter = pin!(Seated::few(self.arms.sets()));
            waiter.wait(deadline, || self.attempt_in_seat())?.1
        };
        self.arms.pass_on(&given);
        Some(self.arms.finish(given))
    }

    fn assert_on(&self) {
        assert!(self.arms.sets().next().is_some(), "a select waits for at least one operation that is on");
    }
}

impl<R, A> fmt::Debug for Select<'_, R, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Select").field("order", &self.order).finish_non_exhaustive()
    }
}
