//! Starting a worker: a socket pair, an environment, a process group of its own.
//!
//! Nothing runs between fork and exec, so std may use `posix_spawn`, and all descriptors but the channel's close by
//! themselves.

use crate::event::WorkerId;
use crate::program::{self, Resolved, Seat};
use crate::supervisor::pidfd::Process;
use command_fds::{CommandFdExt, FdMapping};
use rustix::io::ioctl_fionbio;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// Starts `program`; returns the process and our end of its channel, which is non-blocking.
pub(crate) fn spawn(program: &Resolved, worker: WorkerId, slot: usize) -> io::Result<(Process, OwnedFd)> {
    let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    ioctl_fionbio(&ours, true)?;
    let mut command = Command::new(&program.path);
    command.args(&program.arguments).envs(program.variables.iter().map(|(name, value)| (name, value)));
    command.env(program::MODE, "json").env(program::UNIQUE_ID, worker.to_string());
    command.env(program::INSTANCE, slot.to_string());
    // Ctrl-C reaches the primary only: when workers leave is its decision.
    command.process_group(0);
    if program.quiet {
        command.stdout(Stdio::null());
    }
    match program.seat {
        Seat::Input => {
            command.env(program::CHANNEL, "0").stdin(theirs);
        }
        Seat::Three => {
            command.env(program::CHANNEL, "3").stdin(Stdio::null());
            let mapping = FdMapping { parent_fd: theirs, child_fd: 3 };
            command.fd_mappings(vec![mapping]).map_err(io::Error::other)?;
        }
    }
    Ok((Process::adopt(command.spawn()?)?, ours))
}
