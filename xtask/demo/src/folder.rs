//! The output folder: who keeps what where.

use anyhow::{Context, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// Marks a folder as made by the demo, which may therefore empty it.
const MARKER: &str = ".demo";

/// The folder that all processes of one run share.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder afresh; refuses one that holds anything but an earlier demo.
    pub(crate) fn create(path: &Path) -> anyhow::Result<Self> {
        if path.join(MARKER).exists() {
            fs::remove_dir_all(path).with_context(|| format!("cannot empty {}", path.display()))?;
        } else if path.exists() && fs::read_dir(path).map_or(true, |mut entries| entries.next().is_some()) {
            bail!("{} is not empty and not left by an earlier demo; give --output a new folder", path.display());
        }
        fs::create_dir_all(path).with_context(|| format!("cannot make the folder {}", path.display()))?;
        let folder = Self(path.canonicalize()?);
        fs::write(folder.0.join(MARKER), "made by `cargo xtask demo`, which may empty this folder\n")?;
        fs::create_dir(folder.originals())?;
        fs::create_dir(folder.thumbnails())?;
        Ok(folder)
    }

    /// The folder that another process has made.
    pub(crate) fn open(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The SQLite file with the queue and the ledger.
    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("jobs.db")
    }

    /// Where made pictures go, if none were given.
    pub(crate) fn made(&self) -> PathBuf {
        self.0.join("made")
    }

    pub(crate) fn originals(&self) -> PathBuf {
        self.0.join("originals")
    }

    pub(crate) fn thumbnails(&self) -> PathBuf {
        self.0.join("thumbnails")
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
        fs::rename(&draft, path)
    }
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
        let second = Folder::create(&path).unwrap();
        assert!(!second.original("a").exists());
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
