//! Which core a thread runs on.

use common::backoff::Backoff;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::sync::LazyLock;

/// Where the other thread of a question runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Core {
    /// On the core of the first one.
    Same,
    /// On another one, if the program may use more than one.
    Other,
}

/// The cores that the program may use, found out before its first thread is pinned.
static CORES: LazyLock<Vec<usize>> = LazyLock::new(|| {
    // A back-off asks once how many cores there are, and that should be the answer it gets in any program.
    Backoff::new().spin();
    let set = sched_getaffinity(None).expect("the kernel says which cores there are");
    (0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect()
});

/// Keeps the thread that calls on one core; threads that it spawns stay there, too.
///
/// # Panics
///
/// Panics if the kernel refuses.
pub fn pin(core: Core) {
    let at = match core {
        Core::Same => 0,
        Core::Other => 1 % CORES.len(),
    };
    let mut set = CpuSet::new();
    set.set(CORES[at]);
    sched_setaffinity(None, &set).expect("a thread may run on a core of its own");
}

/// Whether two threads can run at the same time.
pub fn are_several() -> bool {
    CORES.len() > 1
}
