//! The bounded core: an array of slots, each with a stamp that says whose turn it is.
//!
//! A queue under a lock makes everybody wait for whoever was put aside while it held it, and makes senders and receivers
//! exclude each other, who have nothing to do with each other while the array is neither full nor empty. Here a sender
//! and a receiver of different slots share nothing. Ancestor: Vyukov's bounded queue, as in crossbeam-channel; unlike there
//! nobody waits for a slot that another has claimed and not finished.
//!
//! # States
//!
//! A position is a lap and an offset into the array; it goes up by one, and from the last offset to the next lap's first.
//! `tail` is the next position to be filled, `head` the next to be emptied; each is claimed by a compare-exchange. Beside
//! the position `tail` has a bit that says that the array is closed, and the number of places that are reserved: those
//! right behind it. The *edge* is the position behind them.
//!
//! | stamp of the slot at position p | who is where | who may touch the value |
//! |---|---|---|
//! | free(p), tail at p | nobody | nobody |
//! | free(p), tail beyond p | a sender has claimed it and is filling it | that sender |
//! | full(p), head at p | the value is there | nobody |
//! | full(p), head beyond p | a receiver has claimed it and is emptying it | that receiver |
//! | free(p + a lap) | as in the first row | nobody |
//!
//! # Protocol
//!
//! Push: load `tail`; end if it is closed. If the stamp of the slot at the edge e is free(e), exchange `tail` for p + 1,
//! write the value to the slot of p, and stamp full(p). If it is something else and `tail` is still the same, the array is
//! full. Where nothing is reserved, the edge is p.
//!
//! Reserve n places: likewise, but with free stamps at the edge and at the n - 1 positions behind it, and an exchange that
//! adds n to the number and leaves p. Give n back: subtract them. Push with a permit: exchange `tail` for p + 1 and one
//! place less; no stamp is looked at.
//!
//! Pop: load `head`. If the slot's stamp is full(p), exchange `head` for p + 1, read the value, and stamp free(p + a lap).
//! If it is something else and `head` is still the same, the array is empty: for good if `tail` is closed and at p.
//!
//! Several at once: as above, with as many slots as carry the right stamp one after the other, and one exchange.
//!
//! Close: set the bit in `tail`.
//!
//! # Invariants
//!
//! - A1: a position is claimed by one sender and one receiver, for a claim is an exchange of a position that never comes
//!   back (but see Limits).
//! - A2: the value of a slot is touched by whoever has claimed its position and has not stamped it yet, and by nobody else.
//! - A3: once `tail` is closed it does not move.
//! - A4: each step is taken once, or again because somebody else's exchange succeeded: nobody waits for anybody.
//! - A5: the slots from p to before the edge are free. An exchange that moves the edge on comes after a look at the slots it
//!   moves over, and what is free stays so until `tail` has passed it; every other exchange leaves the edge, or moves it back.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | stamp full(p) | a receiver's load of the stamp | the value, and all that its sender did before |
//! | E2 | stamp free(p + a lap) | a sender's load of the stamp | that the value was moved out |
//! | E3 | the bit in `tail` | load of `tail` | what the closer did before |
//! | E4 | exchange of `tail` that moves the edge on | load of `tail` by whoever fills | that the slots it moved over are free |
//!
//! `tail` is changed by exchanges only, so a load of E4 sees all that came before what it reads.
//!
//! A stamp that is not the expected one was stored by somebody whose claim happened before, so a `tail` or `head` that was
//! read too early differs when it is read again: "full" and "empty" are not told by the late.
//!
//! # Limits
//!
//! A value whose predecessor is still being filled cannot be had: then the array answers that it is empty, though the
//! later value's send is over. Likewise it answers that it is full while the oldest slot is still being emptied.
//! Positions have 48 bits, so a thread that sleeps in the middle of a claim for 2^48 messages can take another's.
//! A `u64` takes 16 bytes, and all slots are allocated at once. At most 32,767 places are reserved at a time.

mod flow;
mod late;
mod reserve;
mod slot;
mod tail;

use self::late::Missed;
use self::slot::{Position, Slots};
use self::tail::{CLOSED, MOST_RESERVED, Tail};
use super::rival::Rival;
use super::{Core, Flow, Handles, Line, waits_beside};
use crate::error::{TryRecvError, TrySendError};
use crate::finally::Finally;
use crate::stats::Waits;
use common::sync::atomic::{AtomicU64, Ordering};
use common::wait::WaitSet;
use std::collections::VecDeque;

/// A bounded queue for any number of senders and receivers.
pub(crate) struct Array<T> {
    // What senders write and what receivers write lies in lines of their own, each with the waiters that are looked at
    // after it, and between them what is seldom written.
    tail: Line<End>,
    middle: Line<Middle<T>>,
    head: Line<End>,
}

