//! Many at once.

use crate::block_on;
use producer_consumer::{Receiver, Sender, rendezvous};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

const SIDE: u64 = 3;
const EACH: u64 = if cfg!(miri) { 30 } else { 4_000 };
/// Short enough to run out now and then.
const SHORT: Duration = Duration::from_micros(20);

/// When an operation began and when it was over.
type Span = Range<u64>;

/// What each message was sent in, or received in.
type Spans = BTreeMap<u64, Span>;

/// A moment with a number of its own.
fn tick(clock: &AtomicU64) -> u64 {
    // ORDERING: AcqRel: of two ticks the later one comes after what the earlier one came after.
    clock.fetch_add(1, Ordering::AcqRel)
}

fn timed<R>(clock: &AtomicU64, operation: impl FnOnce() -> R) -> (R, Span) {
    let start = tick(clock);
    let result = operation();
    (result, start..tick(clock))
}

/// Sends in all ways that wait, until all is sent.
fn produce(clock: &AtomicU64, sender: &Sender<u64>, number: u64) -> Spans {
    let mut spans = Spans::new();
    for value in number * EACH..(number + 1) * EACH {
        let span = loop {
            let (is_sent, span) = timed(clock, || match value % 3 {
                0 => sender.send(value).is_ok(),
                1 => block_on(sender.send_async(value)).is_ok(),
                _ => sender.send_timeout(value, SHORT).is_ok(),
            });
            if is_sent {
                break span;
            }
        };
        spans.insert(value, span);
    }
    spans
}

/// Receives in all ways there are, until the end.
fn consume(clock: &AtomicU64, receiver: &Receiver<u64>) -> Spans {
    let mut spans = Spans::new();
    for call in 0.. {
        let (received, span) = timed(clock, || match call % 4 {
            0 => receiver.recv().ok(),
            1 => block_on(receiver.recv_async()).ok(),
            2 => receiver.try_recv().ok(),
            _ => receiver.recv_timeout(SHORT).ok(),
        });
        match received {
            Some(value) => assert!(spans.insert(value, span).is_none(), "{value} was received twice"),
            None if call % 4 < 2 => return spans,
            None => {}
        }
    }
    unreachable!("the channel ends")
}

/// A send is not over before its receive has begun, and no receive before its send has.
#[test]
fn every_send_that_waits_overlaps_the_receive_of_its_message() {
    let (clock, (sender, receiver)) = (AtomicU64::new(0), rendezvous());
    let (clock, receiver) = (&clock, &receiver);
    let (sent, received) = thread::scope(|scope| {
        let producers: Vec<_> = (0..SIDE)
            .map(|number| {
                let sender = sender.clone();
                scope.spawn(move || produce(clock, &sender, number))
            })
            .collect();
        drop(sender);
        let consumers: Vec<_> = (0..SIDE).map(|_| scope.spawn(move || consume(clock, receiver))).collect();
        let join = |threads: Vec<thread::ScopedJoinHandle<'_, Spans>>| -> Vec<(u64, Span)> {
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        };
        (join(producers), join(consumers))
    });
    assert_eq!(sent.len() as u64, SIDE * EACH);
    assert_eq!(received.len(), sent.len());
    let received: Spans = received.into_iter().collect();
    for (value, send) in sent {
        let recv = received.get(&value).unwrap_or_else(|| panic!("{value} was sent and not received"));
        assert!(send.start < recv.end && recv.start < send.end, "{value}: sent in {send:?}, received in {recv:?}");
    }
}
