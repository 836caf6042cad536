//! Cargo as a child: its environment, and what a build of its made.
//!
//! Tests and examples are built by one cargo call for all packages, so that features are unified once and nothing is
//! built twice, and then run one program at a time by us: a program that crashes or hangs is known by name.

use crate::process::{Capture, End, Finished, run};
use crate::workspace::{Package, Workspace};
use anyhow::Result;
use serde_json::Value;
use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// A cold build of everything takes minutes; one that takes this long waits for something that will not come.
pub(crate) const BUILD_LIMIT: Duration = Duration::from_secs(30 * 60);

/// A program that a build made.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Artifact {
    /// The manifest of its package.
    pub(crate) manifest: PathBuf,
    /// `lib`, `bin`, `test`, `example` or `bench`.
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) is_test: bool,
    pub(crate) path: PathBuf,
}

/// What a build made, and whether it made everything.
#[derive(Debug)]
pub(crate) struct Build {
    pub(crate) artifacts: Vec<Artifact>,
    pub(crate) end: End,
    pub(crate) complete: bool,
}

/// `program` in the workspace's root, without the variables that `cargo run` has set for xtask itself.
pub(crate) fn tool(workspace: &Workspace, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(&workspace.root);
    for (name, _) in env::vars_os() {
        let own = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_", "OUT_DIR"];
        if name.to_str().is_some_and(|name| own.iter().any(|own| name.starts_with(own))) {
            command.env_remove(name);
        }
    }
    command
}

/// The cargo that runs us, with its first words.
pub(crate) fn cargo(workspace: &Workspace, words: &[&str]) -> Command {
    let mut command = tool(workspace, env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(words);
    command
}

/// Adds `-p` for each of `packages`.
pub(crate) fn only<'a>(command: &mut Command, packages: impl IntoIterator<Item = &'a Package>) {
    for package in packages {
        command.args(["-p", &package.name]);
    }
}

/// Runs a cargo command that builds, shows its progress, and collects the programs.
pub(crate) fn build(command: Command) -> Result<Build> {
    build_with(command, Capture::Stdout)
}

/// [`build`] that shows nothing, for builds that may well fail.
pub(crate) fn build_silently(command: Command) -> Result<Build> {
    build_with(command, Capture::Both)
}

fn build_with(mut command: Command, capture: Capture) -> Result<Build> {
    command.arg("--message-format=json-render-diagnostics");
    let mut artifacts = Vec::new();
    let finished = run(&mut command, capture, BUILD_LIMIT, |line| artifacts.extend(artifact(line)))?;
    Ok(Build { artifacts, complete: finished.success(), end: finished.end })
}

/// Adds compiler flags to those that the environment gives, and to those added before.
pub(crate) fn add_rustflags(command: &mut Command, flags: &[&str]) {
    // Cargo reads the encoded form first, and then nothing else.
    let (name, separator) = match env::var_os("CARGO_ENCODED_RUSTFLAGS") {
        Some(_) => ("CARGO_ENCODED_RUSTFLAGS", "\x1f"),
        None => ("RUSTFLAGS", " "),
    };
    let added = command.get_envs().find_map(|(given, flags)| flags.filter(|_| given == name));
    let mut all = added.map(ToOwned::to_owned).or_else(|| env::var_os(name)).unwrap_or_default();
    for flag in flags {
        if !all.is_empty() {
            all.push(separator);
        }
        all.push(flag);
    }
    command.env(name, all);
}

/// Runs a cargo command that only checks; its output goes to where ours goes.
pub(crate) fn check(mut command: Command) -> Result<Finished> {
    run(&mut command, Capture::Nothing, BUILD_LIMIT, |_| {})
}

/// The program that a line of cargo's JSON reports, if it reports one.
fn artifact(line: &str) -> Option<Artifact> {
    let message: Value = serde_json::from_str(line).ok()?;
    if message["reason"] != "compiler-artifact" {
        return None;
    }
    Some(Artifact {
        manifest: message["manifest_path"].as_str()?.into(),
        kind: message["target"]["kind"][0].as_str()?.to_owned(),
        name: message["target"]["name"].as_str()?.to_owned(),
        is_test: message["profile"]["test"].as_bool()?,
        path: message["executable"].as_str()?.into(),
    })
}

impl Build {
    /// What was built of `package`.
    pub(crate) fn of<'a>(&'a self, package: &Package) -> impl Iterator<Item = &'a Artifact> + use<'a> {
        let manifest = package.dir.join("Cargo.toml");
        self.artifacts.iter().filter(move |artifact| artifact.manifest == manifest)
    }

    /// A command that runs `artifact` as cargo would: in its package's folder, with the variables that tests read.
    pub(crate) fn command(&self, workspace: &Workspace, package: &Package, artifact: &Artifact) -> Command {
        let mut command = tool(workspace, &artifact.path);
        command.current_dir(&package.dir);
        command.env("CARGO_MANIFEST_DIR", &package.dir).env("CARGO_PKG_NAME", &package.name);
        for program in self.of(package).filter(|program| program.kind == "bin" && !program.is_test) {
            command.env(format!("CARGO_BIN_EXE_{}", program.name), &program.path);
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"reason":"compiler-artifact","package_id":"path+file:///w/common#0.1.0",
        "manifest_path":"/w/common/Cargo.toml","target":{"kind":["test"],"crate_types":["bin"],"name":"it"},
        "profile":{"opt_level":"0","test":true},"features":[],"executable":"/w/target/debug/deps/it-1","fresh":true}"#;

    #[test]
    fn a_program_is_read_from_cargos_json() {
        let artifact = artifact(LINE).unwrap();
        assert_eq!((artifact.kind.as_str(), artifact.name.as_str(), artifact.is_test), ("test", "it", true));
        assert_eq!(artifact.path, PathBuf::from("/w/target/debug/deps/it-1"));
    }

    #[test]
    fn libraries_and_other_messages_are_no_programs() {
        assert_eq!(artifact(&LINE.replace("\"/w/target/debug/deps/it-1\"", "null")), None);
        assert_eq!(artifact(r#"{"reason":"build-finished","success":true}"#), None);
        assert_eq!(artifact("warning: not json"), None);
    }

    #[test]
    fn flags_add_up() {
        let mut command = Command::new("cargo");
        add_rustflags(&mut command, &["--cfg", "a"]);
        add_rustflags(&mut command, &["-Cb"]);
        let (_, flags) = command.get_envs().next().unwrap();
        let flags = flags.unwrap().to_str().unwrap().replace('\x1f', " ");
        assert!(flags.ends_with("--cfg a -Cb"), "{flags}");
    }

    #[test]
    fn a_build_knows_whose_program_is_whose() {
        let build = Build { artifacts: artifact(LINE).into_iter().collect(), complete: true, end: End::TooLoud };
        let package = |name: &str| Package { name: name.to_owned(), dir: format!("/w/{name}").into() };
        assert_eq!(build.of(&package("common")).count(), 1);
        assert_eq!(build.of(&package("cluster")).count(), 0);
    }
}
