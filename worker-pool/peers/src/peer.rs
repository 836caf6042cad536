//! The pools.
//!
//! Those without handles get theirs from a `oneshot` channel, as their documentation or their users do it.

use crate::pool::{Pool, WORKERS};
use anyhow::Result;
use barometer::Outcome;
use crossbeam_channel::Sender;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// More jobs than a sample has, so that no submitter waits for room: the peers' queues have no bound.
const ROOM: usize = 1 << 24;

pub(crate) struct WorkerPool(worker_pool::Pool);

impl Pool for WorkerPool {
    type Handle = worker_pool::JoinHandle<u64>;

    fn build() -> Result<Self> {
        Ok(Self(worker_pool::Pool::builder().workers(WORKERS).queue(ROOM, worker_pool::Full::Block).build()?))
    }

    fn spawn(&self, job: impl FnOnce() + Send + 'static) {
        assert!(self.0.spawn(job).is_ok(), "an open pool accepts a job");
    }

    fn submit(&self, job: impl FnOnce() -> u64 + Send + 'static) -> Self::Handle {
        self.0.submit(job).expect("an open pool accepts a job")
    }

    fn join(&self, handle: Self::Handle) -> u64 {
        handle.join().expect("the job does not panic")
    }

    fn map(&self, items: u64, window: usize, work: impl Fn(u64) -> u64 + Copy + Send + Sync + 'static) -> Outcome {
        let results = self.0.map(0..items, work).window(window);
        results.map(|result| result.expect("the job does not panic")).collect()
    }
}

/// What pools without handles have instead of them.
type Answer = oneshot::Receiver<u64>;

fn submit_by_channel(pool: &impl Pool, job: impl FnOnce() -> u64 + Send + 'static) -> Answer {
    let (sender, receiver) = oneshot::channel();
    pool.spawn(move || sender.send(job()).expect("somebody waits for the result"));
    receiver
}

fn receive(answer: Answer) -> u64 {
    answer.recv().expect("the job does not panic")
}

pub(crate) struct Rayon(rayon::ThreadPool);

impl Pool for Rayon {
    type Handle = Answer;

    fn build() -> Result<Self> {
        Ok(Self(rayon::ThreadPoolBuilder::new().num_threads(WORKERS).build()?))
    }

    fn spawn(&self, job: impl FnOnce() + Send + 'static) {
        self.0.spawn(job);
    }

    fn submit(&self, job: impl FnOnce() -> u64 + Send + 'static) -> Self::Handle {
        submit_by_channel(self, job)
    }

    fn join(&self, handle: Self::Handle) -> u64 {
        receive(handle)
    }

    /// It has no window: all results are in memory before the first is seen.
    fn map(&self, items: u64, _: usize, work: impl Fn(u64) -> u64 + Copy + Send + Sync + 'static) -> Outcome {
        let results: Vec<u64> = self.0.install(|| (0..items).into_par_iter().map(work).collect());
        results.into_iter().collect()
    }
}

pub(crate) struct ThreadPool(threadpool::ThreadPool);

impl Pool for ThreadPool {
    type Handle = Answer;

    fn build() -> Result<Self> {
        Ok(Self(threadpool::ThreadPool::new(WORKERS)))
    }

    fn spawn(&self, job: impl FnOnce() + Send + 'static) {
        self.0.execute(job);
    }

    fn submit(&self, job: impl FnOnce() -> u64 + Send + 'static) -> Self::Handle {
        submit_by_channel(self, job)
    }

    fn join(&self, handle: Self::Handle) -> u64 {
        receive(handle)
    }
}

/// What one writes who wants no pool: threads that take boxed closures out of a channel.
pub(crate) struct ByHand {
    /// Taken away when the threads have to end.
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

type Job = Box<dyn FnOnce() + Send>;

impl Pool for ByHand {
    type Handle = Answer;

    fn build() -> Result<Self> {
        let (jobs, theirs) = crossbeam_channel::unbounded::<Job>();
        let worker = |_| {
            let jobs = theirs.clone();
            thread::spawn(move || jobs.into_iter().for_each(|job| job()))
        };
        Ok(Self { jobs: Some(jobs), threads: (0..WORKERS).map(worker).collect() })
    }

    fn spawn(&self, job: impl FnOnce() + Send + 'static) {
        let jobs = self.jobs.as_ref().expect("they are there until the drop");
        jobs.send(Box::new(job)).expect("the threads live");
    }

    fn submit(&self, job: impl FnOnce() -> u64 + Send + 'static) -> Self::Handle {
        submit_by_channel(self, job)
    }

    fn join(&self, handle: Self::Handle) -> u64 {
        receive(handle)
    }
}

impl Drop for ByHand {
    fn drop(&mut self) {
        self.jobs = None;
        self.threads.drain(..).for_each(|thread| thread.join().expect("a job does not panic"));
    }
}

/// Results come from handles that are futures; a batch of them is awaited under one `block_on`.
fn await_all(runtime: &tokio::runtime::Runtime, handles: Vec<tokio::task::JoinHandle<u64>>) -> Outcome {
    runtime.handle().block_on(async {
        let mut outcome = Outcome::default();
        for handle in handles {
            outcome.add(handle.await.expect("the job does not panic"));
        }
        outcome
    })
}

/// A task that never awaits, on one of the runtime's own threads.
pub(crate) struct TokioSpawn(tokio::runtime::Runtime);

impl Pool for TokioSpawn {
    type Handle = tokio::task::JoinHandle<u64>;

    fn build() -> Result<Self> {
        Ok(Self(tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).build()?))
    }

    fn spawn(&self, job: impl FnOnce() + Send + 'static) {
        drop(self.0.spawn(async { job() }));
    }

    fn submit(&self, job: impl FnOnce() -> u64 + Send + 'static) -> Self::Handle {
        self.0.spawn(async { job() })
    }

    fn join(&self, handle: Self::Handle) -> u64 {
        self.0.handle().block_on(handle).expect("the job does not panic")
    }

    fn join_all(&self, handles: Vec<Self::Handle>) -> Outcome {
        await_all(&self.0, handles)
    }
}

/// A job on a thread for those that block; the runtime has no other threads.
pub(crate) struct TokioBlocking(tokio::runtime::Runtime);

impl Pool for TokioBlocking {
    type Handle = tokio::task::JoinHandle<u64>;

    fn build() -> Result<Self> {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        // A worker that ends between its turns would be a worker that has to be started in one.
        let builder = builder.max_blocking_threads(WORKERS).thread_keep_alive(Duration::from_secs(3600));
        Ok(Self(builder.build()?))
    }

    fn spawn(&self, job: impl FnOnce() + Send + 'static) {
        drop(self.0.spawn_blocking(job));
    }

    fn submit(&self, job: impl FnOnce() -> u64 + Send + 'static) -> Self::Handle {
        self.0.spawn_blocking(job)
    }

    fn join(&self, handle: Self::Handle) -> u64 {
        self.0.handle().block_on(handle).expect("the job does not panic")
    }

    fn join_all(&self, handles: Vec<Self::Handle>) -> Outcome {
        await_all(&self.0, handles)
    }
}
