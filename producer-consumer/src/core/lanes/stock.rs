//! What is in the lanes, and which of them is next.

use crate::error::TryRecvError;
use crate::overflow::Victims;
use std::collections::VecDeque;

/// So many messages of a lane have room at least, before memory is given back.
const KEPT: usize = 64;

/// What a lane holds at most; `usize::MAX` is no bound.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    pub(crate) messages: usize,
    pub(crate) weight: usize,
}

/// How many messages each lane gives in a round.
pub(crate) type Shares = Box<[u32]>;

/// A message and its weight.
pub(super) struct Parcel<T> {
    pub(super) value: T,
    pub(super) weight: usize,
}

struct Queue<T> {
    parcels: VecDeque<Parcel<T>>,
    /// That of all of them.
    weight: usize,
    /// So many more will come that nobody else has room for.
    reserved: usize,
    share: u32,
    credit: u32,
}

/// What is in the lanes.
pub(super) struct Stock<T> {
    queues: Box<[Queue<T>]>,
    bound: Bound,
    depth: usize,
    pub(super) received: u64,
    pub(super) displaced: u64,
    pub(super) high_water: usize,
    pub(super) heaviest: usize,
    pub(super) closed: bool,
}

impl<T> Queue<T> {
    /// Messages that may come, for whoever has reserved no place.
    fn places(&self, bound: Bound) -> usize {
        bound.messages - self.parcels.len() - self.reserved
    }

    fn fits(&self, weight: usize, bound: Bound) -> bool {
        let is_light = weight <= bound.weight.saturating_sub(self.weight);
        self.places(bound) > 0 && (is_light || self.parcels.is_empty())
    }

    fn pop(&mut self) -> Option<T> {
        let Parcel { value, weight } = self.parcels.pop_front()?;
        self.weight -= weight;
        let needed = self.parcels.len().max(KEPT / 2) * 2;
        if self.parcels.capacity() > needed * 2 {
            self.parcels.shrink_to(needed);
        }
        Some(value)
    }
}

impl<T> Stock<T> {
    pub(super) fn new(shares: Shares, bound: Bound) -> Self {
        let empty = |share| Queue { parcels: VecDeque::new(), weight: 0, reserved: 0, share, credit: share };
        Self {
            queues: shares.into_iter().map(empty).collect(),
            bound,
            depth: 0,
            received: 0,
            displaced: 0,
            high_water: 0,
            heaviest: 0,
            closed: false,
        }
    }

    /// What a receiver is told for whom there is nothing.
    pub(super) fn nothing(&self) -> TryRecvError {
        if self.closed { TryRecvError::Disconnected } else { TryRecvError::Empty }
    }

    /// Whether a message of that weight has room in a lane.
    pub(super) fn fits(&self, lane: usize, weight: usize) -> bool {
        self.queues[lane].fits(weight, self.bound)
    }

    /// How many messages have room in a lane, if they are light.
    pub(super) fn room(&self, lane: usize) -> usize {
        let queue = &self.queues[lane];
        queue.places(self.bound).min(self.bound.weight.saturating_sub(queue.weight))
    }

    /// Puts in a message that fits, or takes a place that was reserved.
    pub(super) fn put(&mut self, lane: usize, parcel: Parcel<T>) {
        let queue = &mut self.queues[lane];
        queue.weight += parcel.weight;
        queue.parcels.push_back(parcel);
        self.depth += 1;
        self.high_water = self.high_water.max(self.depth);
        if self.bound.weight < usize::MAX {
            self.heaviest = self.heaviest.max(self.weight(None));
        }
    }

    /// Takes out of a lane what is in the way of a message; `None` if reserved places are.
    pub(super) fn make_room(&mut self, lane: usize, weight: usize) -> Option<Victims<T>> {
        let queue = &mut self.queues[lane];
        if queue.reserved >= self.bound.messages {
            return None;
        }
        let mut victims = Victims::default();
        while !queue.fits(weight, self.bound) {
            victims.add(queue.pop().expect("an empty lane has room for anything"));
            self.depth -= 1;
            self.displaced += 1;
        }
        Some(victims)
    }

