//! What tries to kill a mutant: the model program under each checker, then the tests on real threads.
//!
//! Each stage has a target folder and flags of its own. The mutated crates are built without optimisation, since a
//! mutant is built once and mostly dies in the first second; what they depend on is built with all of it, once.

use super::touch::Selection;
use crate::cargo::{Artifact, Build, add_rustflags, cargo, only};
use crate::harness::{failed_test, panicked_thread};
use crate::model::{self, Checker, WORDS};
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
    Model(Checker),
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
    pub(super) const ALL: [Self; 3] = [Self::Model(Checker::Loom), Self::Model(Checker::Shuttle), Self::Tests];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Model(checker) => checker.name(),
            Self::Tests => "tests",
        }
    }

    /// The stages that a package has.
    pub(super) fn of(package: &Package) -> Vec<Self> {
        let has = |stage: &Self| *stage == Self::Tests || package.has("tests/loom");
        Self::ALL.into_iter().filter(has).collect()
    }

    /// The cargo command that builds the stage's programs of `package` in a folder of its own in `target`.
    pub(super) fn build_command(self, workspace: &Workspace, target: &Path, package: &Package) -> Command {
        let mut command = match self {
            Self::Model(checker) => model_command(workspace, target, package, checker),
            Self::Tests => test_command(workspace, &target.join(self.name()), package),
        };
        command.arg("--quiet");
        // Warnings about mutants are no news.
        add_rustflags(&mut command, &["--cap-lints=allow"]);
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
                command.args(WORDS);
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

fn model_command(workspace: &Workspace, target: &Path, package: &Package, checker: Checker) -> Command {
    let mut command = model::build_command(workspace, target, package, checker);
    for setting in ["opt-level=0", "package.\"*\".opt-level=3", "incremental=true"] {
        command.args(["--config", &format!("profile.loom.{setting}")]);
    }
    command
}

fn test_command(workspace: &Workspace, target: &Path, package: &Package) -> Command {
    let mut command = cargo(workspace, &["test", "--no-run", "--lib", "--all-features"]);
    only(&mut command, [package]);
    if package.has("tests/it") {
        command.args(["--test", "it"]);
    }
    command.args(["--config", "profile.dev.debug=false", "--target-dir"]).arg(target);
    command
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The target folder of a stage's build of `common`, and the end of its compiler flags.
    fn built(stage: Stage) -> (String, String) {
        let workspace = Workspace::open().unwrap();
        let common = workspace.select(Some("common")).unwrap()[0];
        let command = stage.build_command(&workspace, Path::new("/t"), common);
        let folder = command.get_args().skip_while(|word| *word != "--target-dir").nth(1).unwrap();
        let flags = command.get_envs().find(|(name, _)| name.to_string_lossy().ends_with("RUSTFLAGS")).unwrap().1;
        let flags = flags.unwrap().to_string_lossy().replace('\x1f', " ");
        (folder.to_string_lossy().into_owned(), flags)
    }

    #[test]
    fn each_stage_builds_in_its_own_folder_with_its_own_flags() {
        for (stage, folder, flags) in [
            (Stage::Model(Checker::Loom), "/t/loom", "--cfg loom --cap-lints=allow"),
            (Stage::Model(Checker::Shuttle), "/t/shuttle", "--cfg shuttle --cap-lints=allow"),
            (Stage::Tests, "/t/tests", "--cap-lints=allow"),
        ] {
            let built = built(stage);
            assert!(built.0 == folder && built.1.ends_with(flags), "{built:?}");
        }
    }
}
