//! Known-bad variants of the channel that the models have to be able to see fail.

use crate::past;
use common::model::model;
use common::sync::{Condvar, Mutex};

/// A one-message channel with the same shape as the shipped one and room for its mistakes.
#[derive(Default)]
struct Bad {
    state: Mutex<State>,
    not_empty: Condvar,
}

#[derive(Default)]
struct State {
    message: Option<i32>,
    waiting: usize,
}

impl Bad {
    fn recv(&self) -> i32 {
        let mut state = self.state.lock();
        loop {
            if let Some(message) = state.message.take() {
                return message;
            }
            state.waiting += 1;
            self.not_empty.wait(&mut state);
            state.waiting -= 1;
        }
    }

    /// As the shipped send, for a channel that has room.
    fn send(&self, message: i32) {
        let mut state = self.state.lock();
        state.message = Some(message);
        let wake = state.waiting > 0;
        drop(state);
        if wake {
            self.not_empty.notify_one();
        }
    }

    fn has_waiters(&self) -> bool {
        self.state.lock().waiting > 0
    }
}

/// The notification given before the push: the receiver may look, find nothing, and sleep on.
#[test]
fn control_a_notification_before_the_push_is_lost() {
    model("channel/control_notify_before_push").must_fail("deadlock", |seen| {
        let channel = Bad::default();
        let produce = || {
            channel.not_empty.notify_one();
            channel.state.lock().message = Some(1);
        };
        seen.race((produce, || channel.recv()));
    });
}

/// The waiters counted in another critical section than the push: a receiver may come in between.
#[test]
fn control_waiters_counted_before_the_push_are_missed() {
    model("channel/control_stale_waiter_count").must_fail("deadlock", |seen| {
        let channel = Bad::default();
        let produce = || {
            let wake = channel.has_waiters();
            channel.state.lock().message = Some(1);
            if wake {
                channel.not_empty.notify_one();
            }
        };
        seen.race((|| channel.recv(), produce));
    });
}

/// I4 broken: a waiter that goes by its deadline and does not look again takes a wake along that was another's.
#[test]
fn control_a_waiter_that_gives_up_without_a_look_takes_a_wake_along() {
    model("channel/control_timeout_without_look").must_fail("deadlock", |seen| {
        let channel = Bad::default();
        let timed = || {
            let mut state = channel.state.lock();
            if state.message.is_none() {
                state.waiting += 1;
                channel.not_empty.wait_until(&mut state, past());
                state.waiting -= 1;
            }
        };
        seen.race((timed, || channel.send(1), || channel.recv()));
    });
}

/// A waiter that takes every wake for the one it waits for: one that comes without cause finds no message.
#[cfg(shuttle)]
#[test]
fn control_a_wait_without_a_loop_meets_a_wake_without_cause() {
    model("channel/control_wait_without_loop").must_fail("a wake is a message", |seen| {
        let channel = Bad::default();
        let consume = || {
            let mut state = channel.state.lock();
            if state.message.is_none() {
                state.waiting += 1;
                channel.not_empty.wait(&mut state);
                state.waiting -= 1;
            }
            state.message.take().expect("a wake is a message")
        };
        seen.race((consume, || channel.send(1)));
    });
}
