//! Jobs that wait for jobs, on one worker: the program that hangs most pools.
//!
//! A merge sort gives its halves to the pool and joins them. With a single worker nobody is left to run a half, so the
//! worker that waits for it runs it: that half and nothing else. The same goes for a join under a lock, where the job that
//! wants the lock stays in the queue until the lock is free.
//!
//! ```text
//! cargo run -p worker-pool --example nested_join
//! ```

use std::sync::{Arc, Mutex};
use worker_pool::{JoinError, Pool};

fn sort(pool: &Arc<Pool>, mut numbers: Vec<u32>) -> anyhow::Result<Vec<u32>> {
    if numbers.len() < 2 {
        return Ok(numbers);
    }
    let right = numbers.split_off(numbers.len() / 2);
    let inner = pool.clone();
    let right = pool.submit(move || sort(&inner, right))?;
    let left = sort(pool, numbers)?;
    Ok(merge(left, right.join()??))
}

fn merge(left: Vec<u32>, right: Vec<u32>) -> Vec<u32> {
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    std::iter::from_fn(|| match (left.peek(), right.peek()) {
        (Some(a), Some(b)) if a <= b => left.next(),
        (Some(_), None) => left.next(),
        _ => right.next(),
    })
    .collect()
}

fn main() -> anyhow::Result<()> {
    let pool = Arc::new(Pool::builder().workers(1).build()?);

    // A fixed shuffle: 37 and 100 have no common divisor.
    let numbers: Vec<u32> = (0..100).map(|n| n * 37 % 100).collect();
    let inner = pool.clone();
    let sorted = pool.submit(move || sort(&inner, numbers))?.join()??;
    println!("sorted {} numbers on one worker: {}", sorted.len(), sorted.is_sorted());
    println!("halves run by the worker that joined them: {}", pool.metrics().inlined);

    let log = Arc::new(Mutex::new(Vec::new()));
    let (inner, shared) = (pool.clone(), log.clone());
    let under_lock = pool.submit(move || -> anyhow::Result<()> {
        let mut held = shared.lock().expect("no job panics while it holds the log");
        let for_the_other = shared.clone();
        inner.spawn(move || {
            for_the_other.lock().expect("no job panics while it holds the log").push("the other job got the lock");
        })?;
        let child = inner.submit(|| "the child ran while the lock was held")?;
        held.push(child.join()?);
        Ok(())
    })?;
    under_lock.join()??;
    pool.wait_idle();
    for line in log.lock().expect("no job panics while it holds the log").iter() {
        println!("{line}");
    }

    // Waiting for oneself cannot end, so it is an error.
    let (give, take) = std::sync::mpsc::channel();
    let (tell, told) = std::sync::mpsc::channel();
    let itself = pool.submit(move || {
        let own: worker_pool::JoinHandle<()> = take.recv().expect("the handle is sent below");
        let Err(error @ JoinError::SelfJoin) = own.join() else { unreachable!("the job is running") };
        tell.send(error.to_string()).expect("the main thread listens");
    })?;
    give.send(itself)?;
    println!("a job joins itself: {}", told.recv()?);
    Ok(())
}
