//! The books of a pool: what is queued, what runs, and what may still come in. Plain data, changed under the queue's
//! lock.

use crate::error::SubmitErrorKind;
use crate::task::{Claim, Ticket};
use common::lifecycle::Phase;
use std::collections::VecDeque;

/// Tombstones that are not worth a sweep yet.
const FEW_TOMBSTONES: usize = 32;

/// How many unstarted jobs a queue may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// When the submit comes from outside.
    pub(crate) outside: usize,
    /// When it comes from inside a job, which must not wait.
    pub(crate) inside: usize,
}

/// Where a submit comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A thread that runs no job.
    Outside,
    /// A thread that runs a job of another pool.
    Abroad,
    /// A thread that runs a job of this pool.
    Inside,
}

/// The books.
///
/// `queued` counts tasks that nobody is known to have claimed, `tickets` may hold some whose claim is not booked yet,
/// or that are tombstones: claimed, and left where they lie until a sweep or a worker comes by.
#[derive(Debug)]
pub(crate) struct Ledger {
    tickets: VecDeque<Ticket>,
    queued: usize,
    running: usize,
    phase: Phase,
    busy: Vec<bool>,
    peak: usize,
    parks: u64,
}

impl Ledger {
    pub(crate) fn new(workers: usize) -> Self {
        Self {
            tickets: VecDeque::new(),
            queued: 0,
            running: 0,
            phase: Phase::Running,
            busy: vec![false; workers],
            peak: 0,
            parks: 0,
        }
    }

    pub(crate) fn queued(&self) -> usize {
        self.queued
    }

