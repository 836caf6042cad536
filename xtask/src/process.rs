//! Child processes with a time limit, whose descendants end with them.
//!
//! `std::process` alone waits for ever, and kills one process where a test may have started ten. Here a child ends with
//! its whole [`Group`]: at its time limit, past its output limit, when xtask itself is interrupted, or when it has
//! ended and left processes behind that hold its output open. What xtask execs instead of running (the demo) needs none
//! of this.
//!
//! # Limits
//!
//! 16 MiB of output a child; 2 s from the request to end to the kill, and as long for output that outlives its child.

mod group;
mod pipe;

use self::group::Group;
use self::pipe::{Chunk, Stream, spawn};
use anyhow::{Context, Result};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::fmt;
use std::ops::ControlFlow;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, exit};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

const OUTPUT_LIMIT: usize = 16 << 20;
const GRACE: Duration = Duration::from_secs(2);
const TICK: Duration = Duration::from_millis(10);

/// Where a child's output goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Capture {
    /// To where ours goes.
    Nothing,
    /// Standard output to us, the rest to where ours goes.
    Stdout,
    /// Each to us, apart.
    Both,
    /// Both to us in the order written, as `stdout`.
    Merged,
}

/// How a child ended.
#[derive(Debug)]
pub(crate) enum End {
    Exited(ExitStatus),
    TimedOut(Duration),
    TooLoud,
    /// Whoever read its output had read enough.
    Dismissed,
}

/// A child that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) end: End,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) elapsed: Duration,
    /// Whether it left processes behind that held its output open, and had to be ended.
    pub(crate) left_some: bool,
}

impl Finished {
    pub(crate) fn success(&self) -> bool {
        matches!(&self.end, End::Exited(status) if status.success())
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(status) => match (status.code(), status.signal()) {
                (Some(code), _) => write!(f, "exited with {code}"),
                (None, signal) => write!(f, "was ended by signal {}", signal.unwrap_or_default()),
            },
            Self::TimedOut(limit) => write!(f, "was killed at its time limit of {} s", limit.as_secs()),
            Self::Dismissed => f.write_str("was ended early"),
            Self::TooLoud => write!(f, "was killed after {} MiB of output", OUTPUT_LIMIT >> 20),
        }
    }
}

/// Runs `command` without input until it ends or `limit` has passed, and shows each captured line of standard output to
/// `on_line` when it is complete.
///
/// Exits the process with 130 when xtask is interrupted meanwhile, after ending the child's group.
pub(crate) fn run(
    command: &mut Command,
    capture: Capture,
    limit: Duration,
    mut on_line: impl FnMut(&str),
) -> Result<Finished> {
    let on_line = |line: &str| {
        on_line(line);
        ControlFlow::Continue(())
    };
    run_until(command, capture, limit, on_line)
}

/// [`run`] until `on_line` breaks, too; the child's group is ended then.
pub(crate) fn run_until(
    command: &mut Command,
    capture: Capture,
    limit: Duration,
    mut on_line: impl FnMut(&str) -> ControlFlow<()>,
) -> Result<Finished> {
    let interrupted = interruption()?;
    let running = Running::begin();
    // ORDERING: Relaxed: the flag alone is the message.
    if interrupted.load(Ordering::Relaxed) {
        // Another thread may have seen it and exit at any moment; it would leave a child of ours behind.
        running.exit_after_all();
    }
    let started = Instant::now();
    let group = Group::around(command);
    let (child, chunks) = spawn(command, capture)
        .with_context(|| format!("cannot start {}; is it installed?", command.get_program().display()))?;
    let mut watched = Watched { child, group, chunks, stdout: Vec::new(), stderr: Vec::new(), shown: 0, enough: false };
    let end = watched.wait(started + limit, interrupted, &mut on_line)?;
    let has_exited = matches!(end, Waited::Exited(_));
    let left_some = has_exited && !watched.read_rest(&mut on_line);
    if !has_exited || left_some {
        watched.group.end(&mut watched.child);
    }
    let end = match end {
        Waited::Exited(status) => End::Exited(status),
        Waited::TimedOut => End::TimedOut(limit),
        Waited::TooLoud => End::TooLoud,
        Waited::Dismissed => End::Dismissed,
        Waited::Interrupted => running.exit_after_all(),
    };
    Ok(Finished {
        end,
        stdout: String::from_utf8_lossy(&watched.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&watched.stderr).into_owned(),
        elapsed: started.elapsed(),
        left_some,
    })
}

