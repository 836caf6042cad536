//! The running service with its clients: starts the workers, lets clients upload, kills, reloads, and ends everything.

use crate::args::Args;
use crate::board::{Board, Exit};
use crate::books;
use crate::folder::Folder;
use crate::input::Entry;
use crate::message::Upload;
use crate::progress::Progress;
use crate::table::Outcome;
use crate::upload::Ledger;
use crate::worker::{ADDRESS, DRAIN, FOLDER, MEMORY};
use anyhow::{Context, bail, ensure};
use cluster::{Cluster, Policy, Program, Reload, ReloadError, ReloadReport, Restart, Signal, Workers};
use common::sync::Arc;
use common::sync::atomic::{AtomicBool, Ordering};
use producer_consumer::jobs::Queue;
use std::thread;
use std::time::{Duration, Instant};

/// Clients that upload at the same time.
const CLIENTS: usize = 4;

/// Memory that all workers together may spend on decoded pictures.
const MEMORY_LIMIT: u64 = 640 << 20;

/// How long clients have to end their last request.
const CLIENTS_END: Duration = Duration::from_secs(25);

/// How long nothing may move before the demo gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// The running service with its clients.
pub(crate) struct Show {
    folder: Folder,
    queue: Queue<Upload>,
    entries: Arc<Vec<Entry>>,
    cluster: Arc<Cluster>,
    board: Arc<Board>,
    ledger: Arc<Ledger>,
    clients: Vec<thread::JoinHandle<()>>,
    follower: Option<thread::JoinHandle<()>>,
    over: Arc<AtomicBool>,
    started: Instant,
    elapsed: Duration,
    killed: Vec<u64>,
    reload: Reloading,
    workers: usize,
    made: bool,
}

/// Where the one reload is.
enum Reloading {
    No,
    Begun(thread::JoinHandle<Result<ReloadReport, ReloadError>>),
    Done { replaced: usize },
}

impl Show {
    /// Starts the workers and the clients.
    pub(crate) fn start(
        args: &Args,
        folder: Folder,
        queue: Queue<Upload>,
        entries: Vec<Entry>,
    ) -> anyhow::Result<Self> {
        let address = format!("127.0.0.1:{}", args.port);
        let memory = MEMORY_LIMIT / args.workers as u64;
        let program = Program::this().env(FOLDER, folder.path()).env(ADDRESS, &address).env(MEMORY, memory.to_string());
        let cluster = Cluster::builder()
            .workers(Workers::Fixed(args.workers))
            .program(program)
            .listen(address, Policy::queues())
            .restart(Restart::intensity(5, Duration::from_secs(60)))
            .reload(Reload::rolling().ready_within(Duration::from_secs(10)).drain(DRAIN))
            .start()
            .context("cannot start the cluster")?;
        let address = cluster.local_addr().context("the cluster has no address")?;
        println!("{} workers serve http://{address}/", args.workers);
        let mut show = Self {
            ledger: Arc::new(Ledger::new(address, backlog(entries.len(), args.workers))),
            folder,
            queue,
            entries: Arc::new(entries),
            cluster: Arc::new(cluster),
            board: Arc::default(),
            clients: Vec::new(),
            follower: None,
            over: Arc::new(AtomicBool::new(false)),
            started: Instant::now(),
            elapsed: Duration::ZERO,
            killed: Vec::new(),
            reload: Reloading::No,
            workers: args.workers,
            made: args.input.is_none(),
        };
        show.begin();
        Ok(show)
    }

    fn begin(&mut self) {
        let (board, cluster, over) = (self.board.clone(), self.cluster.clone(), self.over.clone());
        // ORDERING: Relaxed: a flag that is polled.
        self.follower = Some(thread::spawn(move || board.follow(&cluster, || over.load(Ordering::Relaxed))));
        for _ in 0..CLIENTS {
            let (ledger, entries) = (self.ledger.clone(), self.entries.clone());
            self.clients.push(thread::spawn(move || ledger.upload(&entries)));
        }
        let ledger = self.ledger.clone();
        self.clients.push(thread::spawn(move || ledger.watch()));
    }

