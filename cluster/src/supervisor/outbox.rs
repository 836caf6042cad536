//! Events on their way out, for a receiver that may be slow or absent.
//!
//! A full channel must not block the supervisor, an event must not be lost because somebody was busy, and what waits
//! when the cluster ends must still be there for whoever reads then. So the channel itself has no bound, and the bounds
//! are kept here: a note for each event that waits. While very much waits, workers' channels are not read, which holds
//! the workers back; supervision goes on, since processes are watched through their pidfds.
//!
//! # Invariants
//!
//! - I1: the notes are those of the youngest events, in order, and of all that wait. The receiver takes the oldest, so
//!   notes go from the front.
//! - I2: notes go only in [`flush`](Outbox::flush), so a congestion that was seen ends there and nowhere else.
//!
//! # Limits
//!
//! Workers are held back from 65,536 events or 16 MiB of messages on, and from 131,072 on events are lost and counted.

use crate::event::Event;
use common::sync::channel::{Receiver, Sender, unbounded};
use std::collections::VecDeque;

const CONGESTED_EVENTS: usize = 65_536;
const CONGESTED_BYTES: usize = 16 << 20;
const LOST_FROM: usize = 131_072;

#[derive(Debug)]
pub(crate) struct Outbox {
    sender: Sender<Event>,
    /// The length of the message in each event that waits.
    notes: VecDeque<usize>,
    bytes: usize,
    lost: u64,
}

impl Outbox {
    pub(crate) fn new() -> (Self, Receiver<Event>) {
        let (sender, receiver) = unbounded();
        (Self { sender, notes: VecDeque::new(), bytes: 0, lost: 0 }, receiver)
    }

    pub(crate) fn tell(&mut self, event: Event) {
        if self.notes.len() >= LOST_FROM {
            self.lost += 1;
            return;
        }
        self.send(event);
    }

    fn send(&mut self, event: Event) {
        let bytes = weight(&event);
        if self.sender.send(event).is_ok() {
            self.bytes += bytes;
            self.notes.push_back(bytes);
        }
    }

    /// Takes note of what was received.
    pub(crate) fn flush(&mut self) {
        let received = self.notes.len().saturating_sub(self.sender.len());
        self.bytes -= self.notes.drain(..received).sum::<usize>();
        if self.lost > 0 && self.notes.len() < LOST_FROM {
            self.confess();
        }
    }

    /// The last words: what was lost is counted whether or not there is room.
    pub(crate) fn finish(&mut self) {
        if self.lost > 0 {
            self.confess();
        }
    }

    fn confess(&mut self) {
        let events = std::mem::take(&mut self.lost);
        self.send(Event::Lost { events });
    }

    pub(crate) fn is_congested(&self) -> bool {
        self.notes.len() >= CONGESTED_EVENTS || self.bytes >= CONGESTED_BYTES
    }
}

fn weight(event: &Event) -> usize {
    match event {
        Event::Message { message, .. } => message.as_str().len(),
        _ => 0,
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use crate::event::{WorkerId, WorkerRef};
    use crate::message::Message;

    fn number(event: &Event) -> u64 {
        match event {
            Event::Lost { events } => *events,
            other => panic!("unexpected {other:?}"),
        }
    }

    fn tell_all(outbox: &mut Outbox, total: u64) {
        for events in 0..total {
            outbox.tell(Event::Lost { events });
        }
        outbox.flush();
        assert!(outbox.is_congested());
    }

    #[test]
    fn a_slow_receiver_gets_everything_in_order_and_a_dead_one_costs_a_count() {
        let (mut outbox, receiver) = Outbox::new();
        let total = LOST_FROM as u64 + 7;
        tell_all(&mut outbox, total);
        let mut received: Vec<u64> = receiver.try_iter().map(|event| number(&event)).collect();
        outbox.flush();
        received.extend(receiver.try_iter().map(|event| number(&event)));
        assert!(received[..received.len() - 1].iter().copied().eq(0..total - 7));
        assert_eq!(received.last(), Some(&7), "the lost ones are counted");
        assert!(!outbox.is_congested());
    }

    #[test]
    fn what_waits_at_the_end_is_still_received_and_what_was_lost_is_counted() {
        let (mut outbox, receiver) = Outbox::new();
        let total = LOST_FROM as u64 + 7;
        tell_all(&mut outbox, total);
        outbox.finish();
        drop(outbox);
        assert!(receiver.iter().map(|event| number(&event)).eq((0..total - 7).chain([7])));
    }

    #[test]
    fn few_long_messages_congest_until_they_are_received() {
        let (mut outbox, receiver) = Outbox::new();
        let worker = WorkerRef::new(WorkerId::new(1), 0, 1);
        for told in 1..=16 {
            assert!(!outbox.is_congested(), "{} MiB wait", told - 1);
            let message = Message::trusted("1".repeat(CONGESTED_BYTES / 16));
            outbox.tell(Event::Message { worker, message });
        }
        outbox.flush();
        assert!(outbox.is_congested());
        drop(receiver.recv().expect("it waits"));
        outbox.flush();
        assert!(!outbox.is_congested());
    }
}
