//! The handle word: one atomic that serialises everything that happens to one handle.
//!
//! Several threads dispatch events, and two events of one handle must not be handled at the same time. ACE suspends the
//! handle in the demultiplexer and resumes it, the JDK re-arms a one-shot registration: a system call for each event.
//! Here the handle is registered once, edge-triggered, and the word remembers what happened while a thread was busy
//! with it. Ancestors: tokio's `ScheduledIo`, the descriptor word of Go's netpoller with its sequence number, the
//! actor's mailbox.
//!
//! # States
//!
//! | state | who is where | who may change it |
//! |---|---|---|
//! | Closed | nobody has the handle | whoever opens it, to Running |
//! | Idle | nobody works on the handle | whoever delivers an event, to Queued |
//! | Queued | a [`Claim`] is on its way to a thread | the claim's owner, to Running |
//! | Running | the claim's owner works on the handle | the claim's owner, to any state |
//! | Suspended | the handle waits to be resumed | whoever delivers a control event, to Queued |
//!
//! The other bits: what is ready, and the generation, which counts how often the slot was closed.
//!
//! # Protocol
//!
//! Deliverer: set the ready bits. If the state was Idle (or Suspended, for a control bit), turn it to Queued with the
//! same compare-exchange and own the claim. In any other open state the owner of the claim will find the bits. Owner:
//! `begin` (Queued to Running, taking all bits), work, then `release`: to Idle if no bit came meanwhile, else to
//! Queued, with the claim still in hand. `suspend` likewise, where I/O bits may stay behind. `close` ends the
//! generation.
//!
//! # Invariants
//!
//! - I1: there is a claim exactly while the state is Queued or Running, and then there is one.
//! - I2: a delivered bit is taken by a later `begin`, or the handle is closed, or it is suspended and the bit is I/O.
//! - I3: an event for an earlier generation changes nothing.
//!
//! # Orderings
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | `release`, `suspend`, `close` | `deliver` that claims, `open` | what the owner did to the handle |
//! | E2 | `deliver` | `begin` | what the deliverer did before |
//!
//! # Limits
//!
//! 32 bits of generation: a stale event is mistaken for a fresh one after 4,294,967,296 closes of one slot while it was
//! under way. The word forgets a suspension when a control event ends it; whoever begins decides anew.

use common::sync::atomic::{AtomicU64, Ordering};
use std::fmt;
use std::ops::{BitOr, BitOrAssign};

const READY_MASK: u64 = 0xff;
const STATE_SHIFT: u32 = 8;
const STATE_MASK: u64 = 0b111 << STATE_SHIFT;
const GENERATION_SHIFT: u32 = 32;

const CLOSED: u64 = 0 << STATE_SHIFT;
const IDLE: u64 = 1 << STATE_SHIFT;
const QUEUED: u64 = 2 << STATE_SHIFT;
const RUNNING: u64 = 3 << STATE_SHIFT;
const SUSPENDED: u64 = 4 << STATE_SHIFT;

/// What happened to a handle: a set of bits.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Ready(u8);

impl Ready {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// It can be read from, or its peer has closed or failed.
    pub const READ: Self = Self(1 << 0);
    /// It can be written to, or its peer has closed or failed.
    pub const WRITE: Self = Self(1 << 1);
    /// Its deadline passed. A control bit, like those below.
    pub const TIMER: Self = Self(1 << 2);
    /// Somebody notified it.
    pub const NOTIFY: Self = Self(1 << 3);
    /// It was resumed.
    pub const RESUME: Self = Self(1 << 4);
    /// It should finish what it has begun and close.
    pub const DRAIN: Self = Self(1 << 5);
    /// It should close.
    pub const CLOSE: Self = Self(1 << 6);
    /// It asked for another turn.
    pub const AGAIN: Self = Self(1 << 7);

    const IO: Self = Self(Self::READ.0 | Self::WRITE.0);

    /// What is reported to the handler of I/O: anything but a deadline, a notification or an end.
    #[cfg(feature = "net")]
    pub(crate) const TURN: Self = Self(Self::IO.0 | Self::RESUME.0 | Self::AGAIN.0);