    /// Lets the clients upload everything; kills one worker half-way and reloads all at three fifths. False if
    /// interrupted.
    pub(crate) fn perform(&mut self, interrupted: &dyn Fn() -> bool) -> anyhow::Result<bool> {
        let total = self.entries.len();
        let mut progress = Progress::new(total);
        let mut moved = (Instant::now(), 0);
        loop {
            if interrupted() {
                progress.end();
                return Ok(false);
            }
            // Looked at before the queue, so that what was answered by now is in it.
            let is_answered = self.ledger.answered_count() >= total;
            let counts = self.queue.counts()?;
            let finished = usize::try_from(counts.completed + counts.failed)?;
            self.ledger.finished(finished);
            self.board.weigh(&self.cluster);
            progress.reach(finished);
            if finished > moved.1 {
                moved = (Instant::now(), finished);
            }
            if moved.0.elapsed() > PATIENCE {
                let failures = self.ledger.failures().graceful;
                let first = failures.first().map_or("none", String::as_str);
                bail!(
                    "nothing has moved for {PATIENCE:?}: {counts:?}; {} failed requests, the first: {first}",
                    failures.len()
                );
            }
            if finished >= total / 2 && self.killed.is_empty() {
                progress.tell(&self.kill()?);
            }
            if finished >= total * 3 / 5 && matches!(self.reload, Reloading::No) {
                let cluster = self.cluster.clone();
                self.reload = Reloading::Begun(thread::spawn(move || cluster.reload()));
            }
            if let Some(line) = self.end_reload()? {
                progress.tell(&line);
            }
            let is_over = is_answered && counts.unfinished() == 0 && self.dead() == self.killed.len();
            if is_over && matches!(self.reload, Reloading::Done { .. }) {
                break;
            }
            // SLEEP: the pace of a progress bar.
            thread::sleep(Duration::from_millis(20));
        }
        self.elapsed = self.started.elapsed();
        progress.end();
        Ok(true)
    }

    fn kill(&mut self) -> anyhow::Result<String> {
        let victim = self.cluster.workers().into_iter().next().context("there is no worker to kill")?;
        self.ledger.announce_kill(victim.id.get());
        self.cluster.kill(victim.id, Signal::Kill)?;
        self.killed.push(victim.id.get());
        let line = format!("killed worker {} (process {}) without warning", victim.id, victim.pid);
        self.board.tell(line.clone());
        Ok(line)
    }

    /// Takes note of the reload once it has ended; uploads go on meanwhile.
    fn end_reload(&mut self) -> anyhow::Result<Option<String>> {
        self.reload = match std::mem::replace(&mut self.reload, Reloading::No) {
            Reloading::Begun(thread) if thread.is_finished() => {
                let replaced = thread.join().expect("a reload does not panic")?.replaced;
                let line = format!("reloaded {replaced} workers, one after the other");
                self.board.tell(line.clone());
                self.reload = Reloading::Done { replaced };
                return Ok(Some(line));
            }
            other => other,
        };
        Ok(None)
    }

    /// Ends the clients and compares what they were promised with what is there.
    pub(crate) fn audit(&mut self) -> anyhow::Result<Outcome> {
        self.end_clients()?;
        Ok(Outcome {
            books: books::check(&self.folder, &self.ledger.accepted())?,
            uploads: self.entries.len(),
            requests: self.ledger.requests(),
            failures: self.ledger.failures(),
            killed: self.dead(),
            replaced: if let Reloading::Done { replaced } = self.reload { replaced } else { 0 },
            workers: self.workers,
            died: self.died(),
            elapsed: self.elapsed,
            peak_kib: self.board.peak_kib(),
            folder: self.folder.thumbnails().display().to_string(),
            made: self.made,
        })
    }

    /// Ends the clients and the workers.
    pub(crate) fn end(mut self) -> anyhow::Result<()> {
        let clients = self.end_clients();
        let left = self.cluster.shutdown(DRAIN + Duration::from_secs(5));
        // ORDERING: Relaxed: a flag that is polled.
        self.over.store(true, Ordering::Relaxed);
        if let Some(follower) = self.follower.take() {
            follower.join().expect("the board does not panic");
        }
        clients?;
        ensure!(left.abandoned == 0, "{} worker processes could not be ended", left.abandoned);
        ensure!(self.died().is_empty(), "workers died by themselves: {}", self.died().join(", "));
        Ok(())
    }

    /// Ends the clients after their current request; one that hangs in a file that cannot be read is left behind.
    fn end_clients(&mut self) -> anyhow::Result<()> {
        self.ledger.stop();
        let deadline = Instant::now() + CLIENTS_END;
        while self.clients.iter().any(|client| !client.is_finished()) && Instant::now() < deadline {
            // SLEEP: std's threads cannot be joined with a deadline.
            thread::sleep(Duration::from_millis(5));
        }
        let (ended, hanging): (Vec<_>, Vec<_>) = self.clients.drain(..).partition(thread::JoinHandle::is_finished);
        for client in ended {
            client.join().expect("a client does not panic");
        }
        ensure!(hanging.is_empty(), "{} clients hang in a request, or in a file that cannot be read", hanging.len());
        Ok(())
    }

    /// How many of the workers that were killed have died of it.
    fn dead(&self) -> usize {
        self.killed.iter().filter(|worker| self.board.was_killed(**worker)).count()
    }

    /// Workers that ended without having been killed by us or asked to.
    fn died(&self) -> Vec<String> {
        let unexpected = |exit: &Exit| !exit.planned && !self.killed.contains(&exit.worker);
        let exits = self.board.exits().into_iter().filter(unexpected);
        exits.map(|exit| format!("{} ({})", exit.worker, exit.status)).collect()
    }
}

/// How far the clients may run ahead: busy workers, but most uploads still to come when the reload begins.
fn backlog(pictures: usize, workers: usize) -> usize {
    (pictures / 8).clamp(workers, 16 * workers)
}
