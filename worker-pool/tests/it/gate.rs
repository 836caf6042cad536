//! Gates: how a test keeps a worker busy for exactly as long as it wants.

use common::latch::Latch;
use std::sync::Arc;
use std::time::{Duration, Instant};
use worker_pool::{Full, JoinHandle, Pool};

/// Long enough for anything that is going to happen at all.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// One worker and room for `capacity` jobs.
pub(crate) fn single(capacity: usize, full: Full) -> Pool {
    Pool::builder().workers(1).queue(capacity, full).build().unwrap()
}

/// A latch that a job waits for, at most [`LIMIT`].
pub(crate) fn pass(latch: &Latch) {
    assert!(latch.wait_deadline(Instant::now() + LIMIT), "the gate was never opened");
}

/// A job that runs until the hold is dropped. Declared after its pool, it is dropped before.
pub(crate) struct Hold {
    gate: Arc<Latch>,
    _handle: JoinHandle<()>,
}

impl Hold {
    /// Keeps one worker busy; returns when the job runs.
    pub(crate) fn on(pool: &Pool) -> Self {
        let (started, gate) = (Arc::new(Latch::new()), Arc::new(Latch::new()));
        let job = {
            let (started, gate) = (started.clone(), gate.clone());
            move || {
                started.open();
                pass(&gate);
            }
        };
        let handle = pool.submit(job).unwrap();
        pass(&started);
        Self { gate, _handle: handle }
    }

    pub(crate) fn release(self) {}
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.gate.open();
    }
}
