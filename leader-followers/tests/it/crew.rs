//! A crew: threads, policies, panics and both ends.

use crate::{past, soon};
use leader_followers::source::{EventSource, Waited, task};
use leader_followers::{Promotion, crew};
use std::collections::{HashSet, VecDeque};
use std::io;
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread::{self, ThreadId};
use std::time::Instant;

#[test]
fn a_drain_handles_every_accepted_task_once() {
    const HALF: u32 = if cfg!(miri) { 20 } else { 500 };
    for promotion in [Promotion::Early, Promotion::Late] {
        let (sender, source) = task::queue(16);
        let (done, results) = mpsc::channel();
        let crew = crew::builder().threads(3).promotion(promotion);
        let crew = crew.start(source.batch(4), move |n: u32| done.send(n).unwrap()).unwrap();
        let senders: Vec<_> = (0..2)
            .map(|half| {
                let sender = sender.clone();
                thread::spawn(move || (0..HALF).for_each(|n| sender.send(half * HALF + n).unwrap()))
            })
            .collect();
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        let report = crew.drain(soon());
        assert_eq!((report.is_clean(), report.panicked), (true, 0));
        let mut results: Vec<_> = results.iter().collect();
        results.sort_unstable();
        assert_eq!(results, (0..2 * HALF).collect::<Vec<_>>());
    }
}

#[test]
fn early_threads_handle_at_the_same_time() {
    let (sender, source) = task::queue(4);
    let barrier = Arc::new(Barrier::new(3));
    let theirs = barrier.clone();
    let handler = move |()| {
        theirs.wait();
    };
    let crew = crew::builder().threads(2).start(source, handler).unwrap();
    sender.send(()).unwrap();
    sender.send(()).unwrap();
    barrier.wait();
    assert_eq!(crew.drain(soon()).busy, 0);
}

#[test]
fn threads_are_numbered_from_zero() {
    let (sender, source) = task::queue(1);
    let (done, names) = mpsc::channel();
    let handler = move |()| done.send(thread::current().name().map(str::to_owned)).unwrap();
    let crew = crew::builder().threads(1).name("turns").start(source, handler).unwrap();
    sender.send(()).unwrap();
    assert_eq!(names.recv().unwrap().as_deref(), Some("turns-0"));
    assert!(crew.drain(soon()).is_clean());
}

#[test]
fn a_late_thread_keeps_the_lead() {
    let (sender, source) = task::queue(4);
    let threads: Arc<Mutex<HashSet<ThreadId>>> = Arc::default();
    let theirs = threads.clone();
    let crew = crew::builder().threads(3).promotion(Promotion::Late);
    let crew = crew.start(source, move |_: u32| {
        theirs.lock().unwrap().insert(thread::current().id());
    });
    let crew = crew.unwrap();
    (0..50).for_each(|n| sender.send(n).unwrap());
    let handovers = crew.handovers();
    assert!(crew.drain(soon()).is_clean());
    assert_eq!(threads.lock().unwrap().len(), 1);
    assert_eq!(handovers.handed, 0);
}

#[test]
fn a_panicking_handler_loses_its_own_event_only() {
    for promotion in [Promotion::Early, Promotion::Late] {
        let (sender, source) = task::queue(16);
        let (done, results) = mpsc::channel();
        let crew = crew::builder().threads(2).promotion(promotion);
        let handler = move |n: u32| {
            if n % 2 == 1 {
                std::panic::resume_unwind(Box::new(n));
            }
            done.send(n).unwrap();
        };
        let crew = crew.start(source, handler).unwrap();
        (0..100).for_each(|n| sender.send(n).unwrap());
        assert_eq!(crew.threads(), 2);
        let report = crew.drain(soon());
        assert_eq!((report.panicked, report.busy), (50, 0));
        assert_eq!(results.iter().count(), 50);
    }
}

