//! Restart intensity: a worker that dies comes back, one that dies again and again does not.
//!
//! A fixed delay is wrong both ways: it keeps a healthy slot empty after one crash, and lets a broken program start for
//! ever. Here the first restart is immediate, later ones wait longer and longer, and too many within a period mark the
//! slot failed. Ancestor: the restart intensity of OTP supervisors, which give up the whole tree where we give up a
//! slot.

use super::state::Moment;
use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

/// How often a slot's worker is restarted.
///
/// Unless set it is `Restart::intensity(5, 60 s).backoff(100 ms..30 s)`.
///
/// ```
/// use cluster::Restart;
/// use std::time::Duration;
///
/// let restart = Restart::intensity(3, Duration::from_secs(10)).backoff(Duration::from_millis(50)..Duration::from_secs(1));
/// # let _ = restart;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "options do nothing until a cluster starts with them"]
pub struct Restart {
    limit: usize,
    period: Duration,
    backoff: Range<Duration>,
    ever: bool,
}

impl Default for Restart {
    fn default() -> Self {
        Self::intensity(5, Duration::from_secs(60))
    }
}

impl Restart {
    /// At most `limit` restarts of one slot within `period`; one more marks the slot failed.
    ///
    /// Every exit counts while the cluster runs, planned ones of workers that left by themselves too; workers that a
    /// reload replaced do not.
    pub fn intensity(limit: usize, period: Duration) -> Self {
        let backoff = Duration::from_millis(100)..Duration::from_secs(30);
        Self { limit, period, backoff, ever: true }
    }

    /// No restarts: a slot whose worker ended stays empty until a reload fills it.
    pub fn never() -> Self {
        Self { ever: false, ..Self::intensity(0, Duration::ZERO) }
    }

    /// Delays: none for the first restart within the period, `range.start` for the second, twice that for the third and
    /// so on, and never more than `range.end`.
    pub fn backoff(self, range: Range<Duration>) -> Self {
        Self { backoff: range, ..self }
    }

    fn delay(&self, earlier: usize) -> Duration {
        match u32::try_from(earlier) {
            Ok(0) => Duration::ZERO,
            Ok(earlier) => {
                let factor = 1_u32.checked_shl(earlier - 1).unwrap_or(u32::MAX);
                self.backoff.start.saturating_mul(factor).min(self.backoff.end)
            }
            Err(_) => self.backoff.end,
        }
    }
}

/// When the restarts within the period were decided; at most as many as the limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct History(VecDeque<Moment>);

/// What becomes of a slot whose worker has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a slot about which nothing is done stays empty"]
pub(crate) enum Verdict {
    /// Start another one after this delay.
    After(Duration),
    /// Too many restarts within the period.
    GiveUp,
    /// Restarts are not wanted.
    Never,
}

impl History {
    pub(crate) fn judge(&mut self, restart: &Restart, now: Moment) -> Verdict {
        if !restart.ever {
            return Verdict::Never;
        }
        while self.0.front().is_some_and(|&then| now.saturating_sub(then) >= restart.period) {
            self.0.pop_front();
        }
        if self.0.len() >= restart.limit {
            return Verdict::GiveUp;
        }
        let delay = restart.delay(self.0.len());
        self.0.push_back(now);
        Verdict::After(delay)
    }

    pub(crate) fn restarts(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn the_first_restart_is_immediate_and_later_ones_back_off_to_the_cap() {
        let restart = Restart::intensity(6, ms(10_000)).backoff(ms(100)..ms(500));
        let mut history = History::default();
        let verdicts: Vec<_> = (0..7).map(|n| history.judge(&restart, ms(n))).collect();
        let delays = [0, 100, 200, 400, 500, 500].map(|delay| Verdict::After(ms(delay)));
        assert_eq!(verdicts[..6], delays);
        assert_eq!(verdicts[6], Verdict::GiveUp);
    }

    #[test]
    fn a_quiet_period_forgives() {
        let restart = Restart::intensity(1, ms(1000));
        let mut history = History::default();
        assert_eq!(history.judge(&restart, ms(0)), Verdict::After(ms(0)));
        assert_eq!(history.judge(&restart, ms(999)), Verdict::GiveUp);
        assert_eq!(history.judge(&restart, ms(1000)), Verdict::After(ms(0)));
    }

    #[test]
    fn huge_counts_do_not_overflow() {
        let restart = Restart::intensity(usize::MAX, ms(1)).backoff(ms(1)..Duration::MAX);
        assert_eq!(restart.delay(1_000_000), restart.delay(34));
        assert_eq!(restart.delay(usize::MAX), Duration::MAX);
        assert_eq!(Restart::never().delay(0), ms(0));
    }
}
