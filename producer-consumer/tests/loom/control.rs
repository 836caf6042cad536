//! Known-bad variants of the channel that the models have to be able to see fail.

use common::model::model;
use common::sync::{Arc, Condvar, Mutex, thread};

/// A one-message channel with the same shape as the shipped one and room for its mistakes.
#[derive(Default)]
struct Bad {
    state: Mutex<(Option<i32>, usize)>,
    not_empty: Condvar,
}

impl Bad {
    fn recv(&self) -> i32 {
        let mut state = self.state.lock();
        loop {
            if let Some(message) = state.0.take() {
                return message;
            }
            state.1 += 1;
            self.not_empty.wait(&mut state);
            state.1 -= 1;
        }
    }

    fn has_waiters(&self) -> bool {
        self.state.lock().1 > 0
    }
}

/// The notification given before the push: the receiver may look, find nothing, and sleep on.
#[test]
fn control_a_notification_before_the_push_is_lost() {
    model("channel/control_notify_before_push").must_fail(|_| {
        let channel = Arc::new(Bad::default());
        let theirs = channel.clone();
        let producer = thread::spawn(move || {
            theirs.not_empty.notify_one();
            theirs.state.lock().0 = Some(1);
        });
        assert_eq!(channel.recv(), 1);
        producer.join().unwrap();
    });
}

/// The waiters counted in another critical section than the push: a receiver may come in between.
#[test]
fn control_waiters_counted_before_the_push_are_missed() {
    model("channel/control_stale_waiter_count").must_fail(|_| {
        let channel = Arc::new(Bad::default());
        let theirs = channel.clone();
        let consumer = thread::spawn(move || theirs.recv());
        let wake = channel.has_waiters();
        channel.state.lock().0 = Some(1);
        if wake {
            channel.not_empty.notify_one();
        }
        assert_eq!(consumer.join().unwrap(), 1);
    });
}
