//! The output folder: who keeps what where.

use anyhow::{Context, bail};
use common::sync::Arc;
use std::fs::{self, TryLockError};
use std::path::{Path, PathBuf};

/// Marks a folder as made by the demo, which may therefore empty it.
const MARKER: &str = ".demo";

/// The folder that all processes of one run share.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Locked for as long as the run lasts, so that no second run empties the folder meanwhile; workers have none.
    _claim: Option<Arc<fs::File>>,
}

impl Folder {
    /// Makes the folder afresh; refuses one that holds anything but an earlier demo, or a demo that still runs.
    pub(crate) fn create(path: &Path) -> anyhow::Result<Self> {
        let is_ours = path.join(MARKER).exists();
        if !is_ours && path.exists() && fs::read_dir(path).map_or(true, |mut entries| entries.next().is_some()) {
            bail!("{} is not empty and not left by an earlier demo; give --output a new folder", path.display());
        }
        fs::create_dir_all(path).with_context(|| format!("cannot make the folder {}", path.display()))?;
        let path = path.canonicalize().with_context(|| format!("cannot find the folder '{}'", path.display()))?;
        let claim = claim(&path)?;
        empty(&path).with_context(|| format!("cannot empty {}", path.display()))?;
        let folder = Self { path, _claim: Some(Arc::new(claim)) };
        fs::create_dir(folder.originals())?;
        fs::create_dir(folder.thumbnails())?;
        Ok(folder)
    }

    /// The folder that another process has made.
    pub(crate) fn open(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), _claim: None }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The SQLite file with the queue and the ledger.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("jobs.db")
    }

    /// Where made pictures go, if none were given.
    pub(crate) fn made(&self) -> PathBuf {
        self.path.join("made")
    }

    pub(crate) fn originals(&self) -> PathBuf {
        self.path.join("originals")
    }

    pub(crate) fn thumbnails(&self) -> PathBuf {
        self.path.join("thumbnails")
    }

    pub(crate) fn original(&self, id: &str) -> PathBuf {
        self.originals().join(id)
    }

    pub(crate) fn thumbnail(&self, id: &str) -> PathBuf {
        self.thumbnails().join(format!("{id}.jpg"))
    }

    /// Writes a file so that it is there whole or not at all, whoever dies meanwhile; `writer` keeps writers apart.
    pub(crate) fn store(&self, path: &Path, writer: &str, bytes: &[u8]) -> std::io::Result<()> {
        let draft = path.with_extension(format!("{writer}.part"));
        let mut file = fs::File::create(&draft)?;
        std::io::Write::write_all(&mut file, bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        // The name, too, has to outlive a power cut.
        path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
    }
}

/// Marks `path` as ours and locks the mark; the kernel gives the lock back however we end.
fn claim(path: &Path) -> anyhow::Result<fs::File> {
    let marker = path.join(MARKER);
    let cannot = || format!("cannot write {}", marker.display());
    let file = fs::File::options().create(true).append(true).open(&marker).with_context(cannot)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            bail!("a demo is running in {}; end it, or give --output another folder", path.display())
        }
        Err(TryLockError::Error(error)) => return Err(error).with_context(cannot),
    }
    fs::write(&marker, "made by `cargo xtask demo`, which may empty this folder\n").with_context(cannot)?;
    Ok(file)
}

/// Removes everything but the mark.
fn empty(path: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path())?,
            false if entry.file_name() == MARKER => {}
            false => fs::remove_file(entry.path())?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_somebody_else_is_left_alone() {
        let base = tempfile::tempdir().unwrap();
        fs::write(base.path().join("thesis.txt"), "precious").unwrap();
        let error = Folder::create(base.path()).unwrap_err().to_string();
        assert!(error.contains("--output"), "{error}");
        assert!(base.path().join("thesis.txt").exists());
    }

    #[test]
    fn a_folder_of_an_earlier_demo_is_emptied() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("out");
        let first = Folder::create(&path).unwrap();
        first.store(&first.original("a"), "1", b"old").unwrap();
        drop(first);
        let second = Folder::create(&path).unwrap();
        assert!(!second.path().join("originals/a").exists());
    }

    #[test]
    fn a_folder_in_use_is_not_emptied() {
        let base = tempfile::tempdir().unwrap();
        let running = Folder::create(base.path()).unwrap();
        running.store(&running.original("a"), "1", b"needed").unwrap();
        let error = Folder::create(base.path()).unwrap_err().to_string();
        assert!(error.contains("a demo is running"), "{error}");
        assert!(running.original("a").exists());
    }

    #[test]
    fn a_stored_file_leaves_no_draft() {
        let base = tempfile::tempdir().unwrap();
        let folder = Folder::create(&base.path().join("out")).unwrap();
        folder.store(&folder.thumbnail("a"), "7", b"picture").unwrap();
        assert_eq!(fs::read(folder.thumbnail("a")).unwrap(), b"picture");
        assert_eq!(fs::read_dir(folder.thumbnails()).unwrap().count(), 1);
    }
}
