//! An unmodified Node program as a worker, and as a primary: it never heard of us.

use crate::worker::{ARGUMENTS, BEHAVIOUR, PATIENCE, wait_for};
use cluster::{Cluster, Event, Program, Workers};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

const SCRIPT: &str = r#"
const cluster = require('node:cluster');
if (!cluster.isWorker) throw new Error('not a worker');
require('node:http').createServer((request, response) => {
    response.setHeader('connection', 'close');
    response.end('node ' + cluster.worker.id);
    process.send({ served: cluster.worker.id });
}).listen(0, '127.0.0.1');
process.on('message', (message) => process.send({ echo: message }));
"#;

/// Starts this test program as its worker, and prints what it answers to a connection and how it ends.
const PRIMARY: &str = r#"
const cluster = require('node:cluster');
const [program, policy, ...args] = process.argv.slice(2);
cluster.schedulingPolicy = policy === 'shared' ? cluster.SCHED_NONE : cluster.SCHED_RR;
process.execPath = program;
cluster.setupPrimary({ exec: args[0], args: args.slice(1), silent: true });
cluster.on('listening', (worker, { port }) => {
    let answer = 'answer ';
    require('node:net').connect(port, '127.0.0.1').on('error', console.log)
        .on('data', (data) => answer += data).on('close', () => { console.log(answer); worker.disconnect(); });
});
cluster.on('exit', (worker, code) => console.log('exit ' + code));
cluster.fork();
"#;

fn has_node() -> bool {
    let found = cluster::Child::run("node").arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        println!("SKIPPED: there is no node on this machine, so nothing was checked against it");
    }
    found
}

fn get(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).expect("the queue takes connections");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn unmodified_node_workers_serve_on_the_queues_and_reload() {
    if !has_node() {
        return;
    }
    let script = std::env::temp_dir().join(format!("cluster-node-worker-{}.js", std::process::id()));
    std::fs::write(&script, SCRIPT).unwrap();
    let program = Program::exec("node").arg(&script);
    let cluster = Cluster::builder().workers(Workers::Fixed(2)).program(program).start().unwrap();
    let events = wait_for(&cluster, 2, |event| matches!(event, Event::Ready { .. }));
    let listening = |event: &Event| match event {
        Event::Listening { address, .. } => Some(*address),
        _ => None,
    };
    let addresses: BTreeSet<SocketAddr> = events.iter().filter_map(listening).collect();
    assert_eq!(addresses.len(), 1, "both listen on one port");
    let address = *addresses.first().unwrap();

    let deadline = Instant::now() + PATIENCE;
    let mut answers = BTreeSet::new();
    while answers.len() < 2 && Instant::now() < deadline {
        answers.insert(get(address));
    }
    assert!(answers.iter().map(String::as_str).eq(["node 1", "node 2"]), "{answers:?}");

    assert_eq!(cluster.broadcast("hello").unwrap(), 2);
    let echo = json!({"echo": "hello"});
    let is_echo = |event: &Event| match event {
        Event::Message { message, .. } => message.decode::<Value>().unwrap() == echo,
        _ => false,
    };
    wait_for(&cluster, 2, is_echo);

    let report = cluster.reload().unwrap();
    assert_eq!((report.replaced, report.aborted), (2, None));
    assert!(["node 3", "node 4"].contains(&get(address).as_str()));
    let report = cluster.shutdown(Duration::from_secs(20));
    assert_eq!((report.killed, report.abandoned), (0, 0));
    let exits: Vec<_> = cluster.events().iter().filter(|event| matches!(event, Event::Exit { .. })).collect();
    assert_eq!(exits.len(), 4);
    for exit in exits {
        assert!(matches!(exit, Event::Exit { status, planned: true, .. } if status.success()), "{exit:?}");
    }
    std::fs::remove_file(&script).unwrap();
}

fn run_under_node(behaviour: &str, policy: &str) -> String {
    let script = std::env::temp_dir().join(format!("cluster-node-primary-{policy}-{}.js", std::process::id()));
    std::fs::write(&script, PRIMARY).unwrap();
    let program = std::env::current_exe().unwrap();
    let node = cluster::Child::run("node").arg(&script).arg(program).arg(policy).args(ARGUMENTS);
    let output = node.env(BEHAVIOUR, behaviour).timeout(PATIENCE).output().unwrap();
    std::fs::remove_file(&script).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_rust_worker_serves_under_a_node_primary_that_shares_its_listener() {
    if has_node() {
        assert_eq!(run_under_node("serve", "shared"), "answer 1 0\nexit 0\n");
    }
}

#[test]
fn a_rust_worker_says_that_it_takes_no_single_connections() {
    if has_node() {
        assert_eq!(run_under_node("no round robin", "single"), "exit 0\n");
    }
}
