//! `asan`: the tests under AddressSanitizer and LeakSanitizer, which see use after free, overflows and leaks.
//!
//! # Limits
//!
//! Std and C are not instrumented: of SQLite's own mistakes only those are seen that go through the allocator or
//! through the memory functions. A leak is reported when a process ends by itself, so not of a worker that is killed.

use crate::command::{Arguments, Command};
use crate::nightly::Nightly;
use crate::nightly::checker::{Checker, Turn, sanitizer_turn};
use crate::nightly::scope::{Exclusion, Suite};
use crate::workspace::{Package, Workspace};
use anyhow::Result;
use std::process::{self, ExitCode};

pub(crate) const COMMAND: Command = Command {
    name: "asan",
    summary: "run the tests under AddressSanitizer, which sees use after free and leaks",
    about: "Builds the crates with AddressSanitizer and runs their tests; LeakSanitizer is on. A report fails the program\n\
            it is from, or whose child it is from. Needs nightly; what is not run is named, with the reason, and\n\
            counted in the last line.",
    operands: &[("crate", "only this one"), ("filter", "only tests whose name contains this")],
    flags: &[],
    forwards: false,
    run: asan,
};

const CHECKER: Checker = Checker {
    name: "asan",
    needs: &[],
    suites: Suite::PROGRAMS,
    features: &[],
    exclusions: EXCLUSIONS,
    command,
    turns,
};

const EXCLUSIONS: &[Exclusion] = &[
    Exclusion {
        package: "worker-pool",
        suites: &[Suite::Unit],
        tests: &["a_panic_inside_a_panic_inside_a_panic_is_contained"],
        why: "it leaks on purpose: a payload whose drop panics again and again is given up",
    },
    Exclusion {
        package: "worker-pool",
        suites: &[Suite::Fault],
        tests: &[],
        why: "it limits the address space of its child, all of which the sanitizer needs",
    },
    Exclusion {
        package: "demo",
        suites: &[Suite::Unit, Suite::Doc],
        tests: &[],
        why: "what it adds to the crates is single-threaded, and takes long to build",
    },
];

fn asan(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    CHECKER.run(workspace, arguments)
}

fn command(nightly: &Nightly, workspace: &Workspace) -> process::Command {
    nightly.sanitized(workspace, CHECKER.name, "-Zsanitizer=address")
}

fn turns(workspace: &Workspace, _: &Package) -> Result<Vec<Turn>> {
    Ok(vec![sanitizer_turn(workspace, CHECKER.name, "ASAN_OPTIONS", "detect_leaks=1")])
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
