//! The workers of the tests: this test program run again, with a behaviour named in its environment.

use cluster::{Cluster, Event, Program, Role, Worker, WorkerRef};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What the test program is to do instead of testing.
pub(crate) const BEHAVIOUR: &str = "CLUSTER_TEST_WORKER";
/// A file that changes what a worker does once it exists.
pub(crate) const FLAG: &str = "CLUSTER_TEST_FLAG";
/// Bytes for a worker to write to its channel.
pub(crate) const BYTES: &str = "CLUSTER_TEST_BYTES";
/// No test waits longer than this for what has to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const ADDRESS: &str = "127.0.0.1:0";

/// How the test program is run to do it.
pub(crate) const ARGUMENTS: [&str; 4] =
    ["worker::a_process_outside_a_cluster_is_a_primary", "--exact", "--nocapture", "--test-threads=1"];

/// This test program as a worker of the given behaviour.
pub(crate) fn program(behaviour: &str) -> Program {
    Program::this().args(ARGUMENTS).env(BEHAVIOUR, behaviour).quiet()
}

/// The same by its path, as a program of somebody else.
pub(crate) fn foreign_program(behaviour: &str) -> Program {
    let path = std::env::current_exe().expect("this program has a path");
    Program::exec(path).args(ARGUMENTS).env(BEHAVIOUR, behaviour).quiet()
}

/// The test that is also the workers' entrance.
#[test]
fn a_process_outside_a_cluster_is_a_primary() {
    match std::env::var(BEHAVIOUR) {
        Err(_) => assert!(matches!(cluster::role(), Ok(Role::Primary))),
        Ok(behaviour) => {
            behave(&behaviour);
            std::process::exit(0);
        }
    }
}

fn behave(behaviour: &str) {
    match behaviour {
        "primary" => be_primary(),
        "raw" => be_raw(),
        "crash" => std::process::exit(7),
        _ => {}
    }
    let Role::Worker(worker) = cluster::role().expect("the environment is a worker's") else {
        panic!("a worker's environment makes a worker")
    };
    match behaviour {
        "serve" => serve(&worker, true),
        "unready" => serve(&worker, !flag_exists()),
        "echo" => echo(&worker),
        "deaf" => {
            worker.ready().expect("the primary is there");
            worker.wait_drain();
        }
        "punctual" => {
            let past = Instant::now();
            assert!(!worker.wait_drain_deadline(past) && !worker.wait_drain_timeout(Duration::ZERO));
            let waiting = worker.clone();
            let waiter = std::thread::spawn(move || waiting.wait_drain_timeout(Duration::MAX));
            worker.ready().expect("the primary is there");
            assert!(worker.wait_drain_timeout(PATIENCE), "the request ends the wait");
            assert!(waiter.join().expect("it does not panic"), "a time beyond all clocks is for ever");
            assert!(worker.wait_drain_deadline(past) && worker.wait_drain_timeout(Duration::ZERO));
        }
        "last words" => {
            worker.ready().expect("the primary is there");
            for number in 0..1000 {
                worker.send(&number).expect("the primary is there");
            }
            std::process::exit(3);
        }
        "many words" => {
            worker.ready().expect("the primary is there");
            for number in 0..10_000 {
                worker.send(&number).expect("the primary is there");
            }
        }
        "defector" => {
            // Out of the group that the primary made for it, which is where signals go.
            let group = rustix::process::getpgid(rustix::process::getppid()).expect("the primary is there");
            rustix::process::setpgid(None, Some(group)).expect("a process may join its parent's group");
            worker.ready().expect("the primary is there");
            loop {
                std::thread::park();
            }
        }
        "no round robin" => assert!(matches!(worker.listen(ADDRESS), Err(cluster::ListenError::RoundRobin))),
        "goodbye" => worker.ready().expect("the primary is there"),
        "twice" => assert!(matches!(cluster::role(), Err(cluster::RoleError::Taken))),
        "busy" => {
            worker.ready().expect("the primary is there");
            loop {
                std::hint::spin_loop();
            }
        }
        other => panic!("no behaviour is called {other}"),
    }
    worker.finish();
}

fn flag_exists() -> bool {
    std::env::var_os(FLAG).is_some_and(|path| PathBuf::from(path).exists())
}

/// Answers each connection with its number and slot.
fn serve(worker: &Worker, ready: bool) {
    let listener = worker.listen(ADDRESS).expect("the primary lends a queue");
    if ready {
        worker.ready().expect("the primary is there");
    }
    while let Some(mut stream) = listener.accept().expect("the queue works") {
        // A client that has gone is the client's business.
        let _ = write!(stream, "{} {}", worker.id(), worker.slot());
    }
}

fn echo(worker: &Worker) {
    worker.ready().expect("the primary is there");
    for message in worker.messages().iter() {
        let value: serde_json::Value = message.decode().expect("it is JSON");
        worker.send(&value).expect("the primary is there");
    }
}

