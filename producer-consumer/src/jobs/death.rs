//! Who is alive: one locked file an owner, which the kernel unlocks when the owner's process dies.
//!
//! A time-out cannot tell a dead worker from a slow one, so it is either late or wrong. A file lock can: it goes with
//! the process, whatever killed it, and anybody can look. Leases remain for the living that hang. Ancestors: PID files
//! with `flock`, as in every daemon; the advisory locks of PostgreSQL queues.
//!
//! # States
//!
//! | file | lock | meaning |
//! |---|---|---|
//! | absent | | the owner is dead, and cleaned up after |
//! | there | taken | the owner lives |
//! | there | free | the owner is dead, or has not yet taken its lock |
//!
//! # Protocol
//!
//! Owner: create the file (never open an existing one), lock it, and check that it still has a name; if not, start
//! again. Looker: open the file and try to share the lock. If that succeeds the owner is dead: remove the file, then
//! unlock.
//!
//! # Invariants
//!
//! - I1: a file is removed only under a lock of it. So an owner that has its lock and finds its file named keeps both.
//! - I2: names are used once (process id, boot clock in nanoseconds, the attempt; and the file must be new).
//!
//! # Limits
//!
//! One machine and a local file system. A file that somebody else deletes makes its owner look dead: its jobs run again
//! and its own completions are refused, since the lease number decides, not this. A child forked without exec shares
//! the lock, so its parent's death is hidden until the child dies, too; a child that drops the owner buries its parent
//! alive. Opening a queue looks at no more than 1,024 files of others.

use super::clock;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The most files of other owners that one cleaning looks at.
const CLEANED_AT_ONCE: usize = 1024;
/// How often a fresh owner starts again because a looker was faster.
const ATTEMPTS: usize = 100;

/// An owner that lives as long as this value; the others see its end at once.
#[derive(Debug)]
pub(crate) struct Owner {
    name: String,
    directory: PathBuf,
    // Held, never read: closing it is what tells the others.
    _locked: File,
}

impl Owner {
    /// Comes to life in `directory`, which is made if it is not there; its parent has to be.
    pub(crate) fn new(directory: &Path) -> io::Result<Self> {
        match fs::create_dir(directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        for number in 0..ATTEMPTS {
            let name = format!("{}-{:x}-{number}", std::process::id(), clock::boot_ns());
            if let Some(locked) = lock_new(&directory.join(&name))? {
                return Ok(Self { name, directory: directory.to_owned(), _locked: locked });
            }
        }
        Err(io::Error::other("no owner file stayed in place"))
    }

    /// The name under which it holds leases.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the owner called `name` still lives; cleans up after it if not.
    pub(crate) fn is_alive(&self, name: &str) -> bool {
        name == self.name || (is_file_name(name) && !bury(&self.directory.join(name)))
    }

    /// Removes the files of the dead.
    pub(crate) fn clean(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.directory)?.take(CLEANED_AT_ONCE) {
            self.is_alive(&entry?.file_name().to_string_lossy());
        }
        Ok(())
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // A file that stays is cleaned up by the next who looks.
        let _ = fs::remove_file(self.directory.join(&self.name));
    }
}

/// A new, locked file that has kept its name; `None` if a looker took it for dead in between, or the name is in use.
fn lock_new(path: &Path) -> io::Result<Option<File>> {
    let file = match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
        Err(error) => return Err(error),
    };
    file.lock()?;
    let named = file.metadata()?.nlink() > 0;
    Ok(named.then_some(file))
}

/// Whether the owner of the file is dead; removes the file if so. What cannot be read counts as alive.
fn bury(path: &Path) -> bool {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) => return error.kind() == io::ErrorKind::NotFound,
    };
    match file.try_lock_shared() {
        Ok(()) => {
            let _ = fs::remove_file(path);
            true
        }
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    }
}

/// Whether an owner can have made the name: process id, time in hexadecimal, attempt. Names come from the database file
/// and the directory, where somebody else may have written: none may lead elsewhere, and no other file is removed.
fn is_file_name(name: &str) -> bool {
    let parts: Vec<_> = name.split('-').collect();
    parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_lives_until_it_is_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let me = Owner::new(directory.path()).unwrap();
        let other = Owner::new(directory.path()).unwrap();
        let name = other.name().to_owned();
        assert!(me.is_alive(me.name()));
        assert!(me.is_alive(&name));
        drop(other);
        assert!(!me.is_alive(&name));
    }

    #[test]
    fn a_file_left_unlocked_is_dead_and_removed() {
        let directory = tempfile::tempdir().unwrap();
        let me = Owner::new(directory.path()).unwrap();
        fs::write(directory.path().join("1-2-3"), "").unwrap();
        me.clean().unwrap();
        assert!(!directory.path().join("1-2-3").exists());
        assert!(directory.path().join(me.name()).exists());
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_dead_and_nothing_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("precious"), "").unwrap();
        let me = Owner::new(&directory.path().join("owners")).unwrap();
        assert!(!me.is_alive("../precious"));
        assert!(directory.path().join("precious").exists());
        // Nor is a file removed that no owner can have made.
        fs::write(directory.path().join("owners/precious"), "").unwrap();
        me.clean().unwrap();
        assert!(directory.path().join("owners/precious").exists());
    }
}
