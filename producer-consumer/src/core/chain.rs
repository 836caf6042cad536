//! The core without a bound: a chain of blocks of slots, which grows at one end and is taken down at the other.
//!
//! A queue under a lock stops everybody when the scheduler puts one aside who holds it, and has senders and receivers
//! exclude each other. Here senders share a position and nothing else, and a receiver has the front to itself for the move of
//! one value. Ancestors: the block list of crossbeam-channel, and that of tokio's channel for how blocks are known to be
//! left by senders; unlike in both nobody waits for a block, or for a slot that another has claimed and not filled.
//!
//! # States
//!
//! A position counts values from the beginning; block `position / SLOTS` of the chain has its slot. `tail` is the next position
//! to be filled, with a bit that says that the chain is closed; `head` is the next to be emptied, with a bit that says that
//! a receiver is at the front.
//!
//! | positions | slot |
//! |---|---|
//! | before the head | was emptied |
//! | head to tail | filled, or claimed by a sender that is about to fill it |
//! | behind the tail | free; its block may not be there yet |
//!
//! | block | whose pointers lead to it |
//! |---|---|
//! | newest | senders begin to look for theirs here; a hint that is never behind the guard |
//! | guard to newest | senders that came late look for theirs from the guard on |
//! | before the guard | only senders that claimed a position before it was `left` |
//! | before that of the head | nobody, once the head has come to `left`: it is taken out of the chain |
//!
//! # Protocol
//!
//! Push: load `tail`; end if it is closed; exchange it for the next position. Go from the newest block, or from the guard if that
//! one lies ahead, to the block of the position, and append those that are not there. Whoever went further than one block
//! moves the newest block on; and the guard past blocks that are filled, up to two, each with a read-modify-write of `tail`
//! whose position is noted in the block as the one where it was left. Then write the value, and mark the slot as filled.
//!
//! Pop: exchange `head` for the same with the bit. Who finds the bit set gives way a few times, then marks that it was turned away,
//! passes a fence, and, if the bit is still there, answers that there is nothing. At the front, if the slot is filled, read
//! the value, and store the next position without the bit; if it was the first of a block, give up to two blocks back that
//! senders have left. How many slots are filled behind it is kept, so that the next come to them without a look at the marks. A
//! batch does this for what was sent when it began. If the slot is not filled, store the position without the bit, pass a
//! fence, and look for the mark; the chain is over if it is `closed` and `tail` at the same position.
//!
//! A receiver that was turned away may sleep beside a value, so whoever was at the front tells the next in the wait set: after a pop
//! if there are more values, after a look in vain if it could take the mark away. This core does that itself. Who is told
//! looks later than the mark was made: it finds what there is, or somebody at the front, and makes the next mark.
//!
//! Close: set the bit in `tail`, and then `closed`, which spares receivers that find nothing looks at what senders write. Whoever
//! has seen the bit sets `closed`, too, before it tells anybody.
//!
//! # Invariants
//!
//! - C1: a position is claimed by one sender, for a claim is an exchange of a position that never comes back; `head` and
//!   what lies behind it are changed by whoever has set the bit.
//! - C2: a slot is touched by its sender until it is marked, then by the receiver at the front.
//! - C3: once `tail` is closed it does not move.
//! - C4: the guard is never ahead of the newest block, and never ahead of a slot that is not filled.
//! - C5: a sender that has a claim reaches no block that is given back: of a block that the guard had left before its claim it sees no
//!   pointer (E4), and one that was left later is kept until the head has come to where the tail was, thus past the claim.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | mark of a slot | receiver's load of the mark | the value, and that its sender is done with all blocks |
//! | E2 | `head` without the bit | exchange of `head` for the bit | the front, and what was read from the slots |
//! | E3 | the bit in `tail` | load of `tail` | what the closer did before |
//! | E4 | read-modify-write of `tail` by whoever moved the guard | exchange of `tail` by a sender | the guard and the newest block |
//! | E5 | store of where a block was left | receiver's load of it | that the guard was moved |
//! | E6 | exchange of `next`, the newest block or the guard | load of them | the block's first state |
//! | E7 | exchange of the spare block | exchange of it for none | that nobody uses it |
//! | E8 | mark of who was turned away, fence | fence between `head` without the bit and the look for the mark | the mark, or else that the front is free |
//! | E9 | fence of who joins the wait set | fence between `head` without the bit and the look at `tail` | the tail as it was, or else that the front is free |
//! | E10 | store of `closed` | load of `closed` | that `tail` is closed, and where |
//!
//! # Limits
//!
//! A value whose predecessor is still being filled cannot be had: then the chain answers that it is empty, though the later value's
//! send is over; so it does to a receiver while another one was put aside at the front. A push takes two bounded walks:
//! over the blocks that were appended since the newest was looked for, and, for a sender that was put aside in the middle
//! of a push, over those since then. A block has room for 32 values, one is there from the start, and one is kept.

