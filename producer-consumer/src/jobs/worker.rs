//! The worker: threads that claim and run jobs, a keeper that keeps their leases, and an end in order.

mod keeper;
mod run;

use super::clock;
use super::error::StartError;
use super::job::{Cancel, Done, Failure, Job};
use super::panic::contain;
use super::queue::Queue;
use super::sqlite::{Engine, Finished, LONGEST_NAME, Lease, Verdict};
use crate::bell::Bell;
use common::latch::Latch;
use common::lifecycle::{InFlight, Lifecycle};
use common::sync::thread::{self, JoinHandle};
use common::sync::{Arc, Mutex};
use keeper::Keeper;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::time::{Duration, Instant};

/// The most handlers of a worker.
pub(super) const MAX_CONCURRENCY: usize = 256;
pub(super) const SHORTEST_LEASE: Duration = Duration::from_millis(100);
pub(super) const LONGEST_LEASE: Duration = Duration::from_secs(86_400);

/// What a worker did in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Jobs that ended well.
    pub completed: u64,
    /// Jobs that failed for good.
    pub failed: u64,
    /// Attempts that failed, with another one to come.
    pub retried: u64,
    /// Jobs given back unfinished: by a stop, by a drain that came with the claim, or because the file was full.
    pub handed_back: u64,
    /// Jobs whose lease was lost before they ended; another worker has them, or had.
    pub lost: u64,
    /// Handlers that were still running at the deadline.
    pub still_busy: u64,
}

/// Settings of a [`Worker`] to be; [`start`](Self::start) starts it.
#[derive(Clone)]
#[must_use = "a builder does nothing until it starts"]
pub struct Builder<T> {
    queue: Queue<T>,
    settings: Settings,
}

#[derive(Clone, Debug)]
struct Settings {
    name: String,
    concurrency: usize,
    lease: Duration,
    max_losses: u32,
}

/// Threads that run the jobs of a queue.
///
/// Dropping it stops it without waiting: nothing more is claimed, handlers are told that they are cancelled, and what
/// they return is still recorded.
pub struct Worker {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// What a worker's threads and its handle share.
struct Shared {
    engine: Arc<Engine>,
    settings: Settings,
    life: Lifecycle,
    /// Where idle threads sleep.
    bell: Arc<Bell>,
    /// Where the keeper sleeps between its rounds.
    keeper_bell: Bell,
    keeper_gone: Latch,
    running: Mutex<Vec<Running>>,
    tally: Mutex<Report>,
    last_error: Mutex<Option<String>>,
}

/// A job in the hands of a handler.
struct Running {
    lease: Lease,
    cancel: Cancel,
    /// A stop has not waited for it, and its lease is not renewed any more.
    given_up: bool,
}

impl Worker {
    /// Begins a worker for `queue`: one thread, a lease of 10 s, the name `worker`.
    pub fn builder<T>(queue: &Queue<T>) -> Builder<T> {
        let settings =
            Settings { name: "worker".to_owned(), concurrency: 1, lease: Duration::from_secs(10), max_losses: 5 };
        Builder { queue: queue.clone(), settings }
    }

    /// Claims nothing more, waits until the handlers have ended, and reports.
    ///
    /// A claim that is under way when the drain comes is handed back, with a start counted. Handlers that still run at
    /// `deadline` go on in their threads with their leases kept; what they return is recorded, as long as the process
    /// lives.
    pub fn drain(self, deadline: Instant) -> Report {
        self.shared.life.drain();
        self.end(deadline)
    }

    /// Claims nothing more, tells handlers that they are cancelled, waits until they have ended, and reports.
    ///
    /// A handler that returns a [`Failure::retry`] after that hands its job back with no attempt counted. The jobs of
    /// handlers that still run at `deadline` are handed back, too; what those handlers return later is refused. If the
    /// file is busy or in trouble then, this takes up to a busy time-out longer, and leases that cannot be handed back
    /// run out.
    pub fn stop(self, deadline: Instant) -> Report {
        self.shared.life.stop();
        let idle = self.shared.wait_idle_deadline(deadline);
        if !idle {
            self.shared.give_up();
        }
        self.end(deadline)
    }

    /// What it has done so far.
    pub fn report(&self) -> Report {
        *self.shared.tally.lock()
    }

    /// How many handlers are running.
    pub fn busy(&self) -> usize {
        self.shared.running.lock().len()
    }

    /// The last trouble with the database, which the worker has gone on trying to get over.
    pub fn last_error(&self) -> Option<String> {
        self.shared.last_error.lock().clone()
    }

    fn end(mut self, deadline: Instant) -> Report {
        let idle = self.shared.wait_idle_deadline(deadline);
        let mut report = *self.shared.tally.lock();
        if idle {
            self.shared.keeper_bell.close();
        }
        // The keeper may be waiting for the file, which is no reason to be late: it ends by itself after that.
        if idle && self.shared.keeper_gone.wait_deadline(deadline) {
            for thread in self.threads.drain(..) {
                thread.join().expect("a worker's thread contains its handler's panics");
            }
        } else {
            // Threads in between two jobs count as in flight; what matters is who is with a handler.
            report.still_busy += self.shared.running.lock().len() as u64;
            self.threads.clear();
        }
        report
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // After a drain or a stop there are no threads of ours left to call off.
        if !self.threads.is_empty() {
            self.shared.life.stop();
        }
        self.shared.bell.close();
        self.shared.engine.unhang(&self.shared.bell);
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("name", &self.shared.settings.name).finish_non_exhaustive()
    }
}

impl<T> Builder<T> {
    /// How many handlers run at the same time, each on a thread of its own: 1 unless set, at most 256.
    pub fn concurrency(mut self, threads: usize) -> Self {
        self.settings.concurrency = threads;
        self
    }

