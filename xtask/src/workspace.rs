//! The workspace: where it is, and which packages are in it.
//!
//! A package is a folder with a manifest, named like the folder (a rule of `tidy`), so the tree itself is the list: the
//! folders at the top are the crates, the folders inside them the extras that stay out of ordinary builds.

use crate::command::Usage;
use anyhow::{Context, Result, ensure};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The crates that are not patterns.
const FOUNDATION: [&str; 2] = ["common", "xtask"];
/// The folder in a crate that holds what it is measured against.
const PEERS: &str = "peers";

pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// The folders at the top, in alphabetical order.
    pub(crate) crates: Vec<Package>,
    /// The packages inside those folders: the demo, and what is measured against.
    pub(crate) extras: Vec<Package>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) dir: PathBuf,
}

impl Workspace {
    /// Finds the workspace that this program was built in.
    pub(crate) fn open() -> Result<Self> {
        let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = xtask.parent().context("the folder of xtask has a parent")?;
        ensure!(
            root.join("Cargo.toml").exists(),
            "{} is gone: xtask was built in a tree that has moved; build it again with `cargo build -p xtask`",
            root.display()
        );
        Self::at(root)
    }

    /// The workspace in a folder.
    pub(crate) fn at(root: &Path) -> Result<Self> {
        let crates = packages(root)?;
        let mut extras = Vec::new();
        for package in &crates {
            extras.extend(packages(&package.dir)?.into_iter().map(|extra| extra.inside(package)));
        }
        Ok(Self { root: root.to_owned(), crates, extras })
    }

    /// The packages whose tests are ours to run: all but what is measured against.
    pub(crate) fn tested(&self) -> Vec<&Package> {
        self.crates.iter().chain(self.extras.iter().filter(|package| !package.is_peers())).collect()
    }

    /// What the crates are measured against, which takes long to build.
    pub(crate) fn peers(&self) -> Vec<&Package> {
        self.extras.iter().filter(|package| package.is_peers()).collect()
    }

    /// One tested package by name, or all of them.
    pub(crate) fn select(&self, name: Option<&str>) -> Result<Vec<&Package>, Usage> {
        let tested = self.tested();
        let Some(name) = name else { return Ok(tested) };
        match tested.iter().find(|package| package.name == name) {
            Some(package) => Ok(vec![*package]),
            None => {
                let names: Vec<&str> = tested.iter().map(|package| package.name.as_str()).collect();
                let fix = format!("crates are {}; a filter follows its crate", names.join(", "));
                Err(Usage::unknown("crate", name, names, fix))
            }
        }
    }

    pub(crate) fn is_pattern(&self, name: &str) -> bool {
        self.crates.iter().any(|package| package.name == name) && !FOUNDATION.contains(&name)
    }

    /// Where cargo puts what it builds; a relative `CARGO_TARGET_DIR` counts from the root, where we run cargo.
    pub(crate) fn target(&self) -> PathBuf {
        self.root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
    }

    /// The path as a reader in the workspace's root would write it.
    pub(crate) fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}

impl Package {
    /// There is a folder `peers` in each crate, so those are called after the crate, too.
    fn inside(self, of: &Self) -> Self {
        let name = if self.is_peers() { format!("{}-{PEERS}", of.name) } else { self.name };
        Self { name, ..self }
    }

    fn is_peers(&self) -> bool {
        self.dir.ends_with(PEERS)
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.dir.join(path).exists()
    }
}

/// The folders in `dir` that hold a manifest, in alphabetical order.
fn packages(dir: &Path) -> Result<Vec<Package>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))? {
        let dir = entry?.path();
        if let Some(name) = dir.file_name().and_then(|name| name.to_str())
            && dir.join("Cargo.toml").exists()
        {
            found.push(Package { name: name.to_owned(), dir });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> Workspace {
        let package = |name: &str| Package { name: name.to_owned(), dir: name.into() };
        let crates = ["common", "worker-pool", "xtask"].map(package).to_vec();
        Workspace { root: PathBuf::new(), crates, extras: ["demo", "peers"].map(package).to_vec() }
    }

    #[test]
    fn the_tree_is_the_list_of_packages() {
        let workspace = Workspace::open().unwrap();
        let names: Vec<&str> = workspace.tested().iter().map(|package| package.name.as_str()).collect();
        assert!(["common", "xtask", "demo", "barometer"].iter().all(|name| names.contains(name)), "{names:?}");
        let peers: Vec<&str> = workspace.peers().iter().map(|package| package.name.as_str()).collect();
        assert!(peers.contains(&"common-peers"), "{peers:?}");
    }

    #[test]
    fn patterns_are_the_crates_that_are_no_foundation() {
        let workspace = workspace();
        let patterns = ["common", "worker-pool", "xtask", "demo", "serde"].map(|name| workspace.is_pattern(name));
        assert_eq!(patterns, [false, true, false, false, false]);
    }

    #[test]
    fn what_is_measured_against_is_not_tested() {
        let workspace = workspace();
        let names: Vec<&str> = workspace.tested().iter().map(|package| package.name.as_str()).collect();
        assert_eq!(names, ["common", "worker-pool", "xtask", "demo"]);
    }

    #[test]
    fn an_unknown_crate_names_the_closest() {
        let error = workspace().select(Some("worker-pol")).unwrap_err().to_string();
        assert!(error.contains("did you mean `worker-pool`?"), "{error}");
    }
}
