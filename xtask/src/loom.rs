//! `loom`: every model and control, one crate after the other.
//!
//! A model that explores nothing is green, too, so a green exit is not enough here: the harness prints what each model
//! ran, this reads it, and a crate with models that ran none has failed.
//!
//! # Limits
//!
//! Ten minutes a crate, an hour with `--deep`; the harness itself has neither a time nor an execution limit.

mod entry;

use self::entry::{Entry, Explored};
use crate::cargo::{self, cargo, only};
use crate::command::{Arguments, Command, Usage};
use crate::excerpt::excerpt;
use crate::process::{Capture, run};
use crate::tally::{Tally, is_overdue};
use crate::workspace::{Package, Workspace};
use anyhow::{Result, ensure};
use std::env;
use std::ffi::OsString;
use std::process::{self, ExitCode};
use std::time::{Duration, Instant};

pub(crate) const COMMAND: Command = Command {
    name: "loom",
    summary: "explore the loom models and their controls, and say how much was explored",
    about: "Runs tests/loom of every crate that has it under the model checker and prints, for each model, how many\n\
            executions it took, whether they were all there are, and the outcomes reached. Fails when a model fails,\n\
            a control does not, or a crate with models ran none.",
    operands: &[("crate", "only this one"), ("filter", "only tests whose name contains this")],
    flags: &[("deep", "an hour a crate, not ten minutes; sets MODEL_DEEP=1, by which a model may lift its bounds")],
    forwards: false,
    run: loom,
};

const LIMIT: Duration = Duration::from_secs(10 * 60);
const DEEP_LIMIT: Duration = Duration::from_secs(60 * 60);

fn loom(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let packages = modelled(&workspace.select(arguments.operand(0))?);
    ensure!(!packages.is_empty(), "{} has no tests/loom", arguments.operand(0).unwrap_or("the workspace"));
    let filter = arguments.operand(1);
    let tally = check(workspace, &packages, filter, arguments.has("deep"))?;
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
pub(crate) fn check(workspace: &Workspace, packages: &[&Package], filter: Option<&str>, deep: bool) -> Result<Tally> {
    let started = Instant::now();
    let (mut tally, mut explored) = (Tally::default(), Explored::default());
    for package in packages {
        println!("\n{:<52} {:>12}  {:<8}  extent", package.name, "executions", "outcomes");
        let (tests, models) = explore(workspace, package, filter, deep)?;
        tally += tests;
        explored += models;
    }
    println!("\n{explored}, {:.1} s with the builds", started.elapsed().as_secs_f64());
    Ok(tally)
}

fn explore(workspace: &Workspace, package: &Package, filter: Option<&str>, deep: bool) -> Result<(Tally, Explored)> {
    let mut command = cargo(workspace, &["test", "--no-run", "--test", "loom", "--profile", "loom"]);
    only(&mut command, [package]);
    let build = cargo::build(in_model(command, workspace))?;
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

/// Makes a cargo command build for the model checker, in a target folder of its own so that ordinary builds stay fresh.
pub(crate) fn in_model(mut command: process::Command, workspace: &Workspace) -> process::Command {
    command.arg("--target-dir").arg(workspace.target().join("loom"));
    // Cargo reads the encoded form first, and then nothing else.
    match env::var_os("CARGO_ENCODED_RUSTFLAGS") {
        Some(flags) => command.env("CARGO_ENCODED_RUSTFLAGS", with_flags(flags, "\x1f", &["--cfg", "loom"])),
        None => {
            command.env("RUSTFLAGS", with_flags(env::var_os("RUSTFLAGS").unwrap_or_default(), " ", &["--cfg", "loom"]))
        }
    };
    command
}

fn with_flags(mut flags: OsString, separator: &str, more: &[&str]) -> OsString {
    for flag in more {
        if !flags.is_empty() {
            flags.push(separator);
        }
        flags.push(flag);
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_added_to_those_there() {
        assert_eq!(with_flags("".into(), " ", &["--cfg", "loom"]), "--cfg loom");
        assert_eq!(with_flags("-Cdebuginfo=1".into(), "\x1f", &["--cfg", "loom"]), "-Cdebuginfo=1\x1f--cfg\x1floom");
    }
}
