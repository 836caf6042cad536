//! Processes that live and do not move.

use crate::child::{Stage, effects, open, soon, work};
use producer_consumer::jobs::{JobId, Worker};
use rustix::process::Signal;

#[test]
fn a_hung_workers_late_completion_is_refused() {
    let stage = Stage::of(a_hung_workers_late_completion_is_refused);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    let queue = open(&path);
    queue.add(&7).unwrap();
    let mut hung = stage.start("slow", &path);
    assert_eq!(hung.hear().as_deref(), Some("claimed"));
    hung.stop_between_writes(&path);

    let survivor = Worker::builder(&queue).start(work).unwrap();
    assert!(queue.wait_idle_deadline(soon()).unwrap());
    assert_eq!(survivor.drain(soon()).completed, 1);
    assert_eq!(effects(&queue), [7]);

    hung.release();
    hung.signal(Signal::CONT);
    assert_eq!(hung.hear().as_deref(), Some("completed 0, lost 1"));
    assert_eq!(effects(&queue), [7]);
    let record = queue.job(&JobId::from("1")).unwrap().unwrap();
    assert_eq!((record.starts, record.lease_losses), (2, 1));
}

#[test]
fn a_slow_handler_keeps_its_lease_while_its_process_lives() {
    let stage = Stage::of(a_slow_handler_keeps_its_lease_while_its_process_lives);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    let queue = open(&path);
    queue.add(&7).unwrap();
    let mut slow = stage.start("slow", &path);
    assert_eq!(slow.hear().as_deref(), Some("claimed"));
    let other = Worker::builder(&queue).start(work).unwrap();
    // Three of the holder's leases go by, and the other worker looks for lost ones all the time.
    let three_leases = std::time::Instant::now() + std::time::Duration::from_millis(900);
    assert!(!queue.wait_idle_deadline(three_leases).unwrap());
    slow.release();
    assert_eq!(slow.hear().as_deref(), Some("completed 1, lost 0"));
    assert_eq!(other.drain(soon()).completed, 0);
    assert_eq!(effects(&queue), [7]);
}
