//! A program that serves ours: it does as many operations as it is told, and says how long they took.

use crate::program::{Program, SILENCE};
use anyhow::{Context, Result};
use barometer::{Placement, Scenario};
use std::io::Write;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};

/// It ends with its input.
pub(super) struct Served {
    program: Program,
    questions: ChildStdin,
    /// How many make a sample.
    pub(super) operations: u64,
}

impl Served {
    pub(super) fn start(path: &Path, scenario: &Scenario, placement: Placement) -> Result<Self> {
        let mut command = Command::new(path);
        command.args(["serve", &scenario.name, &scenario.contenders[0], "--placement", &placement.to_string()]);
        let mut program = Program::start(&mut command, Stdio::piped(), SILENCE)?;
        let questions = program.input().context("its input is a pipe")?;
        match program.line()? {
            Some(line) => Ok(Self { program, questions, operations: number(&line)? }),
            None => Err(program.end().err().context("it says nothing, and nothing is wrong with it")?),
        }
    }

    /// The nanoseconds of so many operations.
    pub(super) fn sample(&mut self, operations: u64) -> Result<f64> {
        writeln!(self.questions, "{operations}")?;
        let line = self.program.line()?.context("it ended instead of answering")?;
        Ok(number(&line)? as f64)
    }
}

fn number(line: &str) -> Result<u64> {
    line.trim().parse().with_context(|| format!("`{line}` is no number"))
}
