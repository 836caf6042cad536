//! History: what one operation did is seen by each that the stamps put after it.

use common::history::{Clock, History, Received, Sent};
use common::model::model;
use common::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn an_operation_sees_what_those_before_it_did() {
    model("history/two_operations").outcomes(&["before", "overlapping", "after"]).check(|seen| {
        let clock = Clock::new();
        let (mut sender, mut receiver) = (clock.recorder(), clock.recorder());
        let value = AtomicUsize::new(0);
        let send = || {
            sender.send(1, || {
                // ORDERING: Relaxed: the stamps have to publish it.
                value.store(1, Ordering::Relaxed);
                Sent::Accepted
            });
            sender
        };
        let receive = || {
            let mut read = 0;
            receiver.receive(|| {
                // ORDERING: Relaxed, as above.
                read = value.load(Ordering::Relaxed);
                Received::Empty
            });
            (receiver, read)
        };
        let (sender, (receiver, read)) = seen.race((send, receive));
        let history = History::merge([sender, receiver]);
        let (send, receive) = (history.operations()[0], history.operations()[1]);
        if send.is_before(&receive) {
            assert_eq!(read, 1);
            seen.outcome("before");
        } else if receive.is_before(&send) {
            assert_eq!(read, 0);
            seen.outcome("after");
        } else {
            seen.outcome("overlapping");
        }
    });
}

/// E1 broken: ticks that order nothing put an operation after one that it does not see.
#[test]
fn control_ticks_that_order_nothing_put_what_is_not_seen_before() {
    model("history/control_relaxed_ticks").must_fail_in_weak_memory("put after what it does not see", |seen| {
        let (ticks, value) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let send = || {
            // ORDERING: Relaxed, the tick as well: that is the fault.
            value.store(1, Ordering::Relaxed);
            ticks.fetch_add(1, Ordering::Relaxed)
        };
        // ORDERING: Relaxed, as above.
        let receive = || (ticks.fetch_add(1, Ordering::Relaxed), value.load(Ordering::Relaxed));
        let (sent, (received, read)) = seen.race((send, receive));
        assert!(received < sent || read == 1, "put after what it does not see");
    });
}
