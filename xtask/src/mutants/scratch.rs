//! The scratch copy that is mutated: what git tracks or would track, and nothing else.
//!
//! Files that are the same stay as they are, so that cargo finds its earlier builds fresh, and a copy that was left
//! mutated by an interrupted run is mended by the next.

use crate::cargo::tool;
use crate::process::{Capture, run};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const GIT_LIMIT: Duration = Duration::from_secs(60);

/// A workspace whose files may be changed.
pub(super) struct Scratch {
    pub(super) workspace: Workspace,
}

impl Scratch {
    /// Makes the tree at `root` a copy of the workspace.
    pub(super) fn copy(workspace: &Workspace, root: PathBuf) -> Result<Self> {
        fs::create_dir_all(&root).with_context(|| format!("cannot make {}", root.display()))?;
        let listed = git(workspace, &["ls-files", "-co", "--exclude-standard"])?;
        // What was deleted is still listed until that is committed.
        let files: BTreeSet<PathBuf> = listed.into_iter().filter(|path| workspace.root.join(path).is_file()).collect();
        for path in &files {
            let from = workspace.root.join(path);
            let bytes = fs::read(&from).with_context(|| format!("cannot read {}", from.display()))?;
            write(&root.join(path), &bytes)?;
        }
        remove_others(&root, &root, &files)?;
        Ok(Self { workspace: Workspace::at(&root)? })
    }

    pub(super) fn write(&self, path: &Path, text: &str) -> Result<()> {
        write(&self.workspace.root.join(path), text.as_bytes())
    }
}

/// The paths that a git command lists.
pub(super) fn git(workspace: &Workspace, words: &[&str]) -> Result<Vec<PathBuf>> {
    let mut command = tool(workspace, "git");
    command.args(["-c", "core.quotePath=false"]).args(words);
    let finished = run(&mut command, Capture::Both, GIT_LIMIT, |_| {})?;
    ensure!(finished.success(), "git {}: {} ({})", words.join(" "), finished.stderr.trim(), finished.end);
    Ok(finished.stdout.lines().map(PathBuf::from).collect())
}

/// Writes a file unless it has that content.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    let folder = path.parent().context("a file stands in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// A module that is gone must not be found by cargo, nor a test.
fn remove_others(dir: &Path, root: &Path, files: &BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(&path, root, files)?;
        } else if path.strip_prefix(root).is_ok_and(|path| !files.contains(path)) {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}
