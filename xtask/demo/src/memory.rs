//! A budget of memory: whoever wants more than is left waits until it is given back.

use common::sync::{Condvar, Mutex};

/// So many bytes, shared by the threads of one process.
#[derive(Debug)]
pub(crate) struct Budget {
    total: u64,
    taken: Mutex<u64>,
    given_back: Condvar,
}

/// Bytes taken from a [`Budget`]; dropping it gives them back.
#[derive(Debug)]
#[must_use = "the bytes are given back at once otherwise"]
pub(crate) struct Taken<'a> {
    budget: &'a Budget,
    bytes: u64,
}

impl Budget {
    pub(crate) fn new(total: u64) -> Self {
        Self { total, taken: Mutex::new(0), given_back: Condvar::new() }
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Takes `bytes`, waiting for others to give theirs back; `None` if the whole budget would not do.
    pub(crate) fn take(&self, bytes: u64) -> Option<Taken<'_>> {
        if bytes > self.total {
            return None;
        }
        let mut taken = self.taken.lock();
        while *taken + bytes > self.total {
            self.given_back.wait(&mut taken);
        }
        *taken += bytes;
        Some(Taken { budget: self, bytes })
    }

    #[cfg(test)]
    pub(crate) fn taken(&self) -> u64 {
        *self.taken.lock()
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *self.budget.taken.lock() -= self.bytes;
        self.budget.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_is_never_exceeded() {
        let budget = Budget::new(10);
        std::thread::scope(|scope| {
            for bytes in [3, 4, 5, 6, 7, 8] {
                let budget = &budget;
                scope.spawn(move || {
                    for _ in 0..500 {
                        let taken = budget.take(bytes).unwrap();
                        assert!(budget.taken() <= 10);
                        drop(taken);
                    }
                });
            }
        });
        assert_eq!(budget.taken(), 0);
        assert!(budget.take(11).is_none());
    }
}
