//! `tsan`: the tests under ThreadSanitizer, which sees data races on real threads.
//!
//! Std is built with it, too: otherwise it takes what std's own locks order for races, and reports correct code.
//!
//! # Limits
//!
//! It knows locks and atomics, and no fences: code that is ordered by a fence is reported. There is none in the crates.

use crate::command::{Arguments, Command};
use crate::nightly::checker::{Checker, Turn, sanitizer_turn};
use crate::nightly::scope::{Exclusion, Suite};
use crate::nightly::{Component, Nightly};
use crate::workspace::{Package, Workspace};
use anyhow::Result;
use std::process::{self, ExitCode};

pub(crate) const COMMAND: Command = Command {
    name: "tsan",
    summary: "run the tests under ThreadSanitizer, which sees data races",
    about: "Builds std and the crates with ThreadSanitizer and runs their tests. A report fails the program it is from,\n\
            or whose child it is from. Needs nightly and its component rust-src; what is not run is named, with the\n\
            reason, and counted in the last line.",
    operands: &[("crate", "only this one"), ("filter", "only tests whose name contains this")],
    flags: &[],
    forwards: false,
    run: tsan,
};

/// Reports about others' code that are known to be harmless, each with its reason.
const SUPPRESSIONS: &str = "xtask/tsan.supp";

const CHECKER: Checker = Checker {
    name: "tsan",
    needs: &[Component::RustSrc],
    suites: Suite::PROGRAMS,
    features: &[],
    exclusions: EXCLUSIONS,
    command,
    turns,
};

const EXCLUSIONS: &[Exclusion] = &[
    Exclusion {
        package: "worker-pool",
        suites: &[Suite::Fault],
        tests: &[],
        why: "it limits the address space of its child, all of which the sanitizer needs",
    },
    Exclusion {
        package: "cluster",
        suites: &[Suite::It],
        tests: &["a_message_of_megabytes_arrives_whole", "a_worker_that_does_not_read_makes_send_say_full"],
        why: "they move megabytes, which takes instrumented code longer than they wait on a busy machine",
    },
    Exclusion {
        package: "demo",
        suites: &[Suite::Unit, Suite::Doc],
        tests: &[],
        why: "what it adds to the crates is single-threaded, and takes long to build",
    },
];

fn tsan(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    CHECKER.run(workspace, arguments)
}

fn command(nightly: &Nightly, workspace: &Workspace) -> process::Command {
    let mut command = nightly.sanitized(workspace, CHECKER.name, "-Zsanitizer=thread");
    command.arg("-Zbuild-std");
    command
}

fn turns(workspace: &Workspace, _: &Package) -> Result<Vec<Turn>> {
    let options = format!("suppressions={}", workspace.root.join(SUPPRESSIONS).display());
    Ok(vec![sanitizer_turn(workspace, CHECKER.name, "TSAN_OPTIONS", &options)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nightly::scope;

    #[test]
    fn what_is_excluded_exists() {
        assert_eq!(scope::stale(EXCLUSIONS), [""; 0]);
    }
}
