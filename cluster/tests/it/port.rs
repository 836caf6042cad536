//! One port and many workers.

use crate::worker::{ask_all, program, start, wait};
use cluster::{Cluster, Event, Policy, StartError, Workers};

#[test]
fn workers_share_the_port_of_the_primary() {
    let cluster = start(program("serve"), 3);
    let address = cluster.local_addr().unwrap();
    assert_ne!(address.port(), 0);
    let answers = ask_all(address, 3);
    for worker in cluster.workers() {
        assert_eq!(answers[&worker.slot], worker.id.get());
    }
}

#[test]
fn the_first_worker_that_listens_binds_when_the_primary_did_not() {
    let cluster = Cluster::builder().workers(Workers::Fixed(2)).program(program("serve")).start().unwrap();
    assert_eq!(cluster.local_addr(), None);
    let mut ports = Vec::new();
    while ports.len() < 2 {
        let events = wait(&cluster, |event| matches!(event, Event::Listening { .. }));
        let Some(Event::Listening { address, .. }) = events.last() else { unreachable!("it was waited for") };
        ports.push(*address);
    }
    assert_eq!(ports[0], ports[1]);
    ask_all(ports[0], 2);
}

#[test]
fn a_port_in_use_is_an_error_at_the_start() {
    let first = start(program("serve"), 1);
    let address = first.local_addr().unwrap();
    let second = Cluster::builder().listen(address.to_string(), Policy::queues()).start();
    assert!(matches!(second, Err(StartError::Bind { .. })), "{second:?}");
}

#[test]
fn impossible_clusters_are_refused() {
    let none = Cluster::builder().workers(Workers::Fixed(0)).start();
    assert!(matches!(none, Err(StartError::Workers(0))));
    let nowhere = Cluster::builder().listen("nowhere", Policy::queues()).start();
    assert!(matches!(nowhere, Err(StartError::Address { .. })));
}
