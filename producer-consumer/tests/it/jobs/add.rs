//! Adding, looking, and what an operator does.

use producer_consumer::jobs::rusqlite::{Connection, TransactionBehavior};
use producer_consumer::jobs::{
    AddError, Backoff, Counts, EngineErrorKind, JobId, JobOptions, Queue, QueueOptions, RetryError, State,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

fn open() -> (TempDir, PathBuf, Queue<String>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    let queue = Queue::open(&path, "q").unwrap();
    (directory, path, queue)
}

fn text(text: &str) -> String {
    text.to_owned()
}

#[test]
fn an_added_job_is_there_for_the_next_process() {
    let (_directory, path, queue) = open();
    let added = queue.add(&text("a")).unwrap();
    drop(queue);
    let record = Queue::<String>::open(path, "q").unwrap().job(&added.id).unwrap().unwrap();
    assert_eq!((record.state, record.attempts_made, record.starts), (State::Waiting, 0, 0));
    assert_eq!((record.id, added.duplicate), (added.id, false));
}

#[test]
fn the_same_id_again_changes_nothing() {
    let (_directory, _path, queue) = open();
    let options = JobOptions::new().id("upload-17");
    let first = queue.add_with(&text("a"), &options).unwrap();
    let second = queue.add_with(&text("b"), &options.priority(9).delay(Duration::from_secs(60))).unwrap();
    assert_eq!((first.duplicate, second.duplicate), (false, true));
    assert_eq!(first.id, second.id);
    assert_eq!(queue.counts().unwrap(), Counts { waiting: 1, ..Counts::default() });
    assert_eq!(queue.job(&first.id).unwrap().unwrap().priority, 0);
}

#[test]
fn ids_that_could_meet_the_queues_own_are_refused() {
    let (_directory, _path, queue) = open();
    for id in ["", "17", &"x".repeat(257)] {
        let refused = queue.add_with(&text("a"), &JobOptions::new().id(id));
        assert!(matches!(refused, Err(AddError::Id)), "{id}");
    }
    let id = "x".repeat(256);
    assert_eq!(queue.add_with(&text("a"), &JobOptions::new().id(id.as_str())).unwrap().id.as_str(), id);
}

#[test]
fn priorities_beyond_the_last_are_refused() {
    let (_directory, _path, queue) = open();
    let last = JobOptions::LAST_PRIORITY;
    queue.add_with(&text("a"), &JobOptions::new().priority(last)).unwrap();
    let refused = queue.add_with(&text("a"), &JobOptions::new().priority(last + 1));
    assert!(matches!(refused, Err(AddError::Priority)));
    assert_eq!(refused.unwrap_err().to_string(), "a job's priority is at most 2097152");
}

#[test]
fn a_job_without_attempts_is_refused() {
    let (_directory, _path, queue) = open();
    let refused = queue.add_with(&text("a"), &JobOptions::new().attempts(0));
    assert!(matches!(refused, Err(AddError::Attempts)), "{refused:?}");
    assert_eq!(queue.counts().unwrap().total(), 0);
}

#[test]
fn a_payload_over_the_limit_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let options = QueueOptions::new().max_payload(10);
    let queue: Queue<String> = Queue::open_with(directory.path().join("q.db"), "q", options).unwrap();
    queue.add(&text("12345678")).unwrap();
    let refused = queue.add(&text("123456789")).unwrap_err();
    assert!(matches!(refused, AddError::TooLarge { size: 11, limit: 10 }), "{refused:?}");
    assert_eq!(refused.to_string(), "the payload has 11 bytes, and 10 are allowed");
}

#[test]
fn a_payload_that_is_no_json_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let queue: Queue<BTreeMap<Vec<u8>, u8>> = Queue::open(directory.path().join("q.db"), "q").unwrap();
    let refused = queue.add(&BTreeMap::from([(vec![1], 1)])).unwrap_err();
    assert!(matches!(refused, AddError::Encode(_)));
    assert_eq!(queue.counts().unwrap().total(), 0);
}

#[test]
fn a_queue_holds_as_many_unfinished_jobs_as_it_may() {
    let directory = tempfile::tempdir().unwrap();
    let options = QueueOptions::new().max_unfinished(2);
    let queue: Queue<String> = Queue::open_with(directory.path().join("q.db"), "q", options).unwrap();
    let first = queue.add(&text("a")).unwrap();
    queue.add_with(&text("b"), &JobOptions::new().delay(Duration::from_secs(60))).unwrap();
    assert!(matches!(queue.add(&text("c")), Err(AddError::QueueFull)));
    assert!(queue.remove(&first.id).unwrap());
    queue.add(&text("c")).unwrap();
}

#[test]
fn a_retry_respects_the_number_of_unfinished_jobs() {
    let directory = tempfile::tempdir().unwrap();
    let options = QueueOptions::new().max_unfinished(1);
    let queue: Queue<String> = Queue::open_with(directory.path().join("q.db"), "q", options).unwrap();
    let failed = queue.add(&text("a")).unwrap().id;
    queue.with_connection(|c| c.execute_batch("UPDATE jobs_job SET state = 4, failed_reason = 'no'")).unwrap();
    let other = queue.add(&text("b")).unwrap().id;
    let before = queue.job(&failed).unwrap().unwrap();
    assert!(matches!(queue.retry(&failed), Err(RetryError::QueueFull)));
    assert_eq!(queue.job(&failed).unwrap().unwrap(), before);
    assert!(queue.remove(&other).unwrap());
    assert!(queue.retry(&failed).unwrap());
    assert_eq!(queue.counts().unwrap(), Counts { waiting: 1, ..Counts::default() });
}

