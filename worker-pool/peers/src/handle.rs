//! Jobs with handles: so many are submitted, then joined in order.

use crate::pool::Pool;
use anyhow::Result;
use barometer::{Contender, Outcome};

pub(crate) struct Handles<P> {
    pub(crate) pool: P,
    pub(crate) at_once: u64,
}

impl<P: Pool> Contender for Handles<P> {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let pool = &self.pool;
        if self.at_once == 1 {
            return Ok((0..operations).map(|number| pool.join(pool.submit(move || number))).collect());
        }
        let batch = |first: u64| {
            let numbers = first..operations.min(first + self.at_once);
            pool.join_all(numbers.map(|number| pool.submit(move || number)).collect())
        };
        Ok((0..operations).step_by(self.at_once as usize).map(batch).sum())
    }
}
