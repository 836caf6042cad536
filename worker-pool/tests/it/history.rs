//! Whole runs of a pool, judged: which worker got which job, and when.

use crate::gate::LIMIT;
use common::history::{Clock, History, Order, Received, Recorder, Sent};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;
use worker_pool::{Full, JoinError, Pool, SubmitErrorKind, worker_index};

const SUBMITTERS: u64 = 3;
const EACH: u64 = 2_000;

/// A recorder for each worker, and a last one for everybody else.
struct Log(Vec<Mutex<Recorder>>);

impl Log {
    fn new(clock: &Clock, workers: usize) -> Arc<Self> {
        Arc::new(Self((0..=workers).map(|_| Mutex::new(clock.recorder())).collect()))
    }

    /// What `record` does with the recorder of the calling thread.
    fn mine<R>(&self, record: impl FnOnce(&mut Recorder) -> R) -> R {
        record(&mut self.0[worker_index().unwrap_or(self.0.len() - 1)].lock().unwrap())
    }

    /// The job was received at this moment at the latest.
    fn received(&self, value: u64) {
        self.mine(|recorder| recorder.receive(|| Received::Value(value)));
    }

    fn into_recorders(self: Arc<Self>) -> impl Iterator<Item = Recorder> {
        let log = Arc::into_inner(self).expect("every job is gone");
        log.0.into_iter().map(|recorder| recorder.into_inner().unwrap())
    }
}

/// Runs `submit` for each value, on several threads.
fn submit_all(clock: &Clock, submit: impl Fn(&mut Recorder, u64) -> Sent + Sync) -> Vec<Recorder> {
    let submit = &submit;
    thread::scope(|scope| {
        let submitters = (0..SUBMITTERS).map(|number| {
            let mut recorder = clock.recorder();
            scope.spawn(move || {
                for value in number * EACH..(number + 1) * EACH {
                    while submit(&mut recorder, value) == Sent::Refused {
                        thread::yield_now();
                    }
                }
                recorder
            })
        });
        let submitters: Vec<_> = submitters.collect();
        submitters.into_iter().map(|submitter| submitter.join().unwrap()).collect()
    })
}

fn sent(kind: SubmitErrorKind) -> Sent {
    if kind == SubmitErrorKind::Closed { Sent::Closed } else { Sent::Refused }
}

#[test]
fn workers_take_jobs_in_the_order_of_their_submits() {
    for workers in [1, 4] {
        let pool = Pool::builder().workers(workers).queue(16, Full::Block).build().unwrap();
        let clock = Clock::new();
        let log = Log::new(&clock, workers);
        // A worker takes a job between its last job, or the pool's start, and this one.
        log.0.iter().for_each(|recorder| recorder.lock().unwrap().begin_receive());
        let recorders = submit_all(&clock, |recorder, value| {
            let theirs = log.clone();
            let job = move || {
                theirs.mine(|recorder| {
                    recorder.end_receive(Received::Value(value));
                    recorder.begin_receive();
                });
            };
            recorder.send(value, || {
                if value % 2 == 0 {
                    pool.spawn(job).map_or_else(|refused| sent(refused.kind()), |()| Sent::Accepted)
                } else {
                    pool.try_submit(job).map_or_else(|refused| sent(refused.kind()), |_| Sent::Accepted)
                }
            })
        });
        assert!(pool.drain(Instant::now() + LIMIT).is_clean());
        drop(pool);
        let history = History::merge(recorders.into_iter().chain(log.into_recorders()));
        let summary = history.check(Order::Fifo).unwrap_or_else(|violation| panic!("{workers} workers: {violation}"));
        assert_eq!((summary.accepted as u64, summary.received as u64), (SUBMITTERS * EACH, SUBMITTERS * EACH));
    }
}

#[test]
fn every_accepted_job_runs_once_or_is_handed_back_once() {
    const WORKERS: usize = 3;
    // Children of jobs, which their parents join.
    const CHILD: u64 = 1 << 32;
    let pool = Arc::new(Pool::builder().workers(WORKERS).queue(16, Full::Block).build().unwrap());
    let clock = Clock::new();
    let log = Log::new(&clock, WORKERS);
    let mut closer = clock.recorder();
    let recorders = submit_all(&clock, |recorder, value| {
        let (theirs, inner) = (log.clone(), Arc::downgrade(&pool));
        let job = move || {
            theirs.received(value);
            let Some(pool) = inner.upgrade().filter(|_| value % 3 == 0) else { return };
            let (log, mut child) = (theirs.clone(), None);
            theirs.mine(|recorder| {
                recorder.send(value | CHILD, || match pool.submit(move || log.received(value | CHILD)) {
                    Ok(handle) => {
                        child = Some(handle);
                        Sent::Accepted
                    }
                    Err(refused) => sent(refused.kind()),
                })
            });
            if let Some(child) = child {
                assert!(matches!(child.join(), Ok(()) | Err(JoinError::Dropped)));
            }
        };
        if value == SUBMITTERS * EACH - EACH / 2 {
            // In the middle of the last submitter's values; the others are where they are.
            pool.stop(Instant::now() + LIMIT).unstarted.into_iter().for_each(|job| job.run().unwrap());
        }
        recorder.send(value, || pool.spawn(job).map_or_else(|refused| sent(refused.kind()), |()| Sent::Accepted))
    });
    let report = pool.stop(Instant::now() + LIMIT);
    assert!(report.is_clean(), "the first stop has handed back what was left");
    drop(pool);
    closer.receive(|| Received::Closed);
    let history = History::merge(recorders.into_iter().chain(log.into_recorders()).chain([closer]));
    let summary = history.check(Order::Any).unwrap_or_else(|violation| panic!("{violation}"));
    assert_eq!((summary.received, summary.pending), (summary.accepted, 0));
    assert!(summary.handed_back > 0, "the stop came in the middle");
}
