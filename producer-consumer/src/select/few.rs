//! A list that asks for no memory while it is short.

use super::FEW;
use std::array;

/// The first lie within, and those beyond [`FEW`] on the heap.
pub(super) struct Few<T> {
    within: [Option<T>; FEW],
    beyond: Vec<T>,
    count: usize,
}

impl<T> Few<T> {
    #[inline]
    pub(super) fn new(items: impl IntoIterator<Item = T>) -> Self {
        let mut items = items.into_iter().fuse();
        let mut count = 0;
        let within = array::from_fn(|_| {
            let item = items.next();
            count += usize::from(item.is_some());
            item
        });
        let beyond: Vec<T> = items.collect();
        Self { within, count: count + beyond.len(), beyond }
    }

    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.within.iter().flatten().chain(&self.beyond)
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.count
    }

    #[inline]
    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        match self.within.get_mut(at) {
            Some(within) => within.as_mut(),
            None => self.beyond.get_mut(at - FEW),
        }
    }

    pub(super) fn get(&self, at: usize) -> Option<&T> {
        match self.within.get(at) {
            Some(within) => within.as_ref(),
            None => self.beyond.get(at - FEW),
        }
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_lists_keep_their_order() {
        for count in [0, 1, FEW - 1, FEW, FEW + 1, 3 * FEW] {
            let mut few = Few::new(0..count);
            assert_eq!(few.len(), count);
            (0..count).for_each(|at| *few.get_mut(at).unwrap() += 1);
            assert!(few.iter().copied().eq(1..=count));
            assert!((0..count + 2).all(|at| few.get(at).copied() == (at < count).then_some(at + 1)));
            assert_eq!(few.beyond.capacity() > 0, count > FEW);
        }
    }
}
