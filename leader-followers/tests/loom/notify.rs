//! The inbox: a leader that sleeps is rung for.

use crate::bell::Bell;
use common::model::model;
use common::sync::Mutex;
use leader_followers::notify::{Inbox, Posted};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Waits for `count` items or the close, as a leader does; how many came, and how often it slept.
fn lead(inbox: &Inbox<u32>, bell: &Bell, until: Option<Instant>, count: usize) -> (usize, usize) {
    let (mut items, mut sleeps) = (VecDeque::new(), 0);
    loop {
        let is_open = inbox.collect(&mut items);
        if items.len() >= count || !is_open {
            return (items.len(), sleeps);
        }
        if inbox.sleep(until) {
            sleeps += 1;
            bell.sleep();
            inbox.wake();
        }
    }
}

/// Posts, and rings if that is asked for; whether it was.
fn post(inbox: &Inbox<u32>, bell: &Bell, due: Option<Instant>) -> bool {
    let posted = inbox.post(1, due);
    if posted == Posted::Ring {
        bell.ring();
    }
    posted == Posted::Ring
}

#[test]
fn an_item_that_is_due_wakes_the_sleeper() {
    model("notify/post_races_sleep").outcomes(&["slept", "did not sleep"]).check(|seen| {
        let (inbox, bell) = (Inbox::new(), Bell::default());
        let ((_, sleeps), rang) = seen.race((|| lead(&inbox, &bell, None, 1), || post(&inbox, &bell, None)));
        assert_eq!(rang, sleeps == 1);
        seen.outcome(if rang { "slept" } else { "did not sleep" });
    });
}

/// I2: however many post at once, the leader is rung for at most once a sleep.
#[test]
fn two_posts_ring_at_most_once_for_a_sleep() {
    let outcomes = &["nobody rang", "one rang", "both rang"];
    model("notify/two_posts").outcomes(outcomes).check(|seen| {
        let (inbox, bell) = (Inbox::new(), Bell::default());
        let poster = || post(&inbox, &bell, None);
        let (first, (_, sleeps), second) = seen.race((poster, || lead(&inbox, &bell, None, 2), poster));
        let rings = usize::from(first) + usize::from(second);
        assert_eq!(rings, sleeps);
        seen.outcome(outcomes[rings]);
    });
}

#[test]
fn an_earlier_deadline_always_wakes_the_leader() {
    model("notify/two_deadlines").outcomes(&["rang", "was awake"]).check(|seen| {
        let (inbox, bell) = (Inbox::new(), Bell::default());
        let until = Instant::now() + Duration::from_secs(60);
        let poster = || {
            // The late item alone must not wake anybody; the early one has to bring both.
            assert!(!post(&inbox, &bell, Some(until + Duration::from_secs(1))));
            post(&inbox, &bell, Some(until - Duration::from_secs(1)))
        };
        let (_, rang) = seen.race((|| lead(&inbox, &bell, Some(until), 2), poster));
        seen.outcome(if rang { "rang" } else { "was awake" });
    });
}

#[test]
fn a_post_and_a_close_agree() {
    model("notify/post_races_close").outcomes(&["collected by the closer", "given back"]).check(|seen| {
        let inbox = Inbox::new();
        let (posted, collected) = seen.race((|| inbox.post(1, None), || inbox.close().len()));
        match posted {
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

/// The closer rings whether or not the leader sleeps; a leader that wakes late must not open the inbox again.
#[test]
fn a_close_ends_the_sleep_for_good() {
    model("notify/close_races_sleep").outcomes(&["slept", "did not sleep"]).check(|seen| {
        let (inbox, bell) = (Inbox::new(), Bell::default());
        let close = || {
            let left = inbox.close();
            bell.ring();
            left.len()
        };
        let ((items, sleeps), left) = seen.race((|| lead(&inbox, &bell, None, 1), close));
        assert_eq!((items, left), (0, 0));
        assert_eq!(inbox.post(1, None), Posted::Closed(1));
        seen.outcome(if sleeps == 1 { "slept" } else { "did not sleep" });
    });
}

/// I1 broken: a leader that announces its sleep without looking at the items once more.
#[test]
fn control_a_sleep_announced_without_a_look_is_slept_through() {
    model("notify/control_no_second_look").must_fail("deadlock", |seen| {
        let (items, asleep, bell) = (Mutex::new(Vec::new()), Mutex::new(false), Bell::default());
        let poster = || {
            items.lock().push(1);
            if std::mem::take(&mut *asleep.lock()) {
                bell.ring();
            }
        };
        let leader = || {
            if items.lock().is_empty() {
                *asleep.lock() = true;
                bell.sleep();
            }
        };
        seen.race((poster, leader));
    });
}
