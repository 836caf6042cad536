//! The block that both ends hold, and each step of the protocol on it; `slot`'s head says how they fit together.

use crate::foreign::Foreign;
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::cell::UnsafeCell;
use crate::sync::heap::Block;
use crate::sync::thread::Thread;
use std::fmt;
use std::mem::MaybeUninit;
use std::task::Waker;

const WAITING: u32 = 1 << 0;
const GONE: u32 = 1 << 1;
const VALUE: u32 = 1 << 2;
const CLOSED: u32 = 2 << 2;
const PANICKED: u32 = 3 << 2;
const END: u32 = 3 << 2;

/// How the sender ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum End {
    Value = VALUE,
    Closed = CLOSED,
    Panicked = PANICKED,
}

/// A value of the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word(u32);

impl Word {
    /// How the sender ended, if it has.
    pub(super) fn end(self) -> Option<End> {
        match self.0 & END {
            VALUE => Some(End::Value),
            CLOSED => Some(End::Closed),
            PANICKED => Some(End::Panicked),
            _ => None,
        }
    }

    /// Whether the sender has finished and left a value: what a receiver finds that comes later.
    #[inline]
    pub(super) fn is_ready(self) -> bool {
        self.0 == VALUE
    }

    /// Whether a waiter is in the block.
    fn is_waiting(self) -> bool {
        self.0 & WAITING != 0
    }

    /// Whether the receiver is gone.
    pub(super) fn is_gone(self) -> bool {
        self.0 & GONE != 0
    }

    /// Whether the sender will not touch the block again: it has ended, and no waiter is its to take.
    fn is_finished(self) -> bool {
        self.end().is_some() && !self.is_waiting()
    }
}

/// Who is woken by the sender's end.
#[derive(Debug)]
pub(super) enum Waiter {
    Thread(Thread),
    Task(Waker),
}

impl Waiter {
    fn wake(self) {
        match self {
            Self::Thread(thread) => thread.unpark(),
            Self::Task(waker) => waker.wake(),
        }
    }
}

/// What is on the heap. Only the word says which cells hold something, so dropping it drops nothing.
///
/// In this order, what a receiver that need not wait looks at is in one cache line if the value is small. With the word
/// first, a send and a receive were measured to take 2 % longer.
#[repr(C)]
struct Inner<T> {
    value: UnsafeCell<MaybeUninit<T>>,
    word: AtomicU32,
    waiter: UnsafeCell<MaybeUninit<Waiter>>,
}

// SAFETY: I2 and I3 give each cell one owner at a time, and E1 to E4 order the owners; a value crosses threads, so T:
// Send.
unsafe impl<T: Send> Send for Inner<T> {}
// SAFETY: as above; no two threads ever share a reference to the value.
unsafe impl<T: Send> Sync for Inner<T> {}

/// One end's hold on the block. Methods that take `self` are that end's last step.
pub(super) struct Shared<T>(Block<Inner<T>>);

impl<T> Shared<T> {
    /// A block for the two ends that are returned.
    #[inline]
    pub(super) fn pair() -> (Self, Self) {
        let block = Block::new(Inner {
            word: AtomicU32::new(0),
            value: UnsafeCell::new(MaybeUninit::uninit()),
            waiter: UnsafeCell::new(MaybeUninit::uninit()),
        });
        (Self(block.share()), Self(block))
    }

    /// Either end's look at the word; a receiver that sees an end may take what was left.
    #[inline]
    pub(super) fn look(&self) -> Word {
        // ORDERING: Acquire, E1 with the sender's end and E3 with its hand-over.
        self.word(|word| Word(word.load(Ordering::Acquire)))
    }

    /// Sender: leaves the value, which comes back if the receiver is gone.
    #[inline]
    pub(super) fn send(self, value: T) -> Result<(), T> {
        self.value(|cell| {
            // SAFETY: I2: before the sender has ended the cell is its own.
            unsafe { cell.write(value) };
        });
        match self.end(End::Value) {
            None => Ok(()),
            Some(block) => Err(block.into_value()),
        }
    }

