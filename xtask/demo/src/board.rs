//! What the primary knows of its workers, from their events and reports.

use crate::message::{Overview, Report, Row};
use cluster::{Cluster, Event};
use common::sync::Mutex;
use signal_hook::consts::SIGKILL;
use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

/// Lines of news that are kept.
const NEWS: usize = 8;

/// How often workers are sent the overview.
const PACE: Duration = Duration::from_millis(250);

/// The primary's notes.
#[derive(Debug, Default)]
pub(crate) struct Board(Mutex<Notes>);

#[derive(Debug, Default)]
struct Notes {
    reports: BTreeMap<u64, Report>,
    requests_before: u64,
    news: Vec<String>,
    exits: Vec<Exit>,
    peak_kib: u64,
}

/// A worker's end.
#[derive(Clone, Debug)]
pub(crate) struct Exit {
    pub(crate) worker: u64,
    pub(crate) planned: bool,
    pub(crate) signal: Option<i32>,
    pub(crate) status: String,
}

impl Board {
    /// Follows the cluster's events until `done`, and tells the workers what they need to show.
    pub(crate) fn follow(&self, cluster: &Cluster, done: impl Fn() -> bool) {
        let mut told = Instant::now();
        while !done() {
            match cluster.events().recv_timeout(PACE / 4) {
                Ok(event) => self.note(event),
                Err(cluster::RecvTimeoutError::Timeout) => {}
                Err(cluster::RecvTimeoutError::Disconnected) => return,
            }
            if told.elapsed() >= PACE {
                told = Instant::now();
                let overview = self.overview(cluster);
                // A worker that is just leaving does not need to know.
                let _ = cluster.broadcast(&overview);
            }
        }
    }

    fn note(&self, event: Event) {
        let mut notes = self.0.lock();
        match event {
            Event::Message { worker, message } => {
                if let Ok(report) = message.decode() {
                    notes.reports.insert(worker.id().get(), report);
                }
            }
            Event::Ready { worker } => notes.tell(format!("worker {} is ready", worker.id())),
            Event::Exit { worker, status, planned } => {
                let worker = worker.id().get();
                let end = if planned { "left as asked" } else { "died" };
                notes.tell(format!("worker {worker} {end}: {status}"));
                notes.exits.push(Exit { worker, planned, signal: status.signal(), status: status.to_string() });
                let last = notes.reports.remove(&worker).unwrap_or_default();
                notes.requests_before += last.requests;
            }
            Event::SlotFailed { slot, .. } => notes.tell(format!("slot {slot} is given up: its workers die too fast")),
            Event::Error { slot, fault, .. } => notes.tell(format!("slot {slot}: {fault}")),
            _ => {}
        }
    }

    fn overview(&self, cluster: &Cluster) -> Overview {
        let workers = cluster.workers();
        let notes = self.0.lock();
        let row = |worker: &cluster::WorkerInfo| {
            let id = worker.id.get();
            let report = notes.reports.get(&id).copied().unwrap_or_default();
            Row {
                worker: id,
                slot: worker.slot,
                pid: worker.pid,
                state: format!("{:?}", worker.state).to_lowercase(),
                report,
            }
        };
        Overview {
            workers: workers.iter().map(row).collect(),
            news: notes.news.clone(),
            requests_before: notes.requests_before,
        }
    }

    /// Looks at the memory that all processes take now.
    pub(crate) fn weigh(&self, cluster: &Cluster) {
        let pids = cluster.workers().into_iter().map(|worker| worker.pid).chain([std::process::id()]);
        let now = pids.filter_map(|pid| status_kib(pid, "VmRSS:")).sum();
        let mut notes = self.0.lock();
        notes.peak_kib = notes.peak_kib.max(now);
    }

    /// Whether `worker` was seen to end by SIGKILL; a reload may have asked it to leave a moment after.
    pub(crate) fn was_killed(&self, worker: u64) -> bool {
        self.0.lock().exits.iter().any(|exit| exit.worker == worker && exit.signal == Some(SIGKILL))
    }

    /// The ends seen so far.
    pub(crate) fn exits(&self) -> Vec<Exit> {
        self.0.lock().exits.clone()
    }

    /// The most memory that all processes together were seen to take.
    pub(crate) fn peak_kib(&self) -> u64 {
        self.0.lock().peak_kib
    }

    /// Adds a line to the page's news.
    pub(crate) fn tell(&self, line: String) {
        self.0.lock().tell(line);
    }
}

impl Notes {
    fn tell(&mut self, line: String) {
        if self.news.len() == NEWS {
            self.news.remove(0);
        }
        self.news.push(line);
    }
}

/// A figure of a process's status file, in KiB.
pub(crate) fn status_kib(pid: u32, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}
