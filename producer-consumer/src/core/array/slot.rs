//! Slots, stamps and positions: who may touch which value, without saying who claims it.
//!
//! The invariants and edges are those of [`array`](super).

use common::sync::atomic::{AtomicU64, Ordering};
use common::sync::cell::UnsafeCell;
use std::mem::MaybeUninit;

/// The bits of a position.
pub(super) const POSITION: u64 = (1 << 48) - 1;
/// In a stamp: the value is there.
const FULL: u64 = 1 << 0;
/// In a stamp: what its position is multiplied by.
const ONE: u64 = 1 << 1;

/// A place in the order of all values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position(pub(super) u64);

impl Position {
    pub(super) fn free(self) -> u64 {
        self.0 * ONE
    }

    pub(super) fn full(self) -> u64 {
        (self.0 * ONE) | FULL
    }
}

/// The slots, and how positions go round in them.
pub(super) struct Slots<T> {
    slots: Box<[Slot<T>]>,
    /// From a position to the one with the same offset in the next lap; a power of two.
    lap: u64,
}

struct Slot<T> {
    stamp: AtomicU64,
    value: UnsafeCell<MaybeUninit<T>>,
}

impl<T> Slots<T> {
    pub(super) fn new(capacity: usize) -> Self {
        // Never on the stack, where even one may be too large.
        let mut slots = Box::<[Slot<T>]>::new_uninit_slice(capacity);
        for (at, slot) in slots.iter_mut().enumerate() {
            let slot = slot.as_mut_ptr();
            // SAFETY: it is a field of a slot that nobody else has.
            let stamp = unsafe { &raw mut (*slot).stamp };
            // SAFETY: as above.
            unsafe { stamp.write(AtomicU64::new(Position(at as u64).free())) };
            if cfg!(any(loom, shuttle)) {
                // SAFETY: as above.
                let value = unsafe { &raw mut (*slot).value };
                // SAFETY: as above.
                unsafe { value.write(UnsafeCell::new(MaybeUninit::uninit())) };
            }
        }
        // SAFETY: the stamps are; outside of models a cell of what need not be initialized need not be either.
        let slots = unsafe { slots.assume_init() };
        Self { slots, lap: capacity.next_power_of_two() as u64 }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    #[inline(always)]
    pub(super) fn offset(&self, position: Position) -> usize {
        (position.0 & (self.lap - 1)) as usize
    }

    #[inline(always)]
    fn slot(&self, position: Position) -> &Slot<T> {
        &self.slots[self.offset(position)]
    }

    /// The position after this one.
    #[inline(always)]
    pub(super) fn next(&self, position: Position) -> Position {
        if self.offset(position) + 1 < self.slots.len() { Position(position.0 + 1) } else { self.next_lap(position, 0) }
    }

    /// The position so many further on, at most a lap.
    pub(super) fn ahead(&self, position: Position, count: usize) -> Position {
        let offset = self.offset(position) + count;
        match offset.checked_sub(self.slots.len()) {
            None => Position(position.0 + count as u64),
            Some(offset) => self.next_lap(position, offset),
        }
    }

    /// The position with that offset in the next lap.
    #[inline(always)]
    pub(super) fn next_lap(&self, position: Position, offset: usize) -> Position {
        Position(((position.0 & !(self.lap - 1)) + self.lap + offset as u64) & POSITION)
    }

    /// How many positions come before this one.
    pub(super) fn count(&self, position: Position) -> u64 {
        position.0 / self.lap * self.slots.len() as u64 + self.offset(position) as u64
    }

    /// How many positions there are from `head` to `tail`.
    pub(super) fn between(&self, head: Position, tail: Position) -> usize {
        let laps = ((tail.0 & !(self.lap - 1)).wrapping_sub(head.0 & !(self.lap - 1)) & POSITION) / self.lap;
        // The head was read first, so the tail may have gone further than a lap since.
        let count = laps.saturating_mul(self.slots.len() as u64) + self.offset(tail) as u64;
        usize::try_from(count).unwrap_or(usize::MAX).saturating_sub(self.offset(head)).min(self.slots.len())
    }

    /// Puts a value into the slot of a position, for receivers to have.
    ///
    /// # Safety
    ///
    /// The caller has claimed the position as a sender, and calls this once.
    #[inline(always)]
    pub(super) unsafe fn fill(&self, position: Position, value: T) {
        let slot = self.slot(position);
        slot.value.with_mut(|cell| {
            // SAFETY: A2: it is the caller's, and holds nothing.
            unsafe { cell.cast::<T>().write(value) };
        });
        // ORDERING: Release, E1.
        slot.stamp.store(position.full(), Ordering::Release);
    }

    /// Takes the value out of the slot of a position, for the sender of the next lap to fill it.
    ///
    /// # Safety
    ///
    /// The caller has seen that it is full, has claimed the position as a receiver, and calls this once.
    #[inline(always)]
    pub(super) unsafe fn empty(&self, position: Position) -> T {
        let slot = self.slot(position);
        // SAFETY: A2: it is the caller's, and E1 has made it visible.
        let value = slot.value.with(|cell| unsafe { cell.cast::<T>().read() });
        // ORDERING: Release, E2.
        slot.stamp.store(self.next_lap(position, self.offset(position)).free(), Ordering::Release);
        value
    }

    #[inline(always)]
    pub(super) fn is_free(&self, position: Position) -> bool {
        // ORDERING: Acquire, E2.
        self.slot(position).stamp.load(Ordering::Acquire) == position.free()
    }

    #[inline(always)]
    pub(super) fn is_full(&self, position: Position) -> bool {
        // ORDERING: Acquire, E1.
        self.slot(position).stamp.load(Ordering::Acquire) == position.full()
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn positions_go_round_and_wrap() {
        for capacity in [1, 2, 3, 4, 5, 1000] {
            let slots = Slots::<u8>::new(capacity);
            let last_lap = POSITION & !(slots.lap - 1);
            for start in [0, slots.lap, last_lap] {
                let mut position = Position(start);
                for step in 0..3 * capacity {
                    assert_eq!(slots.offset(position), step % capacity, "capacity {capacity}");
                    let next = slots.next(position);
                    let ahead = slots.ahead(Position(start), step.min(capacity));
                    assert!(step > capacity || ahead == position, "capacity {capacity}, {step} steps");
                    assert_eq!(slots.between(position, next), 1);
                    assert_eq!(slots.between(Position(start), position), step.min(capacity));
                    position = next;
                }
            }
        }
    }

    #[test]
    fn a_stamp_says_the_position_and_whether_it_is_full() {
        assert_ne!(Position(1).free(), Position(0).full());
        assert_ne!(Position(1).full(), Position(1).free());
        assert!(Position(POSITION).full() > Position(POSITION).free());
    }

    #[test]
    fn a_slot_has_the_size_of_the_documentation() {
        assert_eq!(size_of::<Slot<u64>>(), 16);
    }
}
