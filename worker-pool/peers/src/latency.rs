//! Jobs that come at a fixed rate and are busy for a while.

use crate::pool::Pool;
use anyhow::Result;
use barometer::{Request, Service};
use std::hint::spin_loop;
use std::time::{Duration, Instant};

/// How long a job is busy.
const BUSY: Duration = Duration::from_micros(5);

pub(crate) struct Spinning<P>(pub(crate) P);

impl<P: Pool> Service for Spinning<P> {
    fn start(&mut self, request: Request) -> Result<()> {
        self.0.spawn(move || {
            let start = Instant::now();
            while start.elapsed() < BUSY {
                spin_loop();
            }
            request.answered();
        });
        Ok(())
    }
}
