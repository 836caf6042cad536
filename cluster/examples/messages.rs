//! The primary and a worker talk to each other, and the primary hears when the worker listens.
//!
//! Run: `cargo run -p cluster --example messages`

use cluster::{Cluster, Event, Role, Worker, Workers};
use serde_json::{Value, json};
use std::time::Duration;

fn main() -> anyhow::Result<()> {
    match cluster::role()? {
        Role::Primary => primary(),
        Role::Worker(worker) => talk(&worker),
    }
}

fn primary() -> anyhow::Result<()> {
    let cluster = Cluster::builder().workers(Workers::Fixed(1)).start()?;
    loop {
        match cluster.events().recv_timeout(Duration::from_secs(20))? {
            Event::Online { worker } => println!("primary: worker {} is online", worker.id()),
            Event::Listening { worker, address } => {
                println!("primary: worker {} is now connected to {}", worker.id(), address.ip());
                cluster.send(worker, &json!({"text": "hi there"}))?;
            }
            Event::Message { worker, message } => {
                let value: Value = message.decode()?;
                println!("primary: worker {} says {}", worker.id(), value["text"]);
                if value["last"] == true {
                    break;
                }
            }
            Event::Exit { status, .. } => anyhow::bail!("the worker ended: {status}"),
            _ => {}
        }
    }
    cluster.shutdown(Duration::from_secs(10));
    for event in cluster.events() {
        match event {
            Event::Disconnect { worker } => println!("primary: worker {} has disconnected", worker.id()),
            Event::Exit { worker, status, .. } => println!("primary: worker {} ended with {status}", worker.id()),
            _ => {}
        }
    }
    Ok(())
}

fn talk(worker: &Worker) -> anyhow::Result<()> {
    let listener = worker.listen("127.0.0.1:0")?;
    worker.ready()?;
    worker.send(&json!({"text": "message from the worker"}))?;
    for message in worker.messages() {
        let value: Value = message.decode()?;
        let text = value["text"].as_str().unwrap_or_default();
        worker.send(&json!({"text": format!("{text}, too"), "last": true}))?;
    }
    drop(listener);
    worker.finish();
    Ok(())
}
