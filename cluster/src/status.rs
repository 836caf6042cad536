//! How a process ended, and the signals that can be sent to one.

use std::fmt;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExitStatus {
    /// It exited with this code.
    Code(i32),
    /// This signal killed it.
    Signal(i32),
    /// Nobody knows: another part of the program has waited for "any child", or ignores SIGCHLD, and took the status.
    Unknown,
}

impl ExitStatus {
    /// The exit code, unless a signal killed the process.
    pub fn code(self) -> Option<i32> {
        match self {
            Self::Code(code) => Some(code),
            Self::Signal(_) | Self::Unknown => None,
        }
    }

    /// The signal that killed the process, if one did.
    pub fn signal(self) -> Option<i32> {
        match self {
            Self::Code(_) | Self::Unknown => None,
            Self::Signal(signal) => Some(signal),
        }
    }

    /// Whether the process exited with code 0.
    pub fn success(self) -> bool {
        self == Self::Code(0)
    }
}

impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::Unknown => f.write_str("a status that somebody else took"),
        }
    }
}

/// A signal for [`Cluster::kill`](crate::Cluster::kill).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Signal {
    /// SIGHUP.
    Hangup,
    /// SIGINT, what Ctrl-C sends.
    Interrupt,
    /// SIGQUIT.
    Quit,
    /// SIGKILL, which no process can ignore.
    Kill,
    /// SIGTERM, the polite request to end.
    Terminate,
    /// SIGUSR1.
    User1,
    /// SIGUSR2.
    User2,
    /// SIGSTOP, which freezes the process until [`Signal::Continue`].
    Stop,
    /// SIGCONT.
    Continue,
}

impl Signal {
    pub(crate) fn raw(self) -> rustix::process::Signal {
        use rustix::process::Signal as Raw;
        match self {
            Self::Hangup => Raw::HUP,
            Self::Interrupt => Raw::INT,
            Self::Quit => Raw::QUIT,
            Self::Kill => Raw::KILL,
            Self::Terminate => Raw::TERM,
            Self::User1 => Raw::USR1,
            Self::User2 => Raw::USR2,
            Self::Stop => Raw::STOP,
            Self::Continue => Raw::CONT,
        }
    }
}
