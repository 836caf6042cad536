//! Contenders in other languages: programs that are asked on their standard input and answer on their output.
//!
//! A line `N` asks for so many operations; the line `COUNT CHECKSUM` says what came out. The first line of all, before it
//! is asked, is what the program calls its version. It ends when its input does. Whatever it says on standard error is
//! shown.

use crate::contender::{Absent, Contender, Outcome};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A program that is a contender.
#[derive(Debug)]
pub struct External {
    child: Child,
    /// Taken away when it has to end.
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    version: String,
}

impl External {
    /// Starts it; threads of its own run where the calling thread may run.
    ///
    /// # Errors
    ///
    /// [`Absent`] if there is no such program; otherwise when it does not start, or ends before it has said its version.
    pub fn start(command: &mut Command) -> Result<Self> {
        let program = command.get_program().display().to_string();
        let mut child = match command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(Absent(format!("{program} is not installed")).into());
            }
            child => child.with_context(|| format!("cannot start {program}"))?,
        };
        let questions = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().context("its output is a pipe")?);
        let mut external = Self { child, questions, answers, version: String::new() };
        external.version = external.answer()?;
        Ok(external)
    }

    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line).context("cannot read what a contender says")?;
        if !line.ends_with('\n') {
            let status = self.child.try_wait()?.map_or_else(|| "it closed its output".to_owned(), |it| it.to_string());
            bail!("a contender ended instead of answering: {status}");
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Contender for External {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let questions = self.questions.as_mut().context("it is asked only while it lives")?;
        writeln!(questions, "{operations}").context("a contender no longer listens")?;
        let line = self.answer()?;
        let numbers =
            line.split_once(' ').and_then(|(count, checksum)| Some((count.parse().ok()?, checksum.parse().ok()?)));
        let (count, checksum) = numbers.with_context(|| format!("`{line}` is no count and checksum"))?;
        Ok(Outcome { count, checksum })
    }

    fn processes(&self) -> Vec<u32> {
        vec![self.child.id()]
    }

    fn version(&self) -> Option<String> {
        Some(self.version.clone())
    }
}

impl Drop for External {
    fn drop(&mut self) {
        self.questions = None;
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Result<External> {
        External::start(Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn a_program_answers_line_by_line() {
        let mut external = shell("echo sh 1; while read n; do echo \"$n $((2 * n))\"; done").unwrap();
        assert_eq!(external.version().unwrap(), "sh 1");
        for operations in [0, 1, 1_000] {
            assert_eq!(external.run(operations).unwrap(), Outcome { count: operations, checksum: 2 * operations });
        }
    }

    #[test]
    fn a_program_that_says_nothing_or_nonsense_is_an_error() {
        assert!(shell("exit 3").unwrap_err().to_string().contains("ended instead of answering"));
        let mut external = shell("echo 1; read n; echo done").unwrap();
        assert_eq!(external.run(1).unwrap_err().to_string(), "`done` is no count and checksum");
    }

    #[test]
    fn a_program_that_is_not_installed_is_absent() {
        assert!(External::start(&mut Command::new("no-such-program")).unwrap_err().is::<Absent>());
    }
}
