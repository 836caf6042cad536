//! The word of the tail: a position, whether it is closed, and how many places are reserved.

use super::slot::{POSITION, Position};

/// Nothing is pushed any more.
pub(super) const CLOSED: u64 = 1 << 48;
/// One reserved place.
pub(super) const RESERVED: u64 = 1 << 49;
/// So many places can be reserved at once.
pub(super) const MOST_RESERVED: usize = (u64::MAX / RESERVED) as usize;

/// A value of `tail`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Tail(pub(super) u64);

impl Tail {
    #[inline(always)]
    pub(super) fn position(self) -> Position {
        Position(self.0 & POSITION)
    }

    #[inline(always)]
    pub(super) fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }

    /// How many places are reserved.
    #[inline(always)]
    pub(super) fn reserved(self) -> usize {
        (self.0 / RESERVED) as usize
    }

    /// The same at another position.
    #[inline(always)]
    pub(super) fn moved(self, to: Position) -> Self {
        Self((self.0 & !POSITION) | to.0)
    }

    /// The same with so many more reserved places; `None` if those are too many.
    pub(super) fn with(self, count: usize) -> Option<Self> {
        (count <= MOST_RESERVED - self.reserved()).then(|| Self(self.0 + count as u64 * RESERVED))
    }

    /// The same with one reserved place less.
    pub(super) fn without_one(self) -> Self {
        Self(self.0 - RESERVED)
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_the_word_leave_each_other_alone() {
        let tail = Tail(POSITION).with(MOST_RESERVED).unwrap();
        assert_eq!((tail.position(), tail.is_closed(), tail.reserved()), (Position(POSITION), false, MOST_RESERVED));
        assert!(tail.with(1).is_none() && tail.with(usize::MAX).is_none());
        let tail = Tail(tail.0 | CLOSED).moved(Position(7)).without_one();
        assert_eq!((tail.position(), tail.is_closed(), tail.reserved()), (Position(7), true, MOST_RESERVED - 1));
    }
}
