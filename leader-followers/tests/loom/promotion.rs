//! Promotion: leadership is never lost and never doubled, and a close reaches everybody.

use crate::watched::{Watched, filled, take_turns};
use crate::{far, past};
use common::model::model;
use common::park::{Parker, Unparker};
use common::sync::Mutex;
use common::sync::atomic::{AtomicBool, Ordering};
use common::sync::cell::UnsafeCell;
use leader_followers::source::{EventSource, Waited, task};
use leader_followers::{Promoted, ThreadSet};
use std::collections::VecDeque;
use std::io;
use std::time::Instant;

fn shares(ours: &[u32], theirs: &[u32]) -> &'static str {
    match (ours, theirs) {
        ([1], [2]) | ([2], [1]) => "one each",
        ([1, 2], []) | ([], [1, 2]) => "one thread took both",
        other => panic!("two tasks were handled as {other:?}"),
    }
}

#[test]
fn two_threads_lose_no_task_and_no_leadership() {
    let model = model("promotion/feeder_and_two_threads").outcomes(&["one each", "one thread took both"]);
    model.preemptions(2).check(|seen| {
        let (sender, source) = task::queue(2);
        let set = ThreadSet::new(Watched::new(source.batch(2)));
        let feed = || {
            sender.send(1).unwrap();
            sender.send(2).unwrap();
            drop(sender);
        };
        let ((), ours, theirs) = seen.race((feed, || take_turns(&set), || take_turns(&set)));
        seen.outcome(shares(&ours, &theirs));
        assert!(set.is_closed());
        assert!(set.take_rest().expect("leadership is vacant after the last thread").1.is_empty());
    });
}

#[test]
fn a_batch_travels_with_leadership() {
    let model = model("promotion/rest_of_the_batch").outcomes(&["one each", "one thread took both"]);
    model.preemptions(4).check(|seen| {
        let set = filled(&[1, 2]);
        let (ours, theirs) = seen.race((|| take_turns(&set), || take_turns(&set)));
        seen.outcome(shares(&ours, &theirs));
    });
}

#[test]
fn a_leader_that_is_dropped_loses_nothing() {
    let model = model("promotion/dropped_leader").outcomes(&["the other thread led after it", "it came back to lead"]);
    model.preemptions(4).check(|seen| {
        let set = filled(&[1]);
        let drop_and_come_back = || {
            // What the unwinding of a panic does.
            drop(set.member().follow());
            take_turns(&set).len()
        };
        let (ours, theirs) = seen.race((drop_and_come_back, || take_turns(&set).len()));
        assert_eq!(ours + theirs, 1);
        seen.outcome(if ours == 1 { "it came back to lead" } else { "the other thread led after it" });
    });
}

/// Leadership is dropped in the middle of a batch, by a thread that never comes back.
#[test]
fn a_leader_that_is_dropped_leaves_its_batch() {
    let model = model("promotion/dropped_with_a_batch").outcomes(&["took one and died", "came too late"]);
    model.preemptions(4).check(|seen| {
        let set = filled(&[1, 2]);
        let die = || {
            let mut member = set.member();
            usize::from(member.follow().is_some_and(|mut leader| leader.next().unwrap().is_some()))
        };
        let (died_with, handled) = seen.race((die, || take_turns(&set).len()));
        assert_eq!(died_with + handled, 2);
        seen.outcome(if died_with == 1 { "took one and died" } else { "came too late" });
    });
}

#[test]
fn a_close_wakes_the_leader_and_the_follower() {
    model("promotion/close_wakes_everybody").outcomes(&["closed"]).preemptions(3).check(|seen| {
        let (_sender, source) = task::queue(1);
        let set = ThreadSet::new(Watched::new(source));
        let member = || take_turns(&set).len();
        assert_eq!(seen.race((|| set.close(), member, member)), ((), 0, 0));
        assert!(set.take_rest().is_some(), "I1: after a close leadership is vacant");
        seen.outcome("closed");
    });
}

/// A task is handled or given back.
#[test]
fn a_close_gives_back_what_was_not_taken() {
    model("promotion/close_races_a_task").outcomes(&["handled", "given back"]).check(|seen| {
        let (sender, source) = task::queue(1);
        let set = ThreadSet::new(Watched::new(source));
        let send_and_lead = || {
            sender.send(1).unwrap();
            take_turns(&set).len()
        };
        let (handled, ()) = seen.race((send_and_lead, || set.close()));
        let (source, rest) = set.take_rest().expect("nobody leads any more");
        let left = rest.len() + source.into_tasks().len();
        assert_eq!(handled + left, 1);
        seen.outcome(if handled == 1 { "handled" } else { "given back" });
    });
}

