//! The log: messages in their order, and how many have not read each. Whoever has it has the lock.

use crate::error::{TryRecvError, TrySendError};
use crate::stats::Stats;
use common::sync::Arc;
use std::collections::VecDeque;

/// So many messages have room at least, before memory is given back.
const KEPT: usize = 64;

/// A message's number; each is one more than that of the message before.
pub(super) type Position = u64;

/// Messages that somebody has not read.
pub(super) struct Log<T> {
    messages: VecDeque<Message<T>>,
    /// The position of the first of them, or of the next one to be sent.
    first: Position,
    capacity: usize,
    subscribers: usize,
    /// Messages that were sent when nobody was there to read them.
    unheard: u64,
    high_water: usize,
    closed: bool,
}

struct Message<T> {
    value: Arc<T>,
    /// How many have not read it (B1).
    unread: usize,
}

/// Messages that were taken out of the log: dropped outside the lock, and as many have room now.
pub(super) type Outdated<T> = Vec<Arc<T>>;

impl<T> Log<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { messages: VecDeque::new(), first: 0, capacity, subscribers: 0, unheard: 0, high_water: 0, closed: false }
    }

    /// The position of the next message to be sent.
    fn end(&self) -> Position {
        self.first + self.messages.len() as Position
    }

    /// How many messages there are from a position on.
    pub(super) fn len_from(&self, position: Position) -> usize {
        usize::try_from(self.end() - position).expect("a log is shorter than memory")
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn subscribers(&self) -> usize {
        self.subscribers
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// What has gone through; the waits are counted elsewhere.
    pub(super) fn stats(&self) -> Stats {
        Stats {
            sent: self.end(),
            received: self.first,
            dropped: self.unheard,
            depth: self.messages.len(),
            high_water: self.high_water,
            ..Stats::default()
        }
    }

    /// From now on nothing is appended; false if that was so before.
    pub(super) fn close(&mut self) -> bool {
        !std::mem::replace(&mut self.closed, true)
    }

    /// Appends a message, and says to how many it goes; with none it is given back, to be dropped.
    pub(super) fn append(&mut self, value: T) -> Result<(usize, Option<T>), TrySendError<T>> {
        if self.closed {
            return Err(TrySendError::Disconnected(value));
        }
        if self.subscribers == 0 {
            self.unheard += 1;
            return Ok((0, Some(value)));
        }
        if self.messages.len() == self.capacity {
            return Err(TrySendError::Full(value));
        }
        self.messages.push_back(Message { value: Arc::new(value), unread: self.subscribers });
        self.high_water = self.high_water.max(self.messages.len());
        Ok((self.subscribers, None))
    }

    /// Reads up to `max` messages from a subscriber's position on, which moves; how many have room now.
    pub(super) fn read(
        &mut self,
        position: &mut Position,
        max: usize,
        into: &mut VecDeque<Arc<T>>,
    ) -> Result<usize, TryRecvError> {
        let count = max.min(self.len_from(*position));
        if count == 0 && max > 0 {
            return Err(if self.closed { TryRecvError::Disconnected } else { TryRecvError::Empty });
        }
        // Allocates before anything is read, since that may panic.
        into.reserve(count);
        let mut freed = 0;
        for _ in 0..count {
            let at = self.offset(*position);
            let message = &mut self.messages[at];
            message.unread -= 1;
            if message.unread > 0 {
                into.push_back(message.value.clone());
            } else {
                assert!(at == 0, "B1: who counts to zero counts at the front");
                into.extend(self.pop());
                freed += 1;
            }
            *position += 1;
        }
        self.shrink();
        Ok(freed)
    }

    /// A subscriber at the end.
    pub(super) fn subscribe(&mut self) -> Position {
        self.subscribers += 1;
        self.end()
    }

    /// Another subscriber at the position of one that there is.
    pub(super) fn subscribe_at(&mut self, position: Position) {
        self.subscribers += 1;
        let from = self.offset(position);
        self.messages.range_mut(from..).for_each(|message| message.unread += 1);
    }

    /// A subscriber goes; what nobody else has to read goes with it.
    pub(super) fn unsubscribe(&mut self, position: Position) -> Outdated<T> {
        self.subscribers -= 1;
        let from = self.offset(position);
        self.messages.range_mut(from..).for_each(|message| message.unread -= 1);
        let mut outdated = Outdated::new();
        while self.messages.front().is_some_and(|message| message.unread == 0) {
            outdated.extend(self.pop());
        }
        self.shrink();
        outdated
    }

    fn offset(&self, position: Position) -> usize {
        self.messages.len() - self.len_from(position)
    }

    fn pop(&mut self) -> Option<Arc<T>> {
        let message = self.messages.pop_front()?;
        self.first += 1;
        Some(message.value)
    }

    fn shrink(&mut self) {
        let needed = self.messages.len().max(KEPT / 2) * 2;
        if self.messages.capacity() > needed * 2 {
            self.messages.shrink_to(needed);
        }
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    fn read(log: &mut Log<i32>, position: &mut Position, max: usize) -> (Vec<i32>, usize) {
        let mut read = VecDeque::new();
        let freed = log.read(position, max, &mut read).unwrap_or(0);
        (read.into_iter().map(|value| *value).collect(), freed)
    }

    #[test]
    fn a_message_goes_when_the_last_has_read_it() {
        let mut log = Log::new(3);
        let (mut first, mut second) = (log.subscribe(), log.subscribe());
        (1..=3).for_each(|value| assert!(log.append(value).is_ok_and(|(to, _)| to == 2)));
        assert!(log.append(4).is_err_and(|refused| refused.is_full()));
        assert_eq!(read(&mut log, &mut first, 2), (vec![1, 2], 0));
        assert_eq!(read(&mut log, &mut second, 1), (vec![1], 1));
        assert_eq!(read(&mut log, &mut second, 9), (vec![2, 3], 1));
        assert_eq!((log.len(), log.len_from(first), log.len_from(second)), (1, 1, 0));
        assert_eq!(log.unsubscribe(first).len(), 1);
        assert_eq!((log.len(), log.subscribers()), (0, 1));
    }

    #[test]
    fn a_subscriber_begins_at_the_end_or_where_another_is() {
        let mut log = Log::new(3);
        let mut first = log.subscribe();
        assert!(log.append(1).is_ok());
        let mut late = log.subscribe();
        log.subscribe_at(first);
        let mut copy = first;
        assert!(log.append(2).is_ok_and(|(to, _)| to == 3));
        assert_eq!(read(&mut log, &mut first, 9), (vec![1, 2], 0));
        assert_eq!(read(&mut log, &mut late, 9), (vec![2], 0));
        assert_eq!(read(&mut log, &mut copy, 9), (vec![1, 2], 2));
    }

    #[test]
    fn the_memory_of_a_long_log_is_given_back() {
        let mut log = Log::new(10_000);
        let mut position = log.subscribe();
        (0..10_000).for_each(|value| assert!(log.append(value).is_ok()));
        assert_eq!(read(&mut log, &mut position, usize::MAX).1, 10_000);
        assert!(log.messages.capacity() <= 4 * KEPT, "{}", log.messages.capacity());
    }
}
