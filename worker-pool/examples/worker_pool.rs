//! Five workers, ten jobs, a channel for the results: the worker pool of Go by Example, with an end.
//!
//! Which worker takes which job differs from run to run, and so does the order of the messages. So this program keeps
//! its messages and prints them sorted by job, without the worker's number; with `live` it prints them as they come:
//! `worker 3 started job 1`.
//!
//! ```text
//! cargo run -p worker-pool --example worker_pool
//! cargo run -p worker-pool --example worker_pool -- live
//! ```

use std::sync::{Arc, Barrier, mpsc};
use worker_pool::{Full, Pool, Shutdown, worker_index};

const WORKERS: usize = 5;
const JOBS: usize = 10;

/// What a job tells the main thread; the order of the variants is the order of one job's messages.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Started,
    Finished,
    Result(usize),
}

struct Message {
    job: usize,
    worker: usize,
    step: Step,
}

impl Message {
    fn text(&self, live: bool) -> String {
        let worker = if live { format!("worker {}", self.worker) } else { "a worker".to_owned() };
        match self.step {
            Step::Started => format!("{worker} started job {}", self.job),
            Step::Finished => format!("{worker} finished job {}", self.job),
            Step::Result(result) => format!("result of job {}: {result}", self.job),
        }
    }
}

fn main() -> anyhow::Result<()> {
    let live = std::env::args().any(|argument| argument == "live");
    let pool = Pool::builder().workers(WORKERS).name("worker").queue(JOBS, Full::Block).build()?;
    let (results, inbox) = mpsc::channel();
    // Five jobs at a time meet here. It stands for the work: nobody gets through unless all five workers are at it.
    let work = Arc::new(Barrier::new(WORKERS));

    for job in 1..=JOBS {
        let (results, work) = (results.clone(), work.clone());
        pool.spawn(move || {
            let worker = worker_index().map_or(0, |index| index + 1);
            let tell = |step| results.send(Message { job, worker, step }).expect("the main thread listens to the end");
            tell(Step::Started);
            work.wait();
            tell(Step::Finished);
            tell(Step::Result(job * 2));
        })?;
    }
    // The jobs have the other ends: when the last one is done, the inbox ends.
    drop(results);

    let mut messages = Vec::new();
    for message in inbox {
        if live {
            println!("{}", message.text(live));
        }
        messages.push(message);
    }
    pool.wait_idle();

    let mut workers: Vec<_> = messages.iter().map(|message| message.worker).collect();
    workers.sort_unstable();
    workers.dedup();
    if !live {
        messages.sort_by(|a, b| (a.job, &a.step).cmp(&(b.job, &b.step)));
        messages.iter().for_each(|message| println!("{}", message.text(live)));
    }

    let report = pool.shutdown(Shutdown::Drain);
    println!("{} jobs done by {} workers", report.completed, workers.len());
    println!("unstarted: {}, busy: {}", report.unstarted.len(), report.busy.len());
    Ok(())
}
