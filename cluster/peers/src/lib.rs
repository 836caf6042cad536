//! cluster beside what others would use instead.
//!
//! What is asked stands in `scenarios.toml`; `cargo xtask bench cluster` asks it. A program that has these contenders calls
//! [`work_if_worker`] first: the workers of ours are that program, run again.
//!
//! | module | what |
//! |---|---|
//! | `ours` | cluster: its primary is this process |
//! | `node` | Node's cluster module: its primary is a process, too |
//! | `message` | what one message costs, without a process |
//!
//! The client is that of `leader-followers-peers`.

mod message;
mod node;
mod ours;

use anyhow::{Context, Result};
use barometer::{Contender, Outcome, Peers, Placement, Scenario};
use leader_followers_peers::client::Client;
use leader_followers_peers::protocol::Http;
use std::net::SocketAddr;

pub use ours::work_if_worker;

/// Operations before the first that counts: a compiler that works meanwhile has found its pace after them.
const WARM_UP: u64 = 10_000;

/// The contenders of all questions.
pub fn peers() -> Peers {
    Peers { contender, ..Peers::new(include_str!("../scenarios.toml")) }
}

fn contender(scenario: &Scenario, name: &str, placement: Placement) -> Result<Box<dyn Contender>> {
    if scenario.name == "message-alone" {
        return message::contender(name);
    }
    // Processes run where the thread does that starts them.
    placement.pin(1);
    let mut contender: Box<dyn Contender> = match (scenario.name.as_str(), name) {
        ("http-2-workers", "ours") => Served::by(ours::Http::start()?, scenario)?,
        ("http-2-workers", "node: cluster") => Served::by(node::Http::start()?, scenario)?,
        ("messages", "ours") => Box::new(ours::Messages::start()?),
        ("messages", "node: cluster") => Box::new(node::Messages::start()?),
        _ => return None.with_context(|| format!("no contender `{name}`")),
    };
    placement.pin(0);
    contender.run(WARM_UP)?;
    Ok(contender)
}

/// Workers that serve, and their client.
struct Served<S> {
    client: Client<Http>,
    server: S,
}

/// Workers that serve HTTP.
trait Server: 'static {
    fn address(&self) -> SocketAddr;

    /// All processes but this one.
    fn processes(&self) -> Vec<u32>;

    /// See [`Contender::version`].
    fn version(&self) -> Option<String> {
        None
    }
}

impl<S: Server> Served<S> {
    fn by(server: S, scenario: &Scenario) -> Result<Box<dyn Contender>> {
        let client = Client::connect(server.address(), scenario.with("connections")?)?;
        Ok(Box::new(Self { client, server }))
    }
}

impl<S: Server> Contender for Served<S> {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        self.client.run(operations)
    }

    fn processes(&self) -> Vec<u32> {
        self.server.processes()
    }

    fn version(&self) -> Option<String> {
        self.server.version()
    }
}
