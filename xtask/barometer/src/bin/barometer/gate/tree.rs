//! The tree of an old commit, and what is built of it.

use crate::workspace::{build, program, root, scratch};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// It goes when it is dropped; what was built of it stays.
pub(super) struct Tree {
    path: PathBuf,
    target: PathBuf,
}

impl Tree {
    pub(super) fn build<'a>(revision: &str, crates: impl Iterator<Item = &'a str>) -> Result<Self> {
        let folder = scratch().join("gate");
        let tree = Self { path: folder.join("tree"), target: folder.join("target") };
        tree.remove();
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let mut command = Command::new("git");
        command.current_dir(root()).args(["worktree", "add", "--quiet", "--force", "--detach"]);
        let status = command.arg(&tree.path).arg(revision).status().context("cannot start git")?;
        ensure!(status.success(), "git cannot make a tree of {revision}");
        let has_peers = |name: &&str| tree.path.join(name).join("peers/scenarios.toml").exists();
        let mut crates: Vec<&str> = crates.filter(has_peers).collect();
        crates.dedup();
        ensure!(!crates.is_empty(), "at {revision} none of the selected scenarios could be asked");
        build(&tree.path, &tree.target, &crates)?;
        Ok(tree)
    }

    /// The program that asks this crate's peers.
    pub(super) fn program(&self, crate_name: &str) -> PathBuf {
        program(&self.target, crate_name)
    }

    fn remove(&self) {
        let mut command = Command::new("git");
        command.current_dir(root()).args(["worktree", "remove", "--force"]).arg(&self.path);
        let _ = command.stderr(Stdio::null()).status();
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        self.remove();
    }
}
