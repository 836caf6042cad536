//! leader-followers beside what others would use instead.
//!
//! What is asked stands in `scenarios.toml`; `cargo xtask bench leader-followers` asks it. To add a server: a function
//! that starts it on a listener, a line in `start`, and its name in the tables.
//!
//! | module | what |
//! |---|---|
//! | [`client`] | the one client of all servers, also of those of `cluster-peers` |
//! | [`protocol`] | what it says: HTTP, and messages that come back |
//! | `ours`, `raw`, `asynchronous` | the servers |
//! | `tasks` | tasks through memory, without a server |

mod asynchronous;
pub mod client;
mod ours;
pub mod protocol;
mod raw;
mod tasks;

use anyhow::{Context, Result};
use barometer::{Contender, Outcome, Peers, Placement, Scenario};
use client::Client;
use protocol::{Echo, Http, Protocol};
use std::any::Any;
use std::net::TcpListener;

/// Threads of a server that has more than one.
const THREADS: usize = 2;

/// The contenders of all questions.
pub fn peers() -> Peers {
    Peers { contender, ..Peers::new(include_str!("../scenarios.toml")) }
}

fn contender(scenario: &Scenario, name: &str, placement: Placement) -> Result<Box<dyn Contender>> {
    match scenario.name.as_str() {
        "http-keep-alive" => Served::<Http>::start(scenario, name, placement),
        "tasks-alone" => tasks::contender(scenario, name),
        _ => Served::<Echo>::start(scenario, name, placement),
    }
}

/// A server and its client. The client goes first: a loop by hand ends with its connections.
struct Served<P> {
    client: Client<P>,
    _server: Server,
}

/// Whatever ends a server when it is dropped.
type Server = Box<dyn Any>;

impl<P: Protocol> Served<P> {
    fn start(scenario: &Scenario, name: &str, placement: Placement) -> Result<Box<dyn Contender>> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        placement.pin(1);
        let server = start(scenario, name, listener)?;
        placement.pin(0);
        let client = Client::connect(address, scenario.with("connections")?)?;
        Ok(Box::new(Self { client, _server: server }))
    }
}

impl<P: Protocol> Contender for Served<P> {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        self.client.run(operations)
    }
}

fn start(scenario: &Scenario, name: &str, listener: TcpListener) -> Result<Server> {
    match (scenario.name.as_str(), name) {
        ("http-keep-alive", "ours") => ours::http(listener),
        ("http-keep-alive", "rustix: epoll loop") => raw::serve::<Http>(listener),
        ("http-keep-alive", "hyper") => asynchronous::http(listener),
        (_, "ours") => ours::echo(listener),
        (_, "rustix: epoll loop") => raw::serve::<Echo>(listener),
        (_, "tokio") => asynchronous::echo(listener),
        _ => None.with_context(|| format!("no contender `{name}`")),
    }
}
