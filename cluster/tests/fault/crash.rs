//! Workers that die, and programs that do not start.

use crate::worker::{ADDRESS, FLAG, PATIENCE, answer, ask, ask_all, program, sketch, start, wait, wait_for};
use cluster::{
    AbortReason, Cluster, Event, ExitStatus, Fault, Policy, Program, Reload, Restart, Signal, StartError, Workers,
};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

/// A signal is only on its way when `kill` returns.
pub(crate) fn wait_until_frozen(pid: u32) {
    let deadline = Instant::now() + PATIENCE;
    let is_frozen = |task: std::io::Result<std::fs::DirEntry>| {
        let stat = std::fs::read_to_string(task.unwrap().path().join("stat")).unwrap();
        stat.rsplit_once(") ").unwrap().1.starts_with('T')
    };
    while !std::fs::read_dir(format!("/proc/{pid}/task")).unwrap().all(is_frozen) {
        assert!(Instant::now() < deadline, "{pid} does not freeze");
        std::thread::yield_now();
    }
}

#[test]
fn a_killed_worker_is_replaced_and_its_queue_is_served() {
    let cluster = start(program("serve"), 1);
    let address = cluster.local_addr().unwrap();
    let first = cluster.workers()[0];
    // Frozen first: whoever connects now waits in the queue of a worker that will never answer.
    cluster.kill(first.id, Signal::Stop).unwrap();
    wait_until_frozen(first.pid);
    let clients: Vec<_> = (0..20).map(|_| TcpStream::connect(address).unwrap()).collect();
    cluster.kill(first.id, Signal::Kill).unwrap();
    for client in clients {
        assert_eq!(answer(client).expect("no connection is lost"), (2, 0));
    }
    let events = wait(&cluster, |event| matches!(event, Event::Exit { .. }));
    let Some(Event::Exit { worker, status, planned }) = events.last() else { unreachable!("it was waited for") };
    assert_eq!((worker.id(), worker.pid(), *status, *planned), (first.id, first.pid, ExitStatus::Signal(9), false));
}

#[test]
fn the_other_workers_serve_while_one_is_down() {
    let cluster = start(program("serve"), 2);
    let address = cluster.local_addr().unwrap();
    for round in 0..3 {
        let workers = cluster.workers();
        let (victim, other) = (workers[0], workers[1]);
        cluster.kill(victim.id, Signal::Kill).unwrap();
        wait(&cluster, |event| matches!(event, Event::Ready { .. }));
        let answers = ask_all(address, 2);
        assert_eq!(answers[&other.slot], other.id.get(), "round {round}");
        assert_ne!(answers[&victim.slot], victim.id.get(), "round {round}");
    }
}

#[test]
fn a_crash_loop_is_contained_and_the_slot_marked_failed() {
    let restart =
        Restart::intensity(3, Duration::from_secs(60)).backoff(Duration::from_millis(1)..Duration::from_secs(1));
    let builder = Cluster::builder().workers(Workers::Fixed(1)).program(program("crash")).restart(restart);
    let cluster = builder.start().unwrap();
    let events = wait(&cluster, |event| matches!(event, Event::SlotFailed { .. }));
    let names: Vec<_> = events.iter().map(|event| sketch(event).0).collect();
    let life = ["fork", "disconnect", "exit"];
    assert_eq!(names, [&life[..], &life, &life, &life, &["slot failed"]].concat());
    assert!(cluster.workers().is_empty());
    assert!(matches!(events.last(), Some(Event::SlotFailed { slot: 0, restarts: 3 })));
}

#[test]
fn a_failed_slot_gives_its_connections_to_the_others_and_a_reload_recovers_it() {
    let restart = Restart::intensity(0, Duration::from_secs(60));
    let builder = Cluster::builder().workers(Workers::Fixed(2)).program(program("serve")).restart(restart);
    let cluster = builder.listen(ADDRESS, Policy::queues()).start().unwrap();
    wait_for(&cluster, 2, |event| matches!(event, Event::Ready { .. }));
    let address = cluster.local_addr().unwrap();
    let victim = cluster.workers()[0];
    cluster.kill(victim.id, Signal::Kill).unwrap();
    wait(&cluster, |event| matches!(event, Event::SlotFailed { .. }));
    for _ in 0..20 {
        assert_eq!(ask(address).expect("the other slot answers").1, 1 - victim.slot);
    }
    assert_eq!(cluster.reload().unwrap().replaced, 2);
    ask_all(address, 2);
}

