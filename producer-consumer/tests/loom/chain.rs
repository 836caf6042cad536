//! The chain of blocks: what is tried once, across the ends of blocks of two, and what is given back and used again.

use common::model::model;
use producer_consumer::{Receiver, RecvError, Sender, TryRecvError, unbounded};

/// A channel whose next message is the `position`th; before that blocks have come and gone.
fn used(position: u32) -> (Sender<u32>, Receiver<u32>) {
    let (sender, receiver) = unbounded();
    for number in 0..position {
        sender.send(number).unwrap();
        assert_eq!(receiver.try_recv(), Ok(number));
    }
    (sender, receiver)
}

fn try_some<const N: usize>(receiver: &Receiver<u32>) -> Vec<u32> {
    [(); N].into_iter().filter_map(|()| receiver.try_recv().ok()).collect()
}

#[test]
fn a_sender_appends_blocks_while_a_receiver_empties_them() {
    const SEEN: &[&str] = &["none", "one", "two"];
    model("chain/grow").preemptions(1).outcomes(SEEN).check(|seen| {
        let (sender, receiver) = used(1);
        let produce = || (10..12).for_each(|number| sender.send(number).unwrap());
        let ((), mut got) = seen.race((produce, || try_some::<2>(&receiver)));
        seen.outcome(SEEN[got.len()]);
        got.extend(receiver.try_iter());
        assert_eq!(got, [10, 11]);
    });
}

/// Each of them may be the one who appends the next block, and the other one's spare goes back.
#[test]
fn two_senders_at_the_end_of_a_block_append_one() {
    model("chain/append").preemptions(2).outcomes(&["1 first", "2 first"]).check(|seen| {
        let (sender, receiver) = used(2);
        seen.race((|| sender.send(1).unwrap(), || sender.send(2).unwrap()));
        let got = try_some::<3>(&receiver);
        seen.outcome(match got[..] {
            [1, 2] => "1 first",
            [2, 1] => "2 first",
            _ => panic!("lost or doubled: {got:?}"),
        });
    });
}

/// A sender that was put aside in the middle of a push comes back to a block that others have gone on from.
#[test]
fn a_late_sender_finds_its_block() {
    model("chain/late").preemptions(2).outcomes(&["in time", "late"]).check(|seen| {
        let (sender, receiver) = used(1);
        let many = || (1..4).for_each(|number| sender.send(number).unwrap());
        seen.race((|| sender.send(9).unwrap(), many));
        let got: Vec<_> = receiver.try_iter().collect();
        assert!(got.iter().filter(|number| **number != 9).is_sorted(), "{got:?}");
        assert_eq!(got.len(), 4);
        seen.outcome(if got[0] == 9 { "in time" } else { "late" });
    });
}

/// A block goes back while a sender may still hold on to it, and is used again by the next.
#[test]
fn a_block_is_used_again_when_senders_have_left_it() {
    model("chain/reuse").preemptions(1).outcomes(&["all", "some"]).check(|seen| {
        let (sender, receiver) = used(3);
        sender.send(1).unwrap();
        let pair = || (2..4).for_each(|number| sender.send(number).unwrap());
        let ((), mut got, ()) = seen.race((pair, || try_some::<3>(&receiver), || sender.send(9).unwrap()));
        seen.outcome(if got.len() == 3 { "all" } else { "some" });
        got.extend(receiver.try_iter());
        assert!(got.iter().filter(|number| **number != 9).is_sorted(), "{got:?}");
        got.sort_unstable();
        assert_eq!(got, [1, 2, 3, 9]);
    });
}

#[test]
fn two_receivers_share_a_chain() {
    let outcomes = &["all", "some"];
    model("chain/two_receivers").preemptions(2).outcomes(outcomes).check(|seen| {
        let (sender, receiver) = used(1);
        (1..4).for_each(|number| sender.send(number).unwrap());
        let (first, second) = seen.race((|| try_some::<2>(&receiver), || try_some::<2>(&receiver)));
        assert!(first.is_sorted() && second.is_sorted(), "{first:?} {second:?}");
        let mut got = [first, second].concat();
        seen.outcome(if got.len() == 3 { "all" } else { "some" });
        got.extend(receiver.try_iter());
        got.sort_unstable();
        assert_eq!(got, [1, 2, 3]);
    });
}

