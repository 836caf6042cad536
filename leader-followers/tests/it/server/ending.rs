//! Drain and stop.

use super::client::{Client, get};
use super::{eventually, serve, two_threads};
use crate::soon;
use leader_followers::Promotion;
use leader_followers::http::{Builder, Response, Server};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_drain_under_load_fails_no_request() {
    let server = serve(two_threads());
    let (answered, last, warm) = (AtomicUsize::new(0), AtomicUsize::new(0), Barrier::new(9));
    let report = thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut client = Client::new(&server);
                for n in 0.. {
                    client.send(get("/"));
                    let response = client.try_response().expect("no request fails on the way out");
                    assert_eq!(response.status, 200);
                    answered.fetch_add(1, Ordering::Relaxed);
                    if response.header("connection") == Some("close") {
                        last.fetch_add(1, Ordering::Relaxed);
                        break;
                    }
                    if n == 20 {
                        warm.wait();
                    }
                }
            });
        }
        warm.wait();
        server.drain(soon())
    });
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(last.into_inner(), 8, "every client was told that its connection ends");
    assert_eq!(server.metrics().requests as usize, answered.into_inner());
    assert!(TcpStream::connect(server.local_addr()).is_err(), "the port is closed");
}

#[test]
fn an_idle_connection_gets_one_more_request_in_a_drain() {
    let server = serve(two_threads().drain_grace(Duration::from_secs(10)));
    let mut idle = Client::new(&server);
    idle.send(get("/"));
    assert_eq!(idle.response().header("connection"), None);
    thread::scope(|scope| {
        let drain = scope.spawn(|| server.drain(soon()));
        while TcpStream::connect(server.local_addr()).is_ok() {
            thread::yield_now();
        }
        idle.send(get("/more") + &get("/never"));
        let response = idle.response();
        assert_eq!(
            (response.body.as_slice(), response.header("connection")),
            (&b"GET /more None\n"[..], Some("close"))
        );
        assert_eq!(idle.rest(), "");
        drop(idle);
        assert!(drain.join().unwrap().is_clean());
    });
}

#[test]
fn an_idle_connection_is_closed_after_the_grace() {
    let server = serve(two_threads().drain_grace(Duration::from_millis(30)));
    let mut idle = Client::new(&server);
    idle.send(get("/"));
    assert_eq!(idle.response().status, 200);
    let report = server.drain(soon());
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(idle.rest(), "");
    assert_eq!(server.metrics().timeouts, 0);
}

#[test]
fn a_response_that_is_read_slowly_is_finished_by_a_drain() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // More than the kernel keeps for a client that does not read.
    let body: Arc<[u8]> = (0..32 << 20).map(|n: u32| (n % 249) as u8).collect();
    let served = body.clone();
    let builder = two_threads().drain_grace(Duration::from_secs(1));
    let server = builder.serve(listener, move |_| Response::new(200).body(served.clone())).unwrap();
    let mut slow = Client::new(&server);
    slow.send(get("/"));
    eventually(&server, |metrics| metrics.requests == 1 && metrics.bytes_out > 0);
    let mut idle = Client::new(&server);
    eventually(&server, |metrics| metrics.accepted == 2);
    thread::scope(|scope| {
        let drain = scope.spawn(|| server.drain(soon()));
        assert_eq!(idle.rest(), "", "the grace has passed");
        assert!(slow.response().body == *body, "the response was not cut off");
        slow.send(get("/more"));
        assert_eq!(slow.response().header("connection"), Some("close"), "its own grace began when it became idle");
        drop((slow, idle));
        assert!(drain.join().unwrap().is_clean());
    });
}

/// A server whose handler tells when it begins and waits until it may go on.
fn gated(builder: Builder) -> (Server, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (begun, begin) = mpsc::channel();
    let (release, released) = mpsc::channel();
    let released = Mutex::new(released);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = builder.serve(listener, move |_| {
        begun.send(()).unwrap();
        released.lock().unwrap().recv().unwrap();
        Response::text("finished")
    });
    (server.unwrap(), begin, release)
}

#[test]
fn a_request_that_has_begun_is_finished_by_a_drain() {
    let (server, begin, release) = gated(two_threads());
    let mut client = Client::new(&server);
    client.send(get("/"));
    begin.recv().unwrap();
    thread::scope(|scope| {
        let drain = scope.spawn(|| server.drain(soon()));
        while TcpStream::connect(server.local_addr()).is_ok() {
            thread::yield_now();
        }
        release.send(()).unwrap();
        let response = client.response();
        assert_eq!((response.body.as_slice(), response.header("connection")), (&b"finished"[..], Some("close")));
        drop(client);
        assert!(drain.join().unwrap().is_clean());
    });
}

