//! The queue of a set: a doubly linked list through nodes that live with those who wait.
//!
//! A list of its own memory would allocate for each wait, or keep what its longest queue once took. Ancestors: the wait
//! queues of tokio's semaphore and of thingbuf.
//!
//! # Invariants
//!
//! - L1: links are read and written under the lock of the list's set, and those of a node that was notified by its owner.
//! - L2: a node that is linked stays where it is and is unlinked before it goes away; its owner sees to both.
//! - L3: `next` of a node's `previous` is the node, and the other way round.
//! - L4: while a sweep is under way nodes are linked at the back only, so it takes those that were there when it began.

use super::signal::{Signal, Sleeper};
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::cell::UnsafeCell;
use std::cell::Cell;
use std::ptr;

const LINKED: u32 = 0;
const NOTIFIED: u32 = 1;

/// A place in one set's queue.
pub(super) struct Node {
    links: UnsafeCell<Links>,
    /// LINKED or NOTIFIED, if the owner has linked it; moved under the lock.
    word: AtomicU32,
    /// The owner's: whether it has linked the node, and since then neither unlinked it nor heard of its notification.
    is_in: Cell<bool>,
}

struct Links {
    previous: *const Node,
    next: *const Node,
    signal: *const Signal,
}

impl Links {
    const NONE: Self = Self { previous: ptr::null(), next: ptr::null(), signal: ptr::null() };
}

// SAFETY: L1: links are touched under a lock. `is_in` is touched by one owner at a time, as all of a waiter is.
unsafe impl Send for Node {}
// SAFETY: as above.
unsafe impl Sync for Node {}

impl Node {
    pub(super) fn new() -> Self {
        Self { links: UnsafeCell::new(Links::NONE), word: AtomicU32::new(LINKED), is_in: Cell::new(false) }
    }

    /// The owner's: whether it may be in the queue; it is, if the owner asks under the lock and has just looked for a
    /// notification.
    pub(super) fn is_in(&self) -> bool {
        self.is_in.get()
    }

    /// The owner's: whether a notifier has taken it off the queue and is done with it. It is out then.
    pub(super) fn take_notification(&self) -> bool {
        // ORDERING: Acquire, pairs with the store in `set_notified`: the notifier's last touch comes before whatever the
        // owner does with the memory.
        let is_notified = self.is_in() && self.word.load(Ordering::Acquire) == NOTIFIED;
        if is_notified {
            self.is_in.set(false);
            // SAFETY: it is in no queue, and no notifier is at it any more: they are the owner's.
            self.links.with_mut(|links| unsafe { *links = Links::NONE });
        }
        is_notified
    }

    fn set_linked(&self) {
        // ORDERING: Relaxed: the lock orders it.
        self.word.store(LINKED, Ordering::Relaxed);
    }

    /// A notifier's last touch.
    fn set_notified(&self) {
        // ORDERING: Release, pairs with the load in `take_notification`.
        self.word.store(NOTIFIED, Ordering::Release);
    }
}

/// The ends of the queue; whoever has it has the set's lock.
#[derive(Debug)]
pub(super) struct List {
    front: *const Node,
    back: *const Node,
    // As 32-bit numbers: 80 bytes for each waiter end long before they do.
    length: u32,
    /// Notifications that are not through with those they are for.
    sweeps: u32,
}

// SAFETY: the pointers are followed under the lock only, and lead to nodes that are Sync and stay (L2).
unsafe impl Send for List {}

impl List {
    pub(super) fn new() -> Self {
        Self { front: ptr::null(), back: ptr::null(), length: 0, sweeps: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.length as usize
    }

    pub(super) fn is_front(&self, node: &Node) -> bool {
        ptr::eq(self.front, node)
    }

    /// Begins a notification of `count` nodes, or of all there are if they are fewer: how many that is.
    ///
    /// Those that are linked now stay in front of those that are linked while it lasts (L4).
    pub(super) fn begin_sweep(&mut self, count: usize) -> usize {
        self.sweeps += 1;
        count.min(self.len())
    }

    pub(super) fn end_sweep(&mut self) {
        self.sweeps -= 1;
    }

    /// Appends a node, or puts it before all others, unless a sweep is under way.
    ///
    /// # Safety
    ///
    /// The node is in no queue; it and the signal stay where they are until it has been unlinked or notified (L2).
    pub(super) unsafe fn link(&mut self, node: &Node, signal: *const Signal, at_front: bool) {
        let (previous, next) =
            if at_front && self.sweeps == 0 { (ptr::null(), self.front) } else { (self.back, ptr::null()) };
        // SAFETY: L1: the caller has the lock.
        node.links.with_mut(|links| unsafe { *links = Links { previous, next, signal } });
        // SAFETY: L2: neighbours are linked nodes.
        unsafe { self.join(previous, node) };
        // SAFETY: as above.
        unsafe { self.join(node, next) };
        node.set_linked();
        node.is_in.set(true);
        self.length += 1;
    }

    /// Takes a node out of the queue at its owner's wish.
    ///
    /// # Safety
    ///
    /// The node is in this queue.
    pub(super) unsafe fn unlink(&mut self, node: &Node) {
        // SAFETY: the caller's promise.
        unsafe { self.detach(node) };
        node.is_in.set(false);
    }

    /// Takes a node out of the queue and leaves its word as it is: to an owner who looks without the lock, a node that is
    /// being notified is LINKED until the notifier is done with it.
    ///
    /// # Safety
    ///
    /// The node is in this queue.
    unsafe fn detach(&mut self, node: &Node) {
        let (previous, next) = node.links.with(|links| {
            // SAFETY: L1: the caller has the lock.
            let links = unsafe { &*links };
            (links.previous, links.next)
        });
        // SAFETY: L2: neighbours are linked nodes.
        unsafe { self.join(previous, next) };
        self.length -= 1;
    }

    /// Takes the front node out of the queue, rings its bell, and returns whom to wake, if that sleeps; `None` if the
    /// queue is empty.
    pub(super) fn notify_front(&mut self) -> Option<Option<Sleeper>> {
        // SAFETY: L2: the front is a linked node, or there is none.
        let front = unsafe { self.front.as_ref() }?;
        // SAFETY: it is in this queue.
        unsafe { self.detach(front) };
        let sleeper = self.ring(front);
        front.set_notified();
        Some(sleeper)
    }

    /// Rings the bell of the front node and leaves it where it is.
    pub(super) fn ring_front(&self) -> Option<Sleeper> {
        // SAFETY: L2: the front is a linked node, or there is none.
        let front = unsafe { self.front.as_ref() }?;
        self.ring(front)
    }

    fn ring(&self, node: &Node) -> Option<Sleeper> {
        // SAFETY: L1: whoever has the list has the lock.
        let signal = node.links.with(|links| unsafe { (*links).signal });
        // SAFETY: L2: the signal stays as long as its node.
        unsafe { &*signal }.ring()
    }

    /// Makes two places neighbours; null stands for an end of the queue.
    ///
    /// # Safety
    ///
    /// Both are null or lead to nodes of this queue.
    unsafe fn join(&mut self, left: *const Node, right: *const Node) {
        // SAFETY: the caller's promise.
        match unsafe { left.as_ref() } {
            // SAFETY: L1: whoever has the list has the lock.
            Some(left) => left.links.with_mut(|links| unsafe { (*links).next = right }),
            None => self.front = right,
        }
        // SAFETY: the caller's promise.
        match unsafe { right.as_ref() } {
            // SAFETY: L1, as above.
            Some(right) => right.links.with_mut(|links| unsafe { (*links).previous = left }),
            None => self.back = left,
        }
    }
}
