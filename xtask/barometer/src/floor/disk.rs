//! The floor of whatever has to be on the disk.

use crate::contender::{Contender, Outcome};
use anyhow::{Context, Result};
use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};

const PAGE: usize = 4096;
const PAGES: u64 = 64;

static FILES: AtomicU64 = AtomicU64::new(0);

/// The file is on the disk that the program is on, since a folder for temporary files may be in memory. Its size is what
/// it is from the beginning, as a log's is that is used again and again. It has no name any more, so that nothing is left
/// of it however the program ends.
pub(super) struct Commit(File);

impl Commit {
    pub(super) fn new() -> Result<Self> {
        let program = env::current_exe()?;
        let folder = program.parent().context("a program is in a folder")?;
        // ORDERING: Relaxed: only the number counts.
        let number = FILES.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("floor-{}-{number}", std::process::id()));
        let mut file = File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
        fs::remove_file(&path)?;
        file.write_all(&[0; PAGES as usize * PAGE])?;
        file.sync_all()?;
        Ok(Self(file))
    }
}

impl Contender for Commit {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let page = [1; PAGE];
        for number in 0..operations {
            self.0.write_all_at(&page, number % PAGES * PAGE as u64)?;
            self.0.sync_data()?;
        }
        Ok((0..operations).collect())
    }
}
