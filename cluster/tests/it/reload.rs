//! Rolling reload under load.

use crate::worker::{ADDRESS, PATIENCE, ask, ask_all, program, start};
use cluster::{Cluster, Event, Policy, Reload, ReloadError, Workers};
use std::sync::mpsc::{TryRecvError, channel};
use std::time::Duration;

#[test]
fn reloads_replace_every_worker_and_lose_no_connection() {
    let cluster = start(program("serve"), 2);
    let address = cluster.local_addr().unwrap();
    let (began, begun) = channel();
    std::thread::scope(|scope| {
        // A client stops when its end of the channel is dropped, by a test that fails, too.
        let clients: Vec<_> = (0..2)
            .map(|_| {
                let (stop, stopped) = channel::<()>();
                let began = began.clone();
                scope.spawn(move || {
                    ask(address).expect("every connection is answered");
                    began.send(()).expect("the test waits for both");
                    while stopped.try_recv() == Err(TryRecvError::Empty) {
                        ask(address).expect("every connection is answered");
                    }
                });
                stop
            })
            .collect();
        for _ in &clients {
            begun.recv_timeout(PATIENCE).expect("both clients are answered");
        }
        for _ in 0..3 {
            let before: Vec<_> = cluster.workers().iter().map(|worker| worker.id).collect();
            let report = cluster.reload().unwrap();
            assert_eq!((report.replaced, report.aborted), (2, None));
            let after: Vec<_> = cluster.workers().iter().map(|worker| worker.id).collect();
            assert!(after.len() == 2 && after.iter().all(|worker| !before.contains(worker)), "{before:?} {after:?}");
        }
    });
    assert_eq!(ask_all(address, 2).into_values().collect::<Vec<_>>(), [7, 8]);
    cluster.shutdown(Duration::from_secs(20));
    for event in cluster.events().iter() {
        assert!(!matches!(event, Event::Exit { planned: false, .. }), "{event:?}");
    }
}

#[test]
fn a_second_reload_is_refused_while_one_is_under_way() {
    let reload = Reload::rolling().ready_within(Duration::from_secs(2));
    let flag = std::env::temp_dir().join(format!("cluster-reload-busy-{}", std::process::id()));
    let builder = Cluster::builder().workers(Workers::Fixed(1)).listen(ADDRESS, Policy::queues()).reload(reload);
    let program = program("unready").env(crate::worker::FLAG, &flag);
    let cluster = builder.program(program).start().unwrap();
    crate::worker::wait(&cluster, |event| matches!(event, Event::Ready { .. }));
    std::fs::write(&flag, "").unwrap();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| cluster.reload());
        crate::worker::wait(&cluster, |event| matches!(event, Event::Fork { .. }));
        assert_eq!(cluster.reload(), Err(ReloadError::Busy));
        assert!(first.join().unwrap().unwrap().aborted.is_some());
    });
    std::fs::remove_file(&flag).unwrap();
    assert_eq!(cluster.reload().unwrap().replaced, 1);
}

#[test]
fn a_shutdown_calls_a_reload_off() {
    let flag = std::env::temp_dir().join(format!("cluster-reload-off-{}", std::process::id()));
    let program = program("unready").env(crate::worker::FLAG, &flag);
    let cluster = start(program, 1);
    std::fs::write(&flag, "").unwrap();
    std::thread::scope(|scope| {
        let reload = scope.spawn(|| cluster.reload());
        crate::worker::wait(&cluster, |event| matches!(event, Event::Fork { .. }));
        cluster.shutdown(Duration::from_secs(20));
        let report = reload.join().unwrap().unwrap();
        assert_eq!(report.aborted.map(|abort| abort.reason), Some(cluster::AbortReason::ShuttingDown));
    });
    std::fs::remove_file(&flag).unwrap();
    assert_eq!(cluster.reload(), Err(ReloadError::Stopping));
}
