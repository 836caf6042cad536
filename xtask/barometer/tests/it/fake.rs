//! A folder for what is built, with a script where the program of `common-peers` would be.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What a complete round of `latch-open` looks like.
pub(crate) const ROUND: &str = "\
    echo record,together,0,0,ours,0,10,1000,1000,0,0\n\
    echo record,together,0,0,ours,1,10,1010,1010,0,0\n\
    echo 'record,together,0,0,std: Once,0,10,2000,2000,0,0'\n";

const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Fake(TempDir);

impl Fake {
    pub(crate) fn new(script: &str) -> Self {
        let fake = Self(TempDir::new().unwrap());
        let program = fake.path("release/common-peers");
        fs::create_dir(program.parent().unwrap()).unwrap();
        fs::write(&program, format!("#!/bin/sh\n{script}")).unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        fake
    }

    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(relative)
    }

    /// `bench common latch-open`, with nothing to build.
    pub(crate) fn bench(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_barometer"));
        command.args(["bench", "common", "latch-open"]).env("CARGO", "true").env("CARGO_TARGET_DIR", self.0.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// What the script writes into a file there, once it has.
    pub(crate) fn written(&self, name: &str) -> String {
        wait_for(|| fs::read_to_string(self.path(name)).ok().filter(|text| text.ends_with('\n'))).trim().to_owned()
    }
}

/// Whatever comes within [`PATIENCE`].
pub(crate) fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "it does not come");
        // SLEEP: nothing tells when a process that is no child of ours has done something.
        thread::sleep(Duration::from_millis(5));
    }
}
