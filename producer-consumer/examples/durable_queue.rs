//! A durable task queue: a producer adds jobs and goes away, a worker runs them, fails, tries again, and keeps results.
//!
//! The shape is that of a job queue on Redis (add with options, a worker with a handler, states and results to look at), with
//! one file in the place of the server. The painter runs out of red once, and it has never heard of octarine.
//!
//! Run it with `cargo run -p producer-consumer --features jobs --example durable_queue`.

use anyhow::Context;
use producer_consumer::jobs::{Backoff, Done, Failure, Job, JobOptions, Queue, State, Worker};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::{Duration, Instant};

#[derive(Serialize, Deserialize)]
struct Car {
    name: String,
    colour: String,
}

fn main() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("paint.db");
    produce(&file)?;
    // Whatever happens to the producer now: the jobs are on the disk.
    consume(&file)
}

fn produce(file: &Path) -> anyhow::Result<()> {
    let queue: Queue<Car> = Queue::open(file, "paint")?;
    for (name, colour) in [("Beetle", "blue"), ("Trabant", "octarine"), ("Mini", "red")] {
        let options = JobOptions::new().id(name).attempts(3).backoff(Backoff::exponential(Duration::from_millis(20)));
        let car = Car { name: name.to_owned(), colour: colour.to_owned() };
        println!("added {}", queue.add_with(&car, &options)?.id);
    }
    let again = Car { name: "Mini".to_owned(), colour: "green".to_owned() };
    let added = queue.add_with(&again, &JobOptions::new().id("Mini"))?;
    println!("added {} again: duplicate is {}", added.id, added.duplicate);
    println!("waiting: {}", queue.counts()?.waiting);
    Ok(())
}

fn consume(file: &Path) -> anyhow::Result<()> {
    let queue: Queue<Car> = Queue::open(file, "paint")?;
    let worker = Worker::builder(&queue).name("painter").lease(Duration::from_secs(10)).start(paint)?;

    let deadline = Instant::now() + Duration::from_secs(30);
    anyhow::ensure!(queue.wait_idle_deadline(deadline)?, "the painter is late");
    let report = worker.drain(deadline);
    println!("completed {}, failed {}, retried {}", report.completed, report.failed, report.retried);

    for record in queue.jobs(State::Completed, 10)? {
        let result = record.result.context("a completed job has a result")?;
        println!("{}: {} in attempt {}: {result}", record.id, record.state, record.attempts_made);
    }
    for record in queue.jobs(State::Failed, 10)? {
        let reason = record.failed_reason.context("a failed job has a reason")?;
        println!("{}: {} in attempt {}: {reason}", record.id, record.state, record.attempts_made);
    }
    Ok(())
}

fn paint(job: &Job<Car>) -> Result<Done<String>, Failure> {
    let Car { name, colour } = job.payload();
    println!("painting {name} {colour}, attempt {}", job.attempt());
    match colour.as_str() {
        "octarine" => Err(Failure::fatal("no such colour")),
        "red" if job.attempt() == 1 => Err(Failure::retry("out of red")),
        _ => Ok(Done::new(format!("a {colour} {name}"))),
    }
}
