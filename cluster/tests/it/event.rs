//! What the primary hears, and in which order.

use crate::worker::{PATIENCE, foreign_program, program, sketch, start, wait, wait_for};
use cluster::{
    Cluster, Event, ExitStatus, Receiver, RecvError, RecvTimeoutError, Restart, TryRecvError, WorkerState, Workers,
};
use std::time::{Duration, Instant};

#[test]
fn a_worker_is_heard_in_the_order_of_its_life() {
    let cluster = Cluster::builder().workers(Workers::Fixed(1)).program(program("serve")).start().unwrap();
    let mut events = wait(&cluster, |event| matches!(event, Event::Ready { .. }));
    let report = cluster.shutdown(Duration::from_secs(20));
    events.extend(cluster.events().iter());
    let names: Vec<_> = events.iter().map(|event| sketch(event).0).collect();
    assert_eq!(names, ["fork", "online", "listening", "ready", "disconnect", "exit"]);
    assert!(matches!(events[5], Event::Exit { status: ExitStatus::Code(0), planned: true, .. }));
    assert_eq!((report.workers, report.killed, report.abandoned), (1, 0, 0));
}

#[test]
fn all_that_a_worker_wrote_comes_before_its_exit() {
    let builder = Cluster::builder().workers(Workers::Fixed(1)).program(program("last words"));
    let cluster = builder.restart(Restart::never()).start().unwrap();
    let events = wait(&cluster, |event| matches!(event, Event::Exit { .. }));
    let numbers: Vec<u32> = events
        .iter()
        .filter_map(|event| match event {
            Event::Message { message, .. } => Some(message.decode().unwrap()),
            _ => None,
        })
        .collect();
    assert!(numbers.into_iter().eq(0..1000));
    assert!(matches!(events.last(), Some(Event::Exit { status: ExitStatus::Code(3), planned: false, .. })));
    assert!(matches!(events[events.len() - 2], Event::Disconnect { .. }));
}

#[test]
fn events_that_nobody_read_are_there_after_the_shutdown() {
    let builder = Cluster::builder().workers(Workers::Fixed(1)).program(program("many words"));
    let cluster = builder.restart(Restart::never()).start().unwrap();
    let deadline = Instant::now() + PATIENCE;
    while !cluster.workers().is_empty() {
        assert!(Instant::now() < deadline, "the worker does not end");
        std::thread::yield_now();
    }
    cluster.shutdown(Duration::from_secs(20));
    let events: Vec<Event> = cluster.events().iter().collect();
    let messages = events.iter().filter_map(|event| match event {
        Event::Message { message, .. } => Some(message.decode::<u32>().unwrap()),
        _ => None,
    });
    assert!(messages.eq(0..10_000));
    assert!(matches!(events.last(), Some(Event::Exit { planned: true, .. })), "{:?}", events.last());
}

#[test]
fn a_worker_that_says_goodbye_exits_as_planned_and_is_replaced() {
    let cluster = Cluster::builder().workers(Workers::Fixed(1)).program(program("goodbye")).start().unwrap();
    let events = wait_for(&cluster, 2, |event| matches!(event, Event::Exit { .. }));
    for event in &events {
        if let Event::Exit { status, planned, .. } = event {
            assert!(status.success() && *planned, "{event:?}");
        }
    }
    assert_eq!(events.iter().filter(|event| matches!(event, Event::Ready { .. })).count(), 2);
}

#[test]
fn a_worker_by_its_path_has_its_channel_at_descriptor_three() {
    let cluster = start(foreign_program("serve"), 2);
    let mut workers = cluster.workers();
    workers.sort_by_key(|worker| worker.slot);
    assert_eq!(workers.iter().map(|worker| worker.slot).collect::<Vec<_>>(), [0, 1]);
    assert!(workers.iter().all(|worker| worker.state == WorkerState::Ready));
    assert_eq!(cluster.shutdown(Duration::from_secs(20)).killed, 0);
}

#[test]
fn a_role_is_taken_once() {
    for program in [program("twice"), foreign_program("twice")] {
        let builder = Cluster::builder().workers(Workers::Fixed(1)).program(program).restart(Restart::never());
        let cluster = builder.start().unwrap();
        let events = wait(&cluster, |event| matches!(event, Event::Exit { .. }));
        assert!(matches!(events.last(), Some(Event::Exit { status: ExitStatus::Code(0), planned: true, .. })));
    }
}

#[test]
fn a_slot_whose_restarts_are_off_stays_empty() {
    let builder = Cluster::builder().workers(Workers::Fixed(1)).program(program("crash")).restart(Restart::never());
    let cluster = builder.start().unwrap();
    wait(&cluster, |event| matches!(event, Event::Exit { status: ExitStatus::Code(7), .. }));
    assert!(cluster.workers().is_empty());
    cluster.shutdown(Duration::from_secs(20));
    let events: &Receiver<Event> = cluster.events();
    assert_eq!(events.iter().count(), 0);
    assert!(matches!(events.try_recv(), Err(TryRecvError::Disconnected)));
    assert!(matches!(events.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Disconnected)));
    assert!(matches!(events.recv(), Err(RecvError)));
}
