//! Other processes: this test program run again for the same test, with a role in its environment.
//!
//! A test that needs them begins with [`Stage::of`] itself; a process that has a role plays it there, and ends there.

use producer_consumer::jobs::{Done, Failure, Job, Queue, Worker, rusqlite};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
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

/// Where the roles of a test are started.
pub(crate) struct Stage {
    test: &'static str,
}

impl Stage {
    /// The stage of the test function that calls it.
    pub(crate) fn of<T>(_test: T) -> Self {
        if let (Ok(role), Ok(file)) = (std::env::var(ROLE), std::env::var(FILE)) {
            play(&role, Path::new(&file));
            std::process::exit(0);
        }
        let (_program, test) = std::any::type_name::<T>().split_once("::").expect("a test is in a module");
        Self { test }
    }

    pub(crate) fn start(&self, role: &str, file: &Path) -> Role {
        Role::spawn(Command::new(std::env::current_exe().unwrap()), self.test, role, file)
    }

    /// The same below a shell that first does `setup`.
    pub(crate) fn start_with(&self, setup: &str, role: &str, file: &Path) -> Role {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{setup}; exec \"$0\" \"$@\"")).arg(std::env::current_exe().unwrap());
        Role::spawn(command, self.test, role, file)
    }
}

/// A process in a role; killed with its handle.
pub(crate) struct Role {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Role {
    fn spawn(mut command: Command, test: &str, role: &str, file: &Path) -> Self {
        command.args(["--exact", test, "--nocapture"]).env(ROLE, role).env(FILE, file);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next thing it says; the harness's own lines are no sayings.
    pub(crate) fn hear(&mut self) -> Option<String> {
        self.lines.by_ref().map_while(Result::ok).find_map(|line| line.split_once("say: ").map(|(_, said)| said.into()))
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Stops it outside its writes: who is stopped in one keeps the file from everybody else.
    ///
    /// There is no other way to tell than to try to write.
    pub(crate) fn stop_between_writes(&self, file: &Path) {
        let pid = Pid::from_child(&self.child);
        let probe = rusqlite::Connection::open(file).unwrap();
        probe.busy_timeout(Duration::ZERO).unwrap();
        let deadline = soon();
        loop {
            self.signal(Signal::STOP);
            // A signal is sent and not done: this returns when all its threads have stopped.
            let (_, status) = waitpid(Some(pid), WaitOptions::UNTRACED).unwrap().expect("it waits without a limit");
            assert!(status.stopped(), "it has ended: {status:?}");
            match probe.execute_batch("BEGIN IMMEDIATE; ROLLBACK") {
                Ok(()) => return,
                Err(error) => assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy), "{error}"),
            }
            assert!(Instant::now() < deadline, "it is always in a write");
            self.signal(Signal::CONT);
        }
    }

    /// Ends its wait for the parent.
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

fn play(role: &str, file: &Path) {
    let queue = open(file);
    match role {
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
    let (tell, released) = mpsc::channel();
    let worker = Worker::builder(queue)
        .lease(Duration::from_millis(300))
        .start(move |job: &Job<i64>| {
            say("claimed");
            wait_for_parent();
            tell.send(()).unwrap();
            work(job)
        })
        .unwrap();
    // The drain's deadline counts from here: how long the parent takes is no matter.
    released.recv().unwrap();
    let report = worker.drain(soon());
    say(format!("completed {}, lost {}", report.completed, report.lost));
}

/// Adds until it is refused, saying each job that was accepted and how it ended.
fn fill(queue: &Queue<i64>) {
    for number in 0..100_000 {
        match queue.add(&number) {
            Ok(_) => say(number),
            Err(refused) => return say(format!("refused: {refused:#}")),
        }
    }
}
