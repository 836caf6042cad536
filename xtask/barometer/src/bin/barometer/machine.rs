//! What a run ran on, and what it measured: the machine, the compiler, the commit, the versions of the peers.

use crate::workspace::Measured;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::available_parallelism;

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Machine {
    pub(crate) date: String,
    pub(crate) commit: String,
    /// The command that measured.
    pub(crate) command: String,
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) compiler: String,
    /// By package, or by contender if it is none.
    pub(crate) versions: BTreeMap<String, String>,
    /// Who was not there, and why.
    pub(crate) absent: BTreeMap<String, String>,
}

impl Machine {
    /// This one, now.
    pub(crate) fn here(root: &Path, command: &str, versions: BTreeMap<String, String>) -> Self {
        let lines = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let processor = lines("/proc/cpuinfo");
        let processor = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        Self {
            date: output(root, "date", &["-u", "+%Y-%m-%d"]),
            commit: commit(root),
            command: command.to_owned(),
            processor: processor.map_or("unknown", |(_, name)| name).to_owned(),
            cores: available_parallelism().map_or(1, Into::into),
            kernel: lines("/proc/sys/kernel/osrelease").trim().to_owned(),
            compiler: compiler(root),
            versions,
            absent: BTreeMap::new(),
        }
    }

    /// Who took part, each with its version.
    pub(crate) fn contenders(&self) -> String {
        let named = |(name, version): (&String, &String)| match version.strip_prefix(name.as_str()) {
            // A program's version begins with its own name.
            Some(_) => version.clone(),
            None => format!("{name} {version}"),
        };
        self.versions.iter().map(named).collect::<Vec<_>>().join(", ")
    }
}

/// The commit that is checked out, and whether what is measured has changed since.
pub(crate) fn commit(root: &Path) -> String {
    // What xtask and the documents say changes no figure.
    let others = ["--", ".", ":!xtask/src", ":!*.md"];
    let changed = output(root, "git", &[&["status", "--porcelain", "--untracked-files=no"][..], &others].concat());
    let commit = output(root, "git", &["rev-parse", "--short=12", "HEAD"]);
    match (commit.as_str(), changed.as_str()) {
        ("", _) => "an unknown commit".to_owned(),
        (_, "") => commit,
        _ => format!("{commit}, with changes"),
    }
}

/// The compiler's name for itself.
pub(crate) fn compiler(root: &Path) -> String {
    output(root, "rustc", &["--version"])
}

/// What a program prints; nothing if it does not run.
fn output(root: &Path, program: &str, words: &[&str]) -> String {
    let output = Command::new(program).current_dir(root).args(words).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    #[serde(default)]
    dependencies: Vec<String>,
}

/// The versions of those packages that contenders are named after, as the lock file has them.
pub(crate) fn versions(root: &Path, measured: &Measured) -> Result<BTreeMap<String, String>> {
    let text = fs::read_to_string(root.join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let lock: Lock = toml::from_str(&text).context("Cargo.lock")?;
    let peers = format!("{}-peers", measured.name);
    let peers = lock.package.iter().find(|package| package.name == peers).context("Cargo.lock is of another tree")?;
    let contenders = measured.scenarios.list.iter().flat_map(|scenario| &scenario.contenders);
    let packages = contenders.map(|contender| package_of(contender));
    let versions =
        packages.filter_map(|package| Some((package.to_owned(), version(&lock, peers, package)?.to_owned())));
    Ok(versions.collect())
}

/// The package that a contender is named after.
fn package_of(contender: &str) -> &str {
    contender.split_once(": ").map_or(contender, |(package, _)| package)
}

/// A dependency is `name`, or `name version` if the lock file has several of that name.
fn version<'a>(lock: &'a Lock, peers: &'a Package, name: &str) -> Option<&'a str> {
    peers.dependencies.iter().find_map(|dependency| match dependency.split_once(' ') {
        Some((package, rest)) if package == name => rest.split(' ').next(),
        None if dependency == name => {
            lock.package.iter().find(|package| package.name == name).map(|package| package.version.as_str())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::{measured, root};

    #[test]
    fn versions_are_those_of_the_lock_file() {
        let root = root();
        let versions = versions(&root, &measured(&root).unwrap()[0]).unwrap();
        assert!(versions["crossbeam-utils"].starts_with("0.8."), "{versions:?}");
        assert!(!versions.contains_key("std"));
    }

    #[test]
    fn a_version_that_begins_with_its_name_is_not_named_twice() {
        let versions = [("flume", "0.12.0"), ("bullmq", "bullmq 6.7.0, node 20.20.2")];
        let versions = versions.map(|(name, version)| (name.to_owned(), version.to_owned())).into();
        let machine = Machine { versions, ..Machine::default() };
        assert_eq!(machine.contenders(), "bullmq 6.7.0, node 20.20.2, flume 0.12.0");
    }

    #[test]
    fn one_of_several_versions_is_the_one_that_is_used() {
        let package = |name: &str, version: &str, dependencies: &[&str]| Package {
            name: name.to_owned(),
            version: version.to_owned(),
            dependencies: dependencies.iter().map(|&it| it.to_owned()).collect(),
        };
        let peers = || package("a-peers", "0.1.0", &["flume 0.12.0", "kanal"]);
        let others = [package("flume", "0.10.0", &[]), package("flume", "0.12.0", &[]), package("kanal", "0.1.1", &[])];
        let lock = Lock { package: others.into_iter().chain([peers()]).collect() };
        let found = |name| version(&lock, &lock.package[3], name);
        assert_eq!([found("flume"), found("kanal"), found("std")], [Some("0.12.0"), Some("0.1.1"), None]);
    }
}