#[test]
fn a_full_file_refuses_loses_nothing_and_goes_on_when_it_may_grow() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    let small = QueueOptions::new().max_file_size(256 << 10);
    let queue: Queue<String> = Queue::open_with(&path, "q", small).unwrap();
    let mut accepted = Vec::new();
    let refused = loop {
        match queue.add(&"x".repeat(10_000)) {
            Ok(added) => accepted.push(added.id),
            Err(refused) => break refused,
        }
        assert!(accepted.len() < 100, "the limit does not hold");
    };
    assert!(matches!(&refused, AddError::Engine(error) if error.kind() == EngineErrorKind::Full), "{refused}");
    assert_eq!(queue.counts().unwrap().waiting, accepted.len() as u64);
    drop(queue);

    let queue: Queue<String> = Queue::open(&path, "q").unwrap();
    assert!(accepted.iter().all(|id| queue.job(id).unwrap().is_some()));
    queue.add(&"x".repeat(10_000)).unwrap();
    let check: String = queue.with_connection(|c| c.query_row("PRAGMA integrity_check", [], |row| row.get(0))).unwrap();
    assert_eq!(check, "ok");
}

#[test]
fn an_add_in_a_transaction_comes_and_goes_with_it() {
    let (_directory, path, queue) = open();
    let mut own = Connection::open(path).unwrap();
    let tx = own.transaction().unwrap();
    let taken_back = queue.add_in(&tx, &text("a"), &JobOptions::new()).unwrap();
    tx.rollback().unwrap();
    assert_eq!(queue.job(&taken_back.id).unwrap(), None);
    let tx = own.transaction().unwrap();
    let kept = queue.add_in(&tx, &text("a"), &JobOptions::new()).unwrap();
    assert_eq!(queue.counts().unwrap().total(), 0);
    tx.commit().unwrap();
    assert_eq!(queue.job(&kept.id).unwrap().unwrap().state, State::Waiting);
}

#[test]
fn a_busy_file_is_reported_after_the_timeout() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    let options = QueueOptions::new().busy_timeout(Duration::from_millis(50));
    let queue: Queue<String> = Queue::open_with(&path, "q", options).unwrap();
    let mut own = Connection::open(path).unwrap();
    let tx = own.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let refused = queue.add(&text("a")).unwrap_err();
    assert!(matches!(&refused, AddError::Engine(error) if error.kind() == EngineErrorKind::Busy), "{refused}");
    drop(tx);
    queue.add(&text("a")).unwrap();
}

#[test]
fn a_transaction_left_open_on_the_lent_connection_is_rolled_back() {
    let (_directory, _path, queue) = open();
    queue.with_connection(|c| c.execute_batch("CREATE TABLE mine (x); BEGIN; INSERT INTO mine VALUES (1)")).unwrap();
    let rows: i64 = queue.with_connection(|c| c.query_row("SELECT count(*) FROM mine", [], |row| row.get(0))).unwrap();
    assert_eq!(rows, 0);
    queue.add(&text("a")).unwrap();
}

#[test]
fn using_the_queue_inside_its_own_connection_panics_instead_of_hanging() {
    let (_directory, _path, queue) = open();
    let inner = queue.clone();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        queue.with_connection(|_| Ok(inner.counts().unwrap().total()))
    }));
    assert!(caught.is_err());
    assert_eq!(queue.counts().unwrap().total(), 0);
}

#[test]
fn listings_are_in_order_of_adding_and_limited() {
    let (_directory, _path, queue) = open();
    for name in ["a", "b", "c"] {
        queue.add_with(&text(name), &JobOptions::new().id(name).priority(3)).unwrap();
    }
    let names: Vec<_> =
        queue.jobs(State::Waiting, 2).unwrap().into_iter().map(|record| record.id.to_string()).collect();
    assert_eq!(names, ["a", "b"]);
    assert!(queue.jobs(State::Failed, 10).unwrap().is_empty());
}

#[test]
fn jobs_that_are_not_there_are_not_there() {
    let (_directory, _path, queue) = open();
    let id = JobId::from("nobody");
    assert_eq!(queue.job(&id).unwrap(), None);
    assert!(!queue.remove(&id).unwrap());
    assert!(!queue.retry(&id).unwrap());
}

#[test]
fn what_a_page_shows_of_a_queue_is_plain_json() {
    let counts = Counts { waiting: 1, failed: 2, ..Counts::default() };
    let json = r#"{"waiting":1,"delayed":0,"active":0,"completed":0,"failed":2}"#;
    assert_eq!(serde_json::to_string(&counts).unwrap(), json);
    let id = JobId::from("upload-17");
    assert_eq!(serde_json::to_string(&(id, State::Waiting)).unwrap(), r#"["upload-17","waiting"]"#);
}

#[test]
fn a_backoff_is_none_fixed_or_doubling_and_never_longer_than_an_hour() {
    let second = Duration::from_secs(1);
    assert_eq!(Backoff::none().after(3), Duration::ZERO);
    assert_eq!(Backoff::fixed(second).after(3), second);
    assert_eq!(Backoff::exponential(second).after(3), 4 * second);
    assert_eq!(Backoff::exponential(second).after(u32::MAX), Backoff::LONGEST);
}
