//! The queue of a pool: jobs come in at one end, workers take them at the other, and closing it loses none.
//!
//! One lock and three condition variables. For a pool whose jobs take a microsecond or more that is as fast as anything
//! cleverer, and a lock makes the two races that matter trivial: a submit cannot slip in behind the closing, and a
//! worker cannot fall asleep beside a job. Ancestor: Mesa's monitors.
//!
//! # States
//!
//! | phase | who may push | when workers leave |
//! |---|---|---|
//! | running | anybody | never |
//! | draining | jobs of this pool, which may need children to finish | when nothing is queued and nothing runs |
//! | stopped | nobody | at once |
//!
//! # Protocol
//!
//! Submitter, under the lock: if the phase refuses it, leave. If the queue is full, do as the policy says: leave, wait
//! for `room`, evict the oldest job, or book the job as running here. Else push; then unlock and notify one worker.
//!
//! Worker, under the lock: book the end of the last job; claim the oldest unclaimed task and book it; else leave, if
//! the phase lets it; else wait for `work`.
//!
//! Joiner or canceller: claim the task *without* the lock, then book that under the lock.
//!
//! Closer, under the lock: set the phase; for a stop, also claim all that is queued. Unlock and notify everybody.
//!
//! # Invariants
//!
//! - I1: a task that was pushed is claimed: by a worker, a joiner, a canceller, an eviction or a stop.
//! - I2: every claim is booked once, by the claimer; between claim and booking the task counts as queued, so that the
//!   pool does not look idle.
//! - I3: once draining and idle, a pool stays idle: the one who could push is inside a job, and none runs.
//! - I4: whoever makes room, work, or idleness notifies after the change; whoever waits tests under the lock.
//! - I5: no foreign code runs under the lock: no job, no drop of a job, no waker.
//!
//! # Orderings
//!
//! All edges are the lock's; the task's word has its own.
//!
//! # Limits
//!
//! One lock operation to push a job, one for a worker to book its last job and take the next. The ring doubles as it
//! grows and keeps the memory of its fullest moment. Submitters that wait for room are served in no particular order.

use crate::context::{self, PoolId};
use crate::error::SubmitErrorKind;
use crate::ledger::{Bounds, Ledger, Origin};
use crate::metrics::{Counters, Metrics};
use crate::task::{Claim, Ticket};
use common::lifecycle::Phase;
use common::sync::{Condvar, Mutex, MutexGuard};
use std::time::Instant;

/// What to do with a job from outside when the queue is full.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OnFull {
    Refuse,
    Wait(Option<Instant>),
    RunHere,
    DropOldest,
    DropNewest,
}

/// What has become of a job.
#[derive(Debug)]
pub(crate) enum Offer {
    Accepted,
    /// Accepted, but this one is given up for it: an older one, or itself.
    Dropped(Claim),
    /// Booked as running: the caller has to run it and to book its end.
    RunHere(Claim),
    Refused(Ticket, SubmitErrorKind),
}

/// Who is still at it when a pool ends.
#[derive(Debug)]
pub(crate) struct Remains {
    /// Whether each worker is in the middle of a job.
    pub(crate) busy: Vec<bool>,
    /// Jobs in the hands of other threads.
    pub(crate) elsewhere: usize,
}

impl Remains {
    fn of(ledger: &Ledger) -> Self {
        Self { busy: ledger.busy().to_vec(), elsewhere: ledger.elsewhere() }
    }
}

/// What workers, submitters and handles share.
#[derive(Debug)]
pub(crate) struct Queue {
    ledger: Mutex<Ledger>,
    work: Condvar,
    room: Condvar,
    idle: Condvar,
    bounds: Bounds,
    workers: usize,
    pub(crate) counters: Counters,
}

impl Queue {
    pub(crate) fn new(workers: usize, bounds: Bounds) -> Self {
        Self {
            ledger: Mutex::new(Ledger::new(workers)),
            work: Condvar::new(),
            room: Condvar::new(),
            idle: Condvar::new(),
            bounds,
            workers,
            counters: Counters::default(),
        }
    }

    pub(crate) fn id(&self) -> PoolId {
        PoolId((&raw const *self).addr())
    }

    /// Whether the calling thread runs one of this pool's jobs, so that it must not wait for the pool.
    pub(crate) fn is_inside(&self) -> bool {
        context::is_inside_of(self.id())
    }

    fn origin(&self) -> Origin {
        if !context::is_inside() {
            Origin::Outside
        } else if self.is_inside() {
            Origin::Inside
        } else {
            Origin::Abroad
        }
    }

