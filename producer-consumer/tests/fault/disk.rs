//! Files that cannot grow.

use crate::child::{Stage, open, soon, work};
use producer_consumer::jobs::{Done, Queue, QueueOptions, State, Worker};
use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

#[test]
fn a_write_cut_short_by_the_system_loses_nothing_that_was_accepted() {
    let stage = Stage::of(a_write_cut_short_by_the_system_loses_nothing_that_was_accepted);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    // No file of the child may exceed 256 blocks (of 512 or 1024 bytes, as the shell has it); the signal that says so is
    // ignored, as a full disk sends none.
    let mut child = stage.start_with("trap '' XFSZ; ulimit -f 256", "fill", &path);
    let mut accepted = 0;
    let refused = loop {
        match child.hear().expect("the child says how it ends") {
            refused if refused.starts_with("refused: ") => break refused,
            number => assert_eq!(number, accepted.to_string()),
        }
        accepted += 1;
    };
    assert!(refused.contains("full") || refused.contains("failed"), "{refused}");
    assert!(accepted > 0);
    drop(child);

    let queue = open(&path);
    assert_eq!(queue.counts().unwrap().waiting, accepted);
    queue.add(&1).unwrap();
    let worker = Worker::builder(&queue).concurrency(2).start(work).unwrap();
    assert!(queue.wait_idle_deadline(soon()).unwrap());
    assert_eq!(worker.drain(soon()).completed, accepted + 1);
}

#[test]
fn a_read_only_file_is_reported_and_left_as_it_is() {
    let stage = Stage::of(a_read_only_file_is_reported_and_left_as_it_is);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    open(&path).add(&1).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
    // Root may write everything, so it gives that right up; for others the permissions are enough.
    let give_up = "[ $(id -u) = 0 ] && exec setpriv --bounding-set=-all --inh-caps=-all \"$0\" \"$@\"";
    let mut child = stage.start_with(give_up, "fill", &path);
    let refused = child.hear().expect("the child says how it ends");
    assert!(refused.starts_with("refused: the job cannot be added: the database cannot be written"), "{refused}");

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let queue = open(&path);
    queue.add(&2).unwrap();
    assert_eq!(queue.counts().unwrap().waiting, 2);
}

#[test]
fn a_worker_on_a_full_file_waits_for_room_and_loses_no_job() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    let small = QueueOptions::new().max_file_size(200 << 10);
    let queue: Queue<String> = Queue::open_with(&path, "q", small).unwrap();
    let accepted = (0..200).take_while(|_| queue.add(&"x".repeat(5_000)).is_ok()).count();
    assert!(accepted < 200);
    let deadline = soon();
    let worker = Worker::builder(&queue).start(|_| Ok(Done::new("y".repeat(20_000)))).unwrap();
    let error = loop {
        match worker.last_error() {
            Some(error) => break error,
            None => std::thread::yield_now(),
        }
        assert!(Instant::now() < deadline, "the worker has not noticed that the file is full");
    };
    assert!(error.contains("full"), "{error}");

    // Somebody with more room takes over.
    let roomy: Queue<String> = Queue::open(&path, "q").unwrap();
    worker.stop(soon());
    let second = Worker::builder(&roomy).start(|_| Ok(Done::new(()))).unwrap();
    drop(queue);
    assert!(roomy.wait_idle_deadline(soon()).unwrap(), "{:?}", roomy.counts());
    second.drain(soon());
    assert_eq!(roomy.counts().unwrap().total(), accepted as u64);
    assert!(roomy.jobs(State::Failed, 10).unwrap().is_empty());
}
