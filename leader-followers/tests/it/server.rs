//! The HTTP server over real sockets.

mod client;
mod ending;
mod limit;
mod load;

use client::{Client, get};
use leader_followers::http::{Body, Builder, Metrics, Response, Server};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// A server that answers with what it was asked; some paths do more.
fn serve(builder: Builder) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    builder
        .serve(listener, |request| match request.path() {
            "/panic" => std::panic::resume_unwind(Box::new("asked to panic")),
            "/large" => Response::bytes("application/octet-stream", large()),
            "/close" => Response::text("last").close(),
            _ => {
                let line = format!("{} {} {:?}\n", request.method(), request.path(), request.query());
                let mut body = line.into_bytes();
                body.extend_from_slice(request.body());
                Response::bytes("text/plain", body).header("x-asked", request.header("x-ask").unwrap_or("nothing"))
            }
        })
        .unwrap()
}

/// Two threads, and time-outs that no test waits for by accident.
fn two_threads() -> Builder {
    Server::builder().threads(2)
}

fn large() -> Body {
    (0..4 << 20).map(|n: u32| (n * 7 % 251) as u8).collect::<Vec<_>>().into()
}

/// Waits until the server's counts are as they should be.
fn eventually(server: &Server, holds: impl Fn(&Metrics) -> bool) -> Metrics {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let metrics = server.metrics();
        if holds(&metrics) {
            return metrics;
        }
        assert!(Instant::now() < deadline, "the counts stay wrong: {metrics:?}");
        std::thread::yield_now();
    }
}

#[test]
fn a_connection_serves_request_after_request() {
    let server = serve(two_threads());
    let (mut client, mut sent) = (Client::new(&server), 0);
    for n in 0..3 {
        let request = format!("POST /a{n}?b HTTP/1.1\r\nHost: x\r\nX-Ask: {n}\r\nContent-Length: 3\r\n\r\nabc");
        sent += request.len() as u64;
        client.send(request);
        let response = client.response();
        assert_eq!((response.status, response.header("x-asked")), (200, Some(n.to_string().as_str())));
        assert_eq!(response.body, format!("POST /a{n} Some(\"b\")\nabc").as_bytes());
        assert_eq!(response.header("connection"), None);
    }
    let request = "HEAD / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    sent += request.len() as u64;
    client.send(request);
    let head = client.rest();
    assert!(head.contains("content-length: 12\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    let metrics = eventually(&server, |metrics| metrics.connections_open == 0);
    assert_eq!((metrics.accepted, metrics.requests, metrics.responses_by_class[1]), (1, 4, 4));
    assert_eq!(metrics.latency.count(), 4);
    assert_eq!(metrics.bytes_in, sent);
    assert!(metrics.bytes_out > head.len() as u64 * 3, "four heads and three bodies");
    assert!(metrics.latency.percentile(50.0).is_some());
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = serve(two_threads());
    let mut client = Client::new(&server);
    let all: String = (0..300).map(|n| get(&format!("/{n}"))).collect();
    client.send(all);
    for n in 0..300 {
        assert_eq!(client.response().body, format!("GET /{n} None\n").as_bytes());
    }
}

#[test]
fn a_request_may_come_one_byte_at_a_time() {
    let server = serve(two_threads());
    let mut client = Client::new(&server);
    let chunked = "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    for byte in chunked.as_bytes() {
        client.send([*byte]);
    }
    assert_eq!(client.response().body, b"POST / None\nabcde");
}

#[test]
fn a_client_that_sends_no_more_gets_its_answers() {
    let server = serve(two_threads());
    let mut client = Client::new(&server);
    client.send(get("/1") + &get("/2") + "GET /unfinished");
    client.shut();
    assert_eq!(client.response().body, b"GET /1 None\n");
    assert_eq!(client.response().body, b"GET /2 None\n");
    assert_eq!(client.rest(), "");
    eventually(&server, |metrics| metrics.connections_open == 0);
}

#[test]
fn a_client_that_waits_for_the_go_ahead_gets_it() {
    let server = serve(two_threads());
    let mut client = Client::new(&server);
    client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n");
    assert_eq!(client.response().status, 100);
    client.send("hi");
    assert_eq!(client.response().body, b"POST / None\nhi");
}

#[test]
fn a_panicking_handler_ends_its_own_connection_only() {
    let server = serve(two_threads());
    let mut bystander = Client::new(&server);
    for _ in 0..4 {
        let mut client = Client::new(&server);
        client.send(get("/panic") + &get("/never"));
        let response = client.response();
        assert_eq!((response.status, response.header("connection")), (500, Some("close")));
        assert_eq!(client.rest(), "");
        bystander.send(get("/"));
        assert_eq!(bystander.response().status, 200);
    }
    assert_eq!(server.metrics().panicked, 4);
}

#[test]
fn a_client_that_does_not_read_is_not_read_either() {
    let server = serve(two_threads());
    let mut client = Client::new(&server);
    client.send(get("/large").repeat(40));
    let first = eventually(&server, |metrics| metrics.requests > 0);
    assert!(first.requests < 40, "160 MiB of responses are not prepared for a client that reads nothing");
    let Body::Owned(large) = large() else { panic!("it is made on the spot") };
    for _ in 0..40 {
        assert!(client.response().body == large, "the body arrives unchanged");
    }
}

#[test]
fn a_full_server_lets_clients_wait() {
    let server = serve(two_threads().max_connections(2));
    let [mut first, mut second] = [Client::new(&server), Client::new(&server)];
    for client in [&mut first, &mut second] {
        client.send(get("/"));
        assert_eq!(client.response().status, 200);
    }
    eventually(&server, |metrics| metrics.accept_suspensions > 0);
    let mut third = Client::new(&server);
    third.send(get("/third"));
    assert_eq!(server.metrics().accepted, 2);
    drop(first);
    assert_eq!(third.response().body, b"GET /third None\n");
    assert!(TcpStream::connect(server.local_addr()).is_ok(), "the port is open all the time");
}
