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
    /// Context switches, whether by choice or not.
    pub switches: u64,
}

impl Usage {
    /// Of this process, and of those threads of the others that live; one that has ended counts for nothing.
    ///
    /// # Panics
    ///
    /// Panics if the kernel does not say.
    pub fn now(others: &[u32]) -> Self {
        let cpu = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).expect("a process may ask what it has used");
        let own = getrusage(UsageWho::RUSAGE_SELF).expect("a process may ask what it has used");
        let switches = own.voluntary_context_switches() + own.involuntary_context_switches();
        let own = Self { cpu: Duration::from(cpu), switches: switches.unsigned_abs() };
        others.iter().map(|process| Self::of(*process)).fold(own, Self::and)
    }

    /// What was used since `earlier`.
    pub fn since(self, earlier: Self) -> Self {
        let switches = self.switches.saturating_sub(earlier.switches);
        Self { cpu: self.cpu.saturating_sub(earlier.cpu), switches }
    }

    fn and(self, other: Self) -> Self {
        Self { cpu: self.cpu + other.cpu, switches: self.switches + other.switches }
    }

    /// Of another process. The kernel has its CPU time in ticks of 10 ms only, but that of each thread in nanoseconds.
    fn of(process: u32) -> Self {
        let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return Self::default() };
        let text = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("schedstat")).ok();
        threads.flatten().filter_map(|thread| Self::of_thread(&text(thread)?)).fold(Self::default(), Self::and)
    }

    /// Nanoseconds on a core, nanoseconds of waiting for one, and how often it came to one, each after a switch.
    fn of_thread(schedstat: &str) -> Option<Self> {
        let mut numbers = schedstat.split_whitespace().map(str::parse::<u64>);
        let (cpu, _, switches) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
        Some(Self { cpu: Duration::from_nanos(cpu), switches })
    }
}

/// Memory that comes into use during a piece of work.
#[derive(Debug)]
pub struct Growth {
    /// By process, with what was in use before.
    before: Vec<(String, u64)>,
}

impl Growth {
    /// From now on, in this process and in others.
    pub fn begin(others: &[u32]) -> Self {
        let begin = |process: String| {
            // Sets the peak back to what is in use now.
            let _ = fs::write(format!("/proc/{process}/clear_refs"), "5");
            let before = kib(&process, "VmRSS:");
            (process, before)
        };
        let all = ["self".to_owned()].into_iter().chain(others.iter().map(u32::to_string));
        Self { before: all.map(begin).collect() }
    }

    /// By how many KiB the memory in use has been larger than at the beginning; the peaks of several processes count as
    /// if they had come at the same time.
    pub fn peak(&self) -> u64 {
        self.before.iter().map(|(process, before)| kib(process, "VmHWM:").saturating_sub(*before)).sum()
    }
}

fn kib(process: &str, what: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Contender;
    use crate::external::External;
    use std::hint::black_box;
    use std::process::Command;
    use std::time::Instant;

    #[test]
    fn work_costs_cpu_and_memory() {
        let (usage, growth) = (Usage::now(&[]), Growth::begin(&[]));
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(30) {
            black_box(vec![1_u8; 8 << 20]);
        }
        let used = Usage::now(&[]).since(usage);
        assert!(used.cpu >= Duration::from_millis(1), "{used:?}");
        assert!(growth.peak() >= 4 << 10, "{} KiB", growth.peak());
    }

    #[test]
    fn what_another_process_costs_is_counted() {
        let script = "echo sh; while read n; do i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done; \
                      v=$(head -c 4000000 /dev/zero | tr '\\0' x); echo $n $n; done";
        let mut external = External::start(Command::new("sh").args(["-c", script])).unwrap();
        let others = external.processes();
        let growth = Growth::begin(&others);
        let before = others.iter().map(|process| Usage::of(*process)).fold(Usage::default(), Usage::and);
        for _ in 0..5 {
            external.run(1).unwrap();
        }
        let used = others.iter().map(|process| Usage::of(*process)).fold(Usage::default(), Usage::and).since(before);
        assert!(used.cpu >= Duration::from_millis(5) && used.switches >= 5, "{used:?}");
        assert!(growth.peak() >= 3 << 10, "{} KiB", growth.peak());
    }

    #[test]
    fn a_process_that_is_gone_costs_nothing() {
        assert_eq!(Usage::of(u32::MAX), Usage::default());
        assert!(Usage::of(std::process::id()).cpu > Duration::ZERO);
    }
}
