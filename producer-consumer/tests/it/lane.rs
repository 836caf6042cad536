//! Lanes: who is received when, and what a full one keeps from others.

use crate::{Count, block_on, past, soon};
use producer_consumer::{Builder, Overflow, Receiver, Select, Sender, TryRecvError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

/// The lane, and the number in it.
type Message = (usize, usize);

/// A way to receive all that is there.
type Way = fn(&Receiver<Message>) -> Vec<Message>;

/// The senders into all lanes, and the receiver.
fn laned(capacity: usize, shares: &[u32]) -> (Vec<Sender<Message>>, Receiver<Message>) {
    let (sender, receiver) = Builder::new().capacity(capacity).lanes(shares.iter().copied()).build();
    assert_eq!((sender.lanes(), receiver.lanes()), (shares.len(), shares.len()));
    ((0..shares.len()).map(|lane| sender.lane(lane)).collect(), receiver)
}

fn fill(senders: &[Sender<Message>], count: usize) {
    for (lane, sender) in senders.iter().enumerate() {
        (0..count).for_each(|number| sender.try_send((lane, number)).unwrap());
    }
}

#[test]
fn receivers_get_by_the_shares_and_each_lane_in_its_order_whatever_the_way() {
    let ways: [Way; 4] = [
        |receiver| receiver.drain(),
        |receiver| receiver.try_iter().collect(),
        |receiver| (0..12).filter_map(|_| block_on(receiver.recv_async()).ok()).collect(),
        |receiver| {
            let mut got = Vec::new();
            while receiver.try_recv_many(&mut got, 5).is_ok() {}
            got
        },
    ];
    for receive in ways {
        let (senders, receiver) = laned(6, &[2, 1]);
        fill(&senders, 6);
        let lanes = [0, 0, 1, 0, 0, 1, 0, 0, 1, 1, 1, 1];
        let mut next = [0; 2];
        let expected = lanes.map(|lane| {
            next[lane] += 1;
            (lane, next[lane] - 1)
        });
        assert_eq!(receive(&receiver), expected);
    }
}

/// The bound of L5, with lanes that are full again as soon as they have given something.
#[test]
fn no_lane_waits_longer_than_two_rounds_of_the_others() {
    for shares in [&[7, 1][..], &[1, 7], &[5, 3, 1], &[1, 1, 1, 50]] {
        let (senders, receiver) = laned(4, shares);
        let sum: u32 = shares.iter().sum();
        let mut waited = vec![0; shares.len()];
        for step in 0..2_000 {
            for (lane, sender) in senders.iter().enumerate() {
                // Some are empty now and then, which is where the rounds are uneven.
                if lane == shares.len() - 1 || step % (lane + 3) != 0 {
                    while sender.try_send((lane, step)).is_ok() {}
                }
            }
            let (lane, _) = receiver.recv().unwrap();
            for (other, waited) in waited.iter_mut().enumerate() {
                *waited = if other == lane || receiver.lane_len(other) == 0 { 0 } else { *waited + 1 };
                assert!(*waited <= 2 * (sum - shares[other]), "lane {other} of {shares:?}");
            }
        }
    }
}

#[test]
fn a_full_lane_keeps_nobody_from_another_and_senders_speak_for_theirs() {
    let (senders, receiver) = laned(2, &[1, 1, 1]);
    fill(&senders[..1], 2);
    assert!(senders[0].try_send((0, 9)).unwrap_err().is_full());
    assert_eq!(senders[1].send((1, 0)), Ok(()));
    assert_eq!([0, 1, 2].map(|lane| senders[lane].len()), [2, 1, 0]);
    assert_eq!([0, 1, 2].map(|lane| senders[0].lane_len(lane)), [2, 1, 0]);
    assert_eq!([0, 1, 2].map(|lane| receiver.lane_len(lane)), [2, 1, 0]);
    assert_eq!((senders[0].is_full(), senders[1].is_full(), receiver.is_full()), (true, false, false));
    assert_eq!((senders[0].capacity(), receiver.capacity(), receiver.len()), (Some(2), Some(6), 3));
    assert_eq!((senders[2].stats().depth, senders[2].is_empty(), receiver.is_empty()), (3, true, false));
}

#[test]
fn who_waits_in_a_lane_is_told_of_room_in_that_lane() {
    let (senders, receiver) = laned(1, &[2, 1]);
    fill(&senders, 1);
    let counts = [(); 2].map(|()| Arc::<Count>::default());
    let mut urgent = pin!(senders[0].send_async((0, 1)));
    let mut usual = pin!(senders[1].send_async((1, 1)));
    assert!(counts[0].poll(urgent.as_mut()).is_pending() && counts[1].poll(usual.as_mut()).is_pending());
    assert_eq!(receiver.recv(), Ok((0, 0)));
    assert_eq!([0, 1].map(|lane| counts[lane].wakes()), [1, 0]);
    assert_eq!(counts[0].poll(urgent.as_mut()), Poll::Ready(Ok(())));
    assert_eq!([receiver.recv(), receiver.recv()], [Ok((0, 1)), Ok((1, 0))]);
    assert_eq!((counts[1].wakes(), counts[1].poll(usual.as_mut())), (1, Poll::Ready(Ok(()))));
    // A batch tells each lane that it has taken from.
    fill(&senders[..1], 1);
    let mut urgent = pin!(senders[0].send_async((0, 2)));
    let mut usual = pin!(senders[1].send_async((1, 2)));
    assert!(counts[0].poll(urgent.as_mut()).is_pending() && counts[1].poll(usual.as_mut()).is_pending());
    assert_eq!(receiver.try_recv_many(&mut Vec::new(), 2), Ok(2));
    assert_eq!([0, 1].map(|lane| counts[lane].wakes()), [2, 2]);
}

#[test]
fn every_way_to_wait_works_in_every_lane() {
    let (senders, receiver) = laned(1, &[3, 1]);
    let (senders, receiver) = (&senders, &receiver);
    let send_by_all_ways = |lane: usize| {
        let sender = &senders[lane];
        sender.send((lane, 0)).unwrap();
        sender.send_deadline((lane, 1), soon()).unwrap();
        block_on(sender.send_async((lane, 2))).unwrap();
        assert_eq!(sender.send_many((3..6).map(|number| (lane, number))).ok(), Some(3));
        assert_eq!(block_on(sender.send_many_async((6..9).map(|number| (lane, number)))).ok(), Some(3));
        Select::new().send(sender, &mut Some((lane, 9)), Result::unwrap).wait();
        sender.reserve().unwrap().send((lane, 10)).unwrap();
        block_on(sender.reserve_async()).unwrap().send((lane, 11)).unwrap();
    };
    thread::scope(|scope| {
        (0..2).for_each(|lane| drop(scope.spawn(move || send_by_all_ways(lane))));
        let mut next = [0; 2];
        for call in 0..24 {
            let got = match call % 4 {
                0 => receiver.recv(),
                1 => receiver.recv_deadline(soon()).map_err(|_| producer_consumer::RecvError),
                2 => block_on(receiver.recv_async()),
                _ => Select::new().recv(receiver, |got| got).wait(),
            };
            let (lane, number) = got.unwrap();
            assert_eq!(number, next[lane], "the lane keeps its order");
            next[lane] += 1;
        }
        assert_eq!((next, receiver.try_recv()), ([12; 2], Err(TryRecvError::Empty)));
    });
    assert!(receiver.recv_deadline(past()).is_err());
}

#[test]
fn the_channel_ends_with_the_senders_of_all_lanes_and_a_drain_has_the_rest() {
    let (mut senders, receiver) = laned(3, &[1, 1]);
    fill(&senders, 2);
    let weak = senders[1].downgrade();
    assert_eq!((senders[0].sender_count(), senders[0].same_channel(&senders[1])), (2, true));
    drop(senders.remove(0));
    assert!(!receiver.is_closed());
    let revived = weak.upgrade().unwrap();
    revived.send((1, 2)).unwrap();
    assert_eq!((revived.len(), receiver.lane_len(0)), (3, 2));
    drop((senders, revived));
    assert!(receiver.is_closed() && weak.upgrade().is_none());
    assert_eq!(receiver.drain(), [(0, 0), (1, 0), (0, 1), (1, 1), (1, 2)]);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
}

#[test]
fn the_last_receiver_ends_the_waits_in_all_lanes_and_drops_what_is_there() {
    let alive = Arc::new(());
    let (sender, receiver) = Builder::new().capacity(1).lanes([1, 1]).build();
    let senders = [sender.lane(0), sender.lane(1)];
    senders.iter().for_each(|sender| sender.send(alive.clone()).unwrap());
    let count = Arc::<Count>::default();
    let [mut first, mut second] = senders.each_ref().map(|sender| Box::pin(sender.send_async(alive.clone())));
    let mut value = Some(alive.clone());
    let mut select = pin!(Select::new().send(&senders[1], &mut value, |sent| sent.is_err()).wait_async());
    assert!(count.poll(first.as_mut()).is_pending() && count.poll(second.as_mut()).is_pending());
    assert!(count.poll(select.as_mut()).is_pending());
    drop(receiver);
    assert_eq!((count.wakes(), Arc::strong_count(&alive)), (3, 4));
    assert!(matches!(count.poll(first.as_mut()), Poll::Ready(Err(_))));
    assert!(matches!(count.poll(second.as_mut()), Poll::Ready(Err(_))));
    assert_eq!((count.poll(select.as_mut()), Arc::strong_count(&alive)), (Poll::Ready(true), 1));
}

#[test]
fn a_policy_drops_messages_of_the_lane_that_has_no_room() {
    let (sender, receiver) = Builder::new().capacity(1).lanes([1, 1]).overflow(Overflow::DropOldest).build();
    let other = sender.lane(1);
    sender.send(1).unwrap();
    other.send(2).unwrap();
    assert_eq!((other.force_send(3), other.displace(4)), (Ok(Some(2)), Ok(vec![3])));
    assert_eq!((sender.dropped(), receiver.drain()), (2, vec![1, 4]));
}

#[test]
fn a_bound_by_weight_is_each_lanes_own() {
    let (sender, receiver) = Builder::new().weight(10, |number: &usize| *number).lanes([1, 1]).build();
    let other = sender.lane(1);
    sender.send(9).unwrap();
    other.send(8).unwrap();
    assert!(sender.try_send(2).is_err() && other.try_send(2).is_ok());
    assert_eq!((sender.weight(), other.weight(), receiver.weight()), (9, 10, 19));
    assert_eq!((sender.stats().weight_high_water, receiver.drain()), (19, vec![9, 8, 2]));
}

#[test]
fn a_bell_rings_for_every_lane() {
    let (senders, receiver) = laned(2, &[1, 1]);
    let mut door = receiver.doorbell();
    senders[1].send((1, 0)).unwrap();
    door.rings().recv_deadline(soon()).unwrap();
    assert_eq!(door.try_recv(), Ok((1, 0)));
    senders[0].close();
    door.rings().recv_deadline(soon()).unwrap();
    assert_eq!(door.try_recv(), Err(TryRecvError::Disconnected));
}

#[test]
fn lanes_that_are_not_there_are_a_callers_error() {
    let build = |shares: Vec<u32>| catch_unwind(|| Builder::new().unbounded().lanes(shares).build::<u8>());
    assert!(build(vec![]).is_err() && build(vec![1, 0]).is_err() && build(vec![1; 65]).is_err());
    let (sender, receiver) = build(vec![1; 64]).unwrap();
    assert_eq!((sender.lane(63).send(1), receiver.recv(), receiver.capacity()), (Ok(()), Ok(1), None));
    assert!(catch_unwind(AssertUnwindSafe(|| sender.lane(64))).is_err());
    let (sender, receiver) = producer_consumer::bounded(2);
    sender.lane(0).send(1).unwrap();
    assert_eq!((sender.lanes(), receiver.lane_len(0), sender.sender_count()), (1, 1, 1));
    assert!(catch_unwind(AssertUnwindSafe(|| sender.lane(1))).is_err());
}
