//! producer-consumer beside what others would use instead: who stands behind the names in `scenarios.toml`.
//!
//! A channel's contender is two ends behind [`channel`]'s traits, opened in [`kind`], and let loose in one of three
//! shapes. So a new channel is one line where its ends are taught the traits and one a scenario shape, and every channel
//! runs the same code around its calls.
//!
//! | module | what |
//! |---|---|
//! | [`channel`] | what an end of a channel can do |
//! | [`kind`] | which channel a name means |
//! | [`flow`] | producers send, consumers receive |
//! | [`pingpong`] | two threads answer each other |
//! | [`alone`] | one thread sends to itself |
//! | [`jobs`] | the durable queue |
//! | [`program`] | contenders that are programs of their own |

pub mod alone;
pub mod channel;
pub mod flow;
pub mod jobs;
pub mod kind;
pub mod pingpong;
pub mod program;

use alone::Alone;
use anyhow::{Result, bail};
use barometer::{Contender, Peers, Placement, Scenario};
use flow::Flow;
use pingpong::PingPong;

/// The contenders of all scenarios.
pub fn peers() -> Peers {
    Peers { contender, ..Peers::new(include_str!("../scenarios.toml")) }
}

fn contender(scenario: &Scenario, name: &str, placement: Placement) -> Result<Box<dyn Contender>> {
    let with = |key| anyhow::Ok(usize::try_from(scenario.with(key)?)?);
    match scenario.name.as_str() {
        "alone" => kind::pair(name, with("capacity")?, Alone),
        "ping-pong" => kind::pair(name, with("capacity")?, PingPong(placement)),
        "spsc-1024" | "bounded-1" => kind::pair(name, with("capacity")?, Flow::pair(placement)),
        "spsc-unbounded" => kind::unbounded(name, Flow::pair(placement)),
        "mpsc-4" | "mpmc-2x2" | "mpmc-4x4" => {
            let flow = Flow { producers: with("producers")?, consumers: with("consumers")?, placement };
            kind::crowd(name, with("capacity")?, flow)
        }
        "jobs-add" => jobs::add(name),
        "jobs-process" => jobs::process(name, with("workers")?),
        unknown => bail!("nobody takes part in {unknown}"),
    }
}
