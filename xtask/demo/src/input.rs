//! What is uploaded: every entry of the input folder, readable or not.

use anyhow::{Context, ensure};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The largest file that is uploaded, in bytes. It bounds what a worker keeps in memory for a request.
pub(crate) const MAX_FILE: u64 = 64 << 20;

/// One upload to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The upload's identity: repeating it adds nothing.
    pub(crate) id: String,
    /// What the person who looks at the table calls it.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// The entries of `folder`, by name; folders in it are entries too, and are not descended into.
pub(crate) fn collect(folder: &Path) -> anyhow::Result<Vec<Entry>> {
    let read = || format!("cannot read the input folder {}", folder.display());
    let mut paths = fs::read_dir(folder)
        .with_context(read)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .with_context(read)?;
    ensure!(!paths.is_empty(), "the input folder {} is empty", folder.display());
    paths.sort();
    let entry = |(index, path): (usize, PathBuf)| Entry {
        id: format!("picture-{index:06}"),
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        path,
    };
    Ok(paths.into_iter().enumerate().map(entry).collect())
}

/// Whether emptying `output` would take the pictures in `input` along.
pub(crate) fn is_within(input: &Path, output: &Path) -> bool {
    match (input.canonicalize(), output.canonicalize()) {
        (Ok(input), Ok(output)) => input.starts_with(output),
        // What does not exist holds nothing.
        _ => false,
    }
}

impl Entry {
    /// The bytes to upload, or why there are none.
    pub(crate) fn read(&self) -> Result<Vec<u8>, String> {
        let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
        let metadata = fs::metadata(&self.path).map_err(unreadable)?;
        if metadata.is_dir() {
            return Err("is a folder, not a picture".to_owned());
        }
        if !metadata.is_file() {
            return Err("is not a file".to_owned());
        }
        let too_large = || Err(format!("is larger than {} MiB", MAX_FILE >> 20));
        if metadata.len() > MAX_FILE {
            return too_large();
        }
        // A file may grow, or be of the kind that tells no size.
        let mut bytes = Vec::new();
        fs::File::open(&self.path)
            .map_err(unreadable)?
            .take(MAX_FILE + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if bytes.len() as u64 > MAX_FILE { too_large() } else { Ok(bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_bytes_or_a_reason() {
        let base = tempfile::tempdir().unwrap();
        fs::write(base.path().join("a.png"), b"bytes").unwrap();
        fs::create_dir(base.path().join("b.png")).unwrap();
        std::os::unix::fs::symlink("nowhere", base.path().join("c.png")).unwrap();
        let huge = fs::File::create(base.path().join("d.png")).unwrap();
        huge.set_len(MAX_FILE + 1).unwrap();
        let entries = collect(base.path()).unwrap();
        let read: Vec<_> = entries.iter().map(Entry::read).collect();
        assert_eq!(read[0], Ok(b"bytes".to_vec()));
        assert_eq!(read[1], Err("is a folder, not a picture".to_owned()));
        assert!(read[2].as_ref().unwrap_err().contains("cannot be read"), "{:?}", read[2]);
        assert_eq!(read[3], Err("is larger than 64 MiB".to_owned()));
    }

    #[test]
    fn pictures_inside_the_output_are_noticed() {
        let base = tempfile::tempdir().unwrap();
        let (output, other) = (base.path().join("out"), base.path().join("output"));
        fs::create_dir_all(output.join("made")).unwrap();
        fs::create_dir(&other).unwrap();
        std::os::unix::fs::symlink(output.join("made"), base.path().join("link")).unwrap();
        assert!(is_within(&output.join("made"), &output) && is_within(&output, &output));
        assert!(is_within(&base.path().join("link"), &output));
        assert!(!is_within(&other, &output) && !is_within(&other, &base.path().join("missing")));
    }

    #[test]
    fn an_empty_or_missing_folder_is_an_error() {
        let base = tempfile::tempdir().unwrap();
        assert!(collect(base.path()).unwrap_err().to_string().contains("is empty"));
        let missing = base.path().join("missing");
        assert!(format!("{:#}", collect(&missing).unwrap_err()).contains("cannot read the input folder"));
    }
}
