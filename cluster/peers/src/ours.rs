//! cluster: the primary is this process, and the workers are its program.

use crate::Server;
use anyhow::{Context, Result, bail, ensure};
use barometer::{Contender, Outcome};
use cluster::{Cluster, Event, Policy, Program, Role, Worker, WorkerRef, Workers};
use leader_followers::http;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Says to a worker what it is to do.
const TASK: &str = "CLUSTER_PEERS_TASK";
const ADDRESS: &str = "127.0.0.1:0";
/// Nothing that has to happen takes longer.
const PATIENCE: Duration = Duration::from_secs(20);
/// Connections wait for their turn in silence.
const IDLE: Duration = Duration::from_secs(3600);

/// What goes there and back.
#[derive(Deserialize, Serialize)]
struct Numbered {
    number: u64,
}

/// Does what a worker has to and ends the process, if this process is a worker.
///
/// # Panics
///
/// Panics if a worker fails.
pub fn work_if_worker() {
    match cluster::role().expect("the environment is a primary's or a worker's") {
        Role::Primary => {}
        Role::Worker(worker) => {
            work(&worker).expect("a worker works until it is asked to leave");
            worker.finish();
            std::process::exit(0);
        }
    }
}

fn work(worker: &Worker) -> Result<()> {
    match std::env::var(TASK)?.as_str() {
        "http" => serve(worker),
        "messages" => return_messages(worker),
        other => bail!("no worker does {other}"),
    }
}

/// With one thread, as a Node worker has.
fn serve(worker: &Worker) -> Result<()> {
    let listener = worker.listen(ADDRESS)?;
    let answer = |request: &http::Request<'_>| http::Response::text(request.path()[1..].to_owned());
    let server = http::Server::builder().threads(1).idle_timeout(IDLE);
    let server = server.serve(listener.as_std().try_clone()?, answer)?;
    worker.ready()?;
    worker.wait_drain();
    server.stop(Instant::now() + PATIENCE);
    Ok(())
}

fn return_messages(worker: &Worker) -> Result<()> {
    worker.ready()?;
    for message in worker.messages() {
        worker.send(&message.decode::<Numbered>()?)?;
    }
    Ok(())
}

/// Starts workers, and waits until all are ready.
fn start(workers: usize, task: &str) -> Result<(Cluster, Vec<WorkerRef>)> {
    let program = Program::this().env(TASK, task).quiet();
    let builder = Cluster::builder().workers(Workers::Fixed(workers)).program(program);
    let cluster = builder.listen(ADDRESS, Policy::queues()).start()?;
    let mut ready = Vec::new();
    while ready.len() < workers {
        match cluster.events().recv_timeout(PATIENCE).context("the workers do not get ready")? {
            Event::Ready { worker } => ready.push(worker),
            event => ensure!(!is_end(&event), "instead of being ready: {event:?}"),
        }
    }
    Ok((cluster, ready))
}

fn is_end(event: &Event) -> bool {
    matches!(event, Event::Disconnect { .. } | Event::Exit { .. } | Event::Error { .. } | Event::SlotFailed { .. })
}

fn ids(workers: &[WorkerRef]) -> Vec<u32> {
    workers.iter().map(|worker| worker.pid()).collect()
}

/// Two workers with an HTTP server each.
pub(crate) struct Http {
    cluster: Cluster,
    workers: Vec<WorkerRef>,
}

impl Http {
    pub(crate) fn start() -> Result<Self> {
        let (cluster, workers) = start(2, "http")?;
        Ok(Self { cluster, workers })
    }
}

impl Server for Http {
    fn address(&self) -> SocketAddr {
        self.cluster.local_addr().expect("an address was given")
    }

    fn processes(&self) -> Vec<u32> {
        ids(&self.workers)
    }
}

/// A worker that returns messages.
pub(crate) struct Messages {
    cluster: Cluster,
    workers: Vec<WorkerRef>,
}

impl Messages {
    pub(crate) fn start() -> Result<Self> {
        let (cluster, workers) = start(1, "messages")?;
        Ok(Self { cluster, workers })
    }

    fn reply(&self) -> Result<u64> {
        loop {
            match self.cluster.events().recv_timeout(PATIENCE).context("a message does not come back")? {
                Event::Message { message, .. } => return Ok(message.decode::<Numbered>()?.number),
                event => ensure!(!is_end(&event), "instead of a message: {event:?}"),
            }
        }
    }
}

impl Contender for Messages {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        for number in 0..operations {
            self.cluster.send(self.workers[0], &Numbered { number })?;
            outcome.add(self.reply()?);
        }
        Ok(outcome)
    }

    fn processes(&self) -> Vec<u32> {
        ids(&self.workers)
    }
}
