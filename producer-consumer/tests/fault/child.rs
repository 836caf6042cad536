//! Other processes: this test program run again, with a role in its environment.
//!
//! `play_the_role` is a test like the others; in an ordinary run it has no role and returns at once.

use producer_consumer::jobs::{Done, Failure, Job, Queue, Worker, rusqlite};
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

const ROLE: &str = "PRODUCER_CONSUMER_TEST_ROLE";
const FILE: &str = "PRODUCER_CONSUMER_TEST_FILE";

/// A deadline that only a broken build reaches.
pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// Opens the queue that all roles share, with the table of their effects.
pub(crate) fn open(path: &Path) -> Queue<i64> {
    let queue = Queue::open(path, "fault").unwrap();
    let table = "CREATE TABLE IF NOT EXISTS effect (job INTEGER NOT NULL)";
    queue.with_connection(|c| c.execute_batch(table)).unwrap();
    queue
}

/// The handler of all roles that does its work: an effect in the completion's transaction.
pub(crate) fn work(job: &Job<i64>) -> Result<Done<i64>, Failure> {
    let payload = *job.payload();
    Ok(Done::new(payload).in_transaction(move |tx| tx.execute("INSERT INTO effect VALUES (?1)", [payload]).map(drop)))
}

/// What the effects of all jobs together are, in order.
pub(crate) fn effects(queue: &Queue<i64>) -> Vec<i64> {
    let read = |c: &rusqlite::Connection| {
        c.prepare("SELECT job FROM effect ORDER BY job")?.query_map([], |row| row.get(0))?.collect()
    };
    queue.with_connection(read).unwrap()
}

/// A process in a role; killed with its handle.
pub(crate) struct Role {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Role {
    pub(crate) fn start(role: &str, file: &Path) -> Self {
        Self::spawn(Command::new(std::env::current_exe().unwrap()), role, file)
    }

    /// The same below a shell that first does `setup`.
    pub(crate) fn start_with(setup: &str, role: &str, file: &Path) -> Self {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{setup}; exec \"$0\" \"$@\"")).arg(std::env::current_exe().unwrap());
        Self::spawn(command, role, file)
    }

    fn spawn(mut command: Command, role: &str, file: &Path) -> Self {
        command.args(["--exact", "child::play_the_role", "--nocapture"]).env(ROLE, role).env(FILE, file);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next thing it says; the harness's own lines are no sayings.
    pub(crate) fn hear(&mut self) -> Option<String> {
        self.lines.by_ref().map_while(Result::ok).find_map(|line| line.split_once("say: ").map(|(_, said)| said.into()))
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    /// Ends its wait for this, and waits for its end.
    pub(crate) fn release(&mut self) {
        drop(self.child.stdin.take());
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn say(what: impl std::fmt::Display) {
    println!("say: {what}");
    std::io::stdout().flush().unwrap();
}

/// Waits until the parent releases it, or dies.
fn wait_for_parent() {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

#[test]
fn play_the_role() {
    let (Ok(role), Ok(file)) = (std::env::var(ROLE), std::env::var(FILE)) else { return };
    let queue = open(Path::new(&file));
    match role.as_str() {
        "hold" => hold(&queue),
        "work" => work_until_released(&queue),
        "fill" => fill(&queue),
        "slow" => finish_late(&queue),
        other => panic!("no such role: {other}"),
    }
}

/// Claims four jobs and never ends one.
fn hold(queue: &Queue<i64>) {
    let _worker = Worker::builder(queue)
        .concurrency(4)
        .lease(Duration::from_secs(600))
        .start(|job: &Job<i64>| -> Result<Done<()>, Failure> {
            say(job.payload());
            loop {
                std::thread::park();
            }
        })
        .unwrap();
    wait_for_parent();
}

/// Works like any other process, saying what it has begun.
fn work_until_released(queue: &Queue<i64>) {
    let handler = |job: &Job<i64>| {
        say(job.payload());
        work(job)
    };
    let worker = Worker::builder(queue).concurrency(2).start(handler).unwrap();
    wait_for_parent();
    worker.drain(soon());
}

/// Claims a job on a short lease, and ends it when the parent says so, whatever has become of the lease by then.
fn finish_late(queue: &Queue<i64>) {
    let worker = Worker::builder(queue)
        .lease(Duration::from_millis(300))
        .start(|job: &Job<i64>| {
            say("claimed");
            wait_for_parent();
            work(job)
        })
        .unwrap();
    while worker.report() == Default::default() {
        std::thread::yield_now();
    }
    let report = worker.drain(soon());
    say(format!("completed {}, lost {}", report.completed, report.lost));
}

/// Adds until it is refused, saying each job that was accepted and how it ended.
fn fill(queue: &Queue<i64>) {
    for number in 0..100_000 {
        match queue.add(&number) {
            Ok(_) => say(number),
            Err(refused) => return say(format!("refused: {refused}")),
        }
    }
}
