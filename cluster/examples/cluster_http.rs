//! Two workers answer HTTP on one port; the primary counts their requests through messages.
//!
//! This is Node's classic cluster example: a process for each CPU, one port, and a master that sums up
//! `notifyRequest` messages. Here there are two, so that the output is the same everywhere, and the primary is its own client.
//!
//! Run: `cargo run -p cluster --example cluster_http`

use cluster::{Cluster, Event, Policy, Role, Worker, Workers};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const ADDRESS: &str = "127.0.0.1:0";
const REQUESTS: usize = 40;

#[derive(Serialize, Deserialize)]
struct NotifyRequest {
    requests: usize,
}

fn main() -> anyhow::Result<()> {
    match cluster::role()? {
        Role::Primary => primary(),
        Role::Worker(worker) => serve(&worker),
    }
}

fn primary() -> anyhow::Result<()> {
    let cluster = Cluster::builder().workers(Workers::Fixed(2)).listen(ADDRESS, Policy::queues()).start()?;
    let address = cluster.local_addr().expect("an address was given");
    println!("primary: 2 workers share one port");
    for _ in 0..REQUESTS {
        anyhow::ensure!(get(address)? == "hello from a worker");
    }
    let mut counted = 0;
    while counted < REQUESTS {
        match cluster.events().recv_timeout(Duration::from_secs(20))? {
            Event::Message { message, .. } => counted += message.decode::<NotifyRequest>()?.requests,
            Event::Exit { worker, status, .. } => anyhow::bail!("worker {} ended: {status}", worker.id()),
            _ => {}
        }
    }
    println!("primary: numReqs = {counted}");
    let report = cluster.shutdown(Duration::from_secs(10));
    println!("primary: {} workers have left, {} had to be killed", report.workers, report.killed);
    Ok(())
}

fn serve(worker: &Worker) -> anyhow::Result<()> {
    let listener = worker.listen(ADDRESS)?;
    worker.ready()?;
    while let Some(stream) = listener.accept()? {
        answer(stream)?;
        worker.send(&NotifyRequest { requests: 1 })?;
    }
    worker.finish();
    Ok(())
}

fn answer(stream: TcpStream) -> std::io::Result<()> {
    let mut request = BufReader::new(stream);
    let mut line = String::new();
    while request.read_line(&mut line)? > 2 {
        line.clear();
    }
    let response = "HTTP/1.1 200 OK\r\ncontent-length: 19\r\nconnection: close\r\n\r\nhello from a worker";
    request.into_inner().write_all(response.as_bytes())
}

fn get(address: SocketAddr) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    Ok(response.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}
