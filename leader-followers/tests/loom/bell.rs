//! A bell: what the demultiplexer's waker is to a leader that sleeps in the kernel.

use common::sync::{Condvar, Mutex};

/// Rung by anybody, slept on by one; a ring that comes first ends the next sleep at once.
#[derive(Default)]
pub(crate) struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Bell {
    pub(crate) fn ring(&self) {
        *self.rung.lock() = true;
        self.changed.notify_one();
    }

    pub(crate) fn sleep(&self) {
        let mut rung = self.rung.lock();
        self.changed.wait_while(&mut rung, |rung| !*rung);
        *rung = false;
    }
}
