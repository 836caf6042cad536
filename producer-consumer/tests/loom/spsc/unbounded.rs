//! Without a bound: stretches of two slots, one after the other.

use crate::past;
use common::model::model;
use producer_consumer::spsc::unbounded;
use producer_consumer::{RecvTimeoutError, TrySendError};

#[test]
fn three_messages_need_a_second_stretch_and_keep_their_order() {
    model("spsc_unbounded/order").preemptions(3).outcomes(&["all at once", "in pieces"]).check(|seen| {
        let (mut sender, mut receiver) = unbounded();
        let produce = || [1, 2, 3].map(|value| sender.try_send(value).unwrap());
        let (_, got) =
            seen.race((produce, || [receiver.try_recv().ok(), receiver.try_recv().ok(), receiver.try_recv().ok()]));
        let mut got: Vec<_> = got.into_iter().flatten().collect();
        seen.outcome(if got.len() == 3 { "all at once" } else { "in pieces" });
        got.extend(receiver.try_iter());
        assert_eq!(got, [1, 2, 3]);
    });
}

/// The receiver leaves stretches while the sender takes them again.
#[test]
fn a_stretch_that_was_left_is_used_again() {
    model("spsc_unbounded/again").preemptions(2).outcomes(&["came later", "was there"]).check(|seen| {
        let (mut sender, mut receiver) = unbounded();
        sender.send_many(1..=3).unwrap();
        let consume = || {
            let first = [receiver.recv(), receiver.recv(), receiver.recv()];
            (first, receiver.recv_deadline(past()).is_ok())
        };
        let (sent, (first, was_there)) = seen.race((|| sender.send_many(4..=7), consume));
        assert_eq!((sent.ok(), first), (Some(4), [Ok(1), Ok(2), Ok(3)]));
        assert_eq!(receiver.drain(), if was_there { vec![5, 6, 7] } else { vec![4, 5, 6, 7] });
        seen.outcome(if was_there { "was there" } else { "came later" });
    });
}

#[test]
fn a_close_gives_a_batch_of_two_stretches_back_whole_or_delivers_it() {
    model("spsc_unbounded/close").preemptions(3).outcomes(&["delivered", "given back"]).check(|seen| {
        let (mut sender, mut receiver) = unbounded();
        sender.send(0).unwrap();
        let (sent, rest) = seen.race((
            || sender.send_many(1..=3),
            || {
                assert!(receiver.close());
                receiver.drain()
            },
        ));
        match sent {
            Ok(count) => {
                assert_eq!((count, rest), (3, vec![0, 1, 2, 3]));
                seen.outcome("delivered");
            }
            Err(refused) => {
                let unsent = refused.into_inner();
                assert_eq!((unsent.sent(), rest), (0, vec![0]));
                assert!(unsent.eq(1..=3));
                seen.outcome("given back");
            }
        }
        assert_eq!(sender.try_send(4), Err(TrySendError::Disconnected(4)));
    });
}

#[test]
fn a_receiver_that_goes_drops_what_lies_in_two_stretches() {
    model("spsc_unbounded/drop").preemptions(3).outcomes(&["accepted", "refused"]).check(|seen| {
        let (mut sender, receiver) = unbounded();
        sender.send_many(1..=2).unwrap();
        let (sent, ()) = seen.race((|| sender.try_send(3), || drop(receiver)));
        assert_eq!(sender.try_send(4), Err(TrySendError::Disconnected(4)));
        seen.outcome(if sent.is_ok() { "accepted" } else { "refused" });
    });
}

#[test]
fn a_receiver_that_goes_to_sleep_in_front_of_a_new_stretch_is_woken() {
    model("spsc_unbounded/sleep").preemptions(3).outcomes(&["received", "timed out"]).check(|seen| {
        let (mut sender, mut receiver) = unbounded();
        sender.send_many(1..=2).unwrap();
        assert_eq!(receiver.drain(), [1, 2]);
        let (got, sent) = seen.race((|| receiver.recv_deadline(past()), || sender.send(3)));
        assert_eq!(sent, Ok(()));
        seen.outcome(match got {
            Ok(3) => "received",
            Err(RecvTimeoutError::Timeout) => "timed out",
            other => panic!("nobody closed: {other:?}"),
        });
    });
}
