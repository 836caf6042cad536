//! `loom` and `shuttle`: every model and control, one crate after the other, under one of the two checkers.
//!
//! A model that explores nothing is green, too, so a green exit is not enough here: the harness prints what each model
//! ran, this reads it, and a crate with models that ran none has failed.
//!
//! # Limits
//!
//! Ten minutes a crate, an hour with `--deep`; the harness itself has no time limit.

mod entry;

use self::entry::{Entry, Explored};
use crate::cargo::{self, add_rustflags, cargo, only};
use crate::command::{Arguments, Command, Usage};
use crate::excerpt::excerpt;
use crate::process::{Capture, run};
use crate::tally::{Tally, is_overdue};
use crate::workspace::{Package, Workspace};
use anyhow::{Result, ensure};
use std::process::{self, ExitCode};
use std::time::{Duration, Instant};

/// A model checker, which the `cfg` of the same name picks.
#[derive(Clone, Copy, Debug, PartialEq)]
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

const OPERANDS: &[(&str, &str)] = &[("crate", "only this one"), ("filter", "only tests whose name contains this")];

pub(crate) const LOOM: Command = Command {
    name: "loom",
    summary: "explore the models and their controls under loom, and say how much was explored",
    about: "Runs tests/loom of every crate that has it under loom and prints, for each model, how many executions it\n\
            took, whether they were all there are or `truncated` at a bound, and the outcomes reached. Fails when a\n\
            model fails, a control does not, or a crate with models ran none.",
    operands: OPERANDS,
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
    operands: OPERANDS,
    flags: &[("deep", "an hour a crate, not ten minutes; sets MODEL_DEEP=1, for 50 times the schedules and more")],
    forwards: false,
    run: |workspace, arguments| command(workspace, arguments, Checker::Shuttle),
};

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
    let mut command = cargo(workspace, &["test", "--no-run", "--test", "loom", "--profile", "loom"]);
    only(&mut command, [package]);
    let build = cargo::build(in_model(command, workspace, checker))?;
    let mut explored = Explored::default();
    let Some(program) = build.of(package).find(|program| program.name == "loom" && program.is_test) else {
        println!("  the build failed: cargo {}", build.end);
        return Ok((Tally::FAILED, explored));
    };
    let mut command = build.command(workspace, package, program);
    command.args(filter).args(["--nocapture", "--test-threads=2"]);
    if deep {
        command.env("MODEL_DEEP", "1");
    }
    let finished = run(&mut command, Capture::Merged, if deep { DEEP_LIMIT } else { LIMIT }, |line| {
        if let Some(entry) = Entry::find(line) {
            println!("{entry}");
            explored.add(&entry);
        } else if is_overdue(line) {
            println!("  {line}");
        }
    })?;
    let mut tally = finished.stdout.lines().rev().find_map(Tally::of_result).unwrap_or_default();
    if !finished.success() {
        print!("{}", excerpt(&finished.stdout));
        println!("{}: the model program {}", package.name, finished.end);
        tally.failed = tally.failed.max(1);
    } else if explored.models == 0 && filter.is_none() {
        println!("  no model ran; tests/loom has to hold at least one");
        tally += Tally::FAILED;
    }
    Ok((tally, explored))
}

/// Makes a cargo command build for a checker, in a target folder of its own so that ordinary builds stay fresh.
pub(crate) fn in_model(mut command: process::Command, workspace: &Workspace, checker: Checker) -> process::Command {
    command.arg("--target-dir").arg(workspace.target().join(checker.name()));
    add_rustflags(&mut command, &["--cfg", checker.name()]);
    command
}
