//! A slot: one value, once, from one thread to another. It is how results come back.
//!
//! A channel of capacity one would do, at the price of a queue, two counters and a lock for what is a single hand-over.
//! Even an `Arc` around the value costs two counts that say nothing new: there are two ends, and the word that tells
//! each where the other is also tells which of them comes last. Ancestors: the `oneshot` crate, and the join cell of
//! tokio's tasks. oneshot's receiver waits, spinning, for a sender that is preempted while it takes the waiter out;
//! here such a sender is left behind with the block.
//!
//! # States
//!
//! A word of two bits and the sender's end, which is one of none, VALUE, CLOSED (dropped) and PANICKED.
//!
//! | word | who is where | who may touch what |
//! |---|---|---|
//! | 0 | neither value nor waiter | sender: value; receiver: waiter |
//! | WAITING | the receiver waits | sender: value; both may read the waiter, nobody writes it |
//! | end, WAITING | the sender has ended and is taking the waiter out | sender: waiter; receiver: value |
//! | end | the sender has finished | the block is the receiver's |
//! | GONE | the receiver is gone | sender: value; with its end the block is the sender's |
//! | end, WAITING, GONE | the receiver took the value, or there was none, and left | the block is the sender's |
//!
//! # Protocol
//!
//! Sender:
//! 1. write the value, and add VALUE to the word; dropped instead, add CLOSED or PANICKED;
//! 2. if the word was 0, that was its last access. If it had GONE, take the value back and free the block;
//! 3. if it had WAITING, copy the waiter out, subtract WAITING, free the block if GONE has come meanwhile, and only then
//!    wake the waiter.
//!
//! Receiver, to receive: load the word. If it has an end, take the value or report it. Else write the waiter and
//! compare-exchange 0 to WAITING; if that fails the sender has ended. To leave a wait, or to put another waiter in,
//! compare-exchange WAITING to 0 first; if that fails the sender has ended.
//!
//! Receiver, when it has the value or is dropped: if the word has an end and no WAITING, free the block. Else take a
//! value that is there and a waiter that is its own, and add GONE; free the block if the sender has finished meanwhile.
//!
//! Each side takes a bounded number of steps, whatever the other one does or leaves undone.
//!
//! # Invariants
//!
//! - I1: the sender adds its end once, and the receiver GONE once.
//! - I2: the value is the sender's before its end and the receiver's after it, or the sender's again if GONE came before.
//!   Whoever adds GONE after the end has taken the value.
//! - I3: the waiter is the receiver's unless WAITING is set. WAITING together with an end is taken away by the sender, by
//!   itself by the receiver, and whoever takes it away has the waiter.
//! - I4: an end is finished when it has added its end or GONE, and a sender that found a waiter when it has subtracted
//!   WAITING. The one that finishes second frees the block; the other touches nothing of it any more.
//! - I5: foreign code (a waker's, a value's drop) runs between steps, so its panic finds the block whole.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | sender adds its end | receiver's load, failed exchange or addition of GONE | the value, and the block |
//! | E2 | receiver's exchange to WAITING | sender adds its end | the waiter |
//! | E3 | sender subtracts WAITING | receiver's load, failed exchange or addition of GONE | that the waiter was read |
//! | E4 | receiver adds GONE | sender adds its end, or subtracts WAITING | the receiver's last access |
//!
//! All accesses but the load are read-modify-writes, so each edge also holds across what came between.
//!
//! # Limits
//!
//! One allocation: the value, 4 bytes and 16, rounded up. An end is one pointer. A send and a receive cost one read-modify-write
//! together if the value is there first, and otherwise three and a wake; the README has figures. A poll with the waker
//! that is there already costs one load. The models cover a value and a drop against each way to receive; a panic takes
//! the drop's way, and that unwinding reports it is tested on real threads only.

mod shared;