    /// Sender: ends without a value.
    #[inline]
    pub(super) fn close(self, end: End) {
        debug_assert_ne!(end, End::Value, "a value has to be there before it is announced");
        if let Some(block) = self.end(end) {
            block.free();
        }
    }

    /// The sender's one addition; gives the block back if the receiver is gone, and so has left it to the sender.
    #[inline]
    fn end(self, end: End) -> Option<Self> {
        // ORDERING: Release, E1, publishes the value. Acquire, E2, makes the waiter visible; E4, that the receiver left.
        let found = self.word(|word| Word(word.fetch_add(end as u32, Ordering::AcqRel)));
        debug_assert_eq!(found.end(), None, "I1: the sender ends once");
        if found == Word(0) {
            return None;
        }
        self.end_late(found)
    }

    /// The sender has ended after its receiver has come to wait, or gone.
    #[cold]
    fn end_late(self, found: Word) -> Option<Self> {
        if found.is_gone() {
            return Some(self);
        }
        self.hand_over();
        None
    }

    /// Sender: takes the waiter out, leaves the block to whoever comes last, and only then wakes (I4).
    fn hand_over(self) {
        // SAFETY: I3: the word had both WAITING and no end when the sender ended, so the waiter is the sender's.
        let waiter = unsafe { self.read_waiter() };
        // ORDERING: Release, E3: the waiter was read. Acquire, E4, if the receiver is gone: its last access.
        let found = self.word(|word| Word(word.fetch_sub(WAITING, Ordering::AcqRel)));
        if found.is_gone() {
            self.free();
        }
        Foreign::default().run(|| waiter.wake());
    }

    /// Takes the value.
    #[inline]
    pub(super) fn take_value(&self) -> T {
        // SAFETY: I2: callers have seen End::Value, as the receiver or because the receiver is gone, and call once.
        self.value(|cell| unsafe { cell.read() })
    }

    /// Receiver that has seen that it is ready: takes the value and frees the block.
    #[inline]
    pub(super) fn into_value(self) -> T {
        let value = self.take_value();
        self.free();
        value
    }

    /// Receiver that has `seen` no end: puts a waiter in, in place of an earlier one; false if the sender has ended.
    pub(super) fn register(&self, seen: Word, waiter: Waiter) -> bool {
        // Waiters that are not needed are dropped at the very end: a waker's drop is foreign code (I5).
        let _earlier = match seen.is_waiting().then(|| self.retract()) {
            Some(Err(_)) => return false,
            earlier => earlier,
        };
        self.waiter_mut(|cell| {
            // SAFETY: I3: WAITING is not set, so the cell is the receiver's, and it holds nothing.
            unsafe { cell.write(waiter) };
        });
        // ORDERING: Release, E2. A failure says no more than that the sender has ended; `look` acquires.
        let exchange = |word: &AtomicU32| word.compare_exchange(0, WAITING, Ordering::Release, Ordering::Relaxed);
        let is_registered = self.word(exchange).is_ok();
        // SAFETY: I3: the sender has ended without a waiter, so what was put in is still the receiver's.
        let _refused = (!is_registered).then(|| unsafe { self.read_waiter() });
        is_registered
    }

    /// Receiver: takes its waiter back; if the sender has ended and so owns it, says how.
    pub(super) fn retract(&self) -> Result<Waiter, Word> {
        // ORDERING: Relaxed: the receiver gets back its own write. Acquire on failure, E1 and E3, as in `look`.
        let exchange = |word: &AtomicU32| word.compare_exchange(WAITING, 0, Ordering::Relaxed, Ordering::Acquire);
        self.word(exchange).map_err(Word)?;
        // SAFETY: I3: the receiver has taken WAITING away, so the waiter is its own.
        Ok(unsafe { self.read_waiter() })
    }

