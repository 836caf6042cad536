//! No descriptors left: the server pauses, does not spin, and goes on when there are some again.

use leader_followers::http::{Response, Server};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const CHILD: &str = "LEADER_FOLLOWERS_FAULT_CHILD";
/// What the child may open: about thirty connections beside its own descriptors.
const DESCRIPTORS: usize = 40;
const CLIENTS: usize = 64;
/// How many of them leave; those that stay fit into the child.
const LEAVERS: usize = 44;

/// The child: serves until its standard input ends. Any request is answered with the number of pauses so far.
fn serve() {
    static SERVER: OnceLock<Server> = OnceLock::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let pauses = || SERVER.get().map_or(0, |server| server.metrics().accept_backoffs);
    let server = Server::builder().threads(2).serve(listener, move |_| Response::text(pauses().to_string())).unwrap();
    println!("\nserving {}", server.local_addr());
    SERVER.set(server).unwrap();
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    let report = SERVER.get().unwrap().drain(Instant::now() + Duration::from_secs(10));
    assert!(report.is_clean(), "{report:?}");
}

/// This test again, in a process with few descriptors.
fn spawn_child(test: &str) -> (Child, SocketAddr) {
    let mut child = Command::new("sh")
        .args(["-c", &format!("ulimit -n {DESCRIPTORS} && exec \"$0\" --exact \"$1\" --nocapture --test-threads=1")])
        .arg(std::env::current_exe().unwrap())
        .arg(test)
        .env(CHILD, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address =
        lines.find_map(|line| line.unwrap().strip_prefix("serving ").map(str::to_owned)).expect("the child serves");
    // The rest is read too, so that the child is never stopped by a full pipe.
    std::thread::spawn(move || lines.for_each(drop));
    (child, address.parse().unwrap())
}

/// Sends one request and gives the number of pauses that is the answer.
fn ask(client: &mut TcpStream) -> u64 {
    client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    while !answer.contains("\r\n\r\n") || answer.ends_with("\r\n\r\n") {
        let mut bytes = [0; 512];
        let count = client.read(&mut bytes).expect("the server answers in time");
        assert!(count > 0, "the connection ended after {answer:?}");
        answer.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
    }
    answer.rsplit("\r\n").next().unwrap().parse().unwrap()
}

#[test]
fn a_server_without_descriptors_pauses_and_goes_on() {
    if std::env::var_os(CHILD).is_some() {
        return serve();
    }
    let (mut child, address) = spawn_child("descriptor::a_server_without_descriptors_pauses_and_goes_on");
    let begun = Instant::now();
    let mut clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let client = TcpStream::connect(address).unwrap();
            client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            client
        })
        .collect();
    // The first client was accepted while there was room. It watches the server run into its limit and pause.
    while ask(&mut clients[0]) < 3 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the server never ran out of descriptors");
    }
    // Those that were accepted leave; those that waited in the kernel's queue are served in their place.
    clients.drain(..LEAVERS);
    for client in &mut clients {
        ask(client);
    }
    let pauses = ask(&mut clients[0]);
    let most = begun.elapsed().as_millis() / 10 + 2;
    assert!(u128::from(pauses) <= most, "{pauses} pauses in {:?}: the server spun", begun.elapsed());
    drop(clients);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success(), "the child drains and leaves no descriptor behind");
}