#[test]
fn a_promotion_finds_the_follower_or_leaves_a_vacancy() {
    model("promotion/handed_or_vacant").outcomes(&["handed", "vacant"]).check(|seen| {
        let set = filled(&[1, 2]);
        let mut member = set.member();
        let mut leader = member.follow().unwrap();
        assert_eq!(leader.next().unwrap(), Some(1));
        let follow = || set.member().follow().unwrap().next().unwrap();
        let (promoted, next) = seen.race((|| leader.promote(), follow));
        assert_eq!(next, Some(2));
        seen.outcome(if promoted == Promoted::Handed { "handed" } else { "vacant" });
    });
}

/// A leader that gives up waiting takes no task along: it got the task, or the next one who waits does.
#[test]
fn a_wait_that_times_out_leaves_the_task() {
    model("promotion/send_races_deadline").outcomes(&["in time", "for the next wait"]).check(|seen| {
        let (sender, source) = task::queue(1);
        let set = ThreadSet::new(Watched::new(source));
        let lead = || {
            let mut member = set.member();
            let mut leader = member.follow().unwrap();
            match leader.next_deadline(past()).unwrap() {
                Some(task) => (task, "in time"),
                None => (leader.next().unwrap().unwrap(), "for the next wait"),
            }
        };
        let ((task, when), ()) = seen.race((lead, || sender.send(1).unwrap()));
        assert_eq!(task, 1);
        seen.outcome(when);
    });
}

#[test]
fn an_onlooker_sees_the_follower_or_the_close() {
    model("promotion/onlooker").outcomes(&["followed", "closed"]).preemptions(3).check(|seen| {
        let (_sender, source) = task::queue(1);
        let set = ThreadSet::new(Watched::new(source));
        let mut leading = set.member();
        let leader = leading.follow().unwrap();
        let follow = || assert!(set.member().follow().is_none());
        let (followed, (), ()) = seen.race((|| set.wait_followers_deadline(1, far()), follow, || set.close()));
        seen.outcome(if followed { "followed" } else { "closed" });
        drop(leader);
    });
}

#[test]
fn an_onlooker_that_times_out_does_not_hold_up_the_follower() {
    model("promotion/onlooker_with_a_deadline").outcomes(&["followed", "timed out"]).check(|seen| {
        let (_sender, source) = task::queue(1);
        let set = ThreadSet::new(Watched::new(source));
        let mut leading = set.member();
        let leader = leading.follow().unwrap();
        let look = || {
            let followed = set.wait_followers_deadline(1, past());
            set.close();
            followed
        };
        let (followed, ()) = seen.race((look, || assert!(set.member().follow().is_none())));
        seen.outcome(if followed { "followed" } else { "timed out" });
        drop(leader);
    });
}

/// A source that can't go on.
struct Failing;

/// Nobody sleeps in a source that fails at once.
#[derive(Clone)]
struct NeverAsleep;

impl leader_followers::source::Waker for NeverAsleep {
    fn wake(&self) {}
    fn close(&self) {}
}

impl EventSource for Failing {
    type Event = u32;
    type Waker = NeverAsleep;

    fn wait(&mut self, _: &mut VecDeque<u32>, _: Option<Instant>) -> io::Result<Waited> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn waker(&self) -> NeverAsleep {
        NeverAsleep
    }
}

#[test]
fn a_source_that_fails_fails_one_leader_and_retires_the_rest() {
    model("promotion/failing_source").outcomes(&["the first failed", "the second failed"]).check(|seen| {
        let set = ThreadSet::new(Failing);
        let has_failed = || set.member().follow().is_some_and(|mut leader| leader.next().is_err());
        let (first, second) = seen.race((has_failed, has_failed));
        assert!(first != second, "the error comes once");
        assert!(set.take_rest().is_some(), "I1: after the close leadership is vacant");
        seen.outcome(if first { "the first failed" } else { "the second failed" });
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
    model("promotion/control_two_critical_sections").must_fail("deadlock", |seen| {
        let set = Careless { vacant: Mutex::new(false), followers: Mutex::new(Vec::new()) };
        seen.race((|| set.follow(), || set.promote()));
    });
}

/// I1 broken: two threads that find the vacancy before either takes it wait on one source.
#[test]
fn control_a_vacancy_seen_and_taken_in_two_steps_has_two_leaders() {
    struct Source(UnsafeCell<u32>);

    // SAFETY: it is not; the model has to find that.
    unsafe impl Sync for Source {}

    model("promotion/control_two_leaders").must_fail("oncurrent write accesses to", |seen| {
        let (vacant, source) = (AtomicBool::new(true), Source(UnsafeCell::new(0)));
        let lead = || {
            let source = &source;
            // ORDERING: Acquire and Release: strong enough; it is the gap between them that is wrong.
            if vacant.load(Ordering::Acquire) {
                vacant.store(false, Ordering::Release);
                // SAFETY: as above.
                source.0.with_mut(|waits| unsafe { *waits += 1 });
                vacant.store(true, Ordering::Release);
            }
        };
        seen.race((lead, lead));
    });
}
