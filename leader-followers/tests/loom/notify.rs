//! The inbox: a leader that sleeps is rung for.

use common::model::model;
use common::park::Parker;
use common::sync::{Arc, Mutex, thread};
use leader_followers::notify::{Inbox, Posted};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Waits for `count` items as a leader does, with a parker in the place of the kernel.
fn lead(inbox: &Inbox<u32>, bell: &Parker, until: Option<Instant>, count: usize) -> (usize, bool) {
    let (mut items, mut slept) = (VecDeque::new(), false);
    loop {
        inbox.collect(&mut items);
        if items.len() >= count {
            return (items.len(), slept);
        }
        if inbox.sleep(until) {
            slept = true;
            bell.park();
            inbox.wake();
        }
    }
}

#[test]
fn an_item_that_is_due_wakes_the_sleeper() {
    model("notify/post_races_sleep").outcomes(&["slept", "did not sleep"]).check(|seen| {
        let inbox = Arc::new(Inbox::new());
        let bell = Parker::new();
        let (theirs, ringer) = (inbox.clone(), bell.unparker());
        let poster = thread::spawn(move || {
            if theirs.post(1, None) == Posted::Ring {
                ringer.unpark();
            }
        });
        let (_, slept) = lead(&inbox, &bell, None, 1);
        poster.join().unwrap();
        seen.outcome(if slept { "slept" } else { "did not sleep" });
    });
}

/// The roles swapped: the leader is spawned, and two posters bring an early and a late item.
#[test]
fn an_earlier_deadline_always_wakes_the_leader() {
    model("notify/two_deadlines").outcomes(&["rang", "was awake"]).preemptions(3).check(|seen| {
        let inbox = Arc::new(Inbox::new());
        let until = Instant::now() + Duration::from_secs(60);
        let (theirs, (send, mut receive)) = (inbox.clone(), common::slot::slot());
        let leader = thread::spawn(move || {
            let bell = Parker::new();
            send.send(bell.unparker()).unwrap();
            lead(&theirs, &bell, Some(until), 2)
        });
        let ringer = receive.recv().unwrap();
        // The late item alone must not wake anybody; the early one has to bring both.
        let late = inbox.post(1, Some(until + Duration::from_secs(1)));
        assert_eq!(late, Posted::Quiet);
        let early = inbox.post(2, Some(until - Duration::from_secs(1)));
        if early == Posted::Ring {
            ringer.unpark();
        }
        leader.join().unwrap();
        seen.outcome(if early == Posted::Ring { "rang" } else { "was awake" });
    });
}

#[test]
fn a_post_and_a_close_agree() {
    model("notify/post_races_close").outcomes(&["collected by the closer", "given back"]).check(|seen| {
        let inbox = Arc::new(Inbox::new());
        let theirs = inbox.clone();
        let poster = thread::spawn(move || theirs.post(1, None));
        let collected = inbox.close().len();
        match poster.join().unwrap() {
            Posted::Closed(1) => {
                assert_eq!(collected, 0);
                seen.outcome("given back");
            }
            other => {
                assert_eq!((other, collected), (Posted::Quiet, 1));
                seen.outcome("collected by the closer");
            }
        }
    });
}

/// I1 broken: a leader that announces its sleep without looking at the items once more.
#[test]
fn control_a_sleep_announced_without_a_look_is_slept_through() {
    model("notify/control_no_second_look").must_fail(|_| {
        let inbox = Arc::new((Mutex::new(Vec::new()), Mutex::new(false)));
        let bell = Parker::new();
        let (theirs, ringer) = (inbox.clone(), bell.unparker());
        let poster = thread::spawn(move || {
            theirs.0.lock().push(1);
            if std::mem::take(&mut *theirs.1.lock()) {
                ringer.unpark();
            }
        });
        if inbox.0.lock().is_empty() {
            *inbox.1.lock() = true;
            bell.park();
        }
        poster.join().unwrap();
    });
}