#[test]
fn a_stop_gives_back_what_was_not_started() {
    let (sender, source) = task::queue(8);
    let (begun, begin) = mpsc::channel();
    let gate = Arc::new(Barrier::new(2));
    let theirs = gate.clone();
    // Before the crew starts, so that its first batch is full.
    (0..5).for_each(|n| sender.send(n).unwrap());
    let crew = crew::builder().threads(1).promotion(Promotion::Late);
    let crew = crew
        .start(source.batch(2), move |n: u32| {
            begun.send(n).unwrap();
            theirs.wait();
        })
        .unwrap();
    assert_eq!(begin.recv(), Ok(0));
    let set = crew.set().clone();
    let stopper = thread::spawn(move || crew.stop(soon()));
    while !set.is_closed() {
        thread::yield_now();
    }
    gate.wait();
    let report = stopper.join().unwrap();
    assert!(!report.is_clean(), "an event was handed over and not handled");
    let mut left: Vec<_> = report.rest.into_iter().collect();
    left.extend(report.source.unwrap().into_tasks());
    assert_eq!((left, report.busy), (vec![1, 2, 3, 4], 0));
}

#[test]
fn a_busy_leader_gives_its_batch_back_through_the_set() {
    let (sender, source) = task::queue(8);
    let (begun, begin) = mpsc::channel();
    let gate = Arc::new(Barrier::new(2));
    let theirs = gate.clone();
    (0..5).for_each(|n| sender.send(n).unwrap());
    let crew = crew::builder().threads(1).promotion(Promotion::Late);
    let crew = crew
        .start(source.batch(3), move |n: u32| {
            begun.send(n).unwrap();
            theirs.wait();
        })
        .unwrap();
    assert_eq!(begin.recv(), Ok(0));
    let set = crew.set().clone();
    let report = crew.stop(past());
    assert_eq!((report.busy, report.rest.len(), report.source.is_some()), (1, 0, false));
    gate.wait();
    let deadline = soon();
    let (source, rest) = loop {
        assert!(Instant::now() < deadline, "the thread that was left alone hands on leadership");
        if let Some(rest) = set.take_rest() {
            break rest;
        }
        thread::yield_now();
    };
    let left: Vec<_> = rest.into_iter().chain(source.into_tasks()).collect();
    assert_eq!(left, [1, 2, 3, 4]);
}

#[test]
fn a_handler_that_does_not_return_is_counted_and_left_alone() {
    let (sender, source) = task::queue(1);
    let (begun, begin) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let crew = crew::builder().threads(2);
    let crew = crew
        .start(source, move |()| {
            begun.send(()).unwrap();
            released.lock().unwrap().recv().unwrap();
            begun.send(()).unwrap();
        })
        .unwrap();
    sender.send(()).unwrap();
    begin.recv().unwrap();
    assert!(crew.drain(past()).busy >= 1);
    release.send(()).unwrap();
    begin.recv().expect("the handler that was left alone goes on");
}

#[test]
fn idle_threads_are_not_busy_at_a_deadline_that_has_passed() {
    for promotion in [Promotion::Early, Promotion::Late] {
        let (_sender, source) = task::queue::<()>(1);
        let crew = crew::builder().threads(2).promotion(promotion).start(source, |()| {}).unwrap();
        assert!(crew.set().wait_followers_deadline(1, soon()));
        let report = crew.stop(past());
        assert_eq!((report.busy, report.source.is_some()), (0, true));
    }
}

struct Panics(task::Source<()>);

impl EventSource for Panics {
    type Event = ();
    type Waker = task::Waker<()>;

    fn wait(&mut self, _: &mut VecDeque<()>, _: Option<Instant>) -> io::Result<Waited> {
        std::panic::resume_unwind(Box::new("a source that panics"))
    }

    fn waker(&self) -> Self::Waker {
        self.0.waker()
    }
}

#[test]
fn a_source_that_panics_ends_the_crew() {
    let (_sender, source) = task::queue(1);
    let crew = crew::builder().threads(3).start(Panics(source), |()| {}).unwrap();
    let report = crew.drain(soon());
    assert_eq!((report.busy, report.is_clean()), (0, false));
    assert_eq!(report.failure.unwrap().to_string(), "the event source panicked");
}