    /// The bits that both have.
    #[must_use]
    pub const fn only(self, mask: Self) -> Self {
        Self(self.0 & mask.0)
    }

    /// Whether all bits of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether no bit is set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a bit other than the I/O ones is set, which reaches a suspended handle too.
    pub const fn has_control(self) -> bool {
        self.0 & !Self::IO.0 != 0
    }
}

/// The exclusive right to one handle, and the duty to release it. It belongs to the word that gave it out.
///
/// It can't be copied, so no second thread has it:
///
/// ```compile_fail,E0382
/// use leader_followers::handle::HandleWord;
///
/// let word = HandleWord::new();
/// let claim = word.open().unwrap();
/// word.close(claim);
/// word.close(claim);
/// ```
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a claim that is dropped leaves its handle claimed for ever"]
pub struct Claim {
    generation: u32,
}

/// What became of a delivered event, and what the caller has to do.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a claim has to be dispatched"]
pub enum Delivery {
    /// Nobody had the handle: dispatch this claim.
    Claimed(Claim),
    /// The owner of the claim, or a resume, will find the event. Nothing to do.
    Recorded,
    /// The handle was closed before. Nothing to do.
    Stale,
}

/// What became of a claim that was released.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a claim that came back has to be worked on or queued"]
pub enum Release {
    /// Nobody has the handle now.
    Free,
    /// Something happened meanwhile: the claim is still the caller's, in state Queued.
    More(Claim),
}

/// The word of one handle.
///
/// ```
/// use leader_followers::handle::{Delivery, HandleWord, Ready, Release};
///
/// let word = HandleWord::new();
/// let claim = word.open().expect("a new word is closed");
/// let generation = claim.generation();
/// assert_eq!(word.release(claim), Release::Free);
///
/// let Delivery::Claimed(claim) = word.deliver(generation, Ready::READ) else { panic!("nobody has the handle") };
/// assert!(word.begin(&claim).contains(Ready::READ));
/// assert_eq!(word.deliver(generation, Ready::WRITE), Delivery::Recorded);
/// let Release::More(claim) = word.release(claim) else { panic!("an event came meanwhile") };
/// word.close(claim);
/// assert_eq!(word.deliver(generation, Ready::READ), Delivery::Stale);
/// ```
#[derive(Debug)]
pub struct HandleWord(AtomicU64);

/// A value of the word.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Word(u64);

impl Word {
    fn new(generation: u32, state: u64, ready: Ready) -> Self {
        Self(u64::from(generation) << GENERATION_SHIFT | state | u64::from(ready.0))
    }

    fn generation(self) -> u32 {
        (self.0 >> GENERATION_SHIFT) as u32
    }

    fn state(self) -> u64 {
        self.0 & STATE_MASK
    }

    fn ready(self) -> Ready {
        Ready((self.0 & READY_MASK) as u8)
    }
}

impl HandleWord {
    /// A closed word of generation 0.
    pub fn new() -> Self {
        Self(AtomicU64::new(Word::new(0, CLOSED, Ready::NONE).0))
    }

    /// Closed to Running: the caller sets the handle up and releases it. `None` if the handle is open.
    pub fn open(&self) -> Option<Claim> {
        let opened = self.update(|word| match word.state() {
            CLOSED => Some(Word::new(word.generation(), RUNNING, Ready::NONE)),
            _ => None,
        });
        opened.ok().map(|(before, _)| Claim { generation: before.generation() })
    }

    /// Records that `ready` happened to the handle as it was in `generation`.
    pub fn deliver(&self, generation: u32, ready: Ready) -> Delivery {
        let delivered = self.update(|word| {
            if word.generation() != generation || word.state() == CLOSED {
                return None;
            }
            let all = word.ready() | ready;
            let state = match word.state() {
                IDLE => QUEUED,
                SUSPENDED if all.has_control() => QUEUED,
                same => same,
            };
            Some(Word::new(generation, state, all))
        });
        match delivered {
            Err(_) => Delivery::Stale,
            Ok((before, after)) if before.state() != after.state() => Delivery::Claimed(Claim { generation }),
            Ok(_) => Delivery::Recorded,
        }
    }

