//! A worker process: serves HTTP on the shared port, and turns queued pictures into thumbnails.

use crate::board::status_kib;
use crate::folder::Folder;
use crate::memory::Budget;
use crate::message::{Overview, QUEUE, Report, Upload};
use crate::service::{Service, max_body};
use crate::thumbnail;
use anyhow::Context;
use cluster::RecvTimeoutError;
use common::sync::{Arc, Mutex};
use leader_followers::http::Server;
use producer_consumer::jobs::{self, Done, Failure, Job, Queue};
use rusqlite::params;
use std::env;
use std::time::{Duration, Instant};
use worker_pool::{Full, Pool};

/// Environment of a worker: the shared folder, the shared port, and its share of the memory in bytes.
pub(crate) const FOLDER: &str = "DEMO_FOLDER";
pub(crate) const ADDRESS: &str = "DEMO_ADDRESS";
pub(crate) const MEMORY: &str = "DEMO_MEMORY";

/// Pictures decoded at a time in one process.
const DECODERS: usize = 2;

/// How long a worker has to finish what it began, once it is asked to leave.
pub(crate) const DRAIN: Duration = Duration::from_secs(20);

/// How often figures go to the primary.
const REPORT: Duration = Duration::from_millis(250);

/// How long a job may go without a sign of life; a killed process is noticed sooner, by its lock.
const LEASE: Duration = Duration::from_secs(10);

/// Runs until the primary asks it to leave, or is gone.
pub(crate) fn run(worker: cluster::Worker) -> anyhow::Result<()> {
    let setting = |name: &str| env::var(name).with_context(|| format!("the primary did not set {name}"));
    let folder = Folder::open(setting(FOLDER)?);
    let budget = Arc::new(Budget::new(setting(MEMORY)?.parse()?));
    let queue: Queue<Upload> = Queue::open(folder.database(), QUEUE)?;
    let overview = Arc::new(Mutex::new(Overview::default()));
    let id = worker.id().get();

    let pool = Arc::new(Pool::builder().workers(DECODERS).name("decode").queue(DECODERS, Full::Block).build()?);
    let studio = Studio { folder: folder.clone(), pool: pool.clone(), budget, writer: id.to_string() };
    let jobs = jobs::Worker::builder(&queue)
        .concurrency(DECODERS)
        .lease(LEASE)
        .name(&format!("worker-{id}"))
        .start(move |job: &Job<Upload>| studio.make(job))?;

    let service = Service::new(folder, queue, id, overview.clone());
    let listener = worker.listen(setting(ADDRESS)?)?.into_std();
    let server =
        Server::builder().threads(2).max_body(max_body()).serve(listener, move |request| service.answer(request))?;
    worker.ready()?;

    while let Err(RecvTimeoutError::Timeout) = exchange(&worker, &overview, || report(&server, &jobs)) {}
    let deadline = Instant::now() + DRAIN;
    server.drain(deadline);
    jobs.drain(deadline);
    // Nothing is left to hand back: the jobs that would have waited for it have ended.
    drop(pool.drain(deadline));
    worker.finish();
    Ok(())
}

/// Sends this worker's figures, and takes in the overview until the next are due; an end of the channel is the error.
fn exchange(
    worker: &cluster::Worker,
    overview: &Mutex<Overview>,
    report: impl Fn() -> Report,
) -> Result<(), RecvTimeoutError> {
    // A primary that is gone ends the channel, too; what was accepted is finished all the same.
    let _ = worker.send(&report());
    let due = Instant::now() + REPORT;
    loop {
        if let Ok(latest) = worker.messages().recv_deadline(due)?.decode() {
            *overview.lock() = latest;
        }
    }
}

fn report(server: &Server, jobs: &jobs::Worker) -> Report {
    let http = server.metrics();
    Report {
        requests: http.requests,
        jobs: jobs.report().completed,
        p50_us: micros(http.latency.percentile(50.0)),
        p99_us: micros(http.latency.percentile(99.0)),
        memory_kib: status_kib(std::process::id(), "VmRSS:").unwrap_or(0),
    }
}

/// Where pictures become thumbnails.
struct Studio {
    folder: Folder,
    pool: Arc<Pool>,
    budget: Arc<Budget>,
    writer: String,
}

impl Studio {
    /// Handles one job. The thumbnail's file is the same whoever makes it; its row in the ledger commits together with
    /// the job's completion, so it is there exactly once.
    fn make(&self, job: &Job<Upload>) -> Result<Done<()>, Failure> {
        let Upload { name, problem } = job.payload().clone();
        let hopeless = |reason: &str| Failure::fatal(format!("{name}: {reason}"));
        if let Some(problem) = problem {
            return Err(hopeless(&problem));
        }
        let id = job.id().to_string();
        let encoded = std::fs::read(self.folder.original(&id))
            .map_err(|error| Failure::retry(format!("{name}: cannot read the original: {error}")))?;
        let budget = self.budget.clone();
        let thumbnail = self
            .pool
            .submit(move || thumbnail::make(&encoded, &budget))
            .map_err(|_| Failure::retry("the process is leaving"))?
            .join()
            .map_err(|panic| hopeless(&panic.to_string()))?
            .map_err(|reason| hopeless(&reason))?;
        self.folder
            .store(&self.folder.thumbnail(&id), &self.writer, &thumbnail)
            .map_err(|error| Failure::retry(format!("{name}: cannot store the thumbnail: {error}")))?;
        let (size, crc) = (thumbnail.len() as i64, crc32fast::hash(&thumbnail));
        Ok(Done::new(()).in_transaction(move |transaction| {
            let row = "INSERT INTO stored (job, name, size, crc) VALUES (?1, ?2, ?3, ?4)";
            transaction.prepare_cached(row)?.execute(params![id, name, size, crc]).map(drop)
        }))
    }
}

fn micros(duration: Option<Duration>) -> u64 {
    u64::try_from(duration.unwrap_or_default().as_micros()).unwrap_or(u64::MAX)
}
