//! The senders' end: claiming positions, and finding their blocks.
//!
//! The invariants and edges are those of [`chain`](super).

use super::block::{Block, SLOTS, Store, start_of};
use crate::core::rival::Rival;
use common::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::ptr::{self, NonNull};

/// In `tail`: nothing is pushed any more.
const CLOSED: u64 = 1 << 0;
/// In `tail`: one position.
const ONE: u64 = 1 << 1;

/// How many blocks one push moves the guard past: more than one push in as many slots adds.
const STRIDE: usize = 2;

pub(super) struct Back<T> {
    tail: AtomicU64,
    newest: AtomicPtr<Block<T>>,
    guard: AtomicPtr<Block<T>>,
}

impl<T> Back<T> {
    pub(super) fn new(first: NonNull<Block<T>>) -> Self {
        Self { tail: AtomicU64::new(0), newest: AtomicPtr::new(first.as_ptr()), guard: AtomicPtr::new(first.as_ptr()) }
    }

    #[inline(always)]
    fn tail(&self) -> u64 {
        // ORDERING: Acquire, E3.
        self.tail.load(Ordering::Acquire)
    }

    /// The next position to be filled.
    pub(super) fn position(&self) -> u64 {
        self.tail() / ONE
    }

    pub(super) fn is_closed(&self) -> bool {
        self.tail() & CLOSED != 0
    }

    /// Whether nothing comes from `position` on.
    pub(super) fn is_over_at(&self, position: u64) -> bool {
        self.tail() == position * ONE + CLOSED
    }

    /// False if it was closed before.
    pub(super) fn close(&self) -> bool {
        // ORDERING: Release, E3. Acquire, if somebody else has closed it before.
        self.tail.fetch_or(CLOSED, Ordering::AcqRel) & CLOSED == 0
    }

    /// Claims so many positions, and says the first; `None` if nothing is pushed any more.
    #[inline(always)]
    pub(super) fn claim(&self, count: u64) -> Option<u64> {
        let tail = self.tail();
        if tail & CLOSED != 0 {
            return None;
        }
        match self.exchange(tail, count) {
            Ok(()) => Some(tail / ONE),
            Err(now) => self.claim_late(now, count),
        }
    }

    #[cold]
    #[inline(never)]
    fn claim_late(&self, mut tail: u64, count: u64) -> Option<u64> {
        let mut rival = Rival::new();
        while tail & CLOSED == 0 {
            rival.give_way();
            match self.exchange(tail, count) {
                Ok(()) => return Some(tail / ONE),
                Err(now) => tail = now,
            }
        }
        None
    }

    #[inline(always)]
    fn exchange(&self, seen: u64, count: u64) -> Result<(), u64> {
        // ORDERING: Acquire, E4, and on failure E3.
        let exchange = self.tail.compare_exchange_weak(seen, seen + count * ONE, Ordering::Acquire, Ordering::Acquire);
        exchange.map(drop)
    }

    /// The block of a position that the caller has claimed, and whether the chain needed new memory for it.
    #[inline(always)]
    pub(super) fn reach(&self, position: u64, store: &Store<T>) -> (&Block<T>, bool) {
        // SAFETY: the caller has a claim.
        let newest = unsafe { look(&self.newest) };
        match newest.start() == start_of(position) {
            true => (newest, false),
            false => self.find(newest, start_of(position), store),
        }
    }

    /// Goes to the block that begins at `start`, appends it if it is not there, and lets the others know.
    #[cold]
    #[inline(never)]
    fn find<'a>(&'a self, newest: &'a Block<T>, start: u64, store: &Store<T>) -> (&'a Block<T>, bool) {
        let is_late = newest.start() > start;
        let mut block = newest;
        if is_late {
            // SAFETY: the caller has a claim.
            block = unsafe { look(&self.guard) };
        }
        let mut has_grown = false;
        while block.start() != start {
            // SAFETY: the caller has a claim.
            block = unsafe { look_at(&block.marks.next) }.unwrap_or_else(|| {
                let (next, is_new) = append(block, store);
                has_grown |= is_new;
                next
            });
        }
        if !is_late {
            // If it fails, somebody else has moved it on.
            move_on(&self.newest, newest, block);
        }
        (0..STRIDE).all(|_| self.move_guard(start));
        (block, has_grown)
    }

    /// Moves the guard past a block that is filled, and comes before the one that begins at `start`; false if there is none, or
    /// somebody else does it.
    fn move_guard(&self, start: u64) -> bool {
        // SAFETY: the caller has a claim.
        let guard = unsafe { look(&self.guard) };
        // SAFETY: as above.
        let newest = unsafe { look(&self.newest) };
        // C4, the rest of it: behind the newest block the guard does not go.
        if guard.start() >= start.min(newest.start()) || !guard.is_complete() {
            return false;
        }
        // SAFETY: as above.
        let moved = unsafe { look_at(&guard.marks.next) }.is_some_and(|next| move_on(&self.guard, guard, next));
        if moved {
            // ORDERING: Release, E4, with what was seen of the newest block.
            let tail = self.tail.fetch_add(0, Ordering::Release);
            // ORDERING: Release, E5.
            guard.marks.left.store(tail / ONE, Ordering::Release);
        }
        moved
    }
}

/// The block that a pointer leads to.
///
/// # Safety
///
/// The caller has a claim, and comes to the pointer from [`Back`] or from a block that it has come to so: C5.
#[inline(always)]
unsafe fn look_at<T>(block: &AtomicPtr<Block<T>>) -> Option<&Block<T>> {
    // ORDERING: Acquire, E6.
    let block = block.load(Ordering::Acquire);
    // SAFETY: C5.
    unsafe { block.as_ref() }
}

/// The same of a pointer that leads to a block from the start on.
///
/// # Safety
///
/// As for [`look_at`].
#[inline(always)]
unsafe fn look<T>(block: &AtomicPtr<Block<T>>) -> &Block<T> {
    // ORDERING: Acquire, E6.
    let block = block.load(Ordering::Acquire);
    // SAFETY: C5.
    unsafe { &*block }
}

/// Has a pointer lead further; false if it leads elsewhere by now.
fn move_on<T>(block: &AtomicPtr<Block<T>>, from: &Block<T>, to: &Block<T>) -> bool {
    let [from, to] = [from, to].map(|block| ptr::from_ref(block).cast_mut());
    // ORDERING: Release, E6. A failure says nothing.
    block.compare_exchange(from, to, Ordering::Release, Ordering::Relaxed).is_ok()
}

/// The block behind one, which is appended if it is not there; and whether that took new memory.
fn append<'a, T>(last: &'a Block<T>, store: &Store<T>) -> (&'a Block<T>, bool) {
    let (next, is_new) = store.take(last.start() + SLOTS);
    // ORDERING: Release, E6. Acquire on failure, E6.
    match last.marks.next.compare_exchange(ptr::null_mut(), next.as_ptr(), Ordering::Release, Ordering::Acquire) {
        // SAFETY: C5, as of the one before.
        Ok(_) => (unsafe { next.as_ref() }, is_new),
        Err(other) => {
            // SAFETY: nobody else has seen it.
            unsafe { store.give(next) };
            // SAFETY: C5, as of the one before, and it is not the null that was expected.
            (unsafe { &*other }, false)
        }
    }
}