    /// Queued to Running: takes everything that was delivered so far.
    pub fn begin(&self, claim: &Claim) -> Ready {
        self.transition(claim, |word| {
            assert_eq!(word.state(), QUEUED, "I1: a claim is begun once");
            Word::new(claim.generation, RUNNING, Ready::NONE)
        })
        .0
        .ready()
    }

    /// Running to Idle, or to Queued if something was delivered meanwhile.
    pub fn release(&self, claim: Claim) -> Release {
        self.leave(claim, IDLE, |ready| !ready.is_empty())
    }

    /// Running to Suspended, or to Queued if a control event was delivered meanwhile.
    pub fn suspend(&self, claim: Claim) -> Release {
        self.leave(claim, SUSPENDED, Ready::has_control)
    }

    /// Running to Queued, with `ready` as if it had been delivered: the owner wants another turn.
    pub fn requeue(&self, claim: &Claim, ready: Ready) {
        self.transition(claim, |word| Word::new(claim.generation, QUEUED, word.ready() | ready));
    }

    /// Ends the generation: every event that is still under way to it becomes stale.
    pub fn close(&self, claim: Claim) {
        self.transition(&claim, |_| Word::new(claim.generation.wrapping_add(1), CLOSED, Ready::NONE));
    }

    /// The generation of the handle if it is open.
    pub fn generation(&self) -> Option<u32> {
        // ORDERING: Relaxed: it may have changed already when the caller looks at it; `deliver` decides.
        let word = Word(self.0.load(Ordering::Relaxed));
        (word.state() != CLOSED).then(|| word.generation())
    }

    fn leave(&self, claim: Claim, resting: u64, stays: impl Fn(Ready) -> bool) -> Release {
        let (_, after) = self.transition(&claim, |word| {
            assert_eq!(word.state(), RUNNING, "I1: only a running claim is released");
            Word::new(claim.generation, if stays(word.ready()) { QUEUED } else { resting }, word.ready())
        });
        if after.state() == QUEUED { Release::More(claim) } else { Release::Free }
    }

    /// A step that only the claim's owner makes; deliverers can add bits meanwhile, so it is a loop.
    fn transition(&self, claim: &Claim, step: impl Fn(Word) -> Word) -> (Word, Word) {
        let made = self.update(|word| {
            assert_eq!(word.generation(), claim.generation, "a claim is used on the word that gave it out");
            Some(step(word))
        });
        match made {
            Ok(words) => words,
            Err(_) => unreachable!("an owner's step is never refused"),
        }
    }

    fn update(&self, step: impl Fn(Word) -> Option<Word>) -> Result<(Word, Word), Word> {
        // ORDERING: Relaxed: a step that is taken goes through the exchange below; one that is refused needs no edge.
        let mut before = Word(self.0.load(Ordering::Relaxed));
        loop {
            let Some(after) = step(before) else { return Err(before) };
            // ORDERING: AcqRel: Release for E1 when an owner leaves and for E2 when somebody delivers; Acquire for E1
            // when a delivery or an open claims and for E2 when the owner begins. Relaxed on failure: the loop tries
            // again.
            match self.0.compare_exchange_weak(before.0, after.0, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return Ok((before, after)),
                Err(found) => before = Word(found),
            }
        }
    }
}

impl Default for HandleWord {
    fn default() -> Self {
        Self::new()
    }
}

impl Claim {
    /// The generation of the handle that was claimed.
    pub fn generation(&self) -> u32 {
        self.generation
    }
}

impl BitOr for Ready {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Ready {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = ["READ", "WRITE", "TIMER", "NOTIFY", "RESUME", "DRAIN", "CLOSE", "AGAIN"];
        let set = names.iter().enumerate().filter(|(bit, _)| self.0 >> bit & 1 == 1).map(|(_, name)| *name);
        f.debug_set().entries(set).finish()
    }
}
