//! An HTTP server in one call: it serves, fetches from itself, and drains.
//!
//! Run it: `cargo run -p leader-followers --features http --example hello_http`

use leader_followers::http::{Request, Response, Server};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

fn answer(request: &Request<'_>) -> Response {
    match (request.method(), request.path()) {
        ("GET", "/") => Response::html("<h1>hello</h1>"),
        ("GET", "/greet") => Response::text(format!("hello, {}", request.query().unwrap_or("you"))),
        ("POST", "/length") => Response::json(format!("{{\"bytes\":{}}}", request.body().len())),
        _ => Response::text("not here").with_status(404),
    }
}

fn fetch(address: SocketAddr, method: &str, target: &str, body: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    let length = body.len();
    write!(stream, "{method} {target} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\n")?;
    write!(stream, "connection: close\r\n\r\n{body}")?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    let status = response.lines().next().unwrap_or_default();
    let body = response.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok(format!("{method} {target}: {status}: {body}"))
}

fn main() -> anyhow::Result<()> {
    let server = Server::builder()
        .threads(2)
        .max_body(1 << 20)
        .idle_timeout(Duration::from_secs(30))
        .serve(TcpListener::bind("127.0.0.1:0")?, answer)?;

    let address = server.local_addr();
    println!("{}", fetch(address, "GET", "/", "")?);
    println!("{}", fetch(address, "GET", "/greet?world", "")?);
    println!("{}", fetch(address, "POST", "/length", "0123456789")?);
    println!("{}", fetch(address, "GET", "/nowhere", "")?);

    let report = server.drain(Instant::now() + Duration::from_secs(10));
    let metrics = server.metrics();
    println!("{} requests on {} connections; drained: {}", metrics.requests, metrics.accepted, report.is_clean());
    Ok(())
}
