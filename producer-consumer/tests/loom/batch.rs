//! Batches that are sent: one claim for several places, one notification for several receivers.

use crate::task::poll_once;
use common::model::model;
use producer_consumer::bounded;

#[test]
fn a_batch_and_a_single_send_share_the_room_there_is() {
    let outcomes = &["single first", "single refused"];
    model("batch/send_races_send").outcomes(outcomes).check(|seen| {
        let (sender, receiver) = bounded(2);
        let batch = || sender.try_send_many([1, 2]).map_or_else(|rest| rest.into_inner().collect(), |_| vec![]);
        let (rest, single) = seen.race((batch, || sender.try_send(3)));
        seen.outcome(match (receiver.drain().as_slice(), rest.as_slice(), single.is_ok()) {
            ([1, 2], [], false) => "single refused",
            ([3, 1], [2], true) => "single first",
            other => panic!("lost, doubled, or come between: {other:?}"),
        });
    });
}

#[test]
fn a_batch_wraps_around_beside_a_receiver_that_makes_room() {
    let outcomes = &["both", "one", "none"];
    model("batch/send_races_recv").preemptions(3).outcomes(outcomes).check(|seen| {
        let (sender, receiver) = bounded(2);
        sender.try_send_many([1, 2]).unwrap();
        let consume = || [receiver.try_recv(), receiver.try_recv()];
        let (rest, got) = seen.race((|| sender.try_send_many([3, 4]), consume));
        assert_eq!(got, [Ok(1), Ok(2)]);
        let sent = rest.unwrap_or_else(|rest| rest.into_inner().sent());
        assert_eq!(receiver.drain(), [3, 4][..sent]);
        seen.outcome(outcomes[2 - sent]);
    });
}

#[test]
fn a_batch_tells_as_many_receivers_as_it_has_messages() {
    model("batch/wakes_two").preemptions(1).outcomes(&["received"]).check(|seen| {
        let (sender, receiver) = bounded(2);
        let (first, sent, second) =
            seen.race((|| receiver.recv(), || sender.try_send_many([1, 2]).unwrap(), || receiver.recv()));
        assert_eq!((sent, first.unwrap() + second.unwrap()), (2, 3));
        seen.outcome("received");
    });
}

#[test]
fn a_batch_that_waits_goes_in_piece_by_piece() {
    model("batch/waits").preemptions(1).outcomes(&["received"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        let consume = || [receiver.recv(), receiver.recv()];
        let (sent, got) = seen.race((|| sender.send_many([1, 2]).unwrap(), consume));
        assert_eq!((sent, got), (2, [Ok(1), Ok(2)]));
        seen.outcome("received");
    });
}

#[test]
fn a_close_gives_back_what_a_batch_has_not_sent() {
    let outcomes = &["none sent", "one sent"];
    model("batch/close").preemptions(2).outcomes(outcomes).check(|seen| {
        let (sender, receiver) = bounded(1);
        let close = || {
            receiver.close();
            receiver.drain()
        };
        let (sent, drained) = seen.race((|| sender.send_many([1, 2]), close));
        let rest = sent.unwrap_err().into_inner();
        let sent = rest.sent();
        assert_eq!(drained, [1, 2][..sent]);
        assert!(rest.eq([1, 2].into_iter().skip(sent)));
        seen.outcome(outcomes[sent]);
    });
}

#[test]
fn a_batch_future_that_is_dropped_leaves_room_and_wake_to_another() {
    let outcomes = &["dropped", "ready"];
    model("batch/dropped_send").preemptions(1).outcomes(outcomes).check(|seen| {
        let (sender, receiver) = bounded(1);
        sender.send(0).unwrap();
        let brief = || poll_once(sender.send_many_async([1])).is_some();
        let recv = || [receiver.recv(), receiver.recv()];
        let (was_ready, got, sent) = seen.race((brief, recv, || sender.send(2)));
        assert_eq!((got[0], sent), (Ok(0), Ok(())));
        assert_eq!(receiver.len(), usize::from(was_ready));
        seen.outcome(if was_ready { "ready" } else { "dropped" });
    });
}
