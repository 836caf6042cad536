//! What senders and subscribers share: the log under its lock, and those who wait for it.

use super::log::{Log, Position};
use crate::core::ended::Ended;
use crate::core::pending::{Attempt, PENDING};
use crate::core::waits_beside;
use crate::error::{TryRecvError, TrySendError};
use crate::finally::Finally;
use crate::patience::Patience;
use crate::stats::{Stats, Waits};
use common::sync::atomic::{AtomicUsize, Ordering};
use common::sync::{Arc, Mutex, MutexGuard};
use common::wait::WaitSet;
use std::collections::VecDeque;
use std::panic::RefUnwindSafe;

/// The channel.
pub(crate) struct Hub<T> {
    log: Mutex<Log<T>>,
    senders: AtomicUsize,
    /// Subscribers that have read all there is.
    not_empty: WaitSet,
    /// Senders that have found it full.
    not_full: WaitSet,
    ended: Ended,
    send_waits: Waits,
    recv_waits: Waits,
}

// B3: a panic of foreign code leaves a channel whole.
impl<T> RefUnwindSafe for Hub<T> {}

/// What one subscriber has read, and not yet given out.
pub(crate) struct View<T> {
    position: Position,
    /// Read, and not cloned yet: empty between two calls, unless a clone has panicked (B4).
    shares: VecDeque<Arc<T>>,
}

impl<T> Hub<T> {
    /// One with a sender, and without subscribers.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            log: Mutex::new(Log::new(capacity)),
            senders: AtomicUsize::new(1),
            not_empty: waits_beside(capacity),
            not_full: waits_beside(capacity),
            ended: Ended::new(),
            send_waits: Waits::new(),
            recv_waits: Waits::new(),
        }
    }

    pub(super) fn log(&self) -> MutexGuard<'_, Log<T>> {
        self.log.lock()
    }

    pub(crate) fn not_empty(&self) -> &WaitSet {
        &self.not_empty
    }

    pub(crate) fn not_full(&self) -> &WaitSet {
        &self.not_full
    }

    /// A send begins to wait.
    pub(crate) fn begin_send_wait(&self, patience: Patience) {
        self.send_waits.begin(patience);
    }

    /// A receive does.
    pub(crate) fn begin_recv_wait(&self, patience: Patience) {
        self.recv_waits.begin(patience);
    }

    /// Tells all subscribers that wait.
    fn tell_subscribers(&self) {
        self.recv_waits.tell(self.not_empty.notify_all());
    }

    /// Tells up to `count` of the senders that wait.
    fn tell_senders(&self, count: usize) {
        self.send_waits.tell(self.not_full.notify(count));
    }

    pub(super) fn stats(&self) -> Stats {
        let stats = self.log().stats();
        self.send_waits.with(&self.recv_waits, stats)
    }

    pub(super) fn ended(&self) -> &WaitSet {
        self.ended.set()
    }

    /// Sends if there is room now, and says to how many.
    pub(crate) fn try_send(&self, value: T) -> Result<usize, TrySendError<T>> {
        let appended = self.log().append(value);
        let (reached, unheard) = appended?;
        if reached > 0 {
            self.tell_subscribers();
        }
        drop(unheard);
        Ok(reached)
    }

    /// Sends, waiting for room as long as `patience` says.
    pub(super) fn send(&self, value: T, patience: Patience) -> Result<usize, TrySendError<T>> {
        let value = match self.try_send(value) {
            Err(TrySendError::Full(value)) => value,
            result => return result,
        };
        self.begin_send_wait(patience);
        let mut sending = Sending { hub: self, value: Some(value) };
        patience.wait(&self.not_full, || sending.attempt()).unwrap_or_else(|| {
            let value = sending.value.take().expect("a value that was not sent is there");
            Err(TrySendError::Full(value))
        })
    }

    /// Ends the sending; false if it had ended before.
    pub(super) fn close(&self) -> bool {
        let was_open = self.log().close();
        if was_open {
            // Wakers are foreign: one that panics keeps nobody from being told.
            let _watchers = Finally(|| self.ended.tell());
            let _subscribers = Finally(|| self.tell_subscribers());
            self.tell_senders(usize::MAX);
        }
        was_open
    }

    /// One more sender; there is one.
    pub(super) fn share(&self) {
        // ORDERING: Relaxed: a count publishes nothing while it goes up.
        self.senders.fetch_add(1, Ordering::Relaxed);
    }

    /// One more sender, unless there is none.
    pub(super) fn revive(&self) -> bool {
        let one_more = |count: usize| (count > 0).then(|| count + 1);
        // ORDERING: Relaxed, as in `share`.
        self.senders.try_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
    }

    /// A sender goes; the last one ends the channel.
    pub(super) fn leave(&self) {
        // ORDERING: AcqRel: what the others did before they went comes before the end.
        if self.senders.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.close();
        }
    }
}

