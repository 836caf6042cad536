//! Packages: named like their folders, light by default, and without arrows between patterns.

use super::Finding;
use super::tree::Tree;
use crate::cargo::cargo;
use crate::process::{Capture, run};
use anyhow::{Result, bail};
use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

/// Packages that nobody should build who did not ask for the feature that needs them.
const HEAVY: [&str; 17] = [
    "async-std",
    "criterion",
    "httparse",
    "hyper",
    "image",
    "indicatif",
    "libsqlite3-sys",
    "loom",
    "openssl",
    "redis",
    "reqwest",
    "rusqlite",
    "shuttle",
    "smol",
    "tempfile",
    "tokio",
    "tracing-subscriber",
];
const TREE_LIMIT: Duration = Duration::from_secs(120);

pub(super) fn names(tree: &Tree) -> Vec<Finding> {
    let manifests = tree.texts.iter().filter(|(path, _)| path.ends_with("Cargo.toml"));
    let mut findings = Vec::new();
    for (path, text) in manifests {
        let Some((at, name)) = package_name(text) else { continue };
        let folder = |levels: usize| path.ancestors().nth(levels).and_then(Path::file_name).and_then(OsStr::to_str);
        let short = folder(1).unwrap_or_default();
        let long = format!("{}-{short}", folder(2).unwrap_or_default());
        if name != short && name != long {
            let what = format!("package `{name}` stands in folder `{short}`; give both one name");
            findings.push(Finding::at(path, at, what));
        }
    }
    findings
}

/// The line, from 0, and the value of `name` under `[package]`.
fn package_name(manifest: &str) -> Option<(usize, &str)> {
    let mut lines = manifest.lines().enumerate().skip_while(|(_, line)| line.trim() != "[package]").skip(1);
    let is_name = |line: &str| line.split('=').next().is_some_and(|key| key.trim() == "name");
    let (at, line) = lines.find(|(_, line)| is_name(line))?;
    Some((at, line.split('"').nth(1)?))
}

/// Asks cargo what each library builds with default features.
pub(super) fn dependencies(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in tree.workspace.crates.iter().filter(|package| package.has("src/lib.rs")) {
        let words = ["tree", "-p", &package.name, "-e", "normal", "--prefix", "none", "--quiet"];
        let finished = run(&mut cargo(tree.workspace, &words), Capture::Both, TREE_LIMIT, |_| {})?;
        if !finished.success() {
            bail!("cargo tree -p {} {}: {}", package.name, finished.end, finished.stderr.trim());
        }
        let manifest = tree.workspace.relative(&package.dir).join("Cargo.toml");
        let complaints = unwanted(&package.name, &finished.stdout, |name| tree.workspace.is_pattern(name));
        findings.extend(complaints.into_iter().map(|what| Finding::of(&manifest, what)));
    }
    Ok(findings)
}

/// What is wrong with the default dependencies of `package`, from cargo's list of them, one a line.
fn unwanted(package: &str, list: &str, is_pattern: impl Fn(&str) -> bool) -> Vec<String> {
    let mut names: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    names.sort_unstable();
    names.dedup();
    let complaint = |name: &str| {
        if name == package {
            None
        } else if is_pattern(name) {
            Some(format!("depends on the pattern crate `{name}` by default; make that an optional dependency"))
        } else if HEAVY.contains(&name) {
            Some(format!("builds `{name}` by default; put it behind a feature that is off"))
        } else {
            None
        }
    };
    names.into_iter().filter_map(complaint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::fixture::findings;

    #[test]
    fn a_package_with_another_name_is_found() {
        let manifest = |name: &str| format!("[workspace]\n\n[package]\nname = \"{name}\"\nversion = \"1.0.0\"\n");
        let found = |path: &str, name: &str| findings(&[(path, manifest(name).as_str())], names).len();
        assert_eq!(found("cluster/Cargo.toml", "my-cluster"), 1);
        assert_eq!(found("cluster/Cargo.toml", "cluster"), 0);
        assert_eq!(found("cluster/peers/Cargo.toml", "cluster-peers"), 0);
        assert_eq!(findings(&[("Cargo.toml", "[workspace.package]\nname = \"x\"\n")], names), [""; 0]);
    }

    #[test]
    fn heavy_and_pattern_dependencies_are_found() {
        let list = "cluster v0.1.0 (/w/cluster)\ncommon v0.1.0 (/w/common)\nrusqlite v0.41.1\nworker-pool v0.1.0\n\
                    rusqlite v0.41.1 (*)\n";
        let complaints = unwanted("cluster", list, |name| ["cluster", "worker-pool"].contains(&name));
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert!(complaints[0].contains("`rusqlite`") && complaints[1].contains("`worker-pool`"));
    }

    #[test]
    fn light_dependencies_are_not() {
        assert_eq!(unwanted("cluster", "cluster v0.1.0\nrustix v1.1.6\n", |name| name == "cluster"), [""; 0]);
    }
}
