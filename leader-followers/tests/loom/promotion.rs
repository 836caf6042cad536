//! Promotion: leadership is never lost and never doubled, and a close reaches everybody.

use common::model::model;
use common::park::{Parker, Unparker};
use common::sync::cell::UnsafeCell;
use common::sync::{Arc, Mutex, thread};
use leader_followers::source::task;
use leader_followers::source::{EventSource, Waited};
use leader_followers::{Promoted, ThreadSet};
use std::collections::VecDeque;
use std::io;
use std::time::Instant;

/// A task source whose waits loom watches: two at a time, or one without an edge from the one before, fail the model.
struct Watched {
    inner: task::Source<u32>,
    waits: UnsafeCell<u32>,
}

impl Watched {
    fn new(inner: task::Source<u32>) -> Self {
        Self { inner, waits: UnsafeCell::new(0) }
    }
}

impl EventSource for Watched {
    type Event = u32;
    type Waker = task::Waker<u32>;

    fn wait(&mut self, batch: &mut VecDeque<u32>, deadline: Option<Instant>) -> io::Result<Waited> {
        let inner = &mut self.inner;
        self.waits.with_mut(|_| inner.wait(batch, deadline))
    }

    fn waker(&self) -> task::Waker<u32> {
        self.inner.waker()
    }
}

/// Follows, takes one event, promotes, handles it, and so on until the set closes; returns how many it handled.
fn take_turns(set: &ThreadSet<Watched>) -> u32 {
    let mut member = set.member();
    let mut handled = 0;
    while let Some(mut leader) = member.follow() {
        if leader.next().unwrap().is_none() {
            break;
        }
        leader.promote();
        handled += 1;
    }
    handled
}

fn shares(ours: u32, theirs: u32) -> &'static str {
    match (ours, theirs) {
        (1, 1) => "one each",
        (2, 0) | (0, 2) => "one thread took both",
        other => panic!("two tasks were handled as {other:?}"),
    }
}

#[test]
fn two_spawned_threads_lose_no_task_and_no_leadership() {
    let model = model("promotion/feeder_and_two_threads").outcomes(&["one each", "one thread took both"]);
    model.preemptions(2).check(|seen| {
        let (sender, source) = task::queue(2);
        let set = ThreadSet::new(Watched::new(source.batch(2)));
        let threads = [set.clone(), set.clone()].map(|set| thread::spawn(move || take_turns(&set)));
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        drop(sender);
        let [ours, theirs] = threads.map(|thread| thread.join().unwrap());
        seen.outcome(shares(ours, theirs));
        assert!(set.is_closed());
        assert!(set.take_rest().expect("leadership is vacant after the last thread").1.is_empty());
    });
}

/// The roles swapped: the main thread takes turns too, and the tasks are there before anybody leads.
#[test]
fn a_batch_travels_with_leadership() {
    let model = model("promotion/rest_of_the_batch").outcomes(&["one each", "one thread took both"]);
    model.preemptions(3).check(|seen| {
        let (sender, source) = task::queue(2);
        let set = ThreadSet::new(Watched::new(source.batch(2)));
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        drop(sender);
        let theirs = set.clone();
        let other = thread::spawn(move || take_turns(&theirs));
        let ours = take_turns(&set);
        seen.outcome(shares(ours, other.join().unwrap()));
    });
}

#[test]
fn a_leader_that_is_dropped_loses_nothing() {
    let model = model("promotion/dropped_leader").outcomes(&["the other thread led after it", "it came back to lead"]);
    model.preemptions(3).check(|seen| {
        let (sender, source) = task::queue(1);
        let set = ThreadSet::new(Watched::new(source));
        sender.send(1).unwrap();
        drop(sender);
        let theirs = set.clone();
        let other = thread::spawn(move || take_turns(&theirs));
        let mut member = set.member();
        // What the unwinding of a panic does.
        drop(member.follow());
        drop(member);
        let ours = take_turns(&set);
        let theirs = other.join().unwrap();
        assert_eq!(ours + theirs, 1);
        seen.outcome(if ours == 1 { "it came back to lead" } else { "the other thread led after it" });
    });
}