/// Where one side goes on, and those on the other side who wait for that.
struct End {
    word: AtomicU64,
    waiting: WaitSet,
    waits: Waits,
}

/// What is seldom written.
struct Middle<T> {
    slots: Slots<T>,
    handles: Handles,
}

// SAFETY: A2 gives each value one owner at a time, E1 and E2 order them; values cross threads, so T: Send.
unsafe impl<T: Send> Send for Array<T> {}
// SAFETY: as above; no two threads ever share a reference to a value.
unsafe impl<T: Send> Sync for Array<T> {}

impl<T> Array<T> {
    /// An empty one.
    pub(crate) fn new(capacity: usize, handles: Handles) -> Self {
        let end = || Line(End { word: AtomicU64::new(0), waiting: waits_beside(capacity), waits: Waits::new() });
        let middle = Line(Middle { slots: Slots::new(capacity), handles });
        Self { tail: end(), middle, head: end() }
    }

    #[inline(always)]
    fn tail(&self) -> Tail {
        // ORDERING: Acquire, E3 and E4.
        Tail(self.tail.0.word.load(Ordering::Acquire))
    }

    #[inline(always)]
    fn head(&self) -> Position {
        // ORDERING: Relaxed: what is taken from a slot is ordered by its stamp.
        Position(self.head.0.word.load(Ordering::Relaxed))
    }

    /// Moves `tail` from what was seen to something else; what is there if that has changed.
    #[inline(always)]
    fn claim_tail(&self, seen: Tail, to: Tail) -> Result<(), Tail> {
        let word = &self.tail.0.word;
        // ORDERING: Release, E4. Acquire on failure, E3 and E4.
        word.compare_exchange_weak(seen.0, to.0, Ordering::Release, Ordering::Acquire).map(drop).map_err(Tail)
    }

    /// Claims the position at `seen`, if the slot at the edge is free.
    #[inline(always)]
    fn claim_free(&self, seen: Tail) -> Result<Position, Missed<Tail>> {
        let (slots, position) = (&self.middle.0.slots, seen.position());
        if seen.is_closed() || !slots.is_free(self.edge(seen)) {
            return Err(Missed::Unready(seen));
        }
        // The slot is the edge's, or A5.
        self.claim_tail(seen, seen.moved(slots.next(position))).map(|()| position).map_err(Missed::Late)
    }

    /// What a sender is told that may not fill the slot; or the tail as it is by now, if it came late.
    fn unless_refused(&self, seen: Tail) -> Result<Tail, TrySendError<()>> {
        if seen.is_closed() {
            return Err(TrySendError::Disconnected(()));
        }
        match self.tail() {
            now if now == seen => Err(TrySendError::Full(())),
            now => Ok(now),
        }
    }

    /// Moves `head`, likewise.
    #[inline(always)]
    fn claim_head(&self, seen: Position, to: Position) -> Result<(), Position> {
        let word = &self.head.0.word;
        // ORDERING: Relaxed, both, as in `head`.
        word.compare_exchange_weak(seen.0, to.0, Ordering::Relaxed, Ordering::Relaxed).map(drop).map_err(Position)
    }

    /// Claims the position, if its slot is full.
    #[inline(always)]
    fn claim_full(&self, position: Position) -> Result<Position, Missed<Position>> {
        let slots = &self.middle.0.slots;
        if !slots.is_full(position) {
            return Err(Missed::Unready(position));
        }
        self.claim_head(position, slots.next(position)).map(|()| position).map_err(Missed::Late)
    }

    /// What a receiver is told whose slot is not full; or where the head is by now, if it came late.
    fn nothing_at(&self, position: Position) -> Result<Position, TryRecvError> {
        let head = self.head();
        if head != position {
            return Ok(head);
        }
        let tail = self.tail();
        let is_over = tail.is_closed() && tail.position() == position;
        Err(if is_over { TryRecvError::Disconnected } else { TryRecvError::Empty })
    }
}

impl<T> Core for Array<T> {
    type Item = T;

    #[inline(always)]
    fn push(&self, value: T) -> Result<(), TrySendError<T>> {
        match self.claim_free(self.tail()) {
            Ok(position) => {
                // SAFETY: it has just been claimed, and was free.
                unsafe { self.middle.0.slots.fill(position, value) };
                Ok(())
            }
            Err(missed) => self.push_late(missed, value),
        }
    }

