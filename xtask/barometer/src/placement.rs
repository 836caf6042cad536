//! Which core a thread runs on.
//!
//! Unpinned threads are put here or there by chance, and whether two of them share a core decides more than the code
//! that runs on it. So where they run is part of the question.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde::Deserialize;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// Where the threads of a contender run.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// Each on a core of its own, as long as there are any; then from the first again.
    Apart,
    /// All on the first core.
    Together,
    /// Wherever the kernel puts them.
    Free,
}

/// The cores that the program may use, found out before its first thread is pinned.
static CORES: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let set = sched_getaffinity(None).expect("the kernel says which cores there are");
    (0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect()
});

impl Placement {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Apart, Self::Together, Self::Free];

    /// Puts the calling thread, number `thread` of its contender, where it belongs; threads that it spawns go there, too.
    ///
    /// # Panics
    ///
    /// Panics if the kernel refuses.
    pub fn pin(self, thread: usize) {
        let mut set = CpuSet::new();
        match self {
            Self::Apart => set.set(CORES[thread % CORES.len()]),
            Self::Together => set.set(CORES[0]),
            Self::Free => CORES.iter().for_each(|core| set.set(*core)),
        }
        sched_setaffinity(None, &set).expect("a thread may run on the cores of its process");
    }

    fn name(self) -> &'static str {
        match self {
            Self::Apart => "apart",
            Self::Together => "together",
            Self::Free => "free",
        }
    }
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Placement {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> anyhow::Result<Self> {
        let found = Self::ALL.into_iter().find(|placement| placement.name() == name);
        found.ok_or_else(|| anyhow::anyhow!("no placement `{name}`; there are apart, together and free"))
    }
}

/// How many cores the program may use.
pub fn cores() -> usize {
    CORES.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placement_has_one_name() {
        for placement in Placement::ALL {
            assert_eq!(placement.to_string().parse::<Placement>().unwrap(), placement);
        }
        assert!("beside".parse::<Placement>().unwrap_err().to_string().contains("no placement `beside`"));
    }

    #[test]
    fn a_pinned_thread_may_use_one_core() {
        std::thread::spawn(|| {
            let allowed = || sched_getaffinity(None).unwrap().count() as usize;
            Placement::Together.pin(1);
            assert_eq!(allowed(), 1);
            Placement::Free.pin(0);
            assert_eq!(allowed(), cores());
        })
        .join()
        .unwrap();
    }
}
