//! `loom` and `shuttle`: every model and control, one crate after the other, under one of the two checkers.
//!
//! A model that explores nothing is green, too, so a green exit is not enough here: the harness prints what each model
//! ran, this reads it, and a crate with models that ran none has failed.
//!
//! # Limits
//!
//! Ten minutes a crate, an hour with `--deep`; the harness itself has no time limit.

mod entry;
mod tests;

use self::entry::Explored;
use self::tests::Tests;
use crate::cargo::{self, add_rustflags, cargo, only};
use crate::command::{self, Arguments, Command, Usage};
use crate::tally::Tally;
use crate::workspace::{Package, Workspace};
use anyhow::{Result, ensure};
use std::path::Path;
use std::process::{self, ExitCode};
use std::time::{Duration, Instant};

/// A model checker, which the `cfg` of the same name picks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Checker {
    Loom,
    Shuttle,
}

impl Checker {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Loom => "loom",
            Self::Shuttle => "shuttle",
        }
    }
}

pub(crate) const LOOM: Command = Command {
    name: "loom",
    summary: "explore the models and their controls under loom, and say how much was explored",
    about: "Runs tests/loom of every crate that has it under loom and prints, for each model, how many executions it\n\
            took, whether they were all there are or `truncated` at a bound, and the outcomes reached. Fails when a\n\
            model fails, a control does not, or a crate with models ran none.",
    operands: command::TESTS,
    flags: &[("deep", "an hour a crate, not ten minutes; sets MODEL_DEEP=1, which lifts the models' bounds")],
    forwards: false,
    run: |workspace, arguments| command(workspace, arguments, Checker::Loom),
};

pub(crate) const SHUTTLE: Command = Command {
    name: "shuttle",
    summary: "the same models under shuttle: depth first, at random, and by PCT, with wakes without cause",
    about: "Runs tests/loom of every crate that has it under shuttle, which adds to loom's search models of many\n\
            threads, spurious wakes and failures of weak compare-exchanges. A failure prints its schedule and shape:\n\
            MODEL_REPLAY=<schedule> MODEL_SHAPE=<shape> cargo xtask shuttle <crate> <test> runs just that again.",
    operands: command::TESTS,
    flags: &[("deep", "an hour a crate, not ten minutes; sets MODEL_DEEP=1, for 50 times the schedules and more")],
    forwards: false,
    run: |workspace, arguments| command(workspace, arguments, Checker::Shuttle),
};

/// What a model program is told: a deadlock aborts it, and output that is kept back would be lost.
pub(crate) const WORDS: [&str; 2] = ["--nocapture", "--test-threads=2"];

const LIMIT: Duration = Duration::from_secs(10 * 60);
const DEEP_LIMIT: Duration = Duration::from_secs(60 * 60);

fn command(workspace: &Workspace, arguments: &Arguments, checker: Checker) -> Result<ExitCode> {
    let packages = modelled(&workspace.select(arguments.operand(0))?);
    ensure!(!packages.is_empty(), "{} has no tests/loom", arguments.operand(0).unwrap_or("the workspace"));
    let filter = arguments.operand(1);
    let tally = check(workspace, &packages, checker, filter, arguments.has("deep"))?;
    if let Some(filter) = filter
        && tally.is_empty()
    {
        return Err(Usage::none_matches("model test", filter).into());
    }
    println!("{tally}");
    Ok(tally.exit_code())
}

/// Those of `packages` that have models.
pub(crate) fn modelled<'a>(packages: &[&'a Package]) -> Vec<&'a Package> {
    packages.iter().copied().filter(|package| package.has("tests/loom")).collect()
}

/// Runs the models of `packages` and prints them; counts test functions, of which each holds a model or more.
pub(crate) fn check(
    workspace: &Workspace,
    packages: &[&Package],
    checker: Checker,
    filter: Option<&str>,
    deep: bool,
) -> Result<Tally> {
    let started = Instant::now();
    let (mut tally, mut explored) = (Tally::default(), Explored::default());
    for package in packages {
        println!("\n{:<52} {:>12}  {:<8}  extent", package.name, "executions", "outcomes");
        let (tests, models) = explore(workspace, package, checker, filter, deep)?;
        tally += tests;
        explored += models;
    }
    println!("\n{}: {explored}, {:.1} s with the builds", checker.name(), started.elapsed().as_secs_f64());
    Ok(tally)
}

fn explore(
    workspace: &Workspace,
    package: &Package,
    checker: Checker,
    filter: Option<&str>,
    deep: bool,
) -> Result<(Tally, Explored)> {
    let build = cargo::build(build_command(workspace, &workspace.target(), package, checker))?;
    let Some(program) = build.of(package).find(|program| program.name == "loom" && program.is_test) else {
        println!("  the build failed: cargo {}", build.end);
        return Ok((Tally::FAILED, Explored::default()));
    };
    let command = || {
        let mut command = build.command(workspace, package, program);
        if deep {
            command.env("MODEL_DEEP", "1");
        }
        command
    };
    let tests = Tests::list(command(), filter)?;
    let (mut tally, explored) = tests.run(command, Instant::now() + if deep { DEEP_LIMIT } else { LIMIT })?;
    if explored.models == 0 && filter.is_none() {
        println!("  no model ran; tests/loom has to hold at least one");
        tally += Tally::FAILED;
    }
    Ok((tally, explored))
}

/// The cargo command that builds the model program of a package.
pub(crate) fn build_command(
    workspace: &Workspace,
    target: &Path,
    package: &Package,
    checker: Checker,
) -> process::Command {
    let mut command = cargo(workspace, &["test", "--no-run", "--test", "loom", "--profile", "loom"]);
    only(&mut command, [package]);
    in_model(command, target, checker)
}

/// Makes a cargo command build for a checker, in a folder of its own in `target` so that ordinary builds stay fresh.
pub(crate) fn in_model(mut command: process::Command, target: &Path, checker: Checker) -> process::Command {
    command.arg("--target-dir").arg(target.join(checker.name()));
    add_rustflags(&mut command, &["--cfg", checker.name()]);
    command
}