mod back;
mod block;
mod front;

use self::back::Back;
use self::block::{Block, Store};
use self::front::{Front, Look};
use super::{Core, Flow, Handles};
use crate::error::{TryRecvError, TrySendError};
use crate::finally::Finally;
use crate::stats::Waits;
use common::pad::CachePadded;
use common::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use common::wait::WaitSet;
use std::collections::VecDeque;

/// An unbounded queue for any number of senders and receivers.
pub(crate) struct Chain<T> {
    back: CachePadded<Back<T>>,
    front: CachePadded<Front<T>>,
    middle: Middle<T>,
}

/// What is seldom written.
struct Middle<T> {
    store: Store<T>,
    not_empty: WaitSet,
    /// Nobody waits here: there is room.
    not_full: WaitSet,
    recv_waits: Waits,
    send_waits: Waits,
    reserved: AtomicUsize,
    /// `tail` is closed: receivers that find nothing look here, and leave that line to the senders.
    closed: AtomicBool,
    handles: Handles,
}

// SAFETY: C1 and C2 give each value one owner at a time, E1 and E2 order them; values cross threads, so T: Send.
unsafe impl<T: Send> Send for Chain<T> {}
// SAFETY: as above; no two threads ever share a reference to a value.
unsafe impl<T: Send> Sync for Chain<T> {}

impl<T> Chain<T> {
    /// An empty one.
    pub(crate) fn new(handles: Handles) -> Self {
        let first = Block::allocate();
        let middle = Middle {
            store: Store::new(),
            not_empty: WaitSet::for_many(),
            not_full: WaitSet::new(),
            recv_waits: Waits::new(),
            send_waits: Waits::new(),
            reserved: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            handles,
        };
        Self { back: CachePadded::new(Back::new(first)), front: CachePadded::new(Front::new(first)), middle }
    }

    /// Tells the next receiver, who may have been turned away.
    fn pass_on(&self) {
        let told = self.middle.not_empty.notify(1);
        self.middle.recv_waits.tell(told);
    }

    /// Receiver that has left the front with something.
    #[inline(always)]
    fn pass_on_more(&self) {
        if self.middle.not_empty.has_waiters() {
            self.pass_on_if_more();
        }
    }

    #[cold]
    fn pass_on_if_more(&self) {
        // ORDERING: SeqCst, E9: who waits sees the head as it is now, or the tail is seen here as it was for who waits.
        fence(Ordering::SeqCst);
        if self.len() > 0 {
            self.pass_on();
        }
    }

    /// What a receiver is told that got nothing.
    #[cold]
    fn nothing(&self, look: Look) -> TryRecvError {
        match look {
            Look::Nothing { position, turned_away } => {
                if turned_away {
                    self.pass_on();
                }
                // ORDERING: Acquire, E10.
                let is_over = self.middle.closed.load(Ordering::Acquire) && self.back.is_over_at(position);
                if is_over { TryRecvError::Disconnected } else { TryRecvError::Empty }
            }
            Look::TurnedAway => TryRecvError::Empty,
        }
    }

    /// Whoever has seen that `tail` is closed lets receivers know before it says so: what one thread was told, no other denies.
    #[cold]
    fn tell_closed(&self) {
        // ORDERING: Release, E10.
        self.middle.closed.store(true, Ordering::Release);
    }

    /// Notes how many there are: when they need new memory, and when somebody asks.
    fn note_depth(&self) {
        // An estimate is not worth a model's steps.
        if cfg!(not(any(loom, shuttle))) {
            self.middle.handles.peak.note(self.len());
        }
    }
}

impl<T> Core for Chain<T> {
    type Item = T;

    #[inline(always)]
    fn push(&self, value: T) -> Result<(), TrySendError<T>> {
        let Some(position) = self.back.claim(1) else {
            self.tell_closed();
            return Err(TrySendError::Disconnected(value));
        };
        let (block, has_grown) = self.back.reach(position, &self.middle.store);
        // SAFETY: C5, and the position is this sender's.
        unsafe { block.fill(position, value) };
        if has_grown {
            self.note_depth();
        }
        Ok(())
    }

