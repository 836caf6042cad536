//! The primitives of `common` beside those that others would use instead.
//!
//! What is asked of them stands in `scenarios.toml`; `cargo xtask bench common` asks it. To add a primitive: a module
//! with its `contender`s, a line in `contender`, and a table.
//!
//! | module | what |
//! |---|---|
//! | `partner` | the other thread, for questions that need two |
//! | `park`, `wait`, `slot`, `latch`, `lifecycle`, `semaphore`, `backoff` | the contenders |

mod backoff;
mod latch;
mod lifecycle;
mod park;
mod partner;
mod semaphore;
mod slot;
mod wait;

use anyhow::{Context, Result};
use barometer::contender::Loop;
use barometer::{Contender, Peers, Placement, Scenario};

/// The contenders of all primitives.
pub fn peers() -> Peers {
    Peers { contender, ..Peers::new(include_str!("../scenarios.toml")) }
}

fn contender(scenario: &Scenario, name: &str, placement: Placement) -> Result<Box<dyn Contender>> {
    let found = match scenario.name.split('-').next() {
        Some("park") => park::contender(scenario, name, placement),
        Some("wait") => wait::contender(name),
        Some("slot") => slot::contender(scenario, name, placement),
        Some("latch") => latch::contender(name),
        Some("lifecycle") => lifecycle::contender(name),
        Some("semaphore") => semaphore::contender(name),
        Some("backoff") => backoff::contender(scenario, name),
        _ => None,
    };
    found.with_context(|| format!("no contender `{name}`"))
}

/// A contender that does the same again and again.
fn repeated(mut once: impl FnMut() + 'static) -> Box<dyn Contender> {
    Box::new(Loop(move |operations| {
        (0..operations).for_each(|_| once());
        operations
    }))
}
