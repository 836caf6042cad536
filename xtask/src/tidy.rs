//! `tidy`: the rules of this workspace that no lint checks.
//!
//! A rule is a function from the [`Tree`] to its findings, and knows nothing of the others. Whatever a rule forbids can
//! be justified where it stands, by a comment that names the rule's word and a reason.

mod comment;
mod equivalent;
mod facade;
mod guarantee;
mod package;
mod reference;
mod shape;
mod suite;
pub(crate) mod tree;

use crate::command::{Arguments, Command};
use crate::tally::Tally;
use crate::tidy::tree::Tree;
use crate::workspace::Workspace;
use anyhow::Result;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(crate) const COMMAND: Command = Command {
    name: "tidy",
    summary: "check the rules that no lint knows: facade, orderings, guarantees, sizes, dependencies",
    about: "Checks the workspace's own rules and prints `path:line: what; fix` for each place that breaks one.\n\
            Ends with a line `N passed, N failed` that counts rules.",
    operands: &[],
    flags: &[],
    forwards: false,
    run: tidy,
};

/// A place that breaks a rule.
#[derive(Debug, PartialEq)]
struct Finding {
    path: PathBuf,
    /// From 1; 0 for the file as a whole.
    line: usize,
    /// What is wrong, and after a semicolon how to fix it.
    what: String,
}

impl Finding {
    /// `index` counts lines from 0.
    fn at(path: impl AsRef<Path>, index: usize, what: impl Into<String>) -> Self {
        Self { path: path.as_ref().to_owned(), line: index + 1, what: what.into() }
    }

    fn of(path: impl AsRef<Path>, what: impl Into<String>) -> Self {
        Self { path: path.as_ref().to_owned(), line: 0, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.line {
            0 => write!(f, "{path}: {}", self.what),
            line => write!(f, "{path}:{line}: {}", self.what),
        }
    }
}

struct Rule {
    name: &'static str,
    find: fn(&Tree) -> Result<Vec<Finding>>,
}

const RULES: &[Rule] = &[
    Rule { name: "primitives come from common::sync", find: |tree| Ok(facade::primitives(tree)) },
    Rule { name: "atomic operations explain their ordering", find: |tree| Ok(comment::orderings(tree)) },
    Rule { name: "unsafe code explains its safety", find: |tree| Ok(comment::safety(tree)) },
    Rule { name: "SeqCst is for fences", find: |tree| Ok(comment::seq_cst(tree)) },
    Rule { name: "equivalent mutants say why", find: |tree| Ok(equivalent::justifications(tree)) },
    Rule { name: "guarantees name checks that exist", find: |tree| Ok(guarantee::checks(tree)) },
    Rule { name: "files open with their purpose", find: |tree| Ok(shape::heads(tree)) },
    Rule { name: "files and functions stay short", find: |tree| Ok(shape::sizes(tree)) },
    Rule { name: "ignored tests say how long they take", find: |tree| Ok(suite::ignored(tree)) },
    Rule { name: "tests do not sleep", find: |tree| Ok(suite::sleeps(tree)) },
    Rule { name: "nothing is left to do", find: |tree| Ok(suite::leftovers(tree)) },
    Rule { name: "packages are named like their folders", find: |tree| Ok(package::names(tree)) },
    Rule { name: "default dependencies stay small", find: package::dependencies },
    Rule { name: "the workspace stands alone", find: |tree| Ok(reference::outside(tree)) },
];

fn tidy(workspace: &Workspace, _: &Arguments) -> Result<ExitCode> {
    let tally = check(workspace)?;
    println!("{tally}");
    Ok(tally.exit_code())
}

/// Applies all rules, prints the findings, and counts the rules.
pub(crate) fn check(workspace: &Workspace) -> Result<Tally> {
    let tree = Tree::read(workspace)?;
    let mut tally = Tally::default();
    for rule in RULES {
        let findings = (rule.find)(&tree)?;
        let verdict = if findings.is_empty() { "ok".to_owned() } else { format!("{} found", findings.len()) };
        println!("{:<42} {verdict}", rule.name);
        findings.iter().for_each(|finding| println!("  {finding}"));
        tally += Tally::of(findings.is_empty());
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_reads_like_a_compilers() {
        assert_eq!(Finding::at("a/b.rs", 6, "it is wrong; fix it").to_string(), "a/b.rs:7: it is wrong; fix it");
        assert_eq!(Finding::of("a/b.rs", "it is long").to_string(), "a/b.rs: it is long");
    }
}
