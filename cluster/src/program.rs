//! What a worker process runs, and the environment it finds.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::process::Command;

/// The variables that tell a process that it is a worker.
pub(crate) const CHANNEL: &str = "NODE_CHANNEL_FD";
pub(crate) const MODE: &str = "NODE_CHANNEL_SERIALIZATION_MODE";
pub(crate) const UNIQUE_ID: &str = "NODE_UNIQUE_ID";
/// PM2's name for the slot.
pub(crate) const INSTANCE: &str = "NODE_APP_INSTANCE";

/// The program that workers run.
///
/// Unless set it is [`Program::this`] with the arguments of this process.
#[derive(Clone, Debug)]
#[must_use = "a program does nothing until a cluster starts with it"]
pub struct Program {
    path: Option<PathBuf>,
    arguments: Option<Vec<OsString>>,
    variables: Vec<(OsString, OsString)>,
    seat: Seat,
    quiet: bool,
}

/// Which descriptor of the worker is its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seat {
    /// Standard input: a Rust worker can own it without unsafe code, and puts the null device in its place.
    Input,
    /// Number 3, as under a Node primary.
    Three,
}

impl Default for Program {
    fn default() -> Self {
        Self::this()
    }
}

impl Program {
    /// This program, found anew by its path at each start, so that a reload runs what was installed meanwhile.
    ///
    /// Without [`arg`](Self::arg) it gets the arguments of this process. The channel is its standard input until
    /// [`role`](crate::role()) puts the null device there.
    pub fn this() -> Self {
        Self { path: None, arguments: None, variables: Vec::new(), seat: Seat::Input, quiet: false }
    }

    /// Another program: a Node script's `node`, a program that calls [`role`](crate::role()), or any other.
    ///
    /// The channel is descriptor 3 and standard input the null device. A program that knows nothing of the protocol is
    /// started, watched and restarted, but is never ready, so that a reload cannot replace it.
    pub fn exec(path: impl Into<PathBuf>) -> Self {
        Self { path: Some(path.into()), arguments: Some(Vec::new()), seat: Seat::Three, ..Self::this() }
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.get_or_insert_default().push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub fn args(self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Sets a variable of the environment; everything else is inherited.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sends what workers write to their standard output to the null device. Errors stay visible.
    pub fn quiet(self) -> Self {
        Self { quiet: true, ..self }
    }

    /// Finds the path and the arguments, once, before anything can change them.
    pub(crate) fn resolve(self) -> io::Result<Resolved> {
        let path = match self.path {
            Some(path) => path,
            None => std::env::current_exe()?,
        };
        let arguments = self.arguments.unwrap_or_else(|| std::env::args_os().skip(1).collect());
        Ok(Resolved { path, arguments, variables: self.variables, seat: self.seat, quiet: self.quiet })
    }
}

/// A program with nothing left to look up.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) path: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) variables: Vec<(OsString, OsString)>,
    pub(crate) seat: Seat,
    pub(crate) quiet: bool,
}

/// Takes the variables that make a process a worker out of what `command` inherits.
///
/// A worker that starts programs of its own calls this, or they take themselves for workers. [`Child`](crate::Child)
/// does it itself. Node removes the variables from its own environment; in Rust that would be unsafe.
///
/// ```
/// let mut command = std::process::Command::new("true");
/// assert!(cluster::scrub(&mut command).status()?.success());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn scrub(command: &mut Command) -> &mut Command {
    for variable in [CHANNEL, MODE, UNIQUE_ID, INSTANCE] {
        command.env_remove(variable);
    }
    command
}