    /// Receiver that has `seen` no end: whether an earlier waiter would wake the same task, so that it can stay.
    pub(super) fn will_wake(&self, seen: Word, waker: &Waker) -> bool {
        seen.is_waiting()
            && self.waiter(|cell| {
                // SAFETY: I3: only the receiver writes to the cell. If the sender has taken the waiter, then by a copy
                // that left the cell as it was, and what is compared here are addresses.
                match unsafe { &*cell } {
                    Waiter::Task(known) => known.will_wake(waker),
                    Waiter::Thread(_) => false,
                }
            })
    }

    /// Receiver: leaves the block, having taken the value if `seen` announces one; returns one that came since.
    #[inline]
    pub(super) fn leave(self, seen: Word) -> Option<T> {
        if seen.is_finished() {
            self.free();
            return None;
        }
        self.leave_behind(seen)
    }

    /// The receiver leaves, and the sender has not finished or has done so since `seen`.
    #[cold]
    fn leave_behind(self, seen: Word) -> Option<T> {
        // ORDERING: Release, E4: the receiver's accesses. Acquire, E1 and E3, if the sender has finished since.
        let found = self.word(|word| Word(word.fetch_add(GONE, Ordering::AcqRel)));
        if !found.is_finished() {
            return None;
        }
        let came_since = seen.end().is_none() && found.end() == Some(End::Value);
        let value = came_since.then(|| self.take_value());
        self.free();
        value
    }

    /// Receiver: leaves the block, and drops the value and the waiter that are in it and its own.
    #[cold]
    pub(super) fn abandon(self) {
        // Both are dropped at the very end: their drops are foreign code (I5).
        let (seen, _waiter) = match self.look() {
            Word(WAITING) => match self.retract() {
                Ok(waiter) => (Word(0), Some(waiter)),
                Err(found) => (found, None),
            },
            seen => (seen, None),
        };
        let _value = (seen.end() == Some(End::Value)).then(|| self.take_value());
        let _late = self.leave(seen);
    }

    /// Frees the block.
    #[inline]
    fn free(self) {
        // SAFETY: I4: callers are the last of the two, and E3 or E4 has ordered the other's last access before.
        unsafe { self.0.free() };
    }

    /// Borrows the word and no more of the block: it may be freed by the other end before the access has returned.
    #[inline(always)]
    fn word<R>(&self, access: impl FnOnce(&AtomicU32) -> R) -> R {
        self.0.with(|inner| {
            // SAFETY: I4: the block lives until this end has taken its last step.
            access(unsafe { &(*inner).word })
        })
    }

    #[inline(always)]
    fn value<R>(&self, access: impl FnOnce(*mut T) -> R) -> R {
        self.0.with(|inner| {
            // SAFETY: I4, as in `word`.
            let cell = unsafe { &(*inner).value };
            cell.with_mut(|value| access(value.cast()))
        })
    }

    fn waiter<R>(&self, access: impl FnOnce(*const Waiter) -> R) -> R {
        self.0.with(|inner| {
            // SAFETY: I4, as in `word`.
            let cell = unsafe { &(*inner).waiter };
            cell.with(|waiter| access(waiter.cast()))
        })
    }

    fn waiter_mut<R>(&self, access: impl FnOnce(*mut Waiter) -> R) -> R {
        self.0.with(|inner| {
            // SAFETY: I4, as in `word`.
            let cell = unsafe { &(*inner).waiter };
            cell.with_mut(|waiter| access(waiter.cast()))
        })
    }

    /// Copies the waiter out of the block, which does not write to it.
    ///
    /// # Safety
    ///
    /// A waiter was put in, it is the caller's by I3, and what is left in the cell is not used.
    unsafe fn read_waiter(&self) -> Waiter {
        // SAFETY: the caller's.
        self.waiter(|cell| unsafe { cell.read() })
    }
}

impl<T> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Slot").field(&self.look()).finish()
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_the_size_that_the_head_says() {
        assert_eq!(size_of::<Inner<()>>(), 24);
        assert_eq!(size_of::<Inner<u64>>(), 32);
        assert_eq!(size_of::<Option<Shared<u64>>>(), size_of::<usize>());
    }
}
