//! Events on their way out, for a receiver that may be slow or absent.
//!
//! A full channel must not block the supervisor, and an event must not be lost because somebody was busy. So events that
//! find no room wait here in order. While very much waits, workers' channels are not read, which holds the workers back;
//! supervision goes on, since processes are watched through their pidfds.
//!
//! # Limits
//!
//! The channel holds 4096 events, the backlog slows workers down from 65,536 events or 16 MiB on, and from 131,072 on
//! events are lost and counted.

use crate::event::Event;
use common::sync::channel::{Receiver, Sender, TrySendError, bounded};
use std::collections::VecDeque;

const CHANNEL: usize = 4096;
const CONGESTED_EVENTS: usize = 65_536;
const CONGESTED_BYTES: usize = 16 << 20;
const LOST_FROM: usize = 131_072;

#[derive(Debug)]
pub(crate) struct Outbox {
    sender: Sender<Event>,
    backlog: VecDeque<Event>,
    bytes: usize,
    lost: u64,
}

impl Outbox {
    pub(crate) fn new() -> (Self, Receiver<Event>) {
        let (sender, receiver) = bounded(CHANNEL);
        (Self { sender, backlog: VecDeque::new(), bytes: 0, lost: 0 }, receiver)
    }

    pub(crate) fn tell(&mut self, event: Event) {
        let event = match self.backlog.is_empty() {
            true => match self.sender.try_send(event) {
                Err(TrySendError::Full(event)) => event,
                Ok(()) | Err(TrySendError::Disconnected(_)) => return,
            },
            false => event,
        };
        if self.backlog.len() >= LOST_FROM {
            self.lost += 1;
            return;
        }
        self.bytes += weight(&event);
        self.backlog.push_back(event);
    }

    /// Moves what there is room for.
    pub(crate) fn flush(&mut self) {
        while let Some(event) = self.backlog.pop_front() {
            let bytes = weight(&event);
            match self.sender.try_send(event) {
                Err(TrySendError::Full(event)) => {
                    self.backlog.push_front(event);
                    return;
                }
                Ok(()) | Err(TrySendError::Disconnected(_)) => self.bytes -= bytes,
            }
        }
        if self.lost > 0 {
            let events = std::mem::take(&mut self.lost);
            self.tell(Event::Lost { events });
        }
    }

    pub(crate) fn is_waiting(&self) -> bool {
        !self.backlog.is_empty()
    }

    pub(crate) fn is_congested(&self) -> bool {
        self.backlog.len() >= CONGESTED_EVENTS || self.bytes >= CONGESTED_BYTES
    }
}

fn weight(event: &Event) -> usize {
    match event {
        Event::Message { message, .. } => message.as_str().len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(event: &Event) -> u64 {
        match event {
            Event::Lost { events } => *events,
            other => panic!("unexpected {other:?}"),
        }
    }

    #[test]
    fn a_slow_receiver_gets_everything_in_order_and_a_dead_one_costs_a_count() {
        let (mut outbox, receiver) = Outbox::new();
        let total = (CHANNEL + LOST_FROM + 7) as u64;
        for events in 0..total {
            outbox.tell(Event::Lost { events });
        }
        assert!(outbox.is_congested());
        let mut received = Vec::new();
        while outbox.is_waiting() || received.len() < CHANNEL {
            received.extend(receiver.try_iter().map(|event| number(&event)));
            outbox.flush();
        }
        received.extend(receiver.try_iter().map(|event| number(&event)));
        assert!(received[..received.len() - 1].iter().copied().eq(0..total - 7));
        assert_eq!(received.last(), Some(&7), "the lost ones are counted");
        assert!(!outbox.is_congested());
    }
}
