//! The end of a ring: open, about to be settled, or the position behind the last message that was accepted.

use common::sync::atomic::{AtomicU64, Ordering};

/// No message will ever have this position.
const OPEN: u64 = u64::MAX;
/// Nor this one.
const CLOSING: u64 = u64::MAX - 1;

/// What the word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Pushes are accepted.
    Open,
    /// The consumer closes, and who comes first settles where.
    Closing,
    /// Messages before this position were accepted, and none after it.
    At(usize),
}

impl End {
    fn of(word: u64) -> Self {
        match word {
            OPEN => Self::Open,
            CLOSING => Self::Closing,
            position => Self::At(position as usize),
        }
    }
}

/// The word; the head of [`ring`](super) says who moves it when.
pub(super) struct EndWord(AtomicU64);

impl EndWord {
    pub(super) fn open() -> Self {
        Self(AtomicU64::new(OPEN))
    }

    /// Producer, behind the light barrier: whether what it has published is accepted.
    #[inline]
    pub(super) fn is_open(&self) -> bool {
        // ORDERING: Relaxed: E5's barrier comes before it, and whoever finds it closed goes on to settle.
        self.0.load(Ordering::Relaxed) == OPEN
    }

    #[inline]
    pub(super) fn look(&self) -> End {
        // ORDERING: Acquire, E3 for the consumer, and E4 for the producer.
        End::of(self.0.load(Ordering::Acquire))
    }

    /// Consumer: begins to close; false if the ring was closed before.
    pub(super) fn begin(&self) -> bool {
        // ORDERING: Release, E4. A failure says nothing; the next look acquires.
        self.0.compare_exchange(OPEN, CLOSING, Ordering::Release, Ordering::Relaxed).is_ok()
    }

    /// Either end, after the consumer has begun: settles the end at `tail`, or says where it was settled.
    pub(super) fn settle(&self, tail: usize) -> usize {
        // ORDERING: Release, E3, the producer's messages. Acquire on failure, E3, in the consumer.
        match self.0.compare_exchange(CLOSING, tail as u64, Ordering::Release, Ordering::Acquire) {
            Ok(_) => tail,
            Err(settled) => settled as usize,
        }
    }

    /// Producer: closes behind its last message; false if the consumer has closed, or is about to.
    pub(super) fn finish(&self, tail: usize) -> bool {
        // ORDERING: Release, E3. A failure says nothing; the next look acquires.
        self.0.compare_exchange(OPEN, tail as u64, Ordering::Release, Ordering::Relaxed).is_ok()
    }
}
