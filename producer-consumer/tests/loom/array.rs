//! The array by itself: what is tried once and waits for nobody, in more schedules than a wait leaves room for.

use common::model::model;
use producer_consumer::{TryRecvError, bounded};

#[test]
fn a_slot_is_filled_and_emptied_lap_after_lap() {
    let outcomes = &["none", "first", "both"];
    model("array/laps").preemptions(3).outcomes(outcomes).check(|seen| {
        let (sender, receiver) = bounded(1);
        let produce = || [1, 2].map(|number| sender.try_send(number).is_ok());
        let consume = || [(); 2].map(|()| receiver.try_recv());
        let (accepted, received) = seen.race((produce, consume));
        let sent: Vec<_> = [1, 2].into_iter().zip(accepted).filter_map(|(number, ok)| ok.then_some(number)).collect();
        let mut got: Vec<_> = received.into_iter().filter_map(Result::ok).collect();
        seen.outcome(outcomes[got.len()]);
        got.extend(receiver.try_recv());
        assert_eq!(got, sent);
    });
}

#[test]
fn two_senders_and_a_receiver_of_two_slots_lose_and_double_nothing() {
    let outcomes = &["none", "one", "two"];
    model("array/two_senders").preemptions(2).outcomes(outcomes).check(|seen| {
        let (sender, receiver) = bounded(2);
        let consume = || [(); 2].map(|()| receiver.try_recv().ok());
        let one = || assert!(sender.try_send(1).is_ok());
        let two = || assert!(sender.try_send(2).is_ok());
        let ((), got, ()) = seen.race((one, consume, two));
        let mut got: Vec<i32> = got.into_iter().flatten().collect();
        seen.outcome(outcomes[got.len()]);
        got.extend(receiver.try_iter());
        got.sort_unstable();
        assert_eq!(got, [1, 2]);
    });
}

#[test]
fn two_receivers_share_what_is_there() {
    let outcomes = &["both to one", "one each"];
    model("array/two_receivers").preemptions(3).outcomes(outcomes).check(|seen| {
        let (sender, receiver) = bounded(2);
        sender.try_send(1).unwrap();
        sender.try_send(2).unwrap();
        let pair = || [(); 2].map(|()| receiver.try_recv());
        let (first, second) = seen.race((pair, pair));
        let taken = |got: [Result<i32, TryRecvError>; 2]| got.into_iter().filter_map(Result::ok).collect::<Vec<_>>();
        let (first, second) = (taken(first), taken(second));
        assert!(first.is_sorted() && second.is_sorted(), "{first:?} {second:?}");
        seen.outcome(if first.len() == 1 { "one each" } else { "both to one" });
        let mut all = [first, second].concat();
        all.sort_unstable();
        assert_eq!(all, [1, 2]);
    });
}

/// A drain takes several slots by one claim, while others claim theirs.
#[test]
fn a_batch_and_a_single_receive_share_what_is_there() {
    let outcomes = &["all to the batch", "one to the single"];
    model("array/batch_races_pop").outcomes(outcomes).check(|seen| {
        let (sender, receiver) = bounded(3);
        (1..=3).for_each(|number| sender.try_send(number).unwrap());
        let (mut batch, single) = seen.race((|| receiver.drain(), || receiver.try_recv()));
        assert!(batch.is_sorted(), "{batch:?}");
        seen.outcome(if single.is_ok() { "one to the single" } else { "all to the batch" });
        batch.extend(single);
        batch.extend(receiver.try_iter());
        batch.sort_unstable();
        assert_eq!(batch, [1, 2, 3]);
    });
}

/// A full array is told from one that was only just emptied, and an empty one from one that was only just filled.
#[test]
fn a_send_after_a_receive_has_room() {
    model("array/room_after_receive").preemptions(3).outcomes(&["refused", "accepted"]).check(|seen| {
        let (sender, receiver) = bounded(1);
        sender.try_send(1).unwrap();
        let exchange = || {
            assert_eq!(receiver.try_recv(), Ok(1));
            sender.try_send(2).is_ok()
        };
        let (mine, theirs) = seen.race((exchange, || sender.try_send(3).is_ok()));
        assert_ne!(mine, theirs, "there is room for one of the two");
        assert_eq!(receiver.try_recv(), Ok(if mine { 2 } else { 3 }));
        seen.outcome(if mine { "accepted" } else { "refused" });
    });
}
