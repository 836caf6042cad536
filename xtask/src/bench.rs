//! `bench` and `report`: build the barometer and become it, as `demo` does with the demo.

use crate::cargo::{cargo, tool};
use crate::command::{Arguments, Command};
use crate::tally::Tally;
use crate::test;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::os::unix::process::CommandExt;
use std::process::ExitCode;

pub(crate) const BENCH: Command = Command {
    name: "bench",
    summary: "measure the crates beside their peers, in turns, and print tables",
    about: include_str!("../barometer/bench.txt"),
    operands: &[],
    flags: &[],
    forwards: true,
    run: |workspace, arguments| become_barometer(workspace, BENCH.name, arguments),
};

pub(crate) const REPORT: Command = Command {
    name: "report",
    summary: "make BENCHMARKS.md and a page of what was measured",
    about: include_str!("../barometer/report.txt"),
    operands: &[],
    flags: &[],
    forwards: true,
    run: |workspace, arguments| become_barometer(workspace, REPORT.name, arguments),
};

fn become_barometer(workspace: &Workspace, word: &str, arguments: &Arguments) -> Result<ExitCode> {
    let mut build = cargo(workspace, &["build", "--release", "-p", "barometer", "--bin", "barometer"]);
    if !build.status().context("cannot start cargo; is it installed?")?.success() {
        return Ok(ExitCode::FAILURE);
    }
    let mut barometer = tool(workspace, workspace.target().join("release/barometer"));
    let error = barometer.arg(word).args(&arguments.forwarded).exec();
    Err(error).with_context(|| format!("cannot run {}", barometer.get_program().display()))
}

/// Whether every contender does what its scenarios ask, before anybody looks at the clock.
pub(crate) fn check_peers(workspace: &Workspace) -> Result<Tally> {
    test::check(workspace, &workspace.peers(), None)
}
