//! Two clocks: the wall for what people set (due times), the boot clock for what machines measure (leases).
//!
//! A lease on the wall clock ends when somebody sets the clock, and one on the monotonic clock of a process means
//! nothing to another process. CLOCK_BOOTTIME counts in all processes of one machine, suspend included; the boot id
//! says which count it is.

use rustix::time::{ClockId, clock_gettime};
use std::io;
use std::time::{Duration, SystemTime};

/// Milliseconds since 1970, as the wall clock has it.
pub(crate) fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    to_ms(since)
}

/// Milliseconds since this machine started.
pub(crate) fn boot_ms() -> i64 {
    let now = clock_gettime(ClockId::Boottime);
    now.tv_sec * 1000 + now.tv_nsec / 1_000_000
}

/// Nanoseconds since this machine started: two calls of one process hardly ever agree.
pub(crate) fn boot_ns() -> i128 {
    let now = clock_gettime(ClockId::Boottime);
    i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec)
}

/// Which run of this machine the boot clock belongs to.
pub(crate) fn boot_id() -> io::Result<String> {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|id| id.trim().to_owned())
}

/// Whole milliseconds, at most about 292 million years.
pub(crate) fn to_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The time that `ms` stands for; what is out of range becomes 1970.
pub(crate) fn to_time(ms: i64) -> SystemTime {
    let since = Duration::from_millis(u64::try_from(ms).unwrap_or_default());
    SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH)
}