    /// Offers a job; `on_full` applies only to jobs from outside.
    pub(crate) fn offer(&self, ticket: Ticket, on_full: OnFull) -> Offer {
        let origin = self.origin();
        let mut ledger = self.ledger.lock();
        let mut out_of_time = false;
        let mut evicted = None;
        while let Some(kind) = ledger.refusal(origin, self.bounds) {
            match on_full {
                _ if kind != SubmitErrorKind::Full => return Offer::Refused(ticket, kind),
                OnFull::Wait(None) => self.room.wait(&mut ledger),
                OnFull::Wait(Some(deadline)) if !out_of_time => {
                    out_of_time = self.room.wait_until(&mut ledger, deadline).timed_out();
                }
                OnFull::Refuse | OnFull::Wait(_) => return Offer::Refused(ticket, kind),
                OnFull::RunHere => {
                    ledger.start_unqueued();
                    return Offer::RunHere(claim_unshared(ticket));
                }
                OnFull::DropNewest => return Offer::Dropped(claim_unshared(ticket)),
                OnFull::DropOldest => {
                    // None: every ticket is a tombstone, and the claims behind them are about to be booked.
                    evicted = ledger.evict();
                    break;
                }
            }
        }
        ledger.push(ticket);
        drop(ledger);
        self.work.notify_one();
        evicted.map_or(Offer::Accepted, Offer::Dropped)
    }

    /// The next job for `worker`, which has finished its last one; `None` when it is time to leave.
    pub(crate) fn next(&self, worker: usize) -> Option<Claim> {
        let mut ledger = self.ledger.lock();
        ledger.come_back(worker);
        loop {
            if let Some(claim) = ledger.start(worker) {
                drop(ledger);
                self.room.notify_one();
                return Some(claim);
            }
            if ledger.is_idle() {
                self.idle.notify_all();
            }
            if ledger.may_leave() {
                drop(ledger);
                self.work.notify_all();
                return None;
            }
            ledger.count_park();
            self.work.wait(&mut ledger);
        }
    }

    /// Books a queued job that its joiner has claimed and is going to run.
    pub(crate) fn start_joined(&self) {
        self.ledger.lock().start_joined();
        self.room.notify_one();
    }

    /// Books the end of a job that ran on its joiner or submitter.
    pub(crate) fn end(&self) {
        let mut ledger = self.ledger.lock();
        ledger.end();
        self.announce(ledger);
    }

    /// Books a queued job that was claimed in order not to run.
    pub(crate) fn withdraw(&self) {
        let mut ledger = self.ledger.lock();
        ledger.withdraw();
        self.announce(ledger);
        self.room.notify_one();
    }

    /// I4: unlocks, and notifies if the pool has come to rest.
    fn announce(&self, ledger: MutexGuard<'_, Ledger>) {
        let (idle, leave) = (ledger.is_idle(), ledger.may_leave());
        drop(ledger);
        if idle {
            self.idle.notify_all();
        }
        if leave {
            self.work.notify_all();
        }
    }

    /// Accepts nothing from outside any more.
    pub(crate) fn drain(&self) {
        self.ledger.lock().drain();
        self.work.notify_all();
        self.room.notify_all();
    }

    /// Accepts and starts nothing any more; what was not started, and who is still at it.
    pub(crate) fn stop(&self) -> (Vec<Claim>, Remains) {
        let mut ledger = self.ledger.lock();
        let unstarted = ledger.stop();
        let remains = Remains::of(&ledger);
        drop(ledger);
        self.work.notify_all();
        self.room.notify_all();
        self.idle.notify_all();
        (unstarted, remains)
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.ledger.lock().phase() == Phase::Stopped
    }

    /// Who is still at it.
    pub(crate) fn remains(&self) -> Remains {
        Remains::of(&self.ledger.lock())
    }

    /// Blocks until the pool is idle; false if `deadline` came first.
    pub(crate) fn wait_idle(&self, deadline: Option<Instant>) -> bool {
        self.wait(deadline, Ledger::is_idle)
    }

    /// Blocks until a draining pool is idle, or is stopped by somebody else, or `deadline` has passed; true if it is
    /// idle.
    pub(crate) fn wait_drained(&self, deadline: Option<Instant>) -> bool {
        self.wait(deadline, Ledger::may_leave)
    }

    fn wait(&self, deadline: Option<Instant>, reached: impl Fn(&Ledger) -> bool) -> bool {
        let mut ledger = self.ledger.lock();
        while !reached(&ledger) {
            match deadline {
                None => self.idle.wait(&mut ledger),
                Some(deadline) if self.idle.wait_until(&mut ledger, deadline).timed_out() => break,
                Some(_) => {}
            }
        }
        ledger.is_idle()
    }

    pub(crate) fn metrics(&self) -> Metrics {
        let ledger = self.ledger.lock();
        Metrics {
            workers: self.workers,
            queued: ledger.queued(),
            peak_queued: ledger.peak(),
            running: ledger.running(),
            parks: ledger.parks(),
            ..self.counters.snapshot()
        }
    }
}

fn claim_unshared(ticket: Ticket) -> Claim {
    ticket.claim().expect("a task that was not pushed is known to its submitter alone")
}
