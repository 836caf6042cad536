//! The errors, one small enum per operation.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why this process could not find out which role it plays.
#[derive(Debug)]
#[non_exhaustive]
pub enum RoleError {
    /// [`role`](crate::role()) was called before: the channel has an owner.
    Taken,
    /// A variable of the environment does not hold what it has to.
    Environment {
        /// The variable.
        variable: &'static str,
        /// What it holds.
        value: String,
    },
    /// The descriptor that the environment names is not a channel.
    NoChannel(io::Error),
    /// The thread that reads the channel could not be started.
    Thread(io::Error),
}

impl fmt::Display for RoleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken => f.write_str("the role of this process was taken before"),
            Self::Environment { variable, value } => write!(f, "cannot use {variable}={value}"),
            Self::NoChannel(_) => f.write_str("cannot use the channel to the primary"),
            Self::Thread(_) => f.write_str("cannot start the channel's thread"),
        }
    }
}

impl std::error::Error for RoleError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NoChannel(source) | Self::Thread(source) => Some(source),
            Self::Taken | Self::Environment { .. } => None,
        }
    }
}

/// Why a cluster did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The number of workers is not from 1 to 1,024.
    Workers(usize),
    /// The address could not be resolved to one of TCP.
    Address {
        /// What was to be resolved.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// The address could not be bound.
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The program could not be started.
    Spawn {
        /// Its path.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The supervisor could not be set up.
    Supervisor(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workers(count) => write!(f, "cannot run {count} workers: 1 to 1,024 are possible"),
            Self::Address { address, .. } => write!(f, "cannot resolve {address}"),
            Self::Bind { address, .. } => write!(f, "cannot listen on {address}"),
            Self::Spawn { program, .. } => write!(f, "cannot start {}", program.display()),
            Self::Supervisor(_) => f.write_str("cannot set up the supervisor"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Workers(_) => None,
            Self::Address { source, .. } | Self::Bind { source, .. } | Self::Spawn { source, .. } => Some(source),
            Self::Supervisor(source) => Some(source),
        }
    }
}

/// Why a message was not sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum SendError {
    /// The other side has gone, is leaving, or never was there.
    Gone,
    /// More than 16 MiB wait for the worker to read them, or 4,096 commands for the supervisor.
    Full,
    /// The message is longer than 64 MiB.
    TooLong,
    /// The message could not be written as JSON.
    Encode(serde_json::Error),
    /// The message has the shape of an internal one: an object whose `cmd` begins with `NODE_`.
    Reserved,
    /// The channel failed.
    Io(io::Error),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => f.write_str("the other side of the channel is gone"),
            Self::Full => f.write_str("the channel is full"),
            Self::TooLong => f.write_str("the message is longer than 64 MiB"),
            Self::Encode(_) => f.write_str("the message cannot be written as JSON"),
            Self::Reserved => f.write_str("the message has the shape of an internal one"),
            Self::Io(_) => f.write_str("the channel failed"),
        }
    }
}

impl std::error::Error for SendError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Encode(source) => Some(source),
            Self::Io(source) => Some(source),
            Self::Gone | Self::Full | Self::TooLong | Self::Reserved => None,
        }
    }
}

/// Why a message was not decoded.
#[derive(Debug)]
pub struct DecodeError(pub(crate) serde_json::Error);

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the message does not have the expected shape")
    }
}

impl std::error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// Why there was no reload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReloadError {
    /// Another one is under way.
    Busy,
    /// The cluster is shutting down or has stopped.
    Stopping,
}

impl fmt::Display for ReloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "another reload is under way",
            Self::Stopping => "the cluster is shutting down",
        })
    }
}

impl std::error::Error for ReloadError {}

/// Why no signal was sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum KillError {
    /// There is no such worker any more.
    Gone,
    /// The system refused.
    Io(io::Error),
}

impl fmt::Display for KillError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => f.write_str("there is no such worker"),
            Self::Io(_) => f.write_str("cannot send the signal"),
        }
    }
}

impl std::error::Error for KillError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Gone => None,
            Self::Io(source) => Some(source),
        }
    }
}

/// Why a worker got no listener.
#[derive(Debug)]
#[non_exhaustive]
pub enum ListenError {
    /// The address could not be resolved.
    Address(io::Error),
    /// The primary could not bind it, or refuses this kind of address.
    Refused(io::Error),
    /// The primary hands over connections one by one, and a worker takes a queue.
    RoundRobin,
    /// The primary is gone.
    Gone,
    /// The primary did not answer within 10 s.
    TimedOut,
    /// The channel failed.
    Io(io::Error),
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(_) => f.write_str("cannot resolve the address"),
            Self::Refused(_) => f.write_str("the primary cannot listen there"),
            Self::RoundRobin => f.write_str("the primary hands over single connections, not a queue"),
            Self::Gone => f.write_str("the primary is gone"),
            Self::TimedOut => f.write_str("the primary did not answer in time"),
            Self::Io(_) => f.write_str("the channel failed"),
        }
    }
}

impl std::error::Error for ListenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Address(source) | Self::Refused(source) | Self::Io(source) => Some(source),
            Self::RoundRobin | Self::Gone | Self::TimedOut => None,
        }
    }
}