    fn push_many(&self, values: &mut VecDeque<T>) -> Result<usize, TrySendError<()>> {
        let slots = &self.middle.0.slots;
        let (mut tail, mut rival) = (self.tail(), Rival::new());
        loop {
            let mut position = tail.position();
            if tail.is_closed() {
                return Err(TrySendError::Disconnected(()));
            }
            let count = self.free_run(self.edge(tail), values.len());
            tail = if count > 0 {
                match self.claim_tail(tail, tail.moved(slots.ahead(position, count))) {
                    Ok(()) => {
                        for value in values.drain(..count) {
                            // SAFETY: it has just been claimed with the others, and is free: A5, or seen so.
                            unsafe { slots.fill(position, value) };
                            position = slots.next(position);
                        }
                        self.note_batch();
                        return Ok(count);
                    }
                    Err(found) => found,
                }
            } else {
                self.unless_refused(tail)?
            };
            rival.give_way();
        }
    }

    fn reserve(&self, count: usize) -> Result<(), TrySendError<()>> {
        self.try_reserve(count)
    }

    fn give_back(&self, count: usize) {
        self.unreserve(count);
    }

    fn push_reserved(&self, value: T) -> Result<(), T> {
        self.push_into_reserved(value)
    }

    fn reserved(&self) -> usize {
        self.tail().reserved()
    }

    #[inline(always)]
    fn pop(&self) -> Result<T, TryRecvError> {
        match self.claim_full(self.head()) {
            // SAFETY: it has just been claimed, and was full.
            Ok(position) => Ok(unsafe { self.middle.0.slots.empty(position) }),
            Err(missed) => self.pop_late(missed),
        }
    }

    fn pop_many(&self, into: &mut Vec<T>, max: usize) -> Result<usize, TryRecvError> {
        let slots = &self.middle.0.slots;
        let (mut first, mut rival) = (self.head(), Rival::new());
        loop {
            let (mut end, mut count) = (first, 0);
            while count < max.min(slots.len()) && slots.is_full(end) {
                end = slots.next(end);
                count += 1;
            }
            if count == 0 && max > 0 {
                first = self.nothing_at(first)?;
                continue;
            }
            // Allocates before anything is claimed, since that may panic.
            into.reserve(count);
            match self.claim_head(first, end) {
                Ok(()) => {
                    let mut position = first;
                    for _ in 0..count {
                        // SAFETY: it was full, and has just been claimed with the others.
                        into.push(unsafe { slots.empty(position) });
                        position = slots.next(position);
                    }
                    return Ok(count);
                }
                Err(found) => first = found,
            }
            rival.give_way();
        }
    }

    fn has_value(&self) -> bool {
        self.peek().is_ok()
    }

    fn peek(&self) -> Result<(), TryRecvError> {
        let mut head = self.head();
        while !self.middle.0.slots.is_full(head) {
            // As in a pop: another may have emptied it since, and the next one may be full.
            head = self.nothing_at(head)?;
        }
        Ok(())
    }

    fn has_room(&self) -> bool {
        let mut tail = self.tail();
        while !self.middle.0.slots.is_free(self.edge(tail)) {
            // As in a push: another may have filled it since, and the next one may be free.
            match self.tail() {
                now if now == tail => return false,
                now => tail = now,
            }
        }
        true
    }

    fn close(&self) -> bool {
        // ORDERING: Release, E3. Acquire, if somebody else has closed it before.
        let before = Tail(self.tail.0.word.fetch_or(CLOSED, Ordering::AcqRel));
        !before.is_closed()
    }

    fn is_closed(&self) -> bool {
        self.tail().is_closed()
    }

    fn len(&self) -> usize {
        let head = self.head();
        self.middle.0.slots.between(head, self.tail().position())
    }

    fn most_reserved(&self) -> usize {
        self.middle.0.slots.len().min(MOST_RESERVED)
    }

    fn capacity(&self) -> Option<usize> {
        Some(self.middle.0.slots.len())
    }

    fn not_empty(&self) -> &WaitSet {
        &self.tail.0.waiting
    }

    fn not_full(&self) -> &WaitSet {
        &self.head.0.waiting
    }

    fn send_waits(&self) -> &Waits {
        &self.head.0.waits
    }

    fn recv_waits(&self) -> &Waits {
        &self.tail.0.waits
    }

    fn note_full(&self) {
        let Middle { slots, handles } = &self.middle.0;
        // An estimate is not worth a model's steps.
        if cfg!(not(any(loom, shuttle))) && handles.peak.highest() < slots.len() {
            handles.peak.note(slots.len() - self.tail().reserved());
        }
    }

    fn flow(&self) -> Flow {
        self.gone_through()
    }

    fn handles(&self) -> &Handles {
        &self.middle.0.handles
    }
}

impl<T> Drop for Array<T> {
    fn drop(&mut self) {
        let empty = || while self.pop().is_ok() {};
        // A value whose drop panics does not keep the others.
        let _rest = Finally(empty);
        empty();
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
