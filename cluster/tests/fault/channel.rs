//! Workers that write what they must not.

use crate::worker::{BYTES, PATIENCE, program, wait, wait_for};
use cluster::{Cluster, Event, ExitStatus, Fault, Restart, Workers};
use std::time::Duration;

fn raw(bytes: &str) -> Cluster {
    let program = program("raw").env(BYTES, bytes);
    let builder = Cluster::builder().workers(Workers::Fixed(1)).program(program).restart(Restart::never());
    builder.start().unwrap()
}

/// Shuts down; the worker has to have heard the request, so its channel still works.
fn assert_channel_works(cluster: &Cluster) {
    cluster.shutdown(PATIENCE);
    let exit = cluster.events().iter().find(|event| matches!(event, Event::Exit { .. }));
    assert!(matches!(exit, Some(Event::Exit { status: ExitStatus::Code(0), planned: true, .. })), "{exit:?}");
}

#[test]
fn bad_lines_are_reported_and_the_rest_is_read() {
    let lines = ["", "", "{", "\"text\"", "{\"cmd\":\"NODE_", "not json", "5"];
    let cluster = raw(&(lines.join("\n") + "\n"));
    let events = wait_for(&cluster, 2, |event| matches!(event, Event::Message { .. }));
    let messages: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            Event::Message { message, .. } => Some(message.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(messages, ["\"text\"", "5"]);
    let bad = |event: &&Event| matches!(event, Event::Error { fault: Fault::BadLine(_), worker: Some(_), .. });
    assert_eq!(events.iter().filter(bad).count(), 3);
}

#[test]
fn internal_messages_of_unknown_or_impossible_kinds_are_ignored() {
    let lines = [
        r#"{"cmd":"NODE_CLUSTER","act":"unheardOf","seq":1}"#,
        r#"{"cmd":"NODE_CLUSTER"}"#,
        r#"{"cmd":"NODE_CLUSTER","act":{"a":[]},"seq":"x","ack":null}"#,
        r#"{"cmd":"NODE_CLUSTER","ack":77,"accepted":true,"seq":1}"#,
        r#"{"cmd":"NODE_FUTURE","x":1}"#,
        r#"{"cmd":"NODE_HANDLE_ACK"}"#,
        r#"{"cmd":"NODE_HANDLE_NACK"}"#,
        r#"{"cmd":"NODE_CLUSTER","act":"online","seq":9}"#,
        r#"{"cmd":"NODE_CLUSTER","act":"listening","port":"x","seq":9}"#,
        r#""end""#,
    ];
    let cluster = raw(&(lines.join("\n") + "\n"));
    let events = wait(&cluster, |event| matches!(event, Event::Message { .. }));
    assert!(!events.iter().any(|event| matches!(event, Event::Error { .. } | Event::Disconnect { .. })), "{events:?}");
    assert_eq!(events.iter().filter(|event| matches!(event, Event::Online { .. })).count(), 1);
}

#[test]
fn a_handle_message_without_a_descriptor_is_refused_and_harms_nobody() {
    let handle = r#"{"cmd":"NODE_HANDLE","type":"net.Native","msg":{"cmd":"NODE_CLUSTER","act":"x","seq":0}}"#;
    let cluster = raw(&format!("{handle}\n{handle}\n\"end\"\n"));
    wait(&cluster, |event| matches!(event, Event::Message { .. }));
    assert_channel_works(&cluster);
}

#[test]
fn a_line_past_the_limit_cuts_the_channel_and_ends_the_worker() {
    let cluster = raw(&format!("huge {}", 65 << 20));
    let events = wait(&cluster, |event| matches!(event, Event::Exit { .. }));
    assert!(events.iter().any(|event| matches!(event, Event::Error { fault: Fault::LineTooLong, .. })), "{events:?}");
    assert!(matches!(events[events.len() - 2], Event::Disconnect { .. }));
}

#[test]
fn a_flood_of_requests_cuts_the_channel() {
    let query = concat!(
        r#"{"cmd":"NODE_CLUSTER","act":"queryServer","address":"127.0.0.1","port":0,"addressType":4,"#,
        r#""index":0,"data":null,"seq":1}"#,
        "\n"
    );
    let cluster = raw(&query.repeat(600));
    let events = wait(&cluster, |event| matches!(event, Event::Exit { .. }));
    let flood = |event: &Event| matches!(event, Event::Error { fault: Fault::TooManyRequests, .. });
    assert!(events.iter().any(flood), "{events:?}");
}

#[test]
fn kinds_of_sockets_that_are_not_served_are_refused_politely() {
    let query =
        r#"{"cmd":"NODE_CLUSTER","act":"queryServer","address":"/tmp/x","port":-1,"addressType":-1,"index":0,"seq":1}"#;
    let cluster = raw(&format!("{query}\n\"end\"\n"));
    wait(&cluster, |event| matches!(event, Event::Message { .. }));
    assert_channel_works(&cluster);
    assert_eq!(cluster.shutdown(Duration::ZERO).abandoned, 0);
}
