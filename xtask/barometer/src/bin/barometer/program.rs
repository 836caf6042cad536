//! A program that is asked, with all that it starts: it says lines, and ends as one.
//!
//! A contender may be a server or a script beside its program. If the program hangs or dies, nobody is left to end them;
//! so the program leads a process group, which is killed as soon as its leader is done, however that came. The leader is
//! reaped after that, so that its number cannot be another group's meanwhile. Workers of a cluster have groups of their
//! own, and end with their primary.

use crate::interrupt;
use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::io::{self, BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A program that says nothing for so long hangs: a sample takes a second at most, and a calibration a few.
pub(crate) const SILENCE: Duration = Duration::from_secs(120);

#[derive(Debug)]
pub(crate) struct Program {
    name: String,
    child: Child,
    lines: Receiver<io::Result<String>>,
    errors: Option<JoinHandle<String>>,
    /// How long it may say nothing.
    silence: Duration,
    is_reaped: bool,
}

impl Program {
    /// Starts it, with what `stdin` says as its input.
    pub(crate) fn start(command: &mut Command, stdin: Stdio, silence: Duration) -> Result<Self> {
        let name = command.get_program().display().to_string();
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        interrupt::enlist(Pid::from_child(&child));
        let output = child.stdout.take().context("its output is a pipe")?;
        let errors = child.stderr.take().context("its errors are a pipe")?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || BufReader::new(output).lines().try_for_each(|line| sender.send(line)));
        let errors = thread::spawn(move || io::read_to_string(errors).unwrap_or_default());
        Ok(Self { name, child, lines, errors: Some(errors), silence, is_reaped: false })
    }

    /// Its input, the first time.
    pub(crate) fn input(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// What it says next; `None` if it has said all.
    pub(crate) fn line(&self) -> Result<Option<String>> {
        match self.lines.recv_timeout(self.silence) {
            Ok(line) => Ok(Some(line?)),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => bail!("nothing was heard for {:?}", self.silence),
        }
    }

    /// Waits until it has ended, which has to be well.
    pub(crate) fn end(mut self) -> Result<()> {
        waitid(WaitId::Pid(Pid::from_child(&self.child)), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
        let status = self.reap()?;
        let errors = self.errors.take().and_then(|errors| errors.join().ok()).unwrap_or_default();
        let errors = errors.trim();
        ensure!(status.success() || errors.is_empty(), "{}", errors.trim_start_matches("error: "));
        ensure!(status.success(), "{} ended with {status}", self.name);
        Ok(())
    }

    fn reap(&mut self) -> io::Result<ExitStatus> {
        let group = Pid::from_child(&self.child);
        interrupt::dismiss(group);
        // All of it may have ended by itself, so an error is no news.
        let _ = kill_process_group(group, Signal::KILL);
        self.is_reaped = true;
        self.child.wait()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if !self.is_reaped {
            let _ = self.reap();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn shell(script: &str, silence: Duration) -> Program {
        Program::start(Command::new("sh").args(["-c", script]), Stdio::null(), silence).unwrap()
    }

    /// One that has ended has no words left, even if nobody has reaped it.
    fn is_alive(process: &str) -> bool {
        fs::read(format!("/proc/{process}/cmdline")).is_ok_and(|words| !words.is_empty())
    }

    /// Whether it is alive, or has ended, before long: one that is about to become another program has no words either.
    fn is_soon(process: &str, alive: bool) -> bool {
        (0..1_000).any(|_| {
            // SLEEP: nothing tells what becomes of a process that is no child of ours.
            thread::sleep(Duration::from_millis(5));
            is_alive(process) == alive
        })
    }

    #[test]
    fn who_hangs_ends_with_all_that_it_started() {
        let program = shell("sleep 600 & echo $!; sleep 600", Duration::from_millis(200));
        let other = program.line().unwrap().unwrap();
        assert!(is_soon(&other, true));
        assert_eq!(program.line().unwrap_err().to_string(), "nothing was heard for 200ms");
        drop(program);
        assert!(is_soon(&other, false));
    }

    #[test]
    fn who_dies_leaves_nobody_behind() {
        let program = shell("sleep 600 >&- 2>&- & echo $!; kill -9 $$", SILENCE);
        let other = program.line().unwrap().unwrap();
        assert!(program.line().unwrap().is_none());
        assert!(program.end().unwrap_err().to_string().ends_with("ended with signal: 9 (SIGKILL)"));
        assert!(is_soon(&other, false));
    }

    #[test]
    fn a_failure_says_what_the_program_said_of_it() {
        let program = shell("echo 'error: ours: 1 came to 2' >&2; exit 1", SILENCE);
        assert_eq!(program.end().unwrap_err().to_string(), "ours: 1 came to 2");
    }
}
