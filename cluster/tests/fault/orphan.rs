//! Workers whose primary is gone without a word.

use crate::worker::{ARGUMENTS, BEHAVIOUR};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A primary that does not outlive a test that fails.
struct Primary(Child);

impl Drop for Primary {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_killed_primary_leaves_no_worker_even_if_they_are_busy() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(ARGUMENTS).env(BEHAVIOUR, "primary").stdout(Stdio::piped());
    let mut primary = Primary(command.spawn().unwrap());
    let output = BufReader::new(primary.0.stdout.take().unwrap());
    let lines = output.lines().map(Result::unwrap).filter_map(|line| line.strip_prefix("pid ").map(str::to_owned));
    let pids: Vec<i32> = lines.take_while(|pid| pid != "end").map(|pid| pid.parse().unwrap()).collect();
    assert_eq!(pids.len(), 3);
    let open = |&pid: &i32| pidfd_open(Pid::from_raw(pid).unwrap(), PidfdFlags::empty()).unwrap();
    let workers: Vec<_> = pids.iter().map(open).collect();
    drop(primary);
    // They have 500 ms; the rest is for a machine that is busy with other tests.
    let deadline = Instant::now() + Duration::from_secs(5);
    for (worker, pid) in workers.iter().zip(pids) {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut ended = [PollFd::new(worker, PollFlags::IN)];
        let count = poll(&mut ended, Some(&Timespec::try_from(left).unwrap())).unwrap();
        assert_eq!(count, 1, "worker {pid} outlives its primary");
    }
}