/// One of the children that run at this moment.
struct Running;

/// How many there are.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

impl Running {
    fn begin() -> Self {
        // ORDERING: Relaxed, here and below: a count, which publishes nothing.
        RUNNING.fetch_add(1, Ordering::Relaxed);
        Self
    }

    /// Exits when the children of other threads have ended too, which are interrupted like this one.
    fn exit_after_all(self) -> ! {
        drop(self);
        // ORDERING: Relaxed, as above.
        while RUNNING.load(Ordering::Relaxed) > 0 {
            // SLEEP: the pace at which children that have been interrupted are waited for.
            thread::sleep(TICK);
        }
        exit(130)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // ORDERING: Relaxed, as above.
        RUNNING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The flag that SIGINT and SIGTERM set from the first child on.
fn interruption() -> Result<&'static AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    if FLAG.get().is_none() {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, flag.clone()).context("cannot handle interrupts")?;
        }
        FLAG.get_or_init(|| flag);
    }
    Ok(FLAG.get().expect("the flag was just set"))
}

/// Why waiting for a child is over.
enum Waited {
    Exited(ExitStatus),
    TimedOut,
    TooLoud,
    Dismissed,
    Interrupted,
}

struct Watched {
    child: Child,
    group: Group,
    chunks: Receiver<Chunk>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    /// How much of `stdout` has been shown line by line.
    shown: usize,
    /// Whether the reader of the lines wants no more of them.
    enough: bool,
}

impl Watched {
    fn wait(
        &mut self,
        deadline: Instant,
        interrupted: &AtomicBool,
        on_line: &mut impl FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Waited> {
        loop {
            if let Some(status) = self.step(on_line)? {
                return Ok(Waited::Exited(status));
            }
            // ORDERING: Relaxed: the flag alone is the message.
            if interrupted.load(Ordering::Relaxed) {
                return Ok(Waited::Interrupted);
            }
            if Instant::now() > deadline {
                return Ok(Waited::TimedOut);
            }
            if self.is_too_loud() {
                return Ok(Waited::TooLoud);
            }
            if self.enough {
                return Ok(Waited::Dismissed);
            }
        }
    }

    fn is_too_loud(&self) -> bool {
        self.stdout.len() + self.stderr.len() > OUTPUT_LIMIT
    }

    /// Waits a moment for output; returns the status once the child has ended.
    fn step(&mut self, on_line: &mut impl FnMut(&str) -> ControlFlow<()>) -> Result<Option<ExitStatus>> {
        match self.chunks.recv_timeout(TICK) {
            Ok(chunk) => self.take(chunk, on_line),
            Err(RecvTimeoutError::Timeout) => {}
            // SLEEP: the output has ended, and std has no wait for the child with a limit.
            Err(RecvTimeoutError::Disconnected) => thread::sleep(TICK),
        }
        self.child.try_wait().context("cannot wait for a child")
    }

    fn take(&mut self, (stream, bytes): Chunk, on_line: &mut impl FnMut(&str) -> ControlFlow<()>) {
        match stream {
            Stream::Stderr => self.stderr.extend(bytes),
            Stream::Stdout => {
                let start = self.stdout.len();
                let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| start + at);
                let ends: Vec<usize> = ends.collect();
                self.stdout.extend(bytes);
                for end in ends {
                    self.enough |= on_line(&String::from_utf8_lossy(&self.stdout[self.shown..end])).is_break();
                    self.shown = end + 1;
                }
            }
        }
    }

