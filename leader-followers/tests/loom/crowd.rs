//! Many threads at once, which is too much for an exhaustive search.

use crate::bell::Bell;
use crate::far;
use crate::watched::{Watched, filled, take_turns};
use common::model::{Model, model};
use common::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use common::sync::cell::UnsafeCell;
use common::sync::{Arc, Mutex, thread};
use leader_followers::handle::{Claim, Delivery, HandleWord, Ready, Release};
use leader_followers::notify::{Inbox, Posted};
use leader_followers::source::{EventSource, Waker, task};
use leader_followers::{ThreadSet, crew};
use std::collections::VecDeque;

fn crowd(name: &'static str) -> Model {
    model(name).one_shape("the threads of a crowd are alike")
}

/// Runs `role` on `count` threads, each with its number.
fn on_each<T: Send>(count: usize, role: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let role = &role;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|number| scope.spawn(move || role(number))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a thread that panics ends the model")).collect()
    })
}

#[test]
fn eight_members_and_three_feeders_lose_no_task_and_no_leadership() {
    crowd("crowd/members_and_feeders").outcomes(&["handed", "vacant"]).check(|seen| {
        let (sender, source) = task::queue(2);
        let set = ThreadSet::new(Watched::new(source.batch(2)));
        let senders = [sender.clone(), sender.clone(), sender].map(|sender| Mutex::new(Some(sender)));
        let handled = on_each(11, |number| {
            let Some(sender) = senders.get(number) else { return take_turns(&set) };
            let sender = sender.lock().take().expect("each thread takes its own");
            let first = 10 * number as u32;
            (first..first + 2).for_each(|task| sender.send(task).expect("the set keeps the queue open"));
            Vec::new()
        });
        let mut handled = handled.concat();
        handled.sort_unstable();
        assert_eq!(handled, [0, 1, 10, 11, 20, 21]);
        assert!(set.take_rest().expect("leadership is vacant after the last thread").1.is_empty());
        let handovers = set.handovers();
        seen.outcome(if handovers.handed > 0 { "handed" } else { "vacant" });
    });
}

/// Each of the threads leads once, whoever calls whom.
#[test]
fn leadership_comes_to_each_of_ten_members() {
    crowd("crowd/chain").outcomes(&["all led"]).check(|seen| {
        let tasks: Vec<u32> = (0..10).collect();
        let set = filled(&tasks);
        let mut taken = on_each(10, |_| {
            let mut member = set.member();
            let mut leader = member.follow().expect("nobody closes the set");
            let task = leader.next().unwrap().expect("there is a task for each");
            leader.promote();
            task
        });
        taken.sort_unstable();
        assert_eq!(taken, tasks);
        seen.outcome("all led");
    });
}

#[test]
fn a_close_retires_twelve_members() {
    crowd("crowd/close").outcomes(&["retired"]).check(|seen| {
        let (_sender, source) = task::queue(1);
        let set = ThreadSet::new(Watched::new(source));
        let handled = on_each(13, |number| match number {
            6 => {
                set.close();
                0
            }
            _ => take_turns(&set).len(),
        });
        assert_eq!(handled, [0; 13]);
        assert!(set.take_rest().is_some(), "I1: after a close leadership is vacant");
        seen.outcome("retired");
    });
}

/// A handle and its owners so far.
struct Handle {
    word: HandleWord,
    turns: UnsafeCell<Vec<Ready>>,
}

// SAFETY: the cell is touched by the owner of the claim only, which is what the model checks.
unsafe impl Sync for Handle {}

impl Handle {
    fn work(&self, mut claim: Claim) {
        loop {
            let ready = self.word.begin(&claim);
            // SAFETY: the claim is ours.
            self.turns.with_mut(|turns| unsafe { (*turns).push(ready) });
            match self.word.release(claim) {
                Release::Free => return,
                Release::More(more) => claim = more,
            }
        }
    }
}

#[test]
fn eight_deliverers_work_one_at_a_time_and_lose_nothing() {
    const EVENTS: [Ready; 8] = [
        Ready::READ,
        Ready::WRITE,
        Ready::TIMER,
        Ready::NOTIFY,
        Ready::RESUME,
        Ready::DRAIN,
        Ready::CLOSE,
        Ready::AGAIN,
    ];
    crowd("crowd/deliverers").outcomes(&["one claim", "several claims"]).check(|seen| {
        let handle = Handle { word: HandleWord::new(), turns: UnsafeCell::new(Vec::new()) };
        let claim = handle.word.open().expect("a new word is closed");
        assert_eq!(handle.word.release(claim), Release::Free);
        let claims = on_each(8, |number| match handle.word.deliver(0, EVENTS[number]) {
            Delivery::Claimed(claim) => {
                handle.work(claim);
                1
            }
            Delivery::Recorded => 0,
            Delivery::Stale => panic!("nobody closes this handle"),
        });
        let turns = handle.turns.into_inner();
        for event in EVENTS {
            assert_eq!(turns.iter().filter(|turn| turn.contains(event)).count(), 1, "{event:?} in {turns:?}");
        }
        seen.outcome(if claims.iter().sum::<usize>() == 1 { "one claim" } else { "several claims" });
    });
}

#[test]
fn ten_posters_ring_once_for_each_sleep_of_the_leader() {
    crowd("crowd/posters").outcomes(&["slept", "did not sleep"]).check(|seen| {
        let (inbox, bell) = (Inbox::new(), Bell::default());
        // ORDERING: Relaxed, all of them: read after the threads have ended.
        let (rings, sleeps) = (AtomicUsize::new(0), AtomicUsize::new(0));
        on_each(11, |number| {
            if number > 0 {
                if inbox.post(number, None) == Posted::Ring {
                    rings.fetch_add(1, Ordering::Relaxed);
                    bell.ring();
                }
                return;
            }
            let mut items = VecDeque::new();
            while inbox.collect(&mut items) && items.len() < 10 {
                if inbox.sleep(None) {
                    sleeps.fetch_add(1, Ordering::Relaxed);
                    bell.sleep();
                    inbox.wake();
                }
            }
        });
        let sleeps = sleeps.load(Ordering::Relaxed);
        assert_eq!(rings.load(Ordering::Relaxed), sleeps);
        seen.outcome(if sleeps > 0 { "slept" } else { "did not sleep" });
    });
}

#[test]
fn a_stop_of_six_threads_loses_no_task_of_four_feeders() {
    crowd("crowd/stop").outcomes(&["all handled", "some left or refused"]).check(|seen| {
        let (sender, source) = task::queue(2);
        let handled = Arc::new(AtomicU64::new(0));
        let count = handled.clone();
        let handler = move |_: u32| {
            // ORDERING: Relaxed: read after the threads have ended.
            count.fetch_add(1, Ordering::Relaxed);
        };
        let crew = crew::builder().threads(6).start(source, handler).unwrap();
        let feeders = [0; 4].map(|task| {
            let sender = sender.clone();
            thread::spawn(move || u64::from(sender.send(task).is_ok()))
        });
        thread::yield_now();
        let report = crew.stop(far());
        let source = report.source.expect("no thread leads after a stop");
        // The senders that wait for room get their tasks back.
        source.waker().close();
        let accepted: u64 = feeders.into_iter().map(|feeder| feeder.join().expect("a feeder returns")).sum();
        let left = report.rest.len() + source.into_tasks().len();
        // ORDERING: Relaxed, as above.
        let handled = handled.load(Ordering::Relaxed);
        assert_eq!(handled + left as u64, accepted);
        seen.outcome(if handled == 4 { "all handled" } else { "some left or refused" });
    });
}