#[test]
fn a_missing_program_is_an_error_of_the_start() {
    let builder = Cluster::builder().workers(Workers::Fixed(2)).program(Program::exec("/nowhere/program"));
    let error = builder.start().unwrap_err();
    assert!(matches!(error, StartError::Spawn { .. }));
    let said = format!("{:#}", anyhow::Error::from(error));
    assert_eq!(said, "cannot start /nowhere/program: No such file or directory (os error 2)");
}

#[test]
fn a_program_that_disappears_later_fails_its_slot_with_a_reason() {
    let link = std::env::temp_dir().join(format!("cluster-vanishing-{}", std::process::id()));
    symlink("/bin/sleep", &link).unwrap();
    let restart = Restart::intensity(1, Duration::from_secs(60));
    let builder = Cluster::builder().workers(Workers::Fixed(1)).program(Program::exec(&link).arg("60"));
    let cluster = builder.restart(restart).start().unwrap();
    std::fs::remove_file(&link).unwrap();
    cluster.kill(cluster.workers()[0].id, Signal::Kill).unwrap();
    let events = wait(&cluster, |event| matches!(event, Event::SlotFailed { .. }));
    let is_spawn = |event: &Event| matches!(event, Event::Error { worker: None, fault: Fault::Spawn { .. }, .. });
    assert_eq!(events.iter().filter(|event| is_spawn(event)).count(), 1, "{events:?}");
}

#[test]
fn a_program_that_cannot_start_and_is_tried_without_end_does_not_hold_up_the_supervisor() {
    let link = std::env::temp_dir().join(format!("cluster-vanished-{}", std::process::id()));
    symlink("/bin/sleep", &link).unwrap();
    let restart = Restart::intensity(usize::MAX, Duration::from_secs(60)).backoff(Duration::ZERO..Duration::ZERO);
    let builder = Cluster::builder().workers(Workers::Fixed(1)).program(Program::exec(&link).arg("60"));
    let cluster = builder.restart(restart).start().unwrap();
    std::fs::remove_file(&link).unwrap();
    cluster.kill(cluster.workers()[0].id, Signal::Kill).unwrap();
    wait_for(&cluster, 3, |event| matches!(event, Event::Error { worker: None, fault: Fault::Spawn { .. }, .. }));
    assert_eq!(cluster.shutdown(Duration::from_secs(1)).abandoned, 0);
}

#[test]
fn a_new_version_that_is_never_ready_aborts_the_reload_and_the_old_one_serves_on() {
    let flag = std::env::temp_dir().join(format!("cluster-never-ready-{}", std::process::id()));
    let reload = Reload::rolling().ready_within(Duration::from_millis(500));
    let builder = Cluster::builder().workers(Workers::Fixed(2)).listen(ADDRESS, Policy::queues()).reload(reload);
    let cluster = builder.program(program("unready").env(FLAG, &flag)).start().unwrap();
    wait_for(&cluster, 2, |event| matches!(event, Event::Ready { .. }));
    let before = cluster.workers();
    std::fs::write(&flag, "").unwrap();
    let begun = Instant::now();
    let report = cluster.reload().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(15));
    let abort = report.aborted.expect("the reload is aborted");
    assert_eq!((report.replaced, abort.slot, abort.reason), (0, 0, AbortReason::NotReady));
    assert_eq!(cluster.workers(), before);
    let answers = ask_all(cluster.local_addr().unwrap(), 2);
    assert!(answers.into_values().eq([1, 2]));
    std::fs::remove_file(&flag).unwrap();
    assert_eq!(cluster.reload().unwrap().replaced, 2);
}
