//! What tries to kill a mutant: the model program under each checker, then the tests on real threads.
//!
//! Each stage has a target folder and flags of its own. The mutated crates are built without optimisation, since a
//! mutant is built once and mostly dies in the first second; what they depend on is built with all of it, once.

use super::touch::Selection;
use crate::cargo::{Artifact, Build, add_rustflags, cargo};
use crate::process::{Capture, End, Finished, run_until};
use crate::workspace::{Package, Workspace};
use anyhow::Result;
use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// In the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Loom,
    Shuttle,
    Tests,
}

/// What the programs of a stage came to.
#[derive(Debug, PartialEq)]
pub(super) enum Ran {
    Passed,
    /// The test that failed, or how the program ended.
    Failed(String),
    TimedOut(String),
}

impl Stage {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Loom => "loom",
            Self::Shuttle => "shuttle",
            Self::Tests => "tests",
        }
    }

    /// The stages that a package has.
    pub(super) fn of(package: &Package) -> Vec<Self> {
        let has = |stage: &Self| *stage == Self::Tests || package.has("tests/loom");
        [Self::Loom, Self::Shuttle, Self::Tests].into_iter().filter(has).collect()
    }

    /// The cargo command that builds the stage's programs of `package` in `target`.
    pub(super) fn build_command(self, workspace: &Workspace, target: &Path, package: &Package) -> Command {
        let mut command = cargo(workspace, &["test", "--no-run", "--quiet", "-p", &package.name]);
        command.arg("--target-dir").arg(target.join(self.name()));
        // Warnings about mutants are no news.
        let mut flags = vec!["--cap-lints=allow"];
        match self {
            Self::Tests => {
                command.args(["--lib", "--all-features"]);
                if package.has("tests/it") {
                    command.args(["--test", "it"]);
                }
                command.args(["--config", "profile.dev.debug=false"]);
            }
            Self::Loom | Self::Shuttle => {
                command.args(["--test", "loom", "--profile", "loom"]);
                for setting in ["opt-level=0", "package.\"*\".opt-level=3", "incremental=true"] {
                    command.args(["--config", &format!("profile.loom.{setting}")]);
                }
                flags.extend(["--cfg", self.name()]);
            }
        }
        add_rustflags(&mut command, &flags);
        command
    }

    /// Runs the stage's programs up to the first test that fails.
    pub(super) fn run(
        self,
        workspace: &Workspace,
        package: &Package,
        build: &Build,
        selection: &Selection,
        limit: Duration,
    ) -> Result<Ran> {
        let mut programs: Vec<&Artifact> = build.of(package).filter(|program| program.is_test).collect();
        programs.sort_by_key(|program| (program.kind == "test", &program.name));
        for program in programs {
            let mut command = build.command(workspace, package, program);
            command.args(selection.words());
            if self != Self::Tests {
                // A deadlock aborts the program, and output that is kept back would be lost.
                command.args(["--nocapture", "--test-threads=2"]);
            }
            let ran = run_program(&mut command, limit)?;
            if ran != Ran::Passed {
                return Ok(ran);
            }
        }
        Ok(Ran::Passed)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn run_program(command: &mut Command, limit: Duration) -> Result<Ran> {
    let mut failed = None;
    let finished = run_until(command, Capture::Merged, limit, |line| {
        // More lines may follow in the piece of output that has the first failure.
        failed = failed.take().or_else(|| failed_test(line).map(ToOwned::to_owned));
        if failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(match failed {
        Some(test) => Ran::Failed(test),
        None => verdict(&finished),
    })
}

fn verdict(finished: &Finished) -> Ran {
    if finished.success() {
        return Ran::Passed;
    }
    let panicked = finished.stdout.lines().rev().find_map(panicked_thread);
    let who = panicked.map_or_else(String::new, |name| format!("{name}, "));
    match finished.end {
        End::TimedOut(_) => Ran::TimedOut(format!("{who}it {}", finished.end)),
        _ => Ran::Failed(format!("{who}it {}", finished.end)),
    }
}

/// The test of a line like `test slot::send_races_recv ... FAILED`.
fn failed_test(line: &str) -> Option<&str> {
    let (test, _) = line.rsplit_once(" ... FAILED")?;
    test.rsplit("test ").next()
}

/// The thread of a line like `thread 'slot::send_races_recv' (4711) panicked at ..`; a test's is named like it.
fn panicked_thread(line: &str) -> Option<&str> {
    let (_, thread) = line.split_once("thread '")?;
    let (name, rest) = thread.split_once('\'')?;
    rest.contains("panicked at").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_that_failed_is_named() {
        assert_eq!(failed_test("test slot::a_value ... FAILED"), Some("slot::a_value"));
        assert_eq!(
            failed_test("noise test slot::a_value - should panic ... FAILED"),
            Some("slot::a_value - should panic")
        );
        assert_eq!(failed_test("test slot::a_value ... ok"), None);
        assert_eq!(failed_test("test result: FAILED. 1 passed; 1 failed"), None);
    }

    #[test]
    fn the_thread_that_panicked_is_named() {
        assert_eq!(panicked_thread("thread 'slot::a_value' (12) panicked at a.rs:1:2:"), Some("slot::a_value"));
        assert_eq!(panicked_thread("thread 'main' has overflowed its stack"), None);
    }
}