/// A value on its way.
pub(super) struct Sending<'a, T> {
    pub(super) hub: &'a Hub<T>,
    pub(super) value: Option<T>,
}

impl<T> Attempt for Sending<'_, T> {
    type Given = Result<usize, TrySendError<T>>;

    fn attempt(&mut self) -> Option<Self::Given> {
        let value = self.value.take().expect(PENDING);
        match self.hub.try_send(value) {
            Err(TrySendError::Full(value)) => {
                self.value = Some(value);
                None
            }
            result => Some(result),
        }
    }
}

impl<T> View<T> {
    /// That of a new subscriber, who gets what is sent from now on.
    pub(super) fn subscribe(hub: &Hub<T>) -> Self {
        Self { position: hub.log().subscribe(), shares: VecDeque::new() }
    }

    /// That of another subscriber, who gets what this one has not had.
    pub(super) fn share(&self, hub: &Hub<T>) -> Self {
        hub.log().subscribe_at(self.position);
        Self { position: self.position, shares: self.shares.clone() }
    }

    /// The subscriber goes.
    pub(super) fn leave(&mut self, hub: &Hub<T>) {
        let mut log = hub.log();
        let outdated = log.unsubscribe(self.position);
        let is_last = log.subscribers() == 0;
        drop(log);
        hub.tell_senders(if is_last { usize::MAX } else { outdated.len() });
        drop(outdated);
    }

    /// How many messages it has not given out.
    pub(super) fn len(&self, hub: &Hub<T>) -> usize {
        self.shares.len() + hub.log().len_from(self.position)
    }

    /// Reads up to `max` messages, and says how many there are to give out.
    fn read(&mut self, hub: &Hub<T>, max: usize) -> Result<usize, TryRecvError> {
        let more = max.saturating_sub(self.shares.len());
        let read = hub.log().read(&mut self.position, more, &mut self.shares);
        match read {
            Ok(freed) => hub.tell_senders(freed),
            Err(nothing) if self.shares.is_empty() => return Err(nothing),
            Err(_) => {}
        }
        Ok(max.min(self.shares.len()))
    }
}

impl<T: Clone> View<T> {
    /// Gives out a message that was read: itself, if nobody else has a share of it.
    ///
    /// # Panics
    ///
    /// Panics if nothing was read, or the clone does; then the message stays to be given out.
    fn give(&mut self) -> T {
        let share = self.shares.front_mut().expect("what is given out was read");
        let copy = match Arc::get_mut(share) {
            Some(_) => None,
            None => Some(T::clone(share)),
        };
        let share = self.shares.pop_front();
        match copy {
            Some(copy) => copy,
            None => share.and_then(|share| Arc::try_unwrap(share).ok()).expect("nobody else has a share of it"),
        }
    }

    /// Takes the next message if there is one now.
    pub(crate) fn try_recv(&mut self, hub: &Hub<T>) -> Result<T, TryRecvError> {
        self.read(hub, 1)?;
        Ok(self.give())
    }

    /// Takes up to `max` messages that are there now, and says how many.
    pub(super) fn try_recv_many(&mut self, hub: &Hub<T>, into: &mut Vec<T>, max: usize) -> Result<usize, TryRecvError> {
        let count = self.read(hub, max)?;
        into.reserve(count);
        for _ in 0..count {
            into.push(self.give());
        }
        Ok(count)
    }
}
