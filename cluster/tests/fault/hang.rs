//! Workers that do not leave.

use crate::crash::wait_until_frozen;
use crate::worker::{PATIENCE, program, start, wait};
use cluster::{Cluster, Event, ExitStatus, Program, Workers};
use std::time::{Duration, Instant};

#[test]
fn a_worker_that_left_its_process_group_is_terminated_nonetheless() {
    let cluster = start(program("defector"), 1);
    let report = cluster.shutdown(Duration::from_secs(2));
    assert_eq!((report.killed, report.abandoned), (0, 0));
    let exit = cluster.events().iter().find(|event| matches!(event, Event::Exit { .. }));
    assert!(matches!(exit, Some(Event::Exit { status: ExitStatus::Signal(15), planned: true, .. })), "{exit:?}");
}

#[test]
fn a_worker_that_ignores_the_request_is_terminated() {
    let cluster = start(program("busy"), 1);
    let begun = Instant::now();
    let report = cluster.shutdown(Duration::from_secs(2));
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(report.killed, 0);
    let exit = cluster.events().iter().find(|event| matches!(event, Event::Exit { .. }));
    assert!(matches!(exit, Some(Event::Exit { status: ExitStatus::Signal(15), planned: true, .. })), "{exit:?}");
}

#[test]
fn a_worker_that_ignores_sigterm_too_is_killed_at_the_deadline() {
    let script = "trap '' TERM; echo '\"trapped\"' >&3; while :; do sleep 1; done";
    let program = Program::exec("/bin/sh").args(["-c", script]);
    let cluster = Cluster::builder().workers(Workers::Fixed(1)).program(program).start().unwrap();
    wait(&cluster, |event| matches!(event, Event::Message { .. }));
    let begun = Instant::now();
    let report = cluster.shutdown(Duration::from_secs(1));
    assert!(begun.elapsed() >= Duration::from_secs(1) && begun.elapsed() < Duration::from_secs(6));
    assert_eq!((report.killed, report.abandoned), (1, 0));
    let exit = cluster.events().iter().find(|event| matches!(event, Event::Exit { .. }));
    assert!(matches!(exit, Some(Event::Exit { status: ExitStatus::Signal(9), .. })), "{exit:?}");
}

#[test]
fn a_frozen_worker_does_not_hold_up_a_shutdown() {
    let cluster = start(program("serve"), 2);
    let frozen = cluster.workers()[0];
    cluster.kill(frozen.id, cluster::Signal::Stop).unwrap();
    wait_until_frozen(frozen.pid);
    let begun = Instant::now();
    let report = cluster.shutdown(Duration::from_secs(1));
    assert!(begun.elapsed() < PATIENCE);
    assert_eq!((report.workers, report.killed, report.abandoned), (2, 1, 0));
}
