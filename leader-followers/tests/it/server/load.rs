//! Many clients at once.

use super::client::{Client, get};
use super::{eventually, serve, two_threads};
use leader_followers::Promotion;
use std::thread;

const CLIENTS: usize = 16;
const REQUESTS: usize = 120;

fn ask(client: &mut Client, who: usize, n: usize) {
    let body = format!("{who}-{n}-").repeat(n % 50);
    let request = if n.is_multiple_of(2) {
        format!("PUT /{who}/{n} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    } else {
        let chunk = if body.is_empty() { String::new() } else { format!("{:x}\r\n{body}\r\n", body.len()) };
        format!("PUT /{who}/{n} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{chunk}0\r\n\r\n")
    };
    client.send(request);
    let response = client.response();
    assert_eq!(response.status, 200);
    assert_eq!(String::from_utf8(response.body).unwrap(), format!("PUT /{who}/{n} None\n{body}"));
}

#[test]
fn sixteen_clients_get_what_they_asked_for() {
    for (promotion, threads) in [(Promotion::Early, 3), (Promotion::Late, 2)] {
        let server = serve(two_threads().threads(threads).promotion(promotion));
        thread::scope(|scope| {
            for who in 0..CLIENTS {
                let server = &server;
                scope.spawn(move || {
                    let mut client = Client::new(server);
                    (0..REQUESTS).for_each(|n| ask(&mut client, who, n));
                });
            }
        });
        let metrics = eventually(&server, |metrics| metrics.connections_open == 0);
        assert_eq!(metrics.requests as usize, CLIENTS * REQUESTS);
        assert_eq!(metrics.responses_by_class, [0, metrics.requests, 0, 0, 0]);
        assert_eq!(metrics.handovers.handed == 0, promotion == Promotion::Late);
    }
}

#[test]
fn connections_that_come_and_go_all_get_an_answer() {
    let server = serve(two_threads().max_connections(4));
    thread::scope(|scope| {
        for who in 0..8 {
            let server = &server;
            scope.spawn(move || {
                for n in 0..50 {
                    let mut client = Client::new(server);
                    client.send(get(&format!("/{who}/{n}")));
                    assert_eq!(client.response().body, format!("GET /{who}/{n} None\n").as_bytes());
                }
            });
        }
    });
    let metrics = eventually(&server, |metrics| metrics.connections_open == 0);
    assert_eq!((metrics.accepted, metrics.requests), (400, 400));
}