use self::shared::{End, Shared, Waiter, Word};
use crate::backoff::Backoff;
use crate::sync::thread;
use std::fmt;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Makes a slot: what goes into the one end comes out of the other.
///
/// ```
/// let (sender, mut receiver) = common::slot::slot();
/// let answer = std::thread::spawn(move || sender.send(6 * 7));
/// assert_eq!(receiver.recv(), Ok(42));
/// assert_eq!(answer.join().unwrap(), Ok(()));
/// ```
///
/// What cannot move to another thread does not get there through a slot:
///
/// ```compile_fail,E0277
/// let (sender, mut receiver) = common::slot::slot::<std::rc::Rc<()>>();
/// std::thread::spawn(move || receiver.recv().is_ok());
/// ```
#[inline]
pub fn slot<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = Shared::pair();
    (Sender { shared: ManuallyDrop::new(sender) }, Receiver { shared: Some(receiver) })
}

/// The end a value goes into.
///
/// Dropping it tells the receiver that no value will come, and whether that is because this thread panicked.
#[derive(Debug)]
pub struct Sender<T> {
    /// Taken by `send`, by `report_panic` or by the drop.
    shared: ManuallyDrop<Shared<T>>,
}

/// The end a value comes out of: by [`recv`](Receiver::recv), or as a future.
///
/// Dropping it, or a wait on it that ended by its deadline, loses nothing: a value that comes later goes back to its
/// sender.
#[derive(Debug)]
#[must_use = "a receiver that is dropped hands the value back to its sender"]
pub struct Receiver<T> {
    /// `None` once the value was taken.
    shared: Option<Shared<T>>,
}

/// Why no value comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvError {
    /// The sender was dropped without a value, or the value was taken before.
    Closed,
    /// The sender was dropped by a panic of its thread, or has [reported one](Sender::report_panic).
    Panicked,
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the sender of the slot is gone",
            Self::Panicked => "the sender of the slot has panicked",
        })
    }
}

impl std::error::Error for RecvError {}

impl<T> Sender<T> {
    /// Puts the value in and wakes the receiver.
    ///
    /// # Errors
    ///
    /// Gives the value back when the receiver is gone.
    #[inline]
    pub fn send(self, value: T) -> Result<(), T> {
        self.into_shared().send(value)
    }

    /// Tells the receiver that whoever should have made the value has panicked: for a panic that was caught.
    ///
    /// A sender that is dropped while its thread unwinds says the same.
    ///
    /// ```
    /// use common::slot::{RecvError, slot};
    /// use std::panic::catch_unwind;
    ///
    /// # std::panic::set_hook(Box::new(|_| {}));
    /// let (sender, mut receiver) = slot();
    /// match catch_unwind(|| "7 apples".parse::<u8>().unwrap()) {
    ///     Ok(count) => sender.send(count).unwrap(),
    ///     Err(_) => sender.report_panic(),
    /// }
    /// assert_eq!(receiver.recv(), Err(RecvError::Panicked));
    /// ```
    pub fn report_panic(self) {
        self.into_shared().close(End::Panicked);
    }

    /// Whether the receiver is gone, so that nobody wants the value any more.
    pub fn is_closed(&self) -> bool {
        self.shared.look().is_gone()
    }

    #[inline]
    fn into_shared(self) -> Shared<T> {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: the sender is not dropped any more, so this is the only taker.
        unsafe { ManuallyDrop::take(&mut this.shared) }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let end = if thread::panicking() { End::Panicked } else { End::Closed };
        // SAFETY: a sender whose hold was taken is not dropped.
        unsafe { ManuallyDrop::take(&mut self.shared) }.close(end);
    }
}

impl<T> Receiver<T> {
    /// Blocks until the value comes.
    ///
    /// # Errors
    ///
    /// [`RecvError`] when none will come.
    #[inline]
    pub fn recv(&mut self) -> Result<T, RecvError> {
        match self.take() {
            Ok(result) => result,
            Err(seen) => match self.wait(seen, None) {
                Ok(result) => result,
                Err(_) => unreachable!("a wait without a deadline ends with a result"),
            },
        }
    }

