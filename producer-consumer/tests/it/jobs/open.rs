//! Opening: what is accepted as a queue's file, and what is refused and why.

use producer_consumer::jobs::rusqlite::Connection;
use producer_consumer::jobs::{EngineErrorKind, JobOptions, OpenError, Queue, QueueOptions};
use std::fs;
use std::time::Duration;

fn open(path: &std::path::Path) -> Result<Queue<String>, OpenError> {
    Queue::open(path, "q")
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.txt");
    fs::write(&path, "this is not a database, and long enough to be looked at as if it were one".repeat(20)).unwrap();
    let error = open(&path).unwrap_err();
    assert!(matches!(&error, OpenError::Engine(error) if error.kind() == EngineErrorKind::Corrupt), "{error:?}");
    let all = format!("{error:#}");
    assert!(all.starts_with("the queue's file cannot be used: the file is damaged or no database"), "{all}");
    assert!(fs::read_to_string(&path).unwrap().starts_with("this is not"), "a foreign file is left as it is");
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let error = open(&directory.path().join("missing/q.db")).unwrap_err();
    assert!(matches!(error, OpenError::Io(_)));
    assert!(format!("{error:#}").contains("missing"), "{error:#}");
    assert!(!directory.path().join("missing").exists());
}

#[test]
fn a_directory_in_the_files_place_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let error = open(directory.path()).unwrap_err();
    assert!(matches!(&error, OpenError::Engine(error) if error.kind() == EngineErrorKind::Io), "{error:?}");
}

#[test]
fn a_path_that_is_a_uri_to_sqlite_is_refused_and_leaves_no_file() {
    let directory = tempfile::tempdir().unwrap();
    // Relative as a path; as a URI it leads into the directory.
    let uri = format!("file:{}/q.db", directory.path().display()).replace('/', "%2F");
    let error = open(uri.as_ref()).unwrap_err();
    assert!(matches!(error, OpenError::Uri), "{error:?}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_newer_schema_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    drop(open(&path).unwrap());
    let raw = Connection::open(&path).unwrap();
    raw.execute("UPDATE jobs_meta SET value = 99", []).unwrap();
    let error = open(&path).unwrap_err();
    assert!(matches!(error, OpenError::Schema { found: 99, known: 1 }), "{error:?}");
}

#[test]
fn a_damaged_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    drop(open(&path).unwrap());
    let mut bytes = fs::read(&path).unwrap();
    bytes[100..1000].fill(0xAA);
    fs::write(&path, bytes).unwrap();
    let error = open(&path).unwrap_err();
    assert!(matches!(&error, OpenError::Engine(error) if error.kind() == EngineErrorKind::Corrupt), "{error:?}");
}

#[test]
fn a_name_without_letters_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    for name in ["", &"n".repeat(257)] {
        assert!(matches!(Queue::<String>::open(&path, name), Err(OpenError::Name)));
    }
}

#[test]
fn bounds_beyond_all_measure_are_no_bounds() {
    let directory = tempfile::tempdir().unwrap();
    let options = QueueOptions::new()
        .busy_timeout(Duration::MAX)
        .max_payload(usize::MAX)
        .max_unfinished(u64::MAX)
        .keep_finished(u32::MAX)
        .max_file_size(u64::MAX);
    let queue: Queue<String> = Queue::open_with(directory.path().join("q.db"), "q", options).unwrap();
    queue.add_with(&"x".to_owned(), &JobOptions::new().delay(Duration::MAX).attempts(u32::MAX)).unwrap();
    assert_eq!(queue.counts().unwrap().delayed, 1);
}

#[test]
fn many_can_make_the_same_file_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| open(&path).unwrap().add(&"x".to_owned()).unwrap());
        }
    });
    assert_eq!(open(&path).unwrap().counts().unwrap().waiting, 8);
}

#[test]
fn queues_of_one_file_do_not_mix() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    let (one, other) = (open(&path).unwrap(), Queue::<String>::open(&path, "other").unwrap());
    one.add(&"x".to_owned()).unwrap();
    assert_eq!((one.counts().unwrap().waiting, other.counts().unwrap().total()), (1, 0));
    assert_eq!(other.name(), "other");
}

#[test]
fn an_owners_file_goes_with_its_queue() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("q.db");
    let owners = || fs::read_dir(directory.path().join("q.db-owners")).unwrap().count();
    let first = open(&path).unwrap();
    let second = open(&path).unwrap();
    assert_eq!(owners(), 2);
    drop((first, second));
    assert_eq!(owners(), 0);
}