    /// Keeps so many places of a lane, or none.
    pub(super) fn reserve(&mut self, lane: usize, count: usize) -> bool {
        let queue = &mut self.queues[lane];
        let has_room = count <= queue.places(self.bound);
        if has_room {
            queue.reserved += count;
        }
        has_room
    }

    pub(super) fn give_back(&mut self, lane: usize, count: usize) {
        self.queues[lane].reserved -= count;
    }

    /// Takes the next message, and says out of which lane.
    pub(super) fn take(&mut self) -> Option<(usize, T)> {
        if self.depth == 0 {
            return None;
        }
        let lane = self.next_lane();
        let queue = &mut self.queues[lane];
        let value = queue.pop()?;
        queue.credit -= 1;
        self.depth -= 1;
        self.received += 1;
        Some((lane, value))
    }

    /// The lane that gives the next message; there is one.
    fn next_lane(&mut self) -> usize {
        let next = |queues: &[Queue<T>]| queues.iter().position(|queue| queue.credit > 0 && !queue.parcels.is_empty());
        next(&self.queues).unwrap_or_else(|| {
            self.queues.iter_mut().for_each(|queue| queue.credit = queue.share);
            next(&self.queues).expect("shares are not zero, and some lane has a message")
        })
    }

    /// How many messages are in a lane, or in all.
    pub(super) fn len(&self, lane: Option<usize>) -> usize {
        lane.map_or(self.depth, |lane| self.queues[lane].parcels.len())
    }

    /// How heavy they are.
    pub(super) fn weight(&self, lane: Option<usize>) -> usize {
        match lane {
            Some(lane) => self.queues[lane].weight,
            None => self.queues.iter().fold(0, |sum, queue| sum.saturating_add(queue.weight)),
        }
    }

    pub(super) fn reserved(&self, lane: usize) -> usize {
        self.queues[lane].reserved
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    fn stock(shares: &[u32], weight: usize) -> Stock<u32> {
        Stock::new(shares.into(), Bound { messages: 1_000, weight })
    }

    fn lanes(stock: &mut Stock<u32>, count: usize) -> Vec<usize> {
        (0..count).map_while(|_| stock.take()).map(|(lane, _)| lane).collect()
    }

    #[test]
    fn each_lane_gives_its_share_of_a_round_and_the_first_comes_first() {
        let mut stock = stock(&[3, 2, 1], usize::MAX);
        (0..30).for_each(|value| stock.put(value as usize % 3, Parcel { value, weight: 0 }));
        assert_eq!(lanes(&mut stock, 12), [0, 0, 0, 1, 1, 2].repeat(2));
    }

    #[test]
    fn what_an_empty_lane_does_not_use_the_others_have() {
        let mut stock = stock(&[3, 1], usize::MAX);
        (0..5).for_each(|value| stock.put(1, Parcel { value, weight: 0 }));
        assert_eq!(lanes(&mut stock, 3), [1, 1, 1]);
        stock.put(0, Parcel { value: 9, weight: 0 });
        assert_eq!(lanes(&mut stock, 9), [0, 1, 1]);
    }

    #[test]
    fn what_is_too_heavy_goes_in_alone_and_what_goes_out_is_taken_off() {
        let mut stock = stock(&[1], 10);
        assert!(stock.fits(0, usize::MAX));
        stock.put(0, Parcel { value: 1, weight: 25 });
        assert!(!stock.fits(0, 1) && stock.room(0) == 0);
        stock.take();
        assert_eq!((stock.weight(None), stock.heaviest, stock.room(0)), (0, 25, 10));
        stock.put(0, Parcel { value: 2, weight: 4 });
        assert!(stock.fits(0, 6) && !stock.fits(0, 7));
    }

    #[test]
    fn as_many_go_as_are_in_the_way() {
        let mut stock = stock(&[1], 10);
        (0..5).for_each(|value| stock.put(0, Parcel { value, weight: 2 }));
        let victims = stock.make_room(0, 5).map(Victims::into_vec);
        assert_eq!((victims, stock.len(None), stock.displaced), (Some(vec![0, 1, 2]), 2, 3));
        assert_eq!(stock.make_room(0, 5).map(Victims::into_vec), Some(vec![]));
        assert_eq!(stock.make_room(0, 50).map(Victims::into_vec), Some(vec![3, 4]));
    }
}
