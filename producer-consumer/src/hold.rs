//! A hold on what several handles share: an `Arc` whose count lies in a corner of the shared memory that is seldom written
//! to, so that what each message needs has its cache lines for itself.
//!
//! # Invariants
//!
//! - H1: what is held is freed by the last of its holds, which the others' drops happened before.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | drop of a hold | drop of the last | the hold's accesses, to whoever frees |

use common::sync::atomic::{AtomicUsize, Ordering};
use common::sync::heap::Block;
use std::ops::Deref;
use std::process;

/// As with an `Arc`: holds that are forgotten count on, and nothing must be freed when the count comes around.
const MOST: usize = isize::MAX as usize;

/// What counts its holds itself.
pub(crate) trait Held {
    /// How many there are; one when it is made.
    fn count(&self) -> &AtomicUsize;
}

/// One of those that keep it.
pub(crate) struct Hold<H: Held>(Block<H>);

impl<H: Held> Hold<H> {
    /// The first.
    pub(crate) fn new(held: H) -> Self {
        Self(Block::new(held))
    }

    /// Whether both are on the same.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        std::ptr::eq(&raw const **self, &raw const **other)
    }
}

impl<H: Held> Deref for Hold<H> {
    type Target = H;

    #[inline(always)]
    fn deref(&self) -> &H {
        // SAFETY: H1: this hold keeps it.
        self.0.with(|held| unsafe { &*held })
    }
}

impl<H: Held> Clone for Hold<H> {
    fn clone(&self) -> Self {
        // ORDERING: Relaxed: whoever counts up has a hold already, which cannot be the last one meanwhile.
        if self.count().fetch_add(1, Ordering::Relaxed) > MOST {
            process::abort();
        }
        Self(self.0.share())
    }
}

impl<H: Held> Drop for Hold<H> {
    fn drop(&mut self) {
        // ORDERING: Release and Acquire, E1.
        if self.count().fetch_sub(1, Ordering::AcqRel) == 1 {
            // SAFETY: H1: the others have counted down, E1.
            unsafe { self.0.share().free() };
        }
    }
}
