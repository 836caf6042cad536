//! Finding out whether this process is the primary or a worker.
//!
//! The environment says so, in Node's variables, and names the descriptor of the channel. Taking over a descriptor by
//! its number is unsafe in Rust. So under our primary it is standard input, which can be duplicated and replaced
//! safely; any other number is fetched through this process's own pidfd.

use crate::error::RoleError;
use crate::program::{CHANNEL, INSTANCE, MODE, UNIQUE_ID};
use crate::worker::Worker;
use rustix::io::{Errno, fcntl_dupfd_cloexec, ioctl_fionbio};
use rustix::net::{AddressFamily, SocketType, sockopt};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use std::env;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

// FACADE: a static: a process has one channel however many threads ask, and no model reaches this file.
static TAKEN: std::sync::OnceLock<()> = std::sync::OnceLock::new();

/// The part that this process plays.
#[derive(Debug)]
pub enum Role {
    /// It starts the workers.
    Primary,
    /// It was started by a primary.
    Worker(Worker),
}

/// Finds out which part this process plays.
///
/// Call it first thing in `main`, once. A worker's channel is taken over, standard input becomes the null device if the
/// channel was there, and a thread starts to read it. A process without `NODE_CHANNEL_FD` and `NODE_UNIQUE_ID` in its
/// environment is a primary.
///
/// ```no_run
/// use cluster::{Cluster, Role};
///
/// match cluster::role()? {
///     Role::Primary => drop(Cluster::builder().start()?),
///     Role::Worker(worker) => worker.wait_drain(),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When a worker's channel was taken before, the environment is malformed, or the descriptor is no channel.
pub fn role() -> Result<Role, RoleError> {
    let (Some(channel), Some(id)) = (number::<i32>(CHANNEL)?, number::<u64>(UNIQUE_ID)?) else {
        return Ok(Role::Primary);
    };
    match env::var(MODE) {
        Ok(value) if value != "json" => return Err(RoleError::Environment { variable: MODE, value }),
        _ => {}
    }
    let slot = number::<usize>(INSTANCE)?.unwrap_or(usize::try_from(id.saturating_sub(1)).unwrap_or(0));
    TAKEN.set(()).map_err(|()| RoleError::Taken)?;
    let socket = adopt(channel).map_err(RoleError::NoChannel)?;
    Worker::new(socket, id, slot).map(Role::Worker).map_err(RoleError::Thread)
}

fn number<T: std::str::FromStr>(variable: &'static str) -> Result<Option<T>, RoleError> {
    let Some(value) = env::var_os(variable) else { return Ok(None) };
    let value = value.to_string_lossy().into_owned();
    match value.parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(RoleError::Environment { variable, value }),
    }
}

fn adopt(number: i32) -> io::Result<OwnedFd> {
    let socket = match number {
        0 => fcntl_dupfd_cloexec(io::stdin(), 3)?,
        _ => pidfd_getfd(pidfd_open(getpid(), PidfdFlags::empty())?, number, PidfdGetfdFlags::empty())?,
    };
    let unix = sockopt::socket_domain(&socket)? == AddressFamily::UNIX;
    if !unix || sockopt::socket_type(&socket)? != SocketType::STREAM {
        return Err(Errno::NOTSOCK.into());
    }
    if number == 0 {
        rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    }
    ioctl_fionbio(&socket, false)?;
    Ok(socket)
}
