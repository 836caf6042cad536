//! What can be chosen: how a job is run, how a queue is opened, and how long to wait between attempts.

use super::clock;
use super::job::JobId;
use std::time::Duration;

/// How long a failed job waits before its next attempt.
///
/// ```
/// use producer_consumer::jobs::Backoff;
/// use std::time::Duration;
///
/// let backoff = Backoff::exponential(Duration::from_secs(1));
/// assert_eq!(backoff.after(1), Duration::from_secs(1));
/// assert_eq!(backoff.after(4), Duration::from_secs(8));
/// assert_eq!(backoff.after(60), Backoff::LONGEST);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    growth: Growth,
    base: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Growth {
    Fixed,
    Exponential,
}

impl Backoff {
    /// No backoff is longer: one hour.
    pub const LONGEST: Duration = Duration::from_secs(3600);

    /// The next attempt comes at once.
    pub const fn none() -> Self {
        Self::fixed(Duration::ZERO)
    }

    /// Always `delay`.
    pub const fn fixed(delay: Duration) -> Self {
        Self { growth: Growth::Fixed, base: delay }
    }

    /// `first` after the first attempt, and twice as long after each further one.
    pub const fn exponential(first: Duration) -> Self {
        Self { growth: Growth::Exponential, base: first }
    }

    /// How long to wait after attempt number `attempt`, which counts from one.
    pub fn after(&self, attempt: u32) -> Duration {
        let factor = match self.growth {
            Growth::Fixed => 1,
            Growth::Exponential => 1 << attempt.saturating_sub(1).min(31),
        };
        self.base.saturating_mul(factor).min(Self::LONGEST)
    }

    /// As a row keeps it: the base in milliseconds, negative for a fixed delay.
    pub(crate) fn to_row(self) -> i64 {
        // Rounded up: a wait that became none would stay none, however often it doubled.
        let base = clock::to_ms(self.base.min(Self::LONGEST).saturating_add(Duration::from_nanos(999_999)));
        match self.growth {
            Growth::Fixed => -base,
            Growth::Exponential => base,
        }
    }

    pub(crate) fn from_row(row: i64) -> Self {
        let base = Duration::from_millis(row.unsigned_abs());
        if row > 0 { Self::exponential(base) } else { Self::fixed(base) }
    }
}

impl Default for Backoff {
    /// One second, doubling.
    fn default() -> Self {
        Self::exponential(Duration::from_secs(1))
    }
}

/// How one job is run.
///
/// ```
/// use producer_consumer::jobs::{Backoff, JobOptions};
/// use std::time::Duration;
///
/// let options = JobOptions::new()
///     .id("upload-17")
///     .attempts(5)
///     .backoff(Backoff::exponential(Duration::from_millis(200)))
///     .delay(Duration::from_secs(60))
///     .priority(10);
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
#[must_use = "options do nothing until a job is added with them"]
pub struct JobOptions {
    pub(crate) id: Option<JobId>,
    pub(crate) attempts: u32,
    pub(crate) backoff: Backoff,
    pub(crate) delay: Duration,
    pub(crate) priority: u32,
}

impl JobOptions {
    /// Attempts that a job has unless it says otherwise: 3.
    pub const DEFAULT_ATTEMPTS: u32 = 3;
    /// The highest number that [`priority`](Self::priority) may be given: 2,097,152, the same as BullMQ's.
    pub const LAST_PRIORITY: u32 = 1 << 21;

    /// Three attempts with the default [`Backoff`], no delay, priority 0, an id of the queue's making.
    pub fn new() -> Self {
        Self {
            id: None,
            attempts: Self::DEFAULT_ATTEMPTS,
            backoff: Backoff::default(),
            delay: Duration::ZERO,
            priority: 0,
        }
    }

    /// A name for the job: while the queue knows a job of this name, adding another changes nothing.
    ///
    /// 1 to 256 bytes, and not a number alone: numbers are what the queue makes.
    pub fn id(self, id: impl Into<JobId>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// How many times the job may be tried in all: 3 unless set, at least 1.
    pub fn attempts(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }

    /// How long to wait between attempts.
    pub fn backoff(self, backoff: Backoff) -> Self {
        Self { backoff, ..self }
    }

    /// Keeps the job back for a time, by the wall clock.
    pub fn delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// 0 unless set, which runs first; a higher number runs after all lower ones.
    pub fn priority(self, priority: u32) -> Self {
        Self { priority, ..self }
    }
}

impl Default for JobOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// How a queue is opened: its bounds.
#[derive(Clone, Debug)]
#[must_use = "options do nothing until a queue is opened with them"]
pub struct QueueOptions {
    pub(crate) max_payload: usize,
    pub(crate) max_unfinished: u64,
    pub(crate) keep_finished: u32,
    pub(crate) max_file_size: Option<u64>,
    pub(crate) busy_timeout: Duration,
}

impl QueueOptions {
    /// The defaults, each given at its method.
    pub fn new() -> Self {
        Self {
            max_payload: 1 << 20,
            max_unfinished: 1_000_000,
            keep_finished: 100_000,
            max_file_size: None,
            busy_timeout: Duration::from_secs(5),
        }
    }

    /// The longest payload and the longest result, as JSON text: 1 MiB unless set.
    pub fn max_payload(self, bytes: usize) -> Self {
        Self { max_payload: bytes, ..self }
    }

    /// How many jobs may be waiting, delayed and active together before an add or a retry by an operator is refused:
    /// 1,000,000 unless set.
    pub fn max_unfinished(self, jobs: u64) -> Self {
        Self { max_unfinished: jobs, ..self }
    }

    /// How many completed jobs, and as many failed ones, are kept to be looked at: 100,000 unless set.
    ///
    /// Workers delete older ones every ten seconds, a thousand at a time.
    pub fn keep_finished(self, jobs: u32) -> Self {
        Self { keep_finished: jobs, ..self }
    }

    /// How large the database file may grow, tables of your own included: not limited unless set, except by the disk.
    ///
    /// A queue at its limit refuses like one on a full disk, and works again once it is opened with a higher limit. The
    /// limit applies only to handles opened with it, and is rounded down to whole pages. The log beside the file comes
    /// on top: about 4 MiB between checkpoints, and what it grows to beyond that is cut back to 64 MiB.
    pub fn max_file_size(self, bytes: u64) -> Self {
        Self { max_file_size: Some(bytes), ..self }
    }

    /// How long an operation waits for other writers, in this process and in others together, before it reports that
    /// the file is busy: 5 s unless set, at most an hour.
    pub fn busy_timeout(self, timeout: Duration) -> Self {
        Self { busy_timeout: timeout.min(Duration::from_secs(3600)), ..self }
    }
}

impl Default for QueueOptions {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backoff_survives_its_row() {
        let second = Duration::from_secs(1);
        for backoff in [Backoff::none(), Backoff::fixed(second), Backoff::exponential(second)] {
            assert_eq!(Backoff::from_row(backoff.to_row()), backoff);
        }
        let short = Backoff::exponential(Duration::from_micros(300));
        assert_eq!(Backoff::from_row(short.to_row()), Backoff::exponential(Duration::from_millis(1)));
    }

    #[test]
    fn a_hostile_row_is_no_longer_than_the_longest() {
        for row in [i64::MIN, i64::MAX] {
            assert_eq!(Backoff::from_row(row).after(u32::MAX), Backoff::LONGEST);
        }
    }
}