    /// Takes what the pipes still hold; false if somebody still holds them open after [`GRACE`].
    fn read_rest(&mut self, on_line: &mut impl FnMut(&str) -> ControlFlow<()>) -> bool {
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline && !self.is_too_loud() {
            match self.chunks.recv_timeout(TICK) {
                Ok(chunk) => self.take(chunk, on_line),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return true,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const LIMIT: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn streams_are_kept_apart_and_lines_are_shown_when_complete() {
        let mut lines = Vec::new();
        let mut command = shell("echo one; echo noise >&2; printf two; exit 3");
        let finished = run(&mut command, Capture::Both, LIMIT, |line| lines.push(line.to_owned())).unwrap();
        assert_eq!(lines, ["one"]);
        assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("one\ntwo", "noise\n"));
        assert!(!finished.success());
        assert_eq!(finished.end.to_string(), "exited with 3");
    }

    #[test]
    fn merged_streams_keep_their_order() {
        let finished = run(&mut shell("echo a; echo b >&2; echo c"), Capture::Merged, LIMIT, |_| {}).unwrap();
        assert_eq!(finished.stdout, "a\nb\nc\n");
        assert!(finished.success() && !finished.left_some);
    }

    #[test]
    fn a_child_at_its_limit_is_killed_with_its_descendants() {
        // All ignore the request to end, and one has left the group and the session.
        let script = "trap '' TERM; sh -c 'echo $$; exec sleep 60' & setsid sh -c 'echo $$; exec sleep 60' & sleep 60";
        let limit = Duration::from_millis(500);
        let finished = run(&mut shell(script), Capture::Both, limit, |_| {}).unwrap();
        assert!(matches!(finished.end, End::TimedOut(_)), "{:?}", finished.end);
        let pids: Vec<&str> = finished.stdout.lines().collect();
        assert_eq!(pids.len(), 2, "{pids:?}");
        assert!(pids.iter().all(|pid| has_ended(pid)), "{pids:?}");
    }

    /// Whether a process ends soon; one that nobody reaps has ended, too.
    fn has_ended(pid: &str) -> bool {
        let deadline = Instant::now() + LIMIT;
        while Instant::now() < deadline {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            if stat.rsplit(") ").next().is_none_or(|state| state.is_empty() || state.starts_with(['Z', 'X'])) {
                return true;
            }
            thread::yield_now();
        }
        false
    }

    #[test]
    fn an_orphan_that_keeps_the_pipe_open_is_ended_and_does_not_hold_us_up() {
        let script = "setsid sh -c 'echo $$; exec sleep 60' & sleep 0.2";
        let finished = run(&mut shell(script), Capture::Both, LIMIT, |_| {}).unwrap();
        assert!(finished.success() && finished.left_some);
        assert!(has_ended(finished.stdout.trim()), "{}", finished.stdout);
    }

    #[test]
    fn an_orphan_that_never_stops_writing_is_ended_too() {
        let finished = run(&mut shell("yes &"), Capture::Stdout, LIMIT, |_| {}).unwrap();
        assert!(finished.left_some);
        assert!(finished.stdout.len() < 2 * OUTPUT_LIMIT);
    }

    #[test]
    fn endless_output_is_cut_off() {
        let finished = run(&mut shell("exec yes"), Capture::Stdout, LIMIT, |_| {}).unwrap();
        assert!(matches!(finished.end, End::TooLoud), "{:?}", finished.end);
    }

    #[test]
    fn a_child_is_ended_when_its_reader_has_read_enough() {
        let started = Instant::now();
        let stop = |line: &str| if line == "two" { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let finished = run_until(&mut shell("echo one; echo two; sleep 60"), Capture::Stdout, LIMIT, stop).unwrap();
        assert!(matches!(finished.end, End::Dismissed), "{:?}", finished.end);
        assert!(started.elapsed() < LIMIT);
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut Command::new("no-such-program"), Capture::Nothing, LIMIT, |_| {}).unwrap_err();
        assert!(error.to_string().contains("no-such-program"), "{error}");
    }
}
