//! `doc`: builds the documentation, in which a broken link is an error.

use crate::cargo::{cargo, check as check_with};
use crate::command::{Arguments, Command};
use crate::tally::Tally;
use crate::workspace::Workspace;
use anyhow::Result;
use std::env;
use std::process::ExitCode;

pub(crate) const COMMAND: Command = Command {
    name: "doc",
    summary: "build the documentation; a warning is an error",
    about: "Builds the documentation of all packages with all features and says where it is.",
    operands: &[],
    flags: &[],
    forwards: false,
    run: doc,
};

fn doc(workspace: &Workspace, _: &Arguments) -> Result<ExitCode> {
    let tally = check(workspace)?;
    if tally == Tally::PASSED {
        println!("{}", workspace.target().join("doc/common/index.html").display());
    }
    Ok(tally.exit_code())
}

pub(crate) fn check(workspace: &Workspace) -> Result<Tally> {
    let mut command = cargo(workspace, &["doc", "--workspace", "--no-deps", "--all-features"]);
    let flags = env::var("RUSTDOCFLAGS").unwrap_or_default();
    command.env("RUSTDOCFLAGS", format!("{flags} -D warnings").trim_start());
    Ok(Tally::of(check_with(command)?.success()))
}
