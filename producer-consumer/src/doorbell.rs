//! A bell that rings when a channel has something to receive, for loops that select by crossbeam-channel.
//!
//! `crossbeam_channel::select!` takes crossbeam's channels and no others, so a channel of this crate joins it by one of theirs
//! that only says "look": the doorbell. It is registered like a receiver that waits, and takes nothing.
//!
//! # States
//!
//! | state | the bell's channel | who changes it |
//! |---|---|---|
//! | LISTENING | empty; the doorbell sits in `not_empty` | a notifier, to RUNG |
//! | RUNG | holds a ring | the loop takes it: ANSWERED |
//! | ANSWERED | empty; the doorbell sits nowhere | [`try_recv`](Doorbell::try_recv), to one of the others |
//!
//! # Protocol
//!
//! Notifier: it finds the doorbell at the front of `not_empty` and wakes it: put a ring into the bell's channel, unless there is
//! one, and if there is something to receive, notify the next in `not_empty`. The doorbell keeps no notification to itself,
//! since its loop may be long in coming. Who comes while another is at that, which may be its own caller, leaves it to that
//! one to do it once more: a loop that sits down again at once would else be woken from within its own wake, and so on.
//!
//! Loop: take the ring, and call `try_recv`, which tries to receive. If that gave a message, or the end, ring again, for there
//! may be more: RUNG. If not, take back a ring that is left, sit down in `not_empty`, and look: LISTENING, or RUNG if there
//! is a message now or the channel has ended. Without room whoever waits to send waits for somebody who sits there: tell one.
//!
//! Drop: leave `not_empty`; a notification that came meanwhile is passed on.
//!
//! # Invariants
//!
//! - D1: while there is something to receive, or the channel has ended, the bell holds a ring, or somebody who has made that so
//!   is about to ring it, or the loop has taken the ring and not called `try_recv` since.
//! - D2: a notification that the doorbell was told reaches the next who waits, if there is one and what to tell.
//! - D3: nobody is woken because a doorbell was that has nothing to receive: bells do not wake each other for ever.
//!
//! Proof of D1: a doorbell that sits in the set has looked since it sat down. Who changes the channel after that look tells the
//! set (see `common::wait`, I1), and so rings, or tells one who sat there before: then a receiver is on its way to what is there,
//! and whoever has waited and taken something tells the next of what lies behind, as [`channel`](crate::channel) says.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | count up of `owed` | count down of `owed` | what the notification that is left to another was about |
//!
//! # Limits
//!
//! It may ring for a message that another receives. It does not ring again for what the loop leaves without having called
//! `try_recv`. While it listens each message may wake one receiver more than is needed. A wake goes through as many
//! doorbells as there are on a channel, one inside the other; one that others come upon meanwhile does their telling, too.

use crate::Receiver;
use crate::error::TryRecvError;
use crate::flavor::Flavor;
use common::sync::atomic::{AtomicUsize, Ordering};
use common::sync::channel;
use common::wait::{ToSet, WaitSet, Waiter};
use std::fmt;
use std::mem;
use std::pin::Pin;
// FACADE: a waker is made of std's, in a model too.
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

/// Rings a `crossbeam_channel::Receiver` when a channel has something to receive; by [`Receiver::doorbell`].
///
/// It is one of the channel's receivers, and what it rings for is received by [`try_recv`](Self::try_recv). Dropping it
/// takes nothing with it: what it was told is passed on.
///
/// ```
/// use crossbeam_channel::select;
/// use producer_consumer::TryRecvError;
///
/// let (sender, receiver) = producer_consumer::bounded(4);
/// let (commands, command) = crossbeam_channel::bounded::<&str>(4);
/// sender.send(1)?;
/// sender.send(2)?;
/// drop(sender);
///
/// let (mut door, mut sum) = (receiver.doorbell(), 0);
/// loop {
///     select! {
///         recv(door.rings()) -> _ => match door.try_recv() {
///             Ok(number) => sum += number,
///             Err(TryRecvError::Empty) => {} // Somebody else was faster.
///             Err(TryRecvError::Disconnected) => break,
///         },
///         recv(command) -> command => panic!("nobody sent {command:?}"),
///     }
/// }
/// assert_eq!(sum, 3);
/// # drop(commands);
/// # Ok::<(), producer_consumer::SendError<i32>>(())
/// ```
pub struct Doorbell<T> {
    // Dropped first: it leaves the set, and what it was told goes to another, before the receiver goes.
    waiter: Pin<Box<Waiter<Door<T>>>>,
    waker: Waker,
    bell: channel::Sender<()>,
    rings: channel::Receiver<()>,
    receiver: Receiver<T>,
}

