//! All processes that come of one child.
//!
//! A process group holds most of them, but a supervisor gives its workers groups of their own, and an orphan has no
//! parent to be found by. So each child is also marked by a variable in its environment, which its descendants inherit
//! whatever group, session or parent they come to have. Ancestor: the process tree killer of Jenkins.
//!
//! # Limits
//!
//! A descendant that both leaves the group and clears its environment escapes. The end takes at most twice [`GRACE`].

use super::{GRACE, TICK};
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, id};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

const MARK: &str = "XTASK_CHILD";

/// What marks the descendants of one child.
pub(super) struct Group {
    /// `XTASK_CHILD=<our process>-<child>`, as it stands in an environment.
    entry: String,
}

impl Group {
    /// Makes the child of `command` lead a group of its own, and marks it.
    pub(super) fn around(command: &mut Command) -> Self {
        static CHILDREN: AtomicU64 = AtomicU64::new(0);
        // ORDERING: Relaxed: each child gets a number of its own, and nothing else follows from it.
        let mark = format!("{}-{}", id(), CHILDREN.fetch_add(1, Ordering::Relaxed));
        command.process_group(0).env(MARK, &mark);
        Self { entry: format!("{MARK}={mark}") }
    }

    /// Asks the group to end, and after [`GRACE`] makes it and all that is marked.
    pub(super) fn end(&self, child: &mut Child) {
        let group = Pid::from_child(child);
        let deadline = Instant::now() + GRACE;
        // A group without members is what this wants, so an error is no news.
        let mut alive = kill_process_group(group, Signal::TERM).is_ok();
        while alive && Instant::now() < deadline {
            // SLEEP: nothing tells when a group has become empty.
            thread::sleep(TICK);
            // Reaping the child is what lets its group become empty.
            child.try_wait().ok();
            alive = test_kill_process_group(group).is_ok();
        }
        kill_process_group(group, Signal::KILL).ok();
        self.kill_marked();
        child.wait().ok();
    }

    /// Kills until a look finds none, since one that is looked at may be starting another.
    fn kill_marked(&self) {
        let deadline = Instant::now() + GRACE;
        loop {
            let marked = self.marked();
            if marked.is_empty() || Instant::now() > deadline {
                return;
            }
            for pid in marked {
                // It may have ended by itself meanwhile.
                kill_process(pid, Signal::KILL).ok();
            }
            // SLEEP: a killed process takes a moment to go, and those of others cannot be waited for.
            thread::sleep(TICK);
        }
    }

    /// The processes with the mark in their environment; one that has ended has none left.
    fn marked(&self) -> Vec<Pid> {
        let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
        let pids = processes.flatten().filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
        pids.filter(|pid| self.is_marked(*pid)).collect()
    }

    fn is_marked(&self, pid: Pid) -> bool {
        let environment = fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|entry| entry == self.entry.as_bytes())
    }
}