    pub(crate) fn running(&self) -> usize {
        self.running
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    pub(crate) fn peak(&self) -> usize {
        self.peak
    }

    pub(crate) fn parks(&self) -> u64 {
        self.parks
    }

    /// Whether each worker is in the middle of a job.
    pub(crate) fn busy(&self) -> &[bool] {
        &self.busy
    }

    /// Jobs that threads other than the workers run, or, once nothing can be started any more, have claimed and not
    /// booked.
    pub(crate) fn elsewhere(&self) -> usize {
        let on_workers = self.busy.iter().filter(|busy| **busy).count();
        let claimed = if self.phase == Phase::Stopped { self.queued } else { 0 };
        self.running - on_workers + claimed
    }

    /// Whether nothing is queued and nothing runs.
    pub(crate) fn is_idle(&self) -> bool {
        self.queued == 0 && self.running == 0
    }

    /// Whether a worker that finds no job may leave: nobody can bring another one.
    pub(crate) fn may_leave(&self) -> bool {
        self.phase == Phase::Stopped || self.phase == Phase::Draining && self.is_idle()
    }

    /// Why a job from `origin` cannot come in now; `None` if it can.
    pub(crate) fn refusal(&self, origin: Origin, bounds: Bounds) -> Option<SubmitErrorKind> {
        match self.phase {
            Phase::Running => {}
            // A job that is being drained may need children to finish.
            Phase::Draining if origin == Origin::Inside => {}
            Phase::Draining | Phase::Stopped => return Some(SubmitErrorKind::Closed),
        }
        match origin {
            Origin::Outside => (self.queued >= bounds.outside).then_some(SubmitErrorKind::Full),
            Origin::Abroad | Origin::Inside => (self.queued >= bounds.inside).then_some(SubmitErrorKind::InsideFull),
        }
    }

    pub(crate) fn push(&mut self, ticket: Ticket) {
        self.tickets.push_back(ticket);
        self.queued += 1;
        self.peak = self.peak.max(self.queued);
    }

    /// The oldest job nobody has claimed, for a worker to run.
    pub(crate) fn start(&mut self, worker: usize) -> Option<Claim> {
        let claim = self.claim_oldest()?;
        self.running += 1;
        self.busy[worker] = true;
        Some(claim)
    }

    /// The oldest job nobody has claimed, to be given up.
    pub(crate) fn evict(&mut self) -> Option<Claim> {
        self.claim_oldest()
    }

    /// All jobs nobody has claimed; nothing is started any more.
    pub(crate) fn stop(&mut self) -> Vec<Claim> {
        self.phase = Phase::Stopped;
        std::iter::from_fn(|| self.claim_oldest()).collect()
    }

    pub(crate) fn drain(&mut self) {
        self.phase = self.phase.max(Phase::Draining);
    }

    /// Books a worker that comes for its next job.
    pub(crate) fn come_back(&mut self, worker: usize) {
        if std::mem::take(&mut self.busy[worker]) {
            self.running -= 1;
        }
    }

    pub(crate) fn count_park(&mut self) {
        self.parks += 1;
    }

    /// Books a job that runs on the thread that submitted it and was never queued.
    pub(crate) fn start_unqueued(&mut self) {
        self.running += 1;
    }

    /// Books a queued job that its joiner has claimed and is going to run.
    pub(crate) fn start_joined(&mut self) {
        self.withdraw();
        self.running += 1;
    }

    /// Books the end of a job that no worker took from the queue.
    pub(crate) fn end(&mut self) {
        self.running -= 1;
    }

    /// Books a queued job that somebody has claimed. Its ticket stays as a tombstone, but tombstones stay few.
    pub(crate) fn withdraw(&mut self) {
        self.leave_queue();
    }

    /// Takes one job off the count; a sweep costs no more than the tombstones that it removes, twice.
    fn leave_queue(&mut self) {
        self.queued -= 1;
        let tombstones = self.tickets.len().saturating_sub(self.queued);
        if tombstones > self.queued.max(FEW_TOMBSTONES) {
            self.tickets.retain(|ticket| !ticket.is_claimed());
        }
    }

    fn claim_oldest(&mut self) -> Option<Claim> {
        while let Some(ticket) = self.tickets.pop_front() {
            if let Some(claim) = ticket.claim() {
                self.leave_queue();
                return Some(claim);
            }
        }
        None
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use crate::task;

    #[test]
    fn tombstones_stay_fewer_than_jobs_or_few() {
        const KEPT: usize = if cfg!(miri) { 10 } else { 100 };
        let mut ledger = Ledger::new(1);
        let mut kept = Vec::new();
        for job in 0..100 * KEPT {
            let (ticket, promise) = task::pair(|| {});
            ledger.push(ticket);
            if job % 100 == 0 {
                kept.push(promise);
            } else {
                promise.claim().expect("nobody else knows the task").cancel();
                ledger.withdraw();
            }
        }
        assert_eq!(ledger.queued(), KEPT);
        assert!(ledger.tickets.len() <= 2 * KEPT + FEW_TOMBSTONES, "{} tickets", ledger.tickets.len());
    }

    #[test]
    fn tombstones_behind_the_jobs_go_as_the_jobs_do() {
        let mut ledger = Ledger::new(1);
        let mut kept = Vec::new();
        for job in 0..400 {
            let (ticket, promise) = task::pair(|| {});
            ledger.push(ticket);
            kept.push(promise);
            if job >= 200 {
                kept.pop().and_then(|promise| promise.claim()).expect("nobody else knows the task").cancel();
                ledger.withdraw();
            }
        }
        for left in (0..200).rev() {
            drop(ledger.evict().expect("the older half is unclaimed"));
            assert!(ledger.tickets.len() <= left + left.max(FEW_TOMBSTONES), "{} tickets", ledger.tickets.len());
        }
    }

    #[test]
    fn a_worker_that_pops_first_does_not_book_a_claim_twice() {
        let mut ledger = Ledger::new(1);
        let (ticket, promise) = task::pair(|| {});
        ledger.push(ticket);
        let claim = promise.claim().expect("nobody else knows the task");
        assert!(ledger.start(0).is_none(), "the joiner has the task");
        assert!(!ledger.is_idle(), "the joiner has not booked it yet");
        ledger.start_joined();
        drop(claim.run());
        ledger.end();
        assert!(ledger.is_idle());
    }

    #[test]
    fn only_jobs_of_this_pool_come_in_while_it_drains() {
        let mut ledger = Ledger::new(1);
        let bounds = Bounds { outside: 1, inside: 2 };
        let refusals = |ledger: &Ledger| {
            [Origin::Outside, Origin::Abroad, Origin::Inside].map(|origin| ledger.refusal(origin, bounds))
        };
        assert_eq!(refusals(&ledger), [None, None, None]);
        ledger.push(task::detached(|| {}));
        assert_eq!(refusals(&ledger), [Some(SubmitErrorKind::Full), None, None]);
        ledger.push(task::detached(|| {}));
        assert_eq!(
            refusals(&ledger),
            [Some(SubmitErrorKind::Full), Some(SubmitErrorKind::InsideFull), Some(SubmitErrorKind::InsideFull)]
        );
        drop(ledger.evict());
        ledger.drain();
        assert_eq!(refusals(&ledger), [Some(SubmitErrorKind::Closed), Some(SubmitErrorKind::Closed), None]);
        drop(ledger.stop());
        assert_eq!(refusals(&ledger), [Some(SubmitErrorKind::Closed); 3]);
    }
}