    fn push_many(&self, values: &mut VecDeque<T>) -> Result<usize, TrySendError<()>> {
        let count = values.len();
        let Some(first) = self.back.claim(count as u64) else {
            self.tell_closed();
            return Err(TrySendError::Disconnected(()));
        };
        let mut grown = false;
        for (position, value) in (first..).zip(values.drain(..)) {
            let (block, has_grown) = self.back.reach(position, &self.middle.store);
            grown |= has_grown;
            // SAFETY: C5, and the position is this sender's.
            unsafe { block.fill(position, value) };
        }
        if grown {
            self.note_depth();
        }
        Ok(count)
    }

    fn reserve(&self, count: usize) -> Result<(), TrySendError<()>> {
        if self.is_closed() {
            return Err(TrySendError::Disconnected(()));
        }
        // ORDERING: Relaxed: a count.
        let more = self.middle.reserved.try_update(Ordering::Relaxed, Ordering::Relaxed, |sum| sum.checked_add(count));
        more.map(drop).map_err(|_| TrySendError::Full(()))
    }

    fn give_back(&self, count: usize) {
        // ORDERING: Relaxed: a count.
        self.middle.reserved.fetch_sub(count, Ordering::Relaxed);
    }

    fn push_reserved(&self, value: T) -> Result<(), T> {
        self.push(value).map_err(TrySendError::into_inner)?;
        self.give_back(1);
        Ok(())
    }

    fn reserved(&self) -> usize {
        // ORDERING: Relaxed: a count.
        self.middle.reserved.load(Ordering::Relaxed)
    }

    fn most_reserved(&self) -> usize {
        usize::MAX
    }

    #[inline(always)]
    fn pop(&self) -> Result<T, TryRecvError> {
        match self.front.pop(&self.middle.store) {
            Ok(value) => {
                self.pass_on_more();
                Ok(value)
            }
            Err(look) => Err(self.nothing(look)),
        }
    }

    fn pop_many(&self, into: &mut Vec<T>, max: usize) -> Result<usize, TryRecvError> {
        if max == 0 {
            return Ok(0);
        }
        // No more than there are now, or senders that go on could keep this receiver at the front for ever.
        let max = max.min(self.len().max(1));
        let count = self.front.pop_many(into, max, &self.middle.store).map_err(|look| self.nothing(look))?;
        self.pass_on_more();
        Ok(count)
    }

    fn has_value(&self) -> bool {
        self.peek().is_ok()
    }

    fn peek(&self) -> Result<(), TryRecvError> {
        match self.front.peek() {
            Ok(turned_away) => {
                if turned_away {
                    self.pass_on();
                }
                Ok(())
            }
            // Whoever is at the front may leave something.
            Err(Look::TurnedAway) => Ok(()),
            Err(look) => Err(self.nothing(look)),
        }
    }

    fn has_room(&self) -> bool {
        true
    }

    fn close(&self) -> bool {
        let was_open = self.back.close();
        self.tell_closed();
        was_open
    }

    fn is_closed(&self) -> bool {
        let is_closed = self.back.is_closed();
        if is_closed {
            self.tell_closed();
        }
        is_closed
    }

    fn len(&self) -> usize {
        // The head first, which then is no further than the tail.
        let head = self.front.position();
        usize::try_from(self.back.position() - head).unwrap_or(usize::MAX)
    }

    fn capacity(&self) -> Option<usize> {
        None
    }

    fn not_empty(&self) -> &WaitSet {
        &self.middle.not_empty
    }

    fn not_full(&self) -> &WaitSet {
        &self.middle.not_full
    }

    fn send_waits(&self) -> &Waits {
        &self.middle.send_waits
    }

    fn recv_waits(&self) -> &Waits {
        &self.middle.recv_waits
    }

    fn flow(&self) -> Flow {
        self.note_depth();
        // The head first, so that nothing seems to be received before it was sent.
        let received = self.front.position();
        let sent = self.back.position();
        let depth = usize::try_from(sent - received).unwrap_or(usize::MAX);
        Flow { sent, received, depth, high_water: self.middle.handles.peak.highest() }
    }

    fn handles(&self) -> &Handles {
        &self.middle.handles
    }
}

impl<T> Drop for Chain<T> {
    fn drop(&mut self) {
        let store = &self.middle.store;
        let empty = || while self.front.pop(store).is_ok() {};
        // A value whose drop panics keeps neither the others nor the blocks.
        // SAFETY: nobody else has the chain any more, and no value is in it.
        let _blocks = Finally(|| unsafe { store.free_all(self.front.oldest()) });
        let _rest = Finally(empty);
        empty();
    }
}
