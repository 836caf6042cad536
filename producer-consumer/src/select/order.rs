//! Which of several operations is tried first.
//!
//! A turn that goes round by one would favour whoever is behind a quiet operation, and a thread that asks two selects in turn
//! could give each the same beginning for ever. So it is drawn. Ancestor: Marsaglia's xorshift, one generator a thread.

use common::sync::thread_local;
use std::cell::Cell;

/// The order of the attempts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    Fair,
    Biased,
}

thread_local! {
    #[cfg_attr(
        not(any(loom, shuttle)),
        expect(clippy::missing_const_for_thread_local, reason = "the checkers' macros take no const block")
    )]
    static STATE: Cell<u32> = Cell::new(0);
}

impl Order {
    /// The number to begin with, of so many operations.
    #[inline]
    pub(super) fn start(self, count: usize) -> usize {
        match self {
            Self::Fair if count > 1 => place(draw(), count),
            _ => 0,
        }
    }
}

/// Maps a number to one of so many places, evenly.
fn place(number: u32, count: usize) -> usize {
    match u32::try_from(count) {
        Ok(count) => ((u64::from(number) * u64::from(count)) >> u32::BITS) as usize,
        Err(_) => number as usize,
    }
}

/// The next number of this thread.
fn draw() -> u32 {
    let step = |state: &Cell<u32>| {
        let mut number = match state.get() {
            0 => seed(state),
            number => number,
        };
        number ^= number << 13;
        number ^= number >> 17;
        number ^= number << 5;
        state.set(number);
        number
    };
    // A thread that is being taken down begins with the first.
    STATE.try_with(step).unwrap_or(0)
}

/// Not zero; in a model always the same.
#[cold]
fn seed(state: &Cell<u32>) -> u32 {
    let address = if cfg!(any(loom, shuttle)) { 0 } else { std::ptr::from_ref(state).addr() };
    // Threads have their state at addresses that differ in a few bits in the middle.
    (address as u32).wrapping_mul(0x9E37_79B9) | 1
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_drawn_about_as_often() {
        const DRAWS: usize = 40_000;
        for count in [2, 3, 8] {
            let mut drawn = vec![0; count];
            for _ in 0..DRAWS {
                drawn[Order::Fair.start(count)] += 1;
            }
            let even = DRAWS / count;
            assert!(drawn.iter().all(|times| (even * 9 / 10..=even * 11 / 10).contains(times)), "{drawn:?}");
        }
    }

    /// A select of one thread that is asked every second time does not always begin alike.
    #[test]
    fn every_second_draw_is_as_good() {
        let mut drawn = [0; 2];
        for _ in 0..1_000 {
            drawn[Order::Fair.start(2)] += 1;
            Order::Fair.start(2);
        }
        assert!(drawn.iter().all(|times| *times > 300), "{drawn:?}");
    }

    #[test]
    fn the_first_is_first_if_that_is_asked_for_and_if_it_is_alone() {
        assert_eq!((Order::Biased.start(8), Order::Fair.start(1), Order::Fair.start(0)), (0, 0, 0));
        assert_eq!((place(0, 3), place(u32::MAX, 3)), (0, 2));
    }
}
