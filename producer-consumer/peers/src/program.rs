//! Contenders that are programs of their own: another language, or dependencies that cannot be ours.
//!
//! | who | program | why it is not in this one |
//! |---|---|---|
//! | apalis-sqlite | `../apalis`, a package of its own | its SQLite and ours link the same C library, which a build can do once |
//! | bullmq | `../node/jobs.js`, and a redis-server | it is written in JavaScript |
//!
//! Each is absent until it is built or installed, and says how. What they commit is on the disk as ours is: apalis runs
//! with `synchronous = FULL` (its own set-up turns it off), Redis with `appendfsync always`.

use crate::jobs::folder;
use anyhow::{Context, Result, bail, ensure};
use barometer::external::External;
use barometer::{Absent, Contender, Outcome};
use std::env;
use std::io::ErrorKind;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What a program is asked to do with its jobs.
#[derive(Clone, Copy, Debug)]
pub enum Task {
    /// Add one after the other.
    Add,
    /// Add all at once, and run them with so many workers.
    Process {
        /// Jobs that run at the same time.
        workers: usize,
    },
}

/// Starts the program of that name.
///
/// # Errors
///
/// [`Absent`] if it is not here; otherwise when nobody has that name, or it does not start.
pub fn start(name: &str, task: Task) -> Result<Box<dyn Contender>> {
    match name {
        "apalis-sqlite" => apalis(task),
        "bullmq" => bullmq(task),
        _ => bail!("no queue is called {name}"),
    }
}

/// A program, and what goes with it, in this order.
struct Program {
    external: External,
    server: Option<Server>,
    _folder: TempDir,
}

impl Contender for Program {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        self.external.run(operations)
    }

    fn processes(&self) -> Vec<u32> {
        self.external.processes().into_iter().chain(self.server.as_ref().map(|server| server.0.id())).collect()
    }

    fn version(&self) -> Option<String> {
        self.external.version()
    }
}

const APALIS: &str = "peers-apalis";

fn apalis(task: Task) -> Result<Box<dyn Contender>> {
    let program = env::current_exe()?;
    let found = program.ancestors().map(|folder| folder.join(APALIS)).find(|path| path.is_file());
    let Some(path) = found else {
        let how = "cargo build --release --manifest-path producer-consumer/peers/apalis/Cargo.toml --target-dir target";
        bail!(Absent(format!("it is not built; `{how}` does that")));
    };
    let folder = folder("apalis")?;
    let external = External::start(task.describe(&mut Command::new(path)).arg(folder.path().join("jobs.db")))?;
    Ok(Box::new(Program { external, server: None, _folder: folder }))
}

fn bullmq(task: Task) -> Result<Box<dyn Contender>> {
    let node = Path::new(env!("CARGO_MANIFEST_DIR")).join("node");
    if !node.join("node_modules/bullmq").is_dir() {
        bail!(Absent("it is not installed; `npm ci --prefix producer-consumer/peers/node` does that".to_owned()));
    }
    let folder = folder("bullmq")?;
    let socket = folder.path().join("redis.sock");
    let server = Server::start(folder.path(), &socket)?;
    let mut command = Command::new("node");
    let external = External::start(task.describe(command.arg(node.join("jobs.js"))).arg(socket))?;
    Ok(Box::new(Program { external, server: Some(server), _folder: folder }))
}

impl Task {
    /// Says it to a program, before it is told where the jobs are.
    fn describe(self, command: &mut Command) -> &mut Command {
        match self {
            Self::Add => command.args(["add", "0"]),
            Self::Process { workers } => command.arg("process").arg(workers.to_string()),
        }
    }
}

/// A redis-server of our own, which syncs each command before it answers.
struct Server(Child);

impl Server {
    fn start(folder: &Path, socket: &Path) -> Result<Self> {
        let mut command = Command::new("redis-server");
        command.args(["--port", "0", "--save", "", "--appendonly", "yes", "--appendfsync", "always"]);
        // No rewrites of the log, which would fall into some samples and not into others.
        command.args(["--auto-aof-rewrite-percentage", "0", "--maxmemory-policy", "noeviction"]);
        command.arg("--dir").arg(folder).arg("--unixsocket").arg(socket);
        let child = match command.stdin(Stdio::null()).stdout(Stdio::null()).spawn() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                bail!(Absent("redis-server is not installed; it is a package of most systems".to_owned()));
            }
            child => child.context("cannot start redis-server")?,
        };
        let mut server = Self(child);
        server.wait(socket)?;
        Ok(server)
    }

    /// Until it listens.
    fn wait(&mut self, socket: &Path) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(10);
        while UnixStream::connect(socket).is_err() {
            if let Some(status) = self.0.try_wait()? {
                bail!("redis-server ended: {status}");
            }
            ensure!(Instant::now() < deadline, "redis-server does not listen");
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
