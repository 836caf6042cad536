//! The end of a cluster.

use crate::worker::{program, start};
use cluster::{Event, ExitStatus, KillError, ReloadError, SendError, Signal};
use std::time::{Duration, Instant};

#[test]
fn nothing_is_accepted_after_a_shutdown() {
    let cluster = start(program("serve"), 2);
    let worker = cluster.workers()[0].id;
    let report = cluster.shutdown(Duration::from_secs(20));
    assert_eq!((report.workers, report.killed, report.abandoned), (2, 0, 0));
    assert!(cluster.workers().is_empty());
    assert!(matches!(cluster.send(worker, "late"), Err(SendError::Gone)));
    assert!(matches!(cluster.kill(worker, Signal::Kill), Err(KillError::Gone)));
    assert_eq!(cluster.reload(), Err(ReloadError::Stopping));
    assert_eq!(cluster.shutdown(Duration::ZERO), report);
    let address = cluster.local_addr().unwrap();
    assert!(std::net::TcpStream::connect(address).is_err(), "the port is closed");
}

#[test]
fn a_wait_for_the_drain_ends_by_its_time_or_by_the_request() {
    let cluster = start(program("punctual"), 1);
    assert_eq!(cluster.shutdown(Duration::from_secs(20)).killed, 0);
    let ends = cluster.events().iter().filter(|event| matches!(event, Event::Exit { .. }));
    let ends: Vec<Event> = ends.collect();
    assert!(matches!(ends[..], [Event::Exit { status: ExitStatus::Code(0), planned: true, .. }]), "{ends:?}");
}

#[test]
fn two_shutdowns_at_once_get_the_same_report() {
    let cluster = start(program("deaf"), 2);
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| cluster.shutdown(Duration::from_secs(20)));
        let second = scope.spawn(|| cluster.shutdown(Duration::from_secs(10)));
        (first.join().unwrap(), second.join().unwrap())
    });
    assert_eq!(first, second);
}

#[test]
fn a_dropped_cluster_leaves_no_process() {
    let cluster = start(program("busy"), 2);
    let pids: Vec<u32> = cluster.workers().iter().map(|worker| worker.pid).collect();
    let begun = Instant::now();
    drop(cluster);
    assert!(begun.elapsed() < Duration::from_secs(10));
    for pid in pids {
        assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists(), "{pid} is still there");
    }
}
