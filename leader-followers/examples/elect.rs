//! Workers elect a leader for each task: it takes the task, hands leadership on, and processes while the next one waits.
//!
//! Nobody hands tasks out. The leader waits for the next one itself, and before it begins to work it promotes the follower
//! that came last, whose caches are the warmest. With tasks that come one at a time two of the three workers suffice.
//!
//! Run it: `cargo run -p leader-followers --example elect`

use leader_followers::ThreadSet;
use leader_followers::source::task;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

const WORKERS: usize = 3;
const TASKS: u32 = 6;

fn main() -> anyhow::Result<()> {
    let (sender, source) = task::queue(1);
    let set = ThreadSet::new(source);
    let (elected, elections) = mpsc::channel();
    let (processed, results) = mpsc::channel();
    let mut workers = Vec::new();
    for worker in 1..=WORKERS {
        let (theirs, elected, processed) = (set.clone(), elected.clone(), processed.clone());
        workers.push(thread::spawn(move || -> anyhow::Result<()> {
            let mut member = theirs.member();
            while let Some(mut leader) = member.follow() {
                elected.send(worker)?;
                let Some(task) = leader.next()? else { break };
                leader.promote();
                processed.send((worker, task, task * task))?;
            }
            Ok(())
        }));
        if worker == 1 {
            // The first to come leads; the others follow in their order, so that every run is the same.
            println!("worker {} is elected leader", elections.recv()?);
        } else {
            anyhow::ensure!(set.wait_followers_deadline(worker - 1, soon()), "a worker follows");
        }
    }

    for task in 1..=TASKS {
        sender.send(task)?;
        let (worker, task, result) = results.recv()?;
        println!("worker {worker} processed task {task}: {result}");
        println!("worker {} is elected leader", elections.recv()?);
        anyhow::ensure!(set.wait_followers_deadline(WORKERS - 1, soon()), "the worker follows again");
    }
    drop(sender);
    for worker in workers {
        worker.join().expect("a worker does not panic")?;
    }
    println!("no more tasks: all workers have retired");
    Ok(())
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}
