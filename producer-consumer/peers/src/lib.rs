//! producer-consumer beside what others would use instead: who stands behind the names in `scenarios.toml`.
//!
//! A channel's contender is two ends behind [`channel`]'s traits, opened in [`kind`], and let loose in one of three
//! shapes; batches and futures have traits of their own. So a new channel is one line where its ends are taught the traits
//! and one a scenario shape, and every channel runs the same code around its calls.
//!
//! | module | what |
//! |---|---|
//! | [`channel`] | what an end of a channel can do |
//! | [`kind`] | which channel a name means |
//! | [`flow`] | producers send, consumers receive |
//! | [`pingpong`] | two threads answer each other |
//! | [`alone`] | one thread sends to itself |
//! | [`batch`] | a producer and a consumer with batches |
//! | [`select`] | one thread sends to one of several and selects among them |
//! | [`task`] | a task sends, another one receives |
//! | [`jobs`] | the durable queue |
//! | [`program`] | contenders that are programs of their own |

pub mod alone;
pub mod batch;
pub mod channel;
pub mod flow;
pub mod jobs;
pub mod kind;
pub mod pingpong;
pub mod program;
pub mod select;
pub mod task;

use alone::Alone;
use anyhow::{Result, bail};
use barometer::{Contender, Peers, Placement, Scenario};
use batch::Batches;
use flow::Flow;
use pingpong::PingPong;
use task::Threads;

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
        "rendezvous" => kind::rendezvous(name, Flow::pair(placement)),
        "select-8" => select::contender(name, with("channels")?),
        "spsc-unbounded" => kind::unbounded(name, Flow::pair(placement)),
        "mpsc-4" | "mpmc-2x2" | "mpmc-4x4" | "mpmc-8x8" => {
            let flow = Flow { producers: with("producers")?, consumers: with("consumers")?, placement };
            kind::crowd(name, with("capacity")?, flow)
        }
        "spsc-batches" => Batches { placement, size: with("batch")? }.contender(name, with("capacity")?),
        "tasks" => Threads::Two(placement).contender(name, with("capacity")?),
        "tasks-one-thread" => Threads::Current.contender(name, with("capacity")?),
        "tasks-batches" => Threads::Two(placement).batches(name, with("capacity")?, with("batch")?),
        "jobs-add" => jobs::add(name),
        "jobs-process" => jobs::process(name, with("workers")?),
        unknown => bail!("nobody takes part in {unknown}"),
    }
}
