//! apalis-sqlite as a contender: `add 0 FILE` adds jobs one by one, `process WORKERS FILE` runs jobs that were added at once.
//!
//! It speaks the protocol of `xtask/barometer/src/external.rs`. Its own set-up turns `synchronous` off; here the file
//! is set up as its set-up does, but for that, so that a job that was added or has ended is on the disk.

use anyhow::{Context, Result, bail, ensure};
use apalis::prelude::*;
use apalis_sqlite::SqliteStorage;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use std::env;
use std::io::{Write, stdin, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the jobs of a sample have come to.
#[derive(Default)]
struct Tally {
    wanted: u64,
    count: AtomicU64,
    checksum: AtomicU64,
}

fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [task, workers, file] = &words[..] else { bail!("say add or process, the number of workers, and the file") };
    let workers: usize = workers.parse().context("the number of workers is a number")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let pool = runtime.block_on(open(file))?;
    say("apalis-sqlite 1.0.0")?;
    for (sample, line) in stdin().lines().enumerate() {
        let operations = line?.trim().parse().context("a line is a number of operations")?;
        let (count, checksum) = match task.as_str() {
            "add" => runtime.block_on(add(&pool, operations))?,
            "process" => runtime.block_on(process(&pool, workers, sample, operations))?,
            unknown => bail!("no task `{unknown}`"),
        };
        say(&format!("{count} {checksum}"))?;
    }
    Ok(())
}

fn say(line: &str) -> Result<()> {
    writeln!(stdout(), "{line}")?;
    Ok(stdout().flush()?)
}

async fn open(file: &str) -> Result<SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", "64000")
        .pragma("journal_size_limit", "67108864");
    let pool = SqlitePool::connect_with(options).await?;
    SqliteStorage::migrations().run(&pool).await?;
    Ok(pool)
}

/// Each job carries a 1.
async fn add(pool: &SqlitePool, operations: u64) -> Result<(u64, u64)> {
    let before = jobs(pool).await?;
    let mut storage = SqliteStorage::<u64>::new(pool);
    for number in 0..operations {
        storage.push(number).await?;
    }
    let count = jobs(pool).await? - before;
    Ok((count, count))
}

async fn jobs(pool: &SqlitePool) -> Result<u64> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM Jobs").fetch_one(pool).await?;
    Ok(count.try_into()?)
}

/// Each job carries its number; the worker of a sample has a name of its own, and ends with the last job.
async fn process(pool: &SqlitePool, workers: usize, sample: usize, operations: u64) -> Result<(u64, u64)> {
    if operations == 0 {
        return Ok((0, 0));
    }
    let mut storage = SqliteStorage::<u64>::new(pool);
    storage.push_bulk((0..operations).collect()).await?;
    let tally = Arc::new(Tally { wanted: operations, ..Tally::default() });
    let worker = WorkerBuilder::new(format!("worker-{sample}"))
        .backend(storage)
        .data(tally.clone())
        .concurrency(workers)
        .build(run);
    worker.run().await?;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM Jobs WHERE status <> 'Done'").fetch_one(pool).await?;
    ensure!(left == 0, "{left} jobs are left");
    // ORDERING: Relaxed: the worker has ended, so its tasks have been heard from.
    Ok((tally.count.load(Ordering::Relaxed), tally.checksum.load(Ordering::Relaxed)))
}

async fn run(number: u64, tally: Data<Arc<Tally>>, worker: WorkerContext) -> Result<(), BoxDynError> {
    // ORDERING: Relaxed: counts.
    tally.checksum.fetch_add(number, Ordering::Relaxed);
    if tally.count.fetch_add(1, Ordering::Relaxed) + 1 == tally.wanted {
        worker.stop()?;
    }
    Ok(())
}
