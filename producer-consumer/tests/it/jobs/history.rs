//! Whole runs of the job queue, judged: which handler got which job, and when.

use crate::soon;
use common::history::{Clock, History, Order, Received, Recorder, Sent, Summary};
use producer_consumer::jobs::{Done, Job, JobOptions, Queue, Worker};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

const ADDERS: u64 = 3;
const EACH: u64 = 25;
const HANDLERS: usize = 3;

/// The recorders of the threads that run handlers. A job was claimed between the end of the thread's last handler, or
/// the worker's start, and the start of this one.
struct Handlers {
    unused: Vec<Recorder>,
    used: HashMap<ThreadId, Recorder>,
}

impl Handlers {
    fn new(clock: &Clock) -> Self {
        let mut unused: Vec<_> = (0..HANDLERS).map(|_| clock.recorder()).collect();
        unused.iter_mut().for_each(Recorder::begin_receive);
        Self { unused, used: HashMap::new() }
    }

    fn mine(&mut self) -> &mut Recorder {
        let unused = &mut self.unused;
        self.used.entry(thread::current().id()).or_insert_with(|| unused.pop().expect("one recorder a thread"))
    }
}

/// Adds jobs from several threads while a worker handles them, and judges the claims.
fn run(priority: fn(u64) -> u32, order: Order) -> Summary {
    let directory = tempfile::tempdir().unwrap();
    let queue: Queue<u64> = Queue::open(directory.path().join("q.db"), "q").unwrap();
    let clock = Clock::new();
    let handlers = Arc::new(Mutex::new(Handlers::new(&clock)));
    let theirs = handlers.clone();
    let worker = Worker::builder(&queue)
        .concurrency(HANDLERS)
        .start(move |job: &Job<u64>| {
            theirs.lock().unwrap().mine().end_receive(Received::Value(*job.payload()));
            theirs.lock().unwrap().mine().begin_receive();
            Ok(Done::new(()))
        })
        .unwrap();
    let queue = &queue;
    let mut recorders: Vec<_> = thread::scope(|scope| {
        let adders = (0..ADDERS).map(|number| {
            let mut recorder = clock.recorder();
            scope.spawn(move || {
                for value in number * EACH..(number + 1) * EACH {
                    recorder.send(value, || {
                        queue.add_with(&value, &JobOptions::new().priority(priority(value))).unwrap();
                        Sent::Accepted
                    });
                }
                recorder
            })
        });
        let adders: Vec<_> = adders.collect();
        adders.into_iter().map(|adder| adder.join().unwrap()).collect()
    });
    assert!(queue.wait_idle_deadline(soon()).unwrap());
    assert_eq!(worker.drain(soon()).completed, ADDERS * EACH);
    let handlers = Arc::into_inner(handlers).expect("a drained worker has dropped its handler").into_inner().unwrap();
    recorders.extend(handlers.unused.into_iter().chain(handlers.used.into_values()));
    History::merge(recorders).check(order).unwrap_or_else(|violation| panic!("{violation}"))
}

#[test]
fn jobs_of_one_priority_are_claimed_in_the_order_of_their_adds() {
    let summary = run(|_| 0, Order::Fifo);
    assert_eq!((summary.accepted as u64, summary.received as u64), (ADDERS * EACH, ADDERS * EACH));
}

#[test]
fn jobs_of_several_priorities_are_claimed_once_each() {
    let summary = run(|value| (value % 3) as u32, Order::Any);
    assert_eq!((summary.accepted as u64, summary.received as u64), (ADDERS * EACH, ADDERS * EACH));
}