/// The roles swapped: the spawned thread drops leadership in the middle of a batch, and never comes back.
#[test]
fn a_spawned_leader_that_is_dropped_leaves_its_batch() {
    let model = model("promotion/dropped_with_a_batch").outcomes(&["took one and died", "came too late"]);
    model.preemptions(3).check(|seen| {
        let (sender, source) = task::queue(2);
        let set = ThreadSet::new(Watched::new(source.batch(2)));
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        drop(sender);
        let theirs = set.clone();
        let other = thread::spawn(move || {
            let mut member = theirs.member();
            member.follow().map_or(0, |mut leader| leader.next().unwrap().map_or(0, |_| 1))
        });
        let ours = take_turns(&set);
        let theirs = other.join().unwrap();
        assert_eq!(ours + theirs, 2);
        seen.outcome(if theirs == 1 { "took one and died" } else { "came too late" });
    });
}

#[test]
fn a_close_wakes_the_leader_and_the_follower() {
    let model = model("promotion/close_wakes_everybody").outcomes(&["closed"]);
    model.preemptions(3).check(|seen| {
        let (_sender, source) = task::queue(1);
        let set = ThreadSet::new(Watched::new(source));
        let threads = [set.clone(), set.clone()].map(|set| thread::spawn(move || take_turns(&set)));
        set.close();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), 0);
        }
        assert!(set.take_rest().is_some(), "I1: after a close leadership is vacant");
        seen.outcome("closed");
    });
}

/// The roles swapped: a spawned thread closes while the main one leads, and a task is handled or given back.
#[test]
fn a_close_by_another_thread_gives_back_what_was_not_taken() {
    let model = model("promotion/close_races_a_task").outcomes(&["handled", "given back"]);
    model.check(|seen| {
        let (sender, source) = task::queue(1);
        let set = ThreadSet::new(Watched::new(source));
        let theirs = set.clone();
        let closer = thread::spawn(move || theirs.close());
        sender.send(1).unwrap();
        let handled = take_turns(&set);
        closer.join().unwrap();
        let (source, rest) = set.take_rest().expect("nobody leads any more");
        let left = rest.len() + source.inner.into_tasks().len();
        assert_eq!(handled as usize + left, 1);
        seen.outcome(if handled == 1 { "handled" } else { "given back" });
    });
}

#[test]
fn a_promotion_finds_the_follower_or_leaves_a_vacancy() {
    let model = model("promotion/handed_or_vacant").outcomes(&["handed", "vacant"]);
    model.check(|seen| {
        let (sender, source) = task::queue(2);
        let set = ThreadSet::new(Watched::new(source));
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        let mut member = set.member();
        let mut leader = member.follow().unwrap();
        assert_eq!(leader.next().unwrap(), Some(1));
        let other = thread::spawn(move || set.member().follow().unwrap().next().unwrap());
        seen.outcome(if leader.promote() == Promoted::Handed { "handed" } else { "vacant" });
        assert_eq!(other.join().unwrap(), Some(2));
    });
}

/// I2 broken: a follower that looks for a vacancy and pushes its seat in two critical sections.
struct Careless {
    vacant: Mutex<bool>,
    followers: Mutex<Vec<Unparker>>,
}

impl Careless {
    fn follow(&self) {
        let parker = Parker::new();
        if std::mem::take(&mut *self.vacant.lock()) {
            return;
        }
        self.followers.lock().push(parker.unparker());
        parker.park();
    }

    fn promote(&self) {
        match self.followers.lock().pop() {
            Some(follower) => follower.unpark(),
            None => *self.vacant.lock() = true,
        }
    }
}

#[test]
fn control_a_vacancy_seen_outside_the_lock_loses_leadership() {
    model("promotion/control_two_critical_sections").must_fail(|_| {
        let set = Arc::new(Careless { vacant: Mutex::new(false), followers: Mutex::new(Vec::new()) });
        let theirs = set.clone();
        let follower = thread::spawn(move || theirs.follow());
        set.promote();
        follower.join().unwrap();
    });
}
