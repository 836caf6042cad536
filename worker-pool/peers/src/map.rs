//! A map that keeps the order of its items.

use crate::pool::Pool;
use anyhow::Result;
use barometer::floor::steps;
use barometer::{Contender, Outcome};

pub(crate) struct Mapped<P> {
    pub(crate) pool: P,
    /// Items on their way, in pools that have a window.
    pub(crate) window: u64,
    /// Work of one item.
    pub(crate) steps: u64,
}

impl<P: Pool> Contender for Mapped<P> {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let count = self.steps;
        let work = move |item| {
            steps(count);
            item
        };
        Ok(self.pool.map(operations, self.window as usize, work))
    }
}
