//! Where one end of a ring is.

use super::stretch::Stretch;
use crate::core::cells::Cell;
use common::sync::heap::Block;

/// An end's own position, and how far it may go without a look at the other one's.
pub(super) struct Place<T> {
    /// The position of its next message.
    pub(super) own: usize,
    /// The position at which it has to look again.
    pub(super) limit: usize,
    /// The slot of its own position; their number, if it has come to the end of the stretch.
    at: usize,
    /// How many slots a stretch has.
    length: usize,
    stretch: Block<Stretch<T>>,
}

impl<T> Place<T> {
    /// At the beginning of a stretch with so many slots, with so many positions ahead.
    pub(super) fn new(stretch: Block<Stretch<T>>, length: usize, ahead: usize) -> Self {
        Self { own: 0, limit: ahead, at: 0, length, stretch }
    }

    /// The same place again.
    pub(super) fn share(&self) -> Self {
        let Self { own, limit, at, length, ref stretch } = *self;
        Self { own, limit, at, length, stretch: stretch.share() }
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

    /// Whether it has to turn before it uses another slot.
    #[inline]
    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.length
    }

    /// How many of the next `count` slots lie side by side.
    #[inline]
    pub(super) fn run(&self, count: usize) -> usize {
        count.min(self.length - self.at)
    }

    /// The stretch that it is in.
    #[inline]
    pub(super) fn stretch(&self) -> &Stretch<T> {
        // SAFETY: I6: an end's stretch is there.
        self.stretch.with(|stretch| unsafe { &*stretch })
    }

    /// The slot of its position.
    #[inline]
    pub(super) fn slot(&self) -> &Cell<T> {
        debug_assert!(self.at < self.length);
        // SAFETY: it is not at the end, and a stretch has as many slots as its length says.
        unsafe { self.stretch().slots().get_unchecked(self.at) }
    }

    /// The next `run` slots, which lie side by side.
    #[inline]
    pub(super) fn slots(&self, run: usize) -> &[Cell<T>] {
        &self.stretch().slots()[self.at..self.at + run]
    }

    /// So many messages on, as long as the stretch lasts.
    #[inline]
    pub(super) fn advance(&mut self, count: usize) {
        debug_assert!(count <= self.length - self.at);
        self.own = self.own.wrapping_add(count);
        self.at += count;
    }

    /// One message back, in the stretch.
    pub(super) fn back(&self) -> Self {
        Self { own: self.own.wrapping_sub(1), at: self.at - 1, ..self.share() }
    }

    /// From the end of a stretch to where it leads; the stretch that it has left, if that was another one.
    #[inline]
    pub(super) fn turn(&mut self) -> Option<Block<Stretch<T>>> {
        debug_assert!(self.is_at_end());
        self.at = 0;
        let next = self.stretch().next()?;
        Some(std::mem::replace(&mut self.stretch, next))
    }

    /// Where it is, to be found again.
    pub(super) fn mark(&self) -> Block<Stretch<T>> {
        self.stretch.share()
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    fn free(stretches: impl IntoIterator<Item = Block<Stretch<u8>>>) {
        for stretch in stretches {
            // SAFETY: each is of a place that is not used any more.
            unsafe { stretch.free() };
        }
    }

    #[test]
    fn a_place_goes_around_and_back() {
        let mut place = Place::<u8>::new(Stretch::allocate(3), 3, 2);
        (place.own, place.limit, place.at) = (usize::MAX - 1, 2, 1);
        let mut went = Vec::new();
        while !place.is_spent() {
            if place.is_at_end() {
                assert!(place.turn().is_none(), "it is the only stretch");
            }
            went.push((place.ahead(), place.at, place.run(3), place.slots(place.run(3)).len()));
            place.advance(1);
        }
        assert_eq!(went, [(4, 1, 2, 2), (3, 2, 1, 1), (2, 0, 3, 3), (1, 1, 2, 2)]);
        let back = place.back();
        assert_eq!((back.own, back.at, back.ahead()), (1, 1, 1));
        free([place.mark()]);
    }

    #[test]
    fn a_place_goes_along_to_the_next_stretch() {
        let (mut place, next) = (Place::<u8>::new(Stretch::allocate(2), 2, 9), Stretch::allocate(2));
        let start = place.mark();
        place.stretch().lengthen(next.share());
        place.advance(2);
        assert!(place.is_at_end());
        let left = place.turn().expect("there are two stretches");
        let address = |stretch: &Block<_>| stretch.with(|stretch| stretch);
        assert_eq!([address(&left), address(&place.mark())], [address(&start), address(&next)]);
        assert_eq!((place.own, place.run(9)), (2, 2));
        free([start, next]);
    }
}
