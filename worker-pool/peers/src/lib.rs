//! worker-pool beside what others would use instead.
//!
//! What is asked stands in `scenarios.toml`; `cargo xtask bench worker-pool` asks it. To add a pool: an implementation of
//! `pool::Pool` in `peer`, a line in `with_pool`, and its name in the tables.
//!
//! | module | what |
//! |---|---|
//! | `pool` | what a pool has to be able to do |
//! | `peer` | the pools |
//! | `outside`, `handle`, `map`, `nested`, `latency` | the questions |

mod handle;
mod latency;
mod map;
mod nested;
mod outside;
mod peer;
mod pool;

use anyhow::{Context, Result};
use barometer::{Contender, Peers, Placement, Scenario, Service};

/// The contenders of all questions.
pub fn peers() -> Peers {
    Peers { contender, service, ..Peers::new(include_str!("../scenarios.toml")) }
}

/// Calls a function that is generic over the pool with the pool of that name; `None` if there is none.
macro_rules! with_pool {
    ($name:expr, $call:ident($($argument:expr),*)) => {
        match $name {
            "ours" => Some($call::<peer::WorkerPool>($($argument),*)),
            "rayon" => Some($call::<peer::Rayon>($($argument),*)),
            "threadpool" => Some($call::<peer::ThreadPool>($($argument),*)),
            "crossbeam-channel: by hand" => Some($call::<peer::ByHand>($($argument),*)),
            "tokio: spawn" => Some($call::<peer::TokioSpawn>($($argument),*)),
            "tokio: spawn_blocking" => Some($call::<peer::TokioBlocking>($($argument),*)),
            _ => None,
        }
    };
}

fn contender(scenario: &Scenario, name: &str, placement: Placement) -> Result<Box<dyn Contender>> {
    let found = match scenario.name.as_str() {
        "nested" => nested::contender(name),
        _ => with_pool!(name, asked(scenario, placement)),
    };
    found.with_context(|| format!("no contender `{name}`"))?
}

fn asked<P: pool::Pool>(scenario: &Scenario, placement: Placement) -> Result<Box<dyn Contender>> {
    let pool = pool::started::<P>(placement)?;
    Ok(match scenario.name.as_str() {
        "outside" => Box::new(outside::Outside(pool)),
        "round-trip" => Box::new(handle::Handles { pool, at_once: 1 }),
        "handles" => Box::new(handle::Handles { pool, at_once: scenario.with("at-once")? }),
        "map" => Box::new(map::Mapped { pool, window: scenario.with("window")?, steps: scenario.with("steps")? }),
        other => anyhow::bail!("nobody knows what {other} asks"),
    })
}

fn service(_: &Scenario, name: &str, placement: Placement) -> Result<Box<dyn Service>> {
    with_pool!(name, serving(placement)).with_context(|| format!("no contender `{name}`"))?
}

fn serving<P: pool::Pool>(placement: Placement) -> Result<Box<dyn Service>> {
    Ok(Box::new(latency::Spinning(pool::started::<P>(placement)?)))
}
