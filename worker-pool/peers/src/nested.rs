//! A job that waits for a job, in a pool that has no thread left for it.
//!
//! threadpool and a pool by hand are not here: they would wait for ever.

use anyhow::{Context, Result};
use barometer::contender::Loop;
use barometer::{Contender, Outcome};
use std::hint::black_box;
use std::sync::Arc;

pub(crate) fn contender(name: &str) -> Option<Result<Box<dyn Contender>>> {
    Some(match name {
        "ours" => WorkerPool::build().map(|pool| Box::new(pool) as _),
        "rayon: scope" => rayon_scope(),
        "tokio: spawn" => tokio_spawn(),
        _ => return None,
    })
}

struct WorkerPool(Arc<worker_pool::Pool>);

impl WorkerPool {
    fn build() -> Result<Self> {
        Ok(Self(Arc::new(worker_pool::Pool::builder().workers(1).build()?)))
    }
}

impl Contender for WorkerPool {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let pool = self.0.clone();
        let nest = move || -> Result<Outcome> {
            let mut outcome = Outcome::default();
            for number in 0..operations {
                let child = pool.submit(move || number).ok().context("an open pool accepts a job")?;
                outcome.add(child.join()?);
            }
            Ok(outcome)
        };
        self.0.submit(nest).ok().context("an open pool accepts a job")?.join()?
    }
}

/// What is nearest to a handle there.
fn rayon_scope() -> Result<Box<dyn Contender>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    Ok(Box::new(Loop(move |operations| {
        pool.install(|| {
            let child = |number| {
                let mut result = 0;
                rayon::scope(|scope| scope.spawn(|_| result = black_box(number)));
                result
            };
            (0..operations).map(child).sum()
        })
    })))
}

fn tokio_spawn() -> Result<Box<dyn Contender>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    Ok(Box::new(Loop(move |operations| {
        runtime.block_on(async {
            let mut sum = 0;
            for number in 0..operations {
                sum += tokio::spawn(async move { number }).await.expect("the task does not panic");
            }
            sum
        })
    })))
}
