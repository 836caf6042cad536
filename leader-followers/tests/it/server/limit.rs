//! Requests that cost too much, and clients that take too long.

use super::client::{Client, get};
use super::{eventually, serve, two_threads};
use std::time::{Duration, Instant};

const SHORT: Duration = Duration::from_millis(60);

/// Sends `bytes`, expects `status` and an orderly end.
fn refused(client: &mut Client, bytes: &[u8], status: u16) {
    client.send(bytes);
    let response = client.response();
    assert_eq!((response.status, response.header("connection")), (status, Some("close")));
    assert_eq!(client.rest(), "");
}

#[test]
fn requests_that_are_too_large_are_refused() {
    let server = serve(two_threads().max_head(1024).max_headers(4).max_body(100));
    let long = "x".repeat(2000);
    let many = "a: b\r\n".repeat(5);
    let table = [
        (format!("GET /{long} HTTP/1.1\r\nhost: x\r\n\r\n"), 414),
        (format!("GET / HTTP/1.1\r\nhost: x\r\na: {long}\r\n\r\n"), 431),
        (format!("GET / HTTP/1.1\r\nhost: x\r\n{many}\r\n"), 431),
        ("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 101\r\n\r\n".to_owned(), 413),
        ("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n65\r\n".to_owned(), 413),
        ("GET / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ncontent-length: 1\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/3.0\r\nhost: x\r\n\r\n".to_owned(), 505),
    ];
    let count = table.len() as u64;
    for (request, status) in table {
        refused(&mut Client::new(&server), request.as_bytes(), status);
    }
    assert_eq!(server.metrics().rejections, count);
    assert_eq!(server.metrics().requests, 0);
}

#[test]
fn a_refusal_reaches_a_client_that_is_still_sending() {
    let server = serve(two_threads().max_body(10));
    let mut client = Client::new(&server);
    // More than the response can overtake: closing at once would reset the connection under it.
    let body = vec![b'x'; 300_000];
    client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 300000\r\n\r\n");
    client.send(&body);
    assert_eq!(client.response().status, 413);
    // An upload that takes longer than a silent client gets to close, from one that looks for an answer only after it.
    let (mut client, begun) = (Client::new(&server), Instant::now());
    client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000000\r\n\r\n");
    while begun.elapsed() < Duration::from_millis(1300) {
        client.send(&body);
        std::thread::yield_now();
    }
    assert_eq!(client.response().status, 413);
}

#[test]
fn a_slow_head_is_timed_out() {
    let server = serve(two_threads().header_timeout(SHORT));
    let begun = Instant::now();
    refused(&mut Client::new(&server), b"GET / HTTP/1.1\r\nhost", 408);
    assert!(begun.elapsed() >= SHORT);
    let mut silent = Client::new(&server);
    assert_eq!(silent.rest(), "", "who never said anything is told nothing");
    assert_eq!(server.metrics().timeouts, 2);
}

#[test]
fn bytes_that_trickle_in_do_not_extend_a_head() {
    let server = serve(two_threads().header_timeout(SHORT));
    let mut client = Client::new(&server);
    client.send("GET / HTTP/1.1\r\nhost: x\r\n");
    let deadline = Instant::now() + Duration::from_secs(20);
    while server.metrics().timeouts == 0 {
        assert!(Instant::now() < deadline, "a client that sends a field now and then stays for ever");
        client.send("a: b\r\n");
        std::thread::yield_now();
        if server.metrics().rejections > 0 {
            break;
        }
    }
    let status = client.response().status;
    assert!(status == 408 || status == 431, "{status}");
}

#[test]
fn a_slow_body_is_timed_out() {
    let server = serve(two_threads().body_timeout(SHORT));
    refused(&mut Client::new(&server), b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nab", 408);
}

#[test]
fn an_idle_connection_is_closed() {
    let server = serve(two_threads().idle_timeout(SHORT));
    let mut client = Client::new(&server);
    client.send(get("/"));
    assert_eq!(client.response().status, 200);
    assert_eq!(client.rest(), "");
    let metrics = eventually(&server, |metrics| metrics.connections_open == 0);
    assert_eq!((metrics.timeouts, metrics.rejections), (1, 0));
}

#[test]
fn a_client_that_stops_reading_is_closed() {
    let server = serve(two_threads().write_timeout(SHORT));
    let mut client = Client::new(&server);
    client.send(get("/large").repeat(8));
    eventually(&server, |metrics| metrics.timeouts == 1 && metrics.connections_open == 0);
}

#[test]
fn a_client_that_does_not_close_is_not_waited_for() {
    let server = serve(two_threads());
    let mut client = Client::new(&server);
    client.send(get("/close"));
    assert_eq!(client.response().header("connection"), Some("close"));
    assert_eq!(client.rest(), "");
    // The client keeps its end open; the server gives it a second.
    let metrics = eventually(&server, |metrics| metrics.connections_open == 0);
    assert_eq!(metrics.timeouts, 0, "it is no fault of the client's");
}