/// Whoever asks for nothing gets it, also where another receiver is at the front.
#[test]
fn a_batch_of_nothing_waits_for_nobody() {
    model("chain/nothing").preemptions(2).outcomes(&["nothing"]).check(|seen| {
        let (sender, receiver) = unbounded();
        sender.send(1).unwrap();
        let nothing = || receiver.recv_many(&mut Vec::new(), 0);
        assert_eq!(seen.race((|| receiver.try_recv(), nothing)), (Ok(1), Ok(0)));
        seen.outcome("nothing");
    });
}

/// Whoever finds another receiver at the front goes to sleep, and is woken when that one has left.
#[test]
fn a_receiver_that_was_turned_away_is_told() {
    model("chain/turned_away").preemptions(1).outcomes(&["one each"]).check(|seen| {
        let (sender, receiver) = unbounded();
        sender.send(1).unwrap();
        let (first, (), second) = seen.race((|| receiver.recv(), || sender.send(2).unwrap(), || receiver.recv()));
        let mut got = [first.unwrap(), second.unwrap()];
        got.sort_unstable();
        assert_eq!(got, [1, 2]);
        seen.outcome("one each");
    });
}

/// One looks in vain, and another that it kept from looking would sleep beside the message.
#[test]
fn a_look_in_vain_keeps_nobody_from_a_message() {
    model("chain/vain_look").preemptions(1).outcomes(&["looked", "took"]).check(|seen| {
        let (sender, receiver) = unbounded();
        let look = || {
            let tried = receiver.try_recv();
            if tried.is_ok() {
                sender.send(1).unwrap();
            }
            tried.is_ok()
        };
        let (waited, (), took) = seen.race((|| receiver.recv(), || sender.send(1).unwrap(), look));
        assert_eq!(waited, Ok(1));
        seen.outcome(if took { "took" } else { "looked" });
    });
}

#[test]
fn a_close_lets_in_what_was_claimed_before() {
    model("chain/close").preemptions(2).outcomes(&["accepted", "refused"]).check(|seen| {
        let (sender, receiver) = used(1);
        let consume = || receiver.recv();
        let (sent, got, was_open) = seen.race((|| sender.send(7).is_ok(), consume, || sender.close()));
        assert!(was_open);
        assert_eq!(got, if sent { Ok(7) } else { Err(RecvError) });
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
        seen.outcome(if sent { "accepted" } else { "refused" });
    });
}

#[test]
fn batches_share_the_chain_with_single_messages() {
    model("chain/batches").preemptions(1).outcomes(&["all", "some"]).check(|seen| {
        let (sender, receiver) = used(1);
        let batch = || assert_eq!(sender.try_send_many([1, 2]).ok(), Some(2));
        let take = || {
            let mut taken = Vec::new();
            let _ = receiver.try_recv_many(&mut taken, 3);
            taken
        };
        let ((), mut got, ()) = seen.race((batch, take, || sender.send(9).unwrap()));
        seen.outcome(if got.len() == 3 { "all" } else { "some" });
        got.extend(receiver.try_iter());
        assert!(got.iter().filter(|number| **number != 9).is_sorted(), "{got:?}");
        got.sort_unstable();
        assert_eq!(got, [1, 2, 9]);
    });
}

/// What nobody received is dropped with the channel, and so are the blocks.
#[test]
fn the_last_receiver_takes_what_is_under_way_with_it() {
    model("chain/last_drop").preemptions(2).outcomes(&["sent", "refused"]).check(|seen| {
        let (sender, receiver) = unbounded();
        let value = common::sync::Arc::new(());
        let sent = value.clone();
        let send = || sender.send(sent).is_ok();
        let (accepted, ()) = seen.race((send, || drop(receiver)));
        assert_eq!(common::sync::Arc::strong_count(&value), 1, "it is dropped either way");
        seen.outcome(if accepted { "sent" } else { "refused" });
    });
}
