//! The futures of the channel: no message and no wake is lost with one.

use common::model::model;
use common::park::{Parker, Unparker};
use producer_consumer::RecvError;
use producer_consumer::spsc::{Receiver, Sender, bounded};
use std::pin::pin;
use std::task::{Context, Poll, Wake, Waker};

/// Polls until it is ready, asleep in between.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Unparker);
    impl Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let mut future = pin!(future);
    let parker = Parker::new();
    let waker = Waker::from(std::sync::Arc::new(Unpark(parker.unparker())));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        parker.park();
    }
}

/// Polls once; whether it was ready.
fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

#[test]
fn a_receive_future_that_is_dropped_loses_nothing() {
    model("spsc/dropped_recv_races_send").preemptions(3).outcomes(&["dropped", "ready"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
        let consume = || match poll_once(receiver.recv_async()) {
            Some(got) => (got, "ready"),
            None => (receiver.recv(), "dropped"),
        };
        let ((), (got, when)) = seen.race((|| sender.send(1).unwrap(), consume));
        assert_eq!(got, Ok(1));
        assert!(receiver.is_empty());
        seen.outcome(when);
    });
}

#[test]
fn a_send_future_that_is_dropped_has_not_sent() {
    model("spsc/dropped_send_races_recv").preemptions(2).outcomes(&["dropped", "ready"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
        sender.send(1).unwrap();
        let produce = || match poll_once(sender.send_async(2)) {
            Some(sent) => {
                sent.unwrap();
                "ready"
            }
            None => {
                sender.send(3).unwrap();
                "dropped"
            }
        };
        let (when, got) = seen.race((produce, || [receiver.recv(), receiver.recv()]));
        assert_eq!(got, [Ok(1), Ok(if when == "ready" { 2 } else { 3 })]);
        assert!(receiver.is_empty());
        seen.outcome(when);
    });
}

#[test]
fn a_task_and_a_thread_hand_over_two_messages_each_way_of_waiting() {
    model("spsc/async_both_ways").preemptions(2).outcomes(&["received"]).check(|seen| {
        let (mut sender, mut receiver) = bounded(1);
        let produce = || {
            block_on(sender.send_async(1)).unwrap();
            block_on(sender.send_async(2)).unwrap();
        };
        let consume = || [block_on(receiver.recv_async()), block_on(receiver.recv_async())];
        let ((), got) = seen.race((produce, consume));
        assert_eq!(got, [Ok(1), Ok(2)]);
        seen.outcome("received");
    });
}

#[test]
fn a_pending_receive_is_told_of_the_senders_drop() {
    model("spsc/async_recv_races_drop").preemptions(3).outcomes(&["ended"]).check(|seen| {
        let (sender, mut receiver): (Sender<i32>, Receiver<i32>) = bounded(1);
        let (got, ()) = seen.race((|| block_on(receiver.recv_async()), move || drop(sender)));
        assert_eq!(got, Err(RecvError));
        seen.outcome("ended");
    });
}