/// Starts workers, prints their process ids, and hangs for longer than the test waits.
fn be_primary() -> ! {
    // The harness has begun a line.
    println!();
    let workers = [program("deaf"), program("busy"), foreign_program("deaf")];
    let clusters = workers.map(|program| {
        let builder = Cluster::builder().workers(cluster::Workers::Fixed(1)).program(program);
        let cluster = builder.start().expect("the workers start");
        wait(&cluster, |event| matches!(event, Event::Ready { .. }));
        println!("pid {}", cluster.workers()[0].pid);
        cluster
    });
    println!("pid end");
    let until = Instant::now() + 3 * PATIENCE;
    while Instant::now() < until {
        std::thread::park_timeout(PATIENCE);
    }
    drop(clusters);
    std::process::exit(1);
}

/// Says what it is told on a channel of its own, and hangs until the primary has had enough.
fn be_raw() -> ! {
    let mut channel = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned().expect("it is open"));
    channel.write_all(b"{\"cmd\":\"NODE_CLUSTER\",\"act\":\"online\",\"seq\":0}\n").expect("the primary is there");
    let text = std::env::var(BYTES).expect("the test says what to write");
    let size = text.strip_prefix("huge ").map(|size| size.parse().expect("a number"));
    let bytes = size.map_or(text.into_bytes(), |size| vec![b'x'; size]);
    // The primary may cut the channel in the middle.
    let _ = channel.write_all(&bytes);
    let mut lines = BufReader::new(channel).lines();
    let asked = lines.any(|line| line.is_ok_and(|line| line.contains("\"act\":\"disconnect\"")));
    std::process::exit(if asked { 0 } else { 1 })
}

/// Receives events up to the first that `wanted` accepts.
pub(crate) fn wait(cluster: &Cluster, wanted: impl Fn(&Event) -> bool) -> Vec<Event> {
    wait_for(cluster, 1, wanted)
}

/// Receives events up to the n-th that `wanted` accepts.
pub(crate) fn wait_for(cluster: &Cluster, mut count: usize, wanted: impl Fn(&Event) -> bool) -> Vec<Event> {
    let deadline = Instant::now() + PATIENCE;
    let mut events = Vec::new();
    while count > 0 {
        match cluster.events().recv_deadline(deadline) {
            Ok(event) => {
                count -= usize::from(wanted(&event));
                events.push(event);
            }
            Err(error) => panic!("{error} while {count} events were missing after {events:?}"),
        }
    }
    events
}

/// Starts `count` workers and waits until they are ready.
pub(crate) fn start(program: Program, count: usize) -> Cluster {
    let builder = Cluster::builder().workers(cluster::Workers::Fixed(count)).program(program);
    let builder = builder.listen(ADDRESS, cluster::Policy::queues());
    let cluster = builder.start().expect("the workers start");
    wait_for(&cluster, count, |event| matches!(event, Event::Ready { .. }));
    cluster
}

/// Asks a "serve" worker who it is: its number and slot.
pub(crate) fn ask(address: SocketAddr) -> std::io::Result<(u64, usize)> {
    answer(TcpStream::connect(address)?)
}

/// What a "serve" worker writes to a connection.
pub(crate) fn answer(mut stream: TcpStream) -> std::io::Result<(u64, usize)> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (id, slot) = answer.split_once(' ').ok_or(std::io::ErrorKind::UnexpectedEof)?;
    Ok((id.parse().expect("a number"), slot.parse().expect("a number")))
}

/// Asks until every worker in 0..slots has answered; who answered for each slot.
pub(crate) fn ask_all(address: SocketAddr, slots: usize) -> BTreeMap<usize, u64> {
    let deadline = Instant::now() + PATIENCE;
    let mut answers = BTreeMap::new();
    while answers.len() < slots {
        assert!(Instant::now() < deadline, "only {answers:?} answered");
        let (id, slot) = ask(address).expect("somebody answers");
        answers.insert(slot, id);
    }
    answers
}

/// The name of an event and its worker's slot.
pub(crate) fn sketch(event: &Event) -> (&'static str, Option<usize>) {
    let of = |worker: &WorkerRef| Some(worker.slot());
    match event {
        Event::Fork { worker } => ("fork", of(worker)),
        Event::Online { worker } => ("online", of(worker)),
        Event::Listening { worker, .. } => ("listening", of(worker)),
        Event::Ready { worker } => ("ready", of(worker)),
        Event::Message { worker, .. } => ("message", of(worker)),
        Event::Disconnect { worker } => ("disconnect", of(worker)),
        Event::Exit { worker, .. } => ("exit", of(worker)),
        Event::Error { slot, .. } => ("error", Some(*slot)),
        Event::SlotFailed { slot, .. } => ("slot failed", Some(*slot)),
        _ => ("other", None),
    }
}
