//! `asan`: the tests under AddressSanitizer and LeakSanitizer, which see use after free, overflows and leaks.
//!
//! # Limits
//!
//! Std and C are not instrumented: of SQLite's own mistakes only those are seen that go through the allocator or
//! through the memory functions. A leak is reported when a process ends by itself, so not of a worker that is killed.

use crate::command::{self, Command};
use crate::nightly::Nightly;
use crate::nightly::inspector::{Inspector, Turn, sanitizer_turn};
use crate::nightly::scope::{self, Exclusion, Suite};
use crate::workspace::{Package, Workspace};
use anyhow::Result;
use std::process;

pub(crate) const COMMAND: Command = Command {
    name: "asan",
    summary: "run the tests under AddressSanitizer, which sees use after free and leaks",
    about: "Builds the crates with AddressSanitizer and runs their tests; LeakSanitizer is on. A report fails the program\n\
            it is from, or whose child it is from. Needs nightly; what is not run is named, with the reason, and\n\
            counted in the last line.",
    operands: command::TESTS,
    flags: &[],
    forwards: false,
    run: |workspace, arguments| INSPECTOR.run(workspace, arguments),
};

pub(crate) const INSPECTOR: Inspector = Inspector {
    name: "asan",
    needs: &[],
    suites: Suite::PROGRAMS,
    features: &[],
    exclusions: EXCLUSIONS,
    command,
    turns,
};

const EXCLUSIONS: &[Exclusion] = &[scope::LEAKS, scope::LIMITS_MEMORY];

fn command(nightly: &Nightly, workspace: &Workspace) -> process::Command {
    nightly.sanitized(workspace, INSPECTOR.name, "-Zsanitizer=address")
}

fn turns(workspace: &Workspace, _: &Package) -> Result<Vec<Turn>> {
    Ok(vec![sanitizer_turn(workspace, INSPECTOR.name, "ASAN_OPTIONS", "detect_leaks=1")])
}