    /// How long a worker that hangs keeps its jobs: 10 s unless set, 100 ms to a day.
    ///
    /// A living worker renews its leases at a third of this, and the death of its process is seen at once, so a short
    /// lease buys only a quicker take-over from a process that is stuck as a whole.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.settings.lease = lease;
        self
    }

    /// A name for records and threads: `worker` unless set; at most 256 bytes, without a NUL.
    pub fn name(mut self, name: &str) -> Self {
        self.settings.name = name.to_owned();
        self
    }

    /// How many lost leases make a job fail, so that one which kills its workers does not go on for ever: 5 unless
    /// set, at least 1.
    pub fn max_losses(mut self, losses: u32) -> Self {
        self.settings.max_losses = losses;
        self
    }

    /// Starts the threads: one for each handler and one that keeps the leases.
    ///
    /// A handler's panic is a failed attempt with the panic's message. A payload in the file that is no `T` fails the
    /// job at once with the reason.
    ///
    /// # Errors
    ///
    /// [`StartError`] if a setting is out of bounds, or a thread or a connection to the file cannot be had.
    pub fn start<R, H>(self, handler: H) -> Result<Worker, StartError>
    where
        T: DeserializeOwned + 'static,
        R: Serialize,
        H: Fn(&Job<T>) -> Result<Done<R>, Failure> + Send + Sync + 'static,
    {
        self.settings.check()?;
        let engine = self.queue.engine().clone();
        let keeper = Keeper::new(&engine, self.settings.lease).map_err(|error| StartError::Engine(error.into()))?;
        let shared = Arc::new(Shared {
            engine,
            settings: self.settings,
            life: Lifecycle::new(),
            bell: Arc::new(Bell::new()),
            keeper_bell: Bell::new(),
            keeper_gone: Latch::new(),
            running: Mutex::default(),
            tally: Mutex::default(),
            last_error: Mutex::default(),
        });
        // From here on a failure drops the worker, which ends the threads that have been started.
        let mut worker = Worker { shared: shared.clone(), threads: Vec::new() };
        shared.engine.hang(shared.bell.clone());
        worker.spawn("keeper", move |shared| {
            keeper.keep(shared);
            shared.keeper_gone.open();
        })?;
        let handler = Arc::new(handler);
        for number in 0..shared.settings.concurrency {
            let handler = handler.clone();
            worker.spawn(&number.to_string(), move |shared| {
                run::work::<T, R, H>(shared, &handler);
                // The last thread drops the handler, and what that has captured is the user's.
                if let Err(message) = contain(|| drop(handler)) {
                    shared.note(&message);
                }
            })?;
        }
        Ok(worker)
    }
}

impl<T> fmt::Debug for Builder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}

impl Settings {
    fn check(&self) -> Result<(), StartError> {
        if !(1..=MAX_CONCURRENCY).contains(&self.concurrency) {
            return Err(StartError::Concurrency(self.concurrency));
        }
        if !(SHORTEST_LEASE..=LONGEST_LEASE).contains(&self.lease) {
            return Err(StartError::Lease(self.lease));
        }
        if self.max_losses == 0 {
            return Err(StartError::MaxLosses);
        }
        if self.name.len() > LONGEST_NAME || self.name.contains('\0') {
            return Err(StartError::Name);
        }
        Ok(())
    }

    fn lease_ms(&self) -> i64 {
        clock::to_ms(self.lease)
    }
}

impl Worker {
    fn spawn(&mut self, role: &str, body: impl FnOnce(&Shared) + Send + 'static) -> Result<(), StartError> {
        let shared = self.shared.clone();
        let name = format!("{}-{role}", shared.settings.name);
        let thread = thread::Builder::new().name(name).spawn(move || body(&shared)).map_err(StartError::Thread)?;
        self.threads.push(thread);
        Ok(())
    }
}

impl Shared {
    /// Ends the sleep of idle threads, and waits until no thread is at work.
    fn wait_idle_deadline(&self, deadline: Instant) -> bool {
        self.bell.close();
        self.life.wait_idle_deadline(deadline)
    }

    /// Hands back the jobs of all handlers that run, so that their late returns are refused.
    fn give_up(&self) {
        let leases = self.leases();
        self.running.lock().iter_mut().for_each(|job| job.given_up = true);
        for lease in leases {
            match self.engine.finish(lease, &mut Verdict::HandBack) {
                Ok(Finished::Moved(_)) => self.tally.lock().handed_back += 1,
                Ok(Finished::Refused | Finished::Effects(_)) => {}
                // The others would wait as long for the same answer. Their leases run out, since nobody renews them.
                Err(error) => return self.note(&error),
            }
        }
    }

    fn leases(&self) -> Vec<Lease> {
        self.running.lock().iter().filter(|job| !job.given_up).map(|job| job.lease).collect()
    }

    /// Has the lease kept until the guard is dropped.
    fn begin(&self, lease: Lease) -> (Registered<'_>, Cancel) {
        let cancel = Cancel::new();
        self.running.lock().push(Running { lease, cancel: cancel.clone(), given_up: false });
        (Registered { shared: self, lease }, cancel)
    }

    fn cancel(&self, lease: Lease) {
        self.running.lock().iter().filter(|job| job.lease == lease).for_each(|job| job.cancel.set());
    }

    fn enter(&self) -> Option<InFlight> {
        self.life.enter()
    }

    fn note(&self, error: &impl fmt::Display) {
        *self.last_error.lock() = Some(format!("{error:#}"));
    }
}

/// A job whose lease the keeper renews: for as long as its thread is with it, and not longer, whatever happens there.
struct Registered<'a> {
    shared: &'a Shared,
    lease: Lease,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.shared.running.lock().retain(|job| job.lease != self.lease);
    }
}