/// The way to the set that a doorbell sits in.
struct Door<T>(Flavor<T>);

// SAFETY: a hold leads to one channel, which stays where it is, wherever the hold is moved.
unsafe impl<T> ToSet for Door<T> {
    fn set(&self) -> &WaitSet {
        self.0.not_empty()
    }
}

/// What is woken in place of a thread or a task.
struct Clapper<T> {
    bell: channel::Sender<()>,
    door: Door<T>,
    /// Notifications that are to be passed on, while somebody is at it.
    owed: AtomicUsize,
}

impl<T: Send> Wake for Clapper<T> {
    fn wake(self: Arc<Self>) {
        ring(&self.bell);
        self.pass_on();
    }
}

impl<T> Clapper<T> {
    /// D2, D3: whoever comes first may have what there is.
    fn pass_on(&self) {
        // ORDERING: Release, E1. Acquire: what the last one left behind.
        if self.owed.fetch_add(1, Ordering::AcqRel) > 0 {
            return;
        }
        let reset = Reset(&self.owed);
        loop {
            if self.door.0.has_news() {
                self.door.set().notify_one();
            }
            // ORDERING: Acquire, E1. Release: for the next who begins.
            if self.owed.fetch_sub(1, Ordering::AcqRel) == 1 {
                break;
            }
        }
        mem::forget(reset);
    }
}

/// A foreign waker has panicked: the next wake begins anew.
struct Reset<'a>(&'a AtomicUsize);

impl Drop for Reset<'_> {
    fn drop(&mut self) {
        // ORDERING: Release, pairs with the count up of whoever begins next.
        self.0.store(0, Ordering::Release);
    }
}

fn ring(bell: &channel::Sender<()>) {
    // A full bell has rung already, and both its ends are here.
    let _ = bell.try_send(());
}

impl<T: Send + 'static> Receiver<T> {
    /// A bell that can be an arm of `crossbeam_channel::select!` for this channel; see [`Doorbell`].
    ///
    /// It counts as a receiver of its own. A few allocations, and none for each message; while it has no message to ring for, a
    /// message costs what it costs to wake a task, and a ring a send and a receive of crossbeam-channel.
    pub fn doorbell(&self) -> Doorbell<T> {
        let (bell, rings) = channel::bounded(1);
        let clapper = Clapper { bell: bell.clone(), door: Door(self.flavor().hold()), owed: AtomicUsize::new(0) };
        let mut doorbell = Doorbell {
            waiter: Box::pin(Waiter::new(Door(self.flavor().hold()))),
            waker: Waker::from(Arc::new(clapper)),
            bell,
            rings,
            receiver: self.clone(),
        };
        doorbell.listen();
        doorbell
    }
}

impl<T> Doorbell<T> {
    /// What to select: it is ready when there may be something to receive, or the channel is closed.
    ///
    /// Answer each ring that you take by [`try_recv`](Self::try_recv): it rings again only after that. It is never disconnected
    /// while the doorbell lives.
    pub fn rings(&self) -> &channel::Receiver<()> {
        &self.rings
    }

    /// Takes the oldest message if there is one now, and sees to the next ring.
    ///
    /// It may be called at any time, also without a ring.
    ///
    /// # Errors
    ///
    /// Says whether the channel is just empty, which can be so in spite of a ring, or closed as well, which goes on ringing.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let received = self.receiver.try_recv();
        match received {
            Err(TryRecvError::Empty) => self.listen(),
            Ok(_) | Err(TryRecvError::Disconnected) => ring(&self.bell),
        }
        received
    }

    /// Sits down to be told, unless there is something already: then it rings.
    fn listen(&mut self) {
        // A ring for something that is gone.
        let _ = self.rings.try_recv();
        let flavor = self.receiver.flavor();
        // It takes nothing, so whatever it is told of is passed on: there is no seat of this number.
        let look = || flavor.has_news().then_some((usize::MAX, ()));
        if self.waiter.as_mut().poll(&Context::from_waker(&self.waker), look).is_ready() {
            ring(&self.bell);
        } else {
            flavor.invite();
        }
    }
}

impl<T> fmt::Debug for Doorbell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doorbell").field("receiver", &self.receiver).finish_non_exhaustive()
    }
}
