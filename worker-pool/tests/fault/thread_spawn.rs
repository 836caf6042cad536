//! The system refuses the k-th thread, for every k.
//!
//! Each worker asks for a stack of a gibibyte, in a child process whose address space is limited a little less tightly each
//! time, until every thread starts.

use std::collections::BTreeSet;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};
use worker_pool::{BuildError, Pool};

const MARK: &str = "WORKER_POOL_TEST_SPAWN";
const TEST: &str = "thread_spawn::a_pool_that_cannot_start_every_thread_leaves_none_behind";
const WORKERS: usize = 4;
const STACK: usize = 1 << 30;
/// Half a stack, so that no k is stepped over.
const STEP_KIB: usize = STACK / 1024 / 2;

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

/// The child's part: says how many threads had started.
fn build_under_the_limit() {
    let before = threads();
    let started = match Pool::builder().workers(WORKERS).stack_size(STACK).build() {
        Ok(pool) => {
            assert_eq!(pool.submit(|| 7).unwrap().join().unwrap(), 7);
            WORKERS
        }
        Err(BuildError::Spawn { started, asked, source }) => {
            assert_eq!(asked, WORKERS);
            assert!(source.raw_os_error().is_some(), "{source}");
            started
        }
        Err(other) => panic!("{other}"),
    };
    // The kernel may list those that have been joined for a moment; one that is left behind stays on the list.
    let patience = Instant::now() + Duration::from_secs(5);
    while threads() > before {
        assert!(Instant::now() < patience, "a thread was left behind");
        thread::yield_now();
    }
    let modest = Pool::builder().workers(1).stack_size(1 << 17).build().unwrap();
    assert_eq!(modest.submit(|| 8).unwrap().join().unwrap(), 8);
    println!("started {started};");
}

#[test]
fn a_pool_that_cannot_start_every_thread_leaves_none_behind() {
    if std::env::var_os(MARK).is_some() {
        return build_under_the_limit();
    }
    let mut seen = BTreeSet::new();
    for step in 1..=4 * WORKERS {
        let output = Command::new("sh")
            .arg("-c")
            .arg(format!("ulimit -v {} && exec \"$0\" --exact {TEST} --nocapture --test-threads=1", step * STEP_KIB))
            .arg(std::env::current_exe().unwrap())
            .env(MARK, "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}\n{text}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
        let started = text.split("started ").nth(1).and_then(|rest| rest.split(';').next()).expect("the child says");
        seen.insert(started.parse::<usize>().unwrap());
        if seen.contains(&WORKERS) {
            break;
        }
    }
    assert_eq!(seen, (0..=WORKERS).collect(), "threads that had started, over all limits");
}
