//! The nightly toolchain, for the inspectors that stable Rust lacks.
//!
//! Nobody has to have it, and nothing that has to be green needs it: an inspector whose parts are not all here is
//! skipped, aloud and counted.

pub(crate) mod inspector;
pub(crate) mod scope;
mod score;

use crate::cargo::tool;
use crate::process::{Capture, run};
use crate::workspace::Workspace;
use std::fmt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Command lines that succeed where the part is here; the first line they print tells which.
pub(crate) const TOOLCHAIN: &[&str] = &["rustup", "run", "nightly", "rustc", "--version", "--verbose"];
pub(crate) const MIRI: &[&str] = &["rustup", "run", "nightly", "cargo", "miri", "--version"];
pub(crate) const RUST_SRC: &[&str] =
    &["rustup", "run", "nightly", "sh", "-c", "cd \"$(rustc --print sysroot)/lib/rustlib/src/rust/library\" && pwd"];

/// The answers come at once; rustup must not start to install what is missing.
const LIMIT: Duration = Duration::from_secs(20);

/// A part of nightly that is installed by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Component {
    Miri,
    /// The source of std, to build it again with a sanitizer.
    RustSrc,
}

/// What of nightly is not here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Missing {
    Toolchain,
    Component(Component),
}

/// A nightly toolchain that has what was asked for.
#[derive(Debug, PartialEq)]
pub(crate) struct Nightly {
    /// The machine it builds for, without which a sanitizer would get into build scripts, too.
    host: String,
}

impl Component {
    fn name(self) -> &'static str {
        match self {
            Self::Miri => "miri",
            Self::RustSrc => "rust-src",
        }
    }

    fn question(self) -> &'static [&'static str] {
        match self {
            Self::Miri => MIRI,
            Self::RustSrc => RUST_SRC,
        }
    }
}

/// Names what to install.
impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Toolchain => f.write_str("no nightly toolchain; get it with `rustup toolchain install nightly`"),
            Self::Component(component) => {
                let name = component.name();
                write!(f, "no nightly component {name}; get it with `rustup component add --toolchain nightly {name}`")
            }
        }
    }
}

impl Nightly {
    /// The toolchain with all of `needs`, or the first part that is missing.
    pub(crate) fn find(workspace: &Workspace, needs: &[Component]) -> Result<Self, Missing> {
        Self::ask(needs, |question| answer(workspace, question))
    }

    fn ask(needs: &[Component], answer: impl Fn(&[&str]) -> Option<String>) -> Result<Self, Missing> {
        let version = answer(TOOLCHAIN).ok_or(Missing::Toolchain)?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or(Missing::Toolchain)?;
        match needs.iter().find(|component| answer(component.question()).is_none()) {
            Some(component) => Err(Missing::Component(*component)),
            None => Ok(Self { host: host.to_owned() }),
        }
    }

    /// Nightly's cargo, with a target folder named after the inspector so that ordinary builds stay fresh. It does not
    /// get the flags that are set for the ordinary compiler.
    pub(crate) fn cargo(&self, workspace: &Workspace, inspector: &str, words: &[&str]) -> Command {
        let mut command = tool(workspace, "rustup");
        command.args(["run", "nightly", "cargo"]).args(words);
        command.arg("--target-dir").arg(folder(workspace, inspector));
        for variable in ["RUSTUP_TOOLCHAIN", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "MIRIFLAGS"] {
            command.env_remove(variable);
        }
        command
    }

    /// [`Nightly::cargo`]'s `test` with a sanitizer in all but build scripts.
    pub(crate) fn sanitized(&self, workspace: &Workspace, inspector: &str, flags: &str) -> Command {
        let mut command = self.cargo(workspace, inspector, &["test", "--target", &self.host]);
        command.env("RUSTFLAGS", flags);
        command
    }
}

/// Where an inspector builds, and where its reports go.
pub(crate) fn folder(workspace: &Workspace, inspector: &str) -> PathBuf {
    workspace.target().join(inspector)
}

fn answer(workspace: &Workspace, question: &[&str]) -> Option<String> {
    let (program, words) = question.split_first().expect("a question has a program");
    let mut command = tool(workspace, program);
    command.args(words).env("RUSTUP_AUTO_INSTALL", "0");
    let finished = run(&mut command, Capture::Both, LIMIT, |_| {}).ok()?;
    finished.success().then_some(finished.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: &str = "rustc 1.97.0-nightly (a 2026-05-15)\nbinary: rustc\nhost: x86_64-unknown-linux-gnu\n";

    fn without(missing: &'static [&'static str]) -> impl Fn(&[&str]) -> Option<String> {
        move |question| (question != missing).then(|| VERSION.to_owned())
    }

    #[test]
    fn a_toolchain_knows_its_host() {
        let nightly = Nightly::ask(&[Component::Miri, Component::RustSrc], without(&[])).unwrap();
        assert_eq!(nightly.host, "x86_64-unknown-linux-gnu");
    }

    #[test]
    fn what_is_missing_names_the_command_that_installs_it() {
        let missing = |part, needs: &[Component]| Nightly::ask(needs, without(part)).unwrap_err().to_string();
        assert!(missing(TOOLCHAIN, &[]).ends_with("`rustup toolchain install nightly`"));
        let miri = "no nightly component miri; get it with `rustup component add --toolchain nightly miri`";
        assert_eq!(missing(MIRI, &[Component::Miri]), miri);
        assert!(missing(RUST_SRC, &[Component::RustSrc]).ends_with("nightly rust-src`"));
    }

    #[test]
    fn what_is_not_needed_may_be_missing() {
        assert!(Nightly::ask(&[], without(MIRI)).is_ok());
    }

    #[test]
    fn an_inspector_builds_apart_and_with_its_own_flags() {
        let workspace = Workspace::open().unwrap();
        let nightly = Nightly { host: "here".to_owned() };
        let command = nightly.sanitized(&workspace, "tsan", "-Zsanitizer=thread");
        let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
        assert_eq!(words[..6], ["run", "nightly", "cargo", "test", "--target", "here"]);
        assert!(words[6] == "--target-dir" && words[7].ends_with("/tsan"), "{words:?}");
        let flags = command.get_envs().find(|(name, _)| *name == "RUSTFLAGS").unwrap().1.unwrap();
        assert_eq!(flags, "-Zsanitizer=thread");
        assert!(command.get_envs().any(|(name, value)| name == "CARGO_ENCODED_RUSTFLAGS" && value.is_none()));
    }
}
