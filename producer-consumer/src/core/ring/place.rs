//! Where one end of a ring is.

/// An end's own position, and how far it may go without a look at the other one's.
#[derive(Debug)]
pub(super) struct Place {
    /// The position of its next message.
    pub(super) own: usize,
    /// The position at which it has to look again.
    pub(super) limit: usize,
    /// The slot of its own position, below the capacity.
    pub(super) at: usize,
}

impl Place {
    /// At the beginning, with so many slots ahead.
    pub(super) fn new(ahead: usize) -> Self {
        Self { own: 0, limit: ahead, at: 0 }
    }

    /// Whether it has to look again.
    #[inline]
    pub(super) fn is_spent(&self) -> bool {
        self.own == self.limit
    }

    /// How far it may go.
    #[inline]
    pub(super) fn ahead(&self) -> usize {
        self.limit.wrapping_sub(self.own)
    }

    /// One message on.
    #[inline]
    pub(super) fn advance(&mut self, capacity: usize) {
        self.own = self.own.wrapping_add(1);
        self.at += 1;
        if self.at == capacity {
            self.at = 0;
        }
    }

    /// So many messages on: no more than there are slots.
    #[inline]
    pub(super) fn advance_by(&mut self, count: usize, capacity: usize) {
        self.own = self.own.wrapping_add(count);
        self.at = if self.at < capacity - count { self.at + count } else { self.at - (capacity - count) };
    }

    /// How many of the next `count` slots lie side by side; the others begin at the first slot.
    #[inline]
    pub(super) fn run(&self, count: usize, capacity: usize) -> usize {
        count.min(capacity - self.at)
    }

    /// So many messages back, and nothing ahead: no more than there are slots.
    pub(super) fn retreat(&mut self, count: usize, capacity: usize) {
        self.own = self.own.wrapping_sub(count);
        self.limit = self.own;
        self.at = if self.at >= count { self.at - count } else { self.at + (capacity - count) };
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn a_place_goes_around_and_back() {
        let mut place = Place { own: usize::MAX - 1, limit: 2, at: 1 };
        let mut went = Vec::new();
        while !place.is_spent() {
            went.push((place.ahead(), place.at));
            place.advance(3);
        }
        assert_eq!(went, [(4, 1), (3, 2), (2, 0), (1, 1)]);
        place.retreat(3, 3);
        assert_eq!((place.own, place.ahead(), place.at), (usize::MAX, 0, 2));
        place.retreat(1, 3);
        assert_eq!((place.own, place.at), (usize::MAX - 1, 1));
        for (count, at) in [(0, 1), (1, 2), (1, 0), (3, 0), (2, 2), (2, 1)] {
            assert_eq!(place.run(3, 3), 3 - place.at);
            place.advance_by(count, 3);
            assert_eq!(place.at, at);
        }
        assert_eq!(place.own, 7);
    }
}
