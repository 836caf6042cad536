//! Where things are in the workspace.

use anyhow::{Context, Result, ensure};
use barometer::scenario::Scenarios;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The run that BENCHMARKS.md is made of.
pub(crate) const PUBLISHED: &str = "published";
/// The run that this machine made last.
pub(crate) const LAST: &str = "last";

/// A crate that has peers.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) name: String,
    pub(crate) scenarios: Scenarios,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("it is in xtask/barometer").to_owned()
}

/// Where cargo puts what it builds; a relative `CARGO_TARGET_DIR` counts from the root, where it is run.
pub(crate) fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// What is made on this machine and kept by nobody.
pub(crate) fn scratch() -> PathBuf {
    target().join("barometer")
}

/// Where a run is kept.
pub(crate) fn results(name: &str) -> PathBuf {
    if name == LAST { scratch().join(LAST) } else { root().join("xtask/barometer/results").join(name) }
}

/// All crates that have peers, in the order of the workspace's manifest.
pub(crate) fn measured(root: &Path) -> Result<Vec<Measured>> {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).context("cannot read Cargo.toml")?;
    let mut measured = Vec::new();
    for name in manifest.split('"').filter_map(|word| word.strip_suffix("/peers")) {
        let path = root.join(name).join("peers/scenarios.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let scenarios = Scenarios::parse(&text).with_context(|| format!("{name}/peers"))?;
        measured.push(Measured { name: name.to_owned(), scenarios });
    }
    Ok(measured)
}

/// Builds the programs of these crates in the workspace at `root`, with all of cargo's own output.
pub(crate) fn build(root: &Path, target: &Path, crates: &[&str]) -> Result<()> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(["build", "--release", "--bins"]).arg("--target-dir").arg(target);
    command.args(crates.iter().flat_map(|name| ["-p".to_owned(), format!("{name}-peers")]));
    let status = command.status().context("cannot start cargo; is it installed?")?;
    ensure!(status.success(), "the peers do not build");
    Ok(())
}

pub(crate) fn program(target: &Path, crate_name: &str) -> PathBuf {
    target.join("release").join(format!("{crate_name}-peers"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_and_the_foundation_are_measured() {
        let names: Vec<String> = measured(&root()).unwrap().into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["common", "producer-consumer", "worker-pool", "leader-followers", "cluster"]);
    }

    #[test]
    fn every_scenario_has_a_floor_or_says_why_it_has_none() {
        let all = measured(&root()).unwrap();
        for scenario in all.iter().flat_map(|it| &it.scenarios.list) {
            assert!(scenario.floor.is_some() || scenario.no_floor.is_some(), "{}", scenario.name);
        }
    }
}
