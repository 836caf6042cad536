//! Messages between the primary and its workers.

use crate::worker::{program, start, wait, wait_for};
use cluster::{Event, Message, SendError, WorkerId};
use serde_json::json;
use std::time::{Duration, Instant};

fn messages(events: Vec<Event>) -> Vec<(WorkerId, Message)> {
    let message = |event| match event {
        Event::Message { worker, message } => Some((worker.id(), message)),
        _ => None,
    };
    events.into_iter().filter_map(message).collect()
}

#[test]
fn messages_go_both_ways_in_order() {
    let cluster = start(program("echo"), 1);
    let worker = cluster.workers()[0].id;
    for number in 0..500 {
        cluster.send(worker, &number).unwrap();
    }
    let echoed = messages(wait_for(&cluster, 500, |event| matches!(event, Event::Message { .. })));
    assert!(echoed.iter().map(|(_, message)| message.decode::<u32>().unwrap()).eq(0..500));
}

#[test]
fn a_message_of_megabytes_arrives_whole() {
    let cluster = start(program("echo"), 1);
    let text = "z\u{e4}h\n".repeat(1 << 20);
    cluster.send(cluster.workers()[0].id, &text).unwrap();
    let echoed = messages(wait(&cluster, |event| matches!(event, Event::Message { .. })));
    assert!(echoed[0].1.decode::<String>().unwrap() == text);
}

#[test]
fn a_broadcast_reaches_every_worker() {
    let cluster = start(program("echo"), 3);
    assert_eq!(cluster.broadcast(&json!({"cmd": "hello"})).unwrap(), 3);
    let echoed = messages(wait_for(&cluster, 3, |event| matches!(event, Event::Message { .. })));
    let mut from: Vec<u64> = echoed.iter().map(|(worker, _)| worker.get()).collect();
    from.sort_unstable();
    assert_eq!(from, [1, 2, 3]);
    assert_eq!(echoed[0].1.as_str(), r#"{"cmd":"hello"}"#);
}

#[test]
fn a_message_that_looks_internal_is_refused() {
    let cluster = start(program("echo"), 1);
    let worker = cluster.workers()[0].id;
    assert!(matches!(cluster.send(worker, &json!({"cmd": "NODE_X"})), Err(SendError::Reserved)));
    cluster.send(worker, &json!({"cmd": "NODE_"})).unwrap();
    wait(&cluster, |event| matches!(event, Event::Message { .. }));
}

#[test]
fn a_worker_that_does_not_read_makes_send_say_full() {
    let cluster = start(program("deaf"), 2);
    let workers = cluster.workers();
    let text = "x".repeat(1 << 20);
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut sent = 0;
    let full = loop {
        match cluster.send(workers[0].id, &text) {
            Ok(()) => sent += 1,
            Err(error) => break error,
        }
        assert!(Instant::now() < deadline, "{sent} MiB were accepted");
    };
    assert!(matches!(full, SendError::Full), "{full:?}");
    // 16 MiB here, 64 messages over there, and what is on its way: one being written, one being delivered.
    assert!((16..=16 + 64 + 4).contains(&sent), "{sent} MiB were accepted");
    cluster.send(workers[1].id, &text).unwrap();
}

#[test]
fn nobody_gets_what_is_sent_to_a_worker_that_has_gone() {
    let cluster = start(program("echo"), 1);
    let worker = cluster.workers()[0].id;
    cluster.kill(worker, cluster::Signal::Kill).unwrap();
    wait(&cluster, |event| matches!(event, Event::Exit { .. }));
    assert!(matches!(cluster.send(worker, "hello"), Err(SendError::Gone)));
    assert!(matches!(cluster.kill(worker, cluster::Signal::Kill), Err(cluster::KillError::Gone)));
}
