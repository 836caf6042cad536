//! One process, held by a descriptor that cannot come to mean another one.
//!
//! A pid is a number that the kernel gives away again, and waiting for "any child" takes statuses that belong to other
//! parts of the program. A pidfd is neither: it becomes readable when this process has ended and is reaped through it.

use crate::status::{ExitStatus, Signal};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, WaitId, WaitIdOptions, getpgid, kill_process_group, pidfd_open, pidfd_send_signal, waitid,
};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Child;

/// A child of this process that was not reaped yet.
#[derive(Debug)]
pub(crate) struct Process {
    pid: Pid,
    pidfd: OwnedFd,
}

impl Process {
    /// Takes over a child. Only we reap it, so its number cannot be given away before the descriptor is open.
    pub(crate) fn adopt(mut child: Child) -> io::Result<Self> {
        let pid = Pid::from_child(&child);
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(pidfd) => Ok(Self { pid, pidfd }),
            Err(error) => {
                // Without a pidfd nobody would ever reap it.
                let _ = child.kill();
                let _ = child.wait();
                Err(error.into())
            }
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// Signals the process alone.
    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        Ok(pidfd_send_signal(&self.pidfd, signal.raw())?)
    }

    /// Signals the process, whichever group it went to, and what it started, as far as that stayed in its first group.
    ///
    /// The number is safe: until we reap the process it belongs to nobody else.
    pub(crate) fn signal_group(&self, signal: Signal) -> io::Result<()> {
        let group = match kill_process_group(self.pid, signal.raw()) {
            Err(Errno::SRCH) => Ok(()),
            other => other,
        };
        if getpgid(Some(self.pid)).is_ok_and(|group| group != self.pid) {
            self.signal(signal)?;
        }
        Ok(group?)
    }

    /// Kills a process that cannot be watched, and reaps it.
    pub(crate) fn put_down(self) {
        let _ = self.signal_group(Signal::Kill);
        let _ = waitid(WaitId::PidFd(self.pidfd.as_fd()), WaitIdOptions::EXITED);
    }

    /// The status, if the process has ended; it is reaped then.
    pub(crate) fn reap(&self) -> io::Result<Option<ExitStatus>> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
        let status = match waitid(WaitId::PidFd(self.pidfd.as_fd()), options) {
            Ok(Some(status)) => status,
            Ok(None) => return Ok(None),
            // Its parent is us, so it has ended and somebody else has reaped it.
            Err(Errno::CHILD) => return Ok(Some(ExitStatus::Unknown)),
            Err(error) => return Err(error.into()),
        };
        let code = status.exit_status().map(ExitStatus::Code);
        let status = code.or_else(|| status.terminating_signal().map(ExitStatus::Signal));
        Ok(Some(status.expect("a process that has ended has a code or a signal")))
    }
}

impl AsFd for Process {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_status_that_somebody_else_took_is_unknown_and_nothing_waits_for_it() {
        let process = Process::adopt(Command::new("true").spawn().expect("the program is there")).expect("a pidfd");
        assert!(waitid(WaitId::Pid(process.pid), WaitIdOptions::EXITED).expect("it ends").is_some());
        assert_eq!(process.reap().expect("it has ended"), Some(ExitStatus::Unknown));
    }
}
