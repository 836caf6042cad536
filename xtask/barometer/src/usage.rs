//! What a piece of work costs beside time: CPU time, context switches, memory.

use nix::sys::resource::{UsageWho, getrusage};
use nix::time::{ClockId, clock_gettime};
use std::fs;
use std::time::Duration;

/// What this process and some others have used since they began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time of all threads, in user code and in the kernel.
    pub cpu: Duration,
    /// Context switches, whether by choice or not. Those of the other processes are not counted.
    pub switches: u64,
}

impl Usage {
    /// Of this process, and of those with these ids; one that has ended counts for nothing.
    ///
    /// # Panics
    ///
    /// Panics if the kernel does not say.
    pub fn now(others: &[u32]) -> Self {
        let cpu = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).expect("a process may ask what it has used");
        let own = getrusage(UsageWho::RUSAGE_SELF).expect("a process may ask what it has used");
        let switches = own.voluntary_context_switches() + own.involuntary_context_switches();
        let others: Duration = others.iter().map(|process| cpu_of(*process)).sum();
        Self { cpu: Duration::from(cpu) + others, switches: switches.unsigned_abs() }
    }

    /// What was used since `earlier`.
    pub fn since(self, earlier: Self) -> Self {
        let switches = self.switches.saturating_sub(earlier.switches);
        Self { cpu: self.cpu.saturating_sub(earlier.cpu), switches }
    }
}

/// CPU time of all threads of a process, living ones only.
fn cpu_of(process: u32) -> Duration {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return Duration::ZERO };
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

/// Memory that comes into use during a piece of work.
#[derive(Debug)]
pub struct Growth {
    before: u64,
}

impl Growth {
    /// From now on.
    pub fn begin() -> Self {
        // Sets the peak back to what is in use now.
        let _ = fs::write("/proc/self/clear_refs", "5");
        Self { before: kib("VmRSS:") }
    }

    /// By how many KiB the memory in use has been larger than at the beginning.
    pub fn peak(&self) -> u64 {
        kib("VmHWM:").saturating_sub(self.before)
    }
}

fn kib(what: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;
    use std::time::Instant;

    #[test]
    fn work_costs_cpu_and_memory() {
        let (usage, growth) = (Usage::now(&[]), Growth::begin());
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(30) {
            black_box(vec![1_u8; 8 << 20]);
        }
        let used = Usage::now(&[]).since(usage);
        assert!(used.cpu >= Duration::from_millis(1), "{used:?}");
        assert!(growth.peak() >= 4 << 10, "{} KiB", growth.peak());
    }

    #[test]
    fn a_process_that_is_gone_costs_nothing() {
        assert_eq!(cpu_of(u32::MAX), Duration::ZERO);
        assert!(cpu_of(std::process::id()) > Duration::ZERO);
    }
}
