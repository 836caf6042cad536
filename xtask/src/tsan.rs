//! `tsan`: the tests under ThreadSanitizer, which sees data races on real threads.
//!
//! Std is built with it, too: otherwise it takes what std's own locks order for races, and reports correct code.
//!
//! # Limits
//!
//! It knows locks and atomics, and no fences: memory that only a fence orders is reported. The fences of the crates, in
//! `common::wait`, `common::sync::barrier` and the channels' cores, order two atomics against each other; the memory behind
//! those is ordered by a lock, or by an acquire and a release.

use crate::command::{self, Command};
use crate::nightly::inspector::{Inspector, Turn, sanitizer_turn};
use crate::nightly::scope::{self, Exclusion, Suite};
use crate::nightly::{Component, Nightly};
use crate::workspace::{Package, Workspace};
use anyhow::Result;
use std::process;

pub(crate) const COMMAND: Command = Command {
    name: "tsan",
    summary: "run the tests under ThreadSanitizer, which sees data races",
    about: "Builds std and the crates with ThreadSanitizer and runs their tests. A report fails the program it is from,\n\
            or whose child it is from. Needs nightly and its component rust-src; what is not run is named, with the\n\
            reason, and counted in the last line.",
    operands: command::TESTS,
    flags: &[],
    forwards: false,
    run: |workspace, arguments| INSPECTOR.run(workspace, arguments),
};

/// Reports about others' code that are known to be harmless, each with its reason.
const SUPPRESSIONS: &str = "xtask/tsan.supp";

pub(crate) const INSPECTOR: Inspector = Inspector {
    name: "tsan",
    needs: &[Component::RustSrc],
    suites: Suite::PROGRAMS,
    features: &[],
    exclusions: EXCLUSIONS,
    command,
    turns,
};

const EXCLUSIONS: &[Exclusion] = &[
    scope::LIMITS_MEMORY,
    Exclusion {
        package: "cluster",
        suites: &[Suite::It],
        tests: &["a_message_of_megabytes_arrives_whole", "a_worker_that_does_not_read_makes_send_say_full"],
        why: "they move megabytes, which takes instrumented code longer than they wait on a busy machine",
    },
];

fn command(nightly: &Nightly, workspace: &Workspace) -> process::Command {
    let mut command = nightly.sanitized(workspace, INSPECTOR.name, "-Zsanitizer=thread");
    command.arg("-Zbuild-std");
    command
}

fn turns(workspace: &Workspace, _: &Package) -> Result<Vec<Turn>> {
    let options = format!("suppressions={}", workspace.root.join(SUPPRESSIONS).display());
    Ok(vec![sanitizer_turn(workspace, INSPECTOR.name, "TSAN_OPTIONS", &options)])
}
