//! The channel without room: who comes first waits for one of the other side, and a message goes from hand to hand.

use super::{Patience, Refusal, Shared, State};
use crate::sync::MutexGuard;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Who waits for the other side, each kind in its order; at most one of the queues holds somebody.
pub(super) struct Rendezvous<T> {
    /// Senders' hands, each with its message.
    offers: VecDeque<Hand<T>>,
    /// Receivers' hands, empty.
    takers: VecDeque<Hand<T>>,
}

/// Where the other side puts or takes a message; the channel's own lock orders the accesses.
struct Hand<T>(Arc<Mutex<Option<T>>>);

impl<T> Hand<T> {
    fn new(message: Option<T>) -> Self {
        Self(Arc::new(Mutex::new(message)))
    }

    fn put(&self, message: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(message);
    }

    fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Puts a hand into a queue, and keeps the other reference to it.
fn enqueue<T>(queue: &mut VecDeque<Hand<T>>, hand: Hand<T>) -> Hand<T> {
    queue.push_back(Hand(hand.0.clone()));
    hand
}

/// Takes a hand off its queue.
fn leave<T>(queue: &mut VecDeque<Hand<T>>, hand: &Hand<T>) {
    queue.retain(|queued| !Arc::ptr_eq(&queued.0, &hand.0));
}

impl<T> Default for Rendezvous<T> {
    fn default() -> Self {
        Self { offers: VecDeque::new(), takers: VecDeque::new() }
    }
}

impl<T> Shared<T> {
    /// Sends without room: to the receiver that has waited longest, or to one that comes later.
    pub(super) fn hand_over(
        &self,
        mut state: MutexGuard<'_, State<T>>,
        message: T,
        patience: Patience,
    ) -> Result<(), (T, Refusal)> {
        if state.receivers == 0 {
            return Err((message, Refusal::Disconnected));
        }
        if let Some(taker) = state.rendezvous.takers.pop_front() {
            taker.put(message);
            self.sent.notify_all();
            return Ok(());
        }
        let hand = enqueue(&mut state.rendezvous.offers, Hand::new(Some(message)));
        loop {
            let late = patience.wait(&self.received, &mut state);
            if hand.is_empty() {
                return Ok(());
            }
            let disconnected = state.receivers == 0;
            if disconnected || late {
                leave(&mut state.rendezvous.offers, &hand);
                let message = hand.take().expect("a message stays in a hand that is queued");
                return Err((message, if disconnected { Refusal::Disconnected } else { Refusal::Late }));
            }
        }
    }

    /// Receives without room: from the sender that has waited longest, or from one that comes later.
    pub(super) fn take_over(&self, mut state: MutexGuard<'_, State<T>>, patience: Patience) -> Result<T, Refusal> {
        if let Some(offer) = state.rendezvous.offers.pop_front() {
            self.received.notify_all();
            return Ok(offer.take().expect("a message stays in a hand that is queued"));
        }
        if state.senders == 0 {
            return Err(Refusal::Disconnected);
        }
        let hand = enqueue(&mut state.rendezvous.takers, Hand::new(None));
        loop {
            let late = patience.wait(&self.sent, &mut state);
            if let Some(message) = hand.take() {
                return Ok(message);
            }
            let disconnected = state.senders == 0;
            if disconnected || late {
                leave(&mut state.rendezvous.takers, &hand);
                return Err(if disconnected { Refusal::Disconnected } else { Refusal::Late });
            }
        }
    }
}
