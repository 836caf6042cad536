//! Many at once: one order for all, while subscribers come and go.

use crate::block_on;
use producer_consumer::broadcast::{self, Receiver, Sender};
use std::iter;
use std::thread;
use std::time::Duration;

const PRODUCERS: u64 = 3;
const SUBSCRIBERS: usize = 4;
const EACH: u64 = if cfg!(miri) { 30 } else { 4_000 };
/// Short enough to run out now and then.
const SHORT: Duration = Duration::from_micros(20);

/// Sends its share in all ways there are.
fn produce(sender: &Sender<u64>, number: u64) {
    for value in number * EACH..(number + 1) * EACH {
        let is_sent = || match value % 4 {
            0 => sender.send(value).is_ok(),
            1 => block_on(sender.send_async(value)).is_ok(),
            2 => sender.try_send(value).is_ok(),
            _ => sender.send_timeout(value, SHORT).is_ok(),
        };
        while !is_sent() {
            thread::yield_now();
        }
    }
}

/// Receives in all ways there are, until the end.
fn consume(receiver: &mut Receiver<u64>) -> Vec<u64> {
    let mut received = Vec::new();
    for call in 0.. {
        let is_over = match call % 5 {
            0 => receiver.recv().map(|value| received.push(value)).is_err(),
            1 => block_on(receiver.recv_async()).map(|value| received.push(value)).is_err(),
            2 => receiver.recv_many(&mut received, 3).is_err(),
            3 => receiver.recv_timeout(SHORT).map(|value| received.push(value)).is_err() && receiver.is_closed(),
            _ => receiver.try_recv().map(|value| received.push(value)).is_err() && receiver.is_closed(),
        };
        if is_over && receiver.is_empty() {
            return received;
        }
    }
    unreachable!("the channel ends")
}

#[test]
fn every_subscriber_sees_the_same_sequence() {
    for capacity in [1, 2, 64] {
        let (sender, first) = broadcast::bounded(capacity);
        let sequences: Vec<_> = thread::scope(|scope| {
            let receivers: Vec<_> = iter::repeat_n(first, SUBSCRIBERS).collect();
            let spawn = |mut receiver| scope.spawn(move || consume(&mut receiver));
            let subscribers: Vec<_> = receivers.into_iter().map(spawn).collect();
            for number in 0..PRODUCERS {
                let sender = sender.clone();
                scope.spawn(move || produce(&sender, number));
            }
            drop(sender);
            subscribers.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(sequences.iter().all(|sequence| *sequence == sequences[0]), "capacity {capacity}");
        for number in 0..PRODUCERS {
            let of_one = sequences[0].iter().filter(|value| **value / EACH == number);
            assert!(of_one.copied().eq(number * EACH..(number + 1) * EACH), "capacity {capacity}");
        }
    }
}

/// Receives a few messages at a time, and then goes on as a clone of itself, or as a new subscriber; what it has seen between
/// two subscriptions.
fn come_and_go(mut receiver: Receiver<u64>, few: usize) -> Vec<Vec<u64>> {
    let mut parts = vec![Vec::new()];
    for turn in 1.. {
        let seen: Vec<_> = receiver.iter().take(few).collect();
        let is_over = seen.len() < few;
        parts.last_mut().expect("there is a part").extend(seen);
        if is_over {
            break;
        }
        if turn % 3 == 0 {
            receiver = receiver.resubscribe();
            parts.push(Vec::new());
        } else {
            receiver = receiver.clone();
        }
    }
    parts
}

#[test]
fn subscribers_that_come_and_go_see_parts_without_a_gap() {
    let (sender, mut faithful) = broadcast::bounded(4);
    let (all, parts) = thread::scope(|scope| {
        let brief = [1, 2, 5].map(|few| {
            let receiver = faithful.clone();
            scope.spawn(move || come_and_go(receiver, few))
        });
        let faithful = scope.spawn(move || consume(&mut faithful));
        scope.spawn(move || (0..EACH).for_each(|value| assert!(sender.send(value).is_ok_and(|reached| reached > 0))));
        (faithful.join().unwrap(), brief.map(|thread| thread.join().unwrap()))
    });
    assert!(all.iter().copied().eq(0..EACH));
    for parts in parts {
        assert!(parts[0].starts_with(&[0]) && parts.len() > 1, "it was there from the beginning, and went");
        for part in parts.iter().filter(|part| !part.is_empty()) {
            assert!(part.iter().copied().eq(part[0]..part[0] + part.len() as u64), "a gap in {part:?}");
        }
    }
}
