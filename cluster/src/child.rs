//! Running a foreign program to its end, within a time and a size.
//!
//! `Command::output` waits for ever: for a program that hangs, and for a grandchild that keeps the pipe open after the
//! program has ended. [`Child`] watches the process itself and kills it, and its group, when the time is over.

use crate::program::scrub;
use crate::status::{ExitStatus, Signal};
use crate::supervisor::pidfd::Process;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio};
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const TIMEOUT: Duration = Duration::from_secs(600);
const MAX_OUTPUT: usize = 64 << 20;
const BURIAL: Duration = Duration::from_secs(5);

/// Settings of a foreign program's run; [`output`](Self::output) runs it.
///
/// Its standard input is the null device, and it does not inherit the variables that make a process a worker.
///
/// ```
/// use cluster::Child;
/// use std::time::Duration;
///
/// let output = Child::run("/bin/sh").args(["-c", "echo hello; exit 3"]).timeout(Duration::from_secs(10)).output()?;
/// assert_eq!(output.status.code(), Some(3));
/// assert_eq!(output.stdout, b"hello\n");
/// # Ok::<(), cluster::ChildError>(())
/// ```
#[derive(Debug)]
#[must_use = "a builder does nothing until `output` runs it"]
pub struct Child {
    command: Command,
    timeout: Duration,
    deadline: Option<Instant>,
    max_output: usize,
}

/// What a program left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to its standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to its standard error.
    pub stderr: Vec<u8>,
}

/// Why a run of a program failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum ChildError {
    /// It could not be started.
    Spawn {
        /// Its path.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It did not end in time and was killed; what it had written until then is inside.
    TimedOut(Output),
    /// It wrote more than it may and was killed; the beginning is inside.
    TooLong(Output),
    /// It could not be watched.
    Io(io::Error),
}

impl fmt::Display for ChildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spawn { program, .. } => write!(f, "cannot start {}", program.display()),
            Self::TimedOut(_) => f.write_str("the program did not end in time and was killed"),
            Self::TooLong(_) => f.write_str("the program wrote more than it may and was killed"),
            Self::Io(_) => f.write_str("cannot watch the program"),
        }
    }
}

impl std::error::Error for ChildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Spawn { source, .. } | Self::Io(source) => Some(source),
            Self::TimedOut(_) | Self::TooLong(_) => None,
        }
    }
}

impl From<Errno> for ChildError {
    fn from(error: Errno) -> Self {
        Self::Io(error.into())
    }
}

impl Child {
    /// Prepares to run the program at `path`, or of that name in `PATH`.
    pub fn run(path: impl AsRef<Path>) -> Self {
        let mut command = Command::new(path.as_ref());
        scrub(&mut command).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        Self { command, timeout: TIMEOUT, deadline: None, max_output: MAX_OUTPUT }
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets a variable of the environment.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets the folder that the program runs in.
    pub fn current_dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// How long the program may run; 10 minutes unless set.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Until when the program may run, if that comes before its [`timeout`](Self::timeout) does; not limited unless
    /// set.
    pub fn deadline(self, deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// How many bytes it may write to each of its outputs; 64 MiB unless set.
    pub fn max_output(self, bytes: usize) -> Self {
        Self { max_output: bytes, ..self }
    }

    /// Runs the program and waits for its end; it is reaped in any case.
    ///
    /// What it started itself and left running is not waited for.
    ///
    /// # Errors
    ///
    /// When the program cannot be started or watched, or was killed because it took too long or wrote too much.
    pub fn output(mut self) -> Result<Output, ChildError> {
        let begun = Instant::now();
        let program = PathBuf::from(self.command.get_program());
        let mut child = self.command.spawn().map_err(|source| ChildError::Spawn { program, source })?;
        let ends = [child.stdout.take().map(OwnedFd::from), child.stderr.take().map(OwnedFd::from)];
        let pipes = ends.map(|end| Pipe { end, bytes: Vec::new() });
        let process = Process::adopt(child).map_err(ChildError::Io)?;
        let mut run = Run { process, pipes, limit: self.max_output };
        let end = begun.checked_add(self.timeout).into_iter().chain(self.deadline).min();
        match run.unblock().and_then(|()| run.watch(end)) {
            Ok(Ended::Itself) => run.collect(),
            Ok(Ended::TooLate) => run.kill().and_then(|output| Err(ChildError::TimedOut(output))),
            Ok(Ended::TooMuch) => run.kill().and_then(|output| Err(ChildError::TooLong(output))),
            Err(error) => run.kill().and(Err(error)),
        }
    }
}

struct Run {
    process: Process,
    pipes: [Pipe; 2],
    limit: usize,
}

enum Ended {
    Itself,
    TooLate,
    TooMuch,
}

impl Run {
    fn unblock(&self) -> Result<(), ChildError> {
        Ok(self.pipes.iter().filter_map(|pipe| pipe.end.as_ref()).try_for_each(|end| ioctl_fionbio(end, true))?)
    }

    fn watch(&mut self, deadline: Option<Instant>) -> Result<Ended, ChildError> {
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(Ended::TooLate);
            }
            let over = self.wait(left)?;
            for pipe in &mut self.pipes {
                pipe.read(self.limit)?;
            }
            if self.pipes.iter().any(|pipe| pipe.bytes.len() > self.limit) {
                return Ok(Ended::TooMuch);
            }
            if over {
                return Ok(Ended::Itself);
            }
        }
    }

    /// Waits for bytes or the end of the process; true if it has ended.
    fn wait(&self, left: Option<Duration>) -> Result<bool, ChildError> {
        let mut sources = vec![PollFd::new(&self.process, PollFlags::IN)];
        let open = self.pipes.iter().filter_map(|pipe| pipe.end.as_ref());
        sources.extend(open.map(|end| PollFd::new(end, PollFlags::IN)));
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        match poll(&mut sources, left.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(sources[0].revents().contains(PollFlags::IN)),
            Err(error) => Err(error.into()),
        }
    }

    fn kill(mut self) -> Result<Output, ChildError> {
        self.process.signal_group(Signal::Kill).map_err(ChildError::Io)?;
        let until = Instant::now() + BURIAL;
        while !self.wait(Some(until.saturating_duration_since(Instant::now())))? {
            for pipe in &mut self.pipes {
                pipe.end = None;
            }
            if Instant::now() >= until {
                return Err(ChildError::Io(io::ErrorKind::TimedOut.into()));
            }
        }
        self.collect()
    }

    fn collect(self) -> Result<Output, ChildError> {
        let status = self.process.reap().map_err(ChildError::Io)?.expect("the pidfd said that the process has ended");
        let [stdout, stderr] = self.pipes.map(|pipe| {
            let mut bytes = pipe.bytes;
            bytes.truncate(self.limit);
            bytes
        });
        Ok(Output { status, stdout, stderr })
    }
}

struct Pipe {
    end: Option<OwnedFd>,
    bytes: Vec<u8>,
}

impl Pipe {
    /// Reads what is there, to one byte past the limit.
    fn read(&mut self, limit: usize) -> Result<(), ChildError> {
        let mut piece = [0; 16 << 10];
        while let Some(end) = &self.end {
            if self.bytes.len() > limit {
                return Ok(());
            }
            match rustix::io::read(end, &mut piece) {
                Ok(0) => self.end = None,
                Ok(length) => self.bytes.extend_from_slice(&piece[..length]),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