#[test]
fn a_drain_keeps_its_deadline_and_says_what_it_cut_off() {
    let (server, begin, release) = gated(two_threads());
    let mut client = Client::new(&server);
    client.send(get("/"));
    begin.recv().unwrap();
    let begun = Instant::now();
    let report = server.drain(begun + Duration::from_millis(50));
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!((report.is_clean(), report.cut_off, report.busy_threads), (false, 1, 1));
    // The thread that was left alone ends, and closes the connection, when the handler returns.
    release.send(()).unwrap();
    eventually(&server, |metrics| metrics.connections_open == 0);
}

#[test]
fn connections_that_a_busy_leader_holds_are_closed_when_it_returns() {
    let (server, begin, release) = gated(two_threads().threads(1).promotion(Promotion::Late));
    let mut clients: Vec<_> = (0..3).map(|_| Client::new(&server)).collect();
    eventually(&server, |metrics| metrics.accepted == 3);
    clients[0].send(get("/"));
    begin.recv().unwrap();
    // Nobody leads now, so these two come in one batch.
    clients[1].send(get("/"));
    clients[2].send(get("/"));
    release.send(()).unwrap();
    begin.recv().unwrap();
    assert_eq!(server.drain(Instant::now()).busy_threads, 1);
    release.send(()).unwrap();
    drop(release);
    eventually(&server, |metrics| metrics.connections_open == 0);
    assert!(TcpStream::connect(server.local_addr()).is_err(), "the port is closed");
}

#[test]
fn a_stop_after_a_drain_reports_the_same_again() {
    let (server, begin, release) = gated(two_threads());
    let mut client = Client::new(&server);
    client.send(get("/"));
    begin.recv().unwrap();
    let first = server.drain(Instant::now());
    assert!(!first.is_clean() && first.cut_off > 0, "{first:?}");
    assert_eq!(first.busy_threads, 1);
    for report in [server.stop(soon()), server.drain(Instant::now())] {
        assert_eq!((report.cut_off, report.busy_threads), (first.cut_off, first.busy_threads));
        assert!(!report.is_clean());
    }
    release.send(()).unwrap();
}

#[test]
fn a_drain_that_a_stop_overtakes_is_not_clean() {
    let server = serve(two_threads().drain_grace(Duration::from_secs(20)));
    let mut idle = Client::new(&server);
    idle.send(get("/"));
    assert_eq!(idle.response().status, 200);
    thread::scope(|scope| {
        let drain = scope.spawn(|| server.drain(soon()));
        while TcpStream::connect(server.local_addr()).is_ok() {
            thread::yield_now();
        }
        eventually(&server, |metrics| metrics.connections_open == 1);
        for report in [server.stop(soon()), drain.join().unwrap()] {
            assert_eq!((report.is_clean(), report.cut_off), (false, 1));
        }
    });
    assert_eq!(idle.rest(), "");
}

/// Waits until `count` threads of this process have a name that begins with `name`.
///
/// A thread names itself after it was started, and the system lists it for a moment after it was joined.
fn threads_become(name: &str, count: usize) {
    let deadline = soon();
    loop {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
        let named = |comm: String| comm.starts_with(name);
        let found = tasks.filter(|task| std::fs::read_to_string(task.path().join("comm")).is_ok_and(named)).count();
        if found == count {
            return;
        }
        assert!(Instant::now() < deadline, "{found} threads {name}*, not {count}");
        thread::yield_now();
    }
}

#[test]
fn a_stop_closes_everything_and_leaves_no_thread() {
    let server = serve(two_threads().threads(3).name("leaves"));
    let mut clients: Vec<_> = (0..3).map(|_| Client::new(&server)).collect();
    for client in &mut clients {
        client.send(get("/"));
        assert_eq!(client.response().status, 200);
    }
    threads_become("leaves-", 3);
    let report = server.stop(soon());
    assert_eq!((report.cut_off, report.busy_threads), (4, 0), "three connections and the listener");
    threads_become("leaves-", 0);
    assert_eq!(server.metrics().connections_open, 0);
    clients.iter_mut().for_each(|client| assert_eq!(client.rest(), ""));
    drop(server);
}

#[test]
fn a_dropped_server_is_stopped() {
    let server = serve(two_threads().name("dropped"));
    let address = server.local_addr();
    let mut client = Client::new(&server);
    client.send(get("/"));
    assert_eq!(client.response().status, 200);
    drop(server);
    threads_become("dropped-", 0);
    assert_eq!(client.rest(), "");
    assert!(TcpStream::connect(address).is_err());
}
