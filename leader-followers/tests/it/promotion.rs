//! The protocol, step by step.

use crate::{past, soon};
use leader_followers::source::{EventSource, Waited, Waker, task};
use leader_followers::{Handovers, Promoted, ThreadSet};
use std::collections::VecDeque;
use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

#[test]
fn a_follower_leads_before_the_handler_runs() {
    let (sender, source) = task::queue(2);
    let set = ThreadSet::new(source);
    let (told, tell) = mpsc::channel();
    sender.send(1).unwrap();
    thread::scope(|scope| {
        let mut member = set.member();
        let mut leader = member.follow().unwrap();
        let other = set.clone();
        scope.spawn(move || {
            let mut member = other.member();
            let mut leader = member.follow().unwrap();
            told.send(leader.next().unwrap()).unwrap();
        });
        assert!(set.wait_followers_deadline(1, soon()));
        let event = leader.next().unwrap();
        assert_eq!(leader.promote(), Promoted::Handed);
        // This thread is in its handler now, and the other one takes the next event meanwhile.
        sender.send(2).unwrap();
        assert_eq!(tell.recv_timeout(soon() - Instant::now()).unwrap(), Some(2));
        assert_eq!(event, Some(1));
    });
    assert_eq!(set.handovers(), Handovers { handed: 1, vacant: 1 });
}

#[test]
fn the_follower_that_came_last_is_promoted_first() {
    let (_sender, source) = task::queue::<()>(1);
    let set = ThreadSet::new(source);
    let followed = set.clone();
    let (told, tell) = mpsc::channel();
    thread::scope(|scope| {
        let mut member = set.member();
        let leader = member.follow().unwrap();
        for number in 1..=3 {
            let (set, told) = (set.clone(), told.clone());
            scope.spawn(move || {
                let mut member = set.member();
                let leader = member.follow().unwrap();
                told.send(number).unwrap();
                leader.promote();
            });
            assert!(followed.wait_followers_deadline(number, soon()));
        }
        drop(leader);
    });
    assert_eq!(tell.try_iter().collect::<Vec<_>>(), [3, 2, 1]);
}

#[test]
fn a_thread_that_panics_hands_leadership_on() {
    let (sender, source) = task::queue(4);
    let set = ThreadSet::new(source);
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    let theirs = set.clone();
    let panicked = thread::spawn(move || {
        let mut member = theirs.member();
        let mut leader = member.follow().unwrap();
        assert_eq!(leader.next().unwrap(), Some(1));
        std::panic::resume_unwind(Box::new("a handler that runs while its thread leads"));
    });
    panicked.join().unwrap_err();
    let mut member = set.member();
    assert_eq!(member.follow().unwrap().next().unwrap(), Some(2));
}

#[test]
fn a_closed_set_retires_its_threads_and_gives_back_the_rest() {
    let (sender, source) = task::queue(4);
    let set = ThreadSet::new(source.batch(2));
    for n in 1..=3 {
        sender.send(n).unwrap();
    }
    let mut member = set.member();
    let mut leader = member.follow().unwrap();
    assert_eq!((leader.next().unwrap(), leader.rest()), (Some(1), 1));
    let theirs = set.clone();
    let follower = thread::spawn(move || theirs.member().follow().is_none());
    assert!(set.wait_followers_deadline(1, soon()));
    set.close();
    assert!(follower.join().unwrap(), "a follower retires");
    assert_eq!(leader.next().unwrap(), None);
    assert!(set.take_rest().is_none(), "a thread still leads");
    drop(leader);
    assert!(member.is_retired() && member.follow().is_none());
    let (source, rest) = set.take_rest().unwrap();
    assert_eq!((rest, source.into_tasks()), (VecDeque::from([2]), VecDeque::from([3])));
}

#[test]
fn a_wait_for_followers_and_for_events_keeps_its_deadline() {
    let (_sender, source) = task::queue::<()>(1);
    let set = ThreadSet::new(source);
    assert!(!set.wait_followers_deadline(1, past()));
    let mut member = set.member();
    assert_eq!(member.follow().unwrap().next_deadline(past()).unwrap(), None);
    assert!(!set.is_closed());
}

#[derive(Clone)]
struct Deaf;

impl Waker for Deaf {
    fn wake(&self) {}
    fn close(&self) {}
}

struct Broken;

impl EventSource for Broken {
    type Event = ();
    type Waker = Deaf;

    fn wait(&mut self, _: &mut VecDeque<()>, _: Option<Instant>) -> io::Result<Waited> {
        Err(io::Error::other("broken"))
    }

    fn waker(&self) -> Deaf {
        Deaf
    }
}

#[test]
fn a_source_that_fails_closes_its_set() {
    let set = ThreadSet::new(Broken);
    let mut member = set.member();
    assert_eq!(member.follow().unwrap().next().unwrap_err().to_string(), "broken");
    assert!(set.is_closed());
    assert!(member.follow().is_none());
}
