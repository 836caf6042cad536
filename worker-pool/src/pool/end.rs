//! The end of a pool: drain, stop, shutdown, and what a drop does.

use super::Pool;
use crate::identity;
use crate::metrics::Metrics;
use crate::queue::Remains;
use crate::shutdown::{Report, Shutdown, Unstarted};
use std::time::Instant;

impl Pool {
    /// Finishes what was accepted, and what those jobs submit in turn; at `deadline` it hands back what has not
    /// started.
    ///
    /// It is [`shutdown`](Self::shutdown) with [`Shutdown::Within`], told when to give up instead of how long to wait.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// let pool = worker_pool::Pool::builder().workers(1).build()?;
    /// pool.spawn(|| {})?;
    /// let report = pool.drain(Instant::now() + Duration::from_secs(5));
    /// assert!(report.is_clean());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn drain(&self, deadline: Instant) -> Report {
        self.finish(Some(deadline))
    }

    /// Hands back at once what has not started, and waits until `deadline` for the jobs that run.
    ///
    /// It is [`shutdown`](Self::shutdown) with [`Shutdown::Now`], and patience for what has started. The handles of the
    /// jobs handed back are told before the wait, so that a running job that joins one of them ends.
    pub fn stop(&self, deadline: Instant) -> Report {
        let (unstarted, _) = self.hand_back();
        if !self.is_inside() {
            self.queue.wait_idle(Some(deadline));
        }
        self.report(unstarted, self.queue.remains())
    }

    /// Ends the pool and reports what is left. A second call reports again; of two concurrent calls, each waits as long
    /// as its own argument says, unless the other one stops the pool: nothing more is drained then.
    ///
    /// Workers that are not in the middle of a job have ended when it returns. On one of the pool's own workers, and
    /// inside one of its jobs, nothing is waited for: `Drain` and `Within` close the pool and leave the accepted jobs
    /// to the workers, and `Now` hands them back. [`drain`](Self::drain) and [`stop`](Self::stop) do the same.
    pub fn shutdown(&self, how: Shutdown) -> Report {
        match how {
            Shutdown::Drain => self.finish(None),
            Shutdown::Within(patience) => self.finish(Instant::now().checked_add(patience)),
            Shutdown::Now => {
                let (unstarted, remains) = self.hand_back();
                self.report(unstarted, remains)
            }
        }
    }

    fn finish(&self, deadline: Option<Instant>) -> Report {
        self.queue.drain();
        let (unstarted, remains) = if self.is_inside() || self.queue.wait_drained(deadline) {
            (Vec::new(), self.queue.remains())
        } else {
            self.hand_back()
        };
        self.report(unstarted, remains)
    }

    /// Stops the queue, and tells who joins the jobs that did not start.
    fn hand_back(&self) -> (Vec<Unstarted>, Remains) {
        let (claims, remains) = self.queue.stop();
        self.queue.counters.handed_back.add(claims.len() as u64);
        (claims.into_iter().map(Unstarted::new).collect(), remains)
    }

    fn report(&self, unstarted: Vec<Unstarted>, remains: Remains) -> Report {
        let Remains { busy, elsewhere } = remains;
        if !self.is_inside() {
            self.reap(&busy);
        }
        let busy = self.names.iter().zip(&busy).filter(|(_, busy)| **busy).map(|(name, _)| name.clone()).collect();
        let Metrics { completed, panicked, cancelled, .. } = self.metrics();
        Report { completed, panicked, cancelled, unstarted, busy, elsewhere }
    }

    /// Whether the caller must not wait for the pool: it runs one of its jobs, or is one of its workers, which must not
    /// join itself even when its last job is over and only its thread-local values are being dropped.
    fn is_inside(&self) -> bool {
        self.queue.is_inside() || identity::is_current(&self.workers)
    }

    /// Joins the workers that have nothing left to do.
    fn reap(&self, busy: &[bool]) {
        let mut threads = self.threads.lock();
        for (slot, busy) in threads.iter_mut().zip(busy) {
            // A busy worker's slot is kept: a later shutdown may find it done.
            if let Some(thread) = slot.take_if(|_| !busy) {
                thread.join().expect("a worker contains every panic of its jobs");
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if !self.queue.is_stopped() {
            let _ = self.shutdown(Shutdown::Drain);
        }
    }
}
