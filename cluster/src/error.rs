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
            Self::NoChannel(source) => write!(f, "cannot use the channel to the primary: {source}"),
            Self::Thread(source) => write!(f, "cannot start the channel's thread: {source}"),
        }
    }
}

impl std::error::Error for RoleError {}

/// Why a cluster did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The number of workers is not in 1..=1024.
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
            Self::Workers(count) => write!(f, "cannot run {count} workers: 1 to 1024 are possible"),
            Self::Address { address, source } => write!(f, "cannot resolve {address}: {source}"),
            Self::Bind { address, source } => write!(f, "cannot listen on {address}: {source}"),
            Self::Spawn { program, source } => write!(f, "cannot start {}: {source}", program.display()),
            Self::Supervisor(source) => write!(f, "cannot set up the supervisor: {source}"),
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
    /// More than 16 MiB wait for the worker to read them, or 4096 commands for the supervisor.
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
            Self::Encode(source) => write!(f, "the message cannot be written as JSON: {source}"),
            Self::Reserved => f.write_str("the message has the shape of an internal one"),
            Self::Io(source) => write!(f, "the channel failed: {source}"),
        }
    }
}

impl std::error::Error for SendError {}

/// Why a message was not decoded.
#[derive(Debug)]
pub struct DecodeError(pub(crate) serde_json::Error);

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the message does not have the expected shape: {}", self.0)
    }
}

impl std::error::Error for DecodeError {}

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
            Self::Io(source) => write!(f, "cannot send the signal: {source}"),
        }
    }
}

impl std::error::Error for KillError {}

/// Why a worker got no listener.
#[derive(Debug)]
#[non_exhaustive]
pub enum ListenError {
    /// The address could not be resolved.
    Address(io::Error),
    /// The primary could not bind it, or refuses this kind of address.
    Refused(io::Error),
    /// The primary hands over connections one by one, which this version does not take.
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
            Self::Address(source) => write!(f, "cannot resolve the address: {source}"),
            Self::Refused(source) => write!(f, "the primary cannot listen there: {source}"),
            Self::RoundRobin => f.write_str("the primary hands over single connections, not a queue"),
            Self::Gone => f.write_str("the primary is gone"),
            Self::TimedOut => f.write_str("the primary did not answer in time"),
            Self::Io(source) => write!(f, "the channel failed: {source}"),
        }
    }
}

impl std::error::Error for ListenError {}
