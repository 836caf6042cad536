//! `demo`: builds the demo and becomes it.
//!
//! xtask is replaced by the demo's process rather than waiting for it: the terminal, Ctrl-C, any other signal and the
//! exit code are the demo's own, with nothing between to lose them.

use crate::cargo::{cargo, tool};
use crate::command::{Arguments, Command};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::env;
use std::os::unix::process::CommandExt;
use std::process::{self, ExitCode};

pub(crate) const COMMAND: Command = Command {
    name: "demo",
    summary: "build the demo, a real service made of the four crates, and run it",
    about: include_str!("../demo/help.txt"),
    operands: &[],
    flags: &[],
    forwards: true,
    run: demo,
};

fn demo(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    // Cargo keeps the terminal, so its progress bar and Ctrl-C work as ever.
    let status = build_command(workspace).status().context("cannot start cargo; is it installed?")?;
    if !status.success() {
        return Ok(ExitCode::FAILURE);
    }
    let mut demo = program(workspace);
    let error = demo.args(&arguments.forwarded).exec();
    Err(error).with_context(|| format!("cannot run {}", demo.get_program().display()))
}

pub(crate) fn build_command(workspace: &Workspace) -> process::Command {
    cargo(workspace, &["build", "--release", "-p", "demo", "--bin", "demo"])
}

/// The built demo; it runs where its caller stands, so that paths among its arguments mean what they say.
pub(crate) fn program(workspace: &Workspace) -> process::Command {
    let mut command = tool(workspace, workspace.target().join("release/demo"));
    if let Ok(here) = env::current_dir() {
        command.current_dir(here);
    }
    // The default stays in the workspace; an --output among the caller's words comes later and wins.
    command.arg("--output").arg(workspace.target().join("demo"));
    command
}