    /// Blocks until the value comes or `deadline` has passed; `None` means that it has not come yet.
    ///
    /// # Errors
    ///
    /// [`RecvError`] when none will come.
    #[inline]
    pub fn recv_deadline(&mut self, deadline: Instant) -> Result<Option<T>, RecvError> {
        self.take().or_else(|seen| self.wait(seen, Some(deadline))).ok().transpose()
    }

    /// Blocks until the value comes or `timeout` has passed; `None` means that it has not come yet.
    ///
    /// # Errors
    ///
    /// [`RecvError`] when none will come.
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Option<T>, RecvError> {
        match Instant::now().checked_add(timeout) {
            Some(deadline) => self.recv_deadline(deadline),
            // It is past the end of time.
            None => self.recv().map(Some),
        }
    }

    /// The value if it is there; `None` means that it has not come yet.
    ///
    /// # Errors
    ///
    /// [`RecvError`] when none will come.
    #[inline]
    pub fn try_recv(&mut self) -> Result<Option<T>, RecvError> {
        self.take().ok().transpose()
    }

    /// The value or the news that none will come; fails with what was seen when there is neither yet.
    #[inline(always)]
    fn take(&mut self) -> Result<Result<T, RecvError>, Word> {
        let Some(shared) = self.shared.take() else { return Ok(Err(RecvError::Closed)) };
        let seen = shared.look();
        if seen.is_ready() {
            return Ok(Ok(shared.into_value()));
        }
        let result = match seen.end() {
            Some(End::Value) => {
                let value = shared.take_value();
                let late = shared.leave(seen);
                debug_assert!(late.is_none(), "I1: the sender ends once");
                return Ok(Ok(value));
            }
            Some(End::Closed) => Ok(Err(RecvError::Closed)),
            Some(End::Panicked) => Ok(Err(RecvError::Panicked)),
            None => Err(seen),
        };
        self.shared = Some(shared);
        result
    }

    /// [`take`](Self::take), after the sender has ended or the deadline has passed.
    #[inline]
    fn wait(&mut self, seen: Word, deadline: Option<Instant>) -> Result<Result<T, RecvError>, Word> {
        // It goes by value, so that in a caller that need not wait the receiver is never in memory.
        let (receiver, result) = Self { shared: self.shared.take() }.waited(seen, deadline);
        *self = receiver;
        result
    }

    #[cold]
    fn waited(mut self, mut seen: Word, deadline: Option<Instant>) -> (Self, Result<Result<T, RecvError>, Word>) {
        if let Some(shared) = &self.shared {
            let mut backoff = Backoff::new();
            while seen.end().is_none() && backoff.spin() {
                seen = shared.look();
            }
            if seen.end().is_none() && shared.register(seen, Waiter::Thread(thread::current())) {
                sleep(shared, deadline);
            }
        }
        let result = self.take();
        (self, result)
    }
}

/// Sleeps until the sender has ended; if the deadline passes first, takes the waiter back.
///
/// It looks before it sleeps: the waker that the thread took the place of is gone now, and its drop, which is foreign
/// code, may have slept itself and taken the token that was ours.
fn sleep<T>(shared: &Shared<T>, deadline: Option<Instant>) {
    while shared.look().end().is_none() {
        let Some(deadline) = deadline else {
            thread::park();
            continue;
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let _ = shared.retract();
            return;
        }
        thread::park_timeout(left);
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let seen = match self.take() {
            Ok(result) => return Poll::Ready(result),
            Err(seen) => seen,
        };
        if let Some(shared) = &self.shared
            && (shared.will_wake(seen, cx.waker()) || shared.register(seen, Waiter::Task(cx.waker().clone())))
        {
            return Poll::Pending;
        }
        Poll::Ready(self.take().expect("a refused registration means that the sender has ended"))
    }
}

impl<T> Drop for Receiver<T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            shared.abandon();
        }
    }
}
