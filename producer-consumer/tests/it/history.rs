//! Whole runs of the channel, judged: whatever the threads were told, a bounded FIFO queue can have said it, but for an
//! "empty" while a send is under way.

use common::history::{Clock, History, Order, Received, Recorder, Sent};
use producer_consumer::{
    Builder, Receiver, RecvTimeoutError, Select, SendTimeoutError, Sender, TryRecvError, TrySendError, bounded,
    rendezvous, unbounded,
};
use std::thread;
use std::time::Duration;

/// What each producer sends, unless the channel is closed before.
const EACH: u64 = 3_000;
const PRODUCERS: u64 = 3;
const CONSUMERS: u64 = 3;
/// Short enough to run out now and then.
const SHORT: Duration = Duration::from_micros(20);

/// Sends by a select that also waits for what never comes.
fn send_by_select(sender: &Sender<u64>, value: u64, quiet: &Receiver<()>) -> Sent {
    Select::new()
        .recv(quiet, |_| unreachable!("nothing comes"))
        .send(sender, &mut Some(value), |sent| sent.map_or(Sent::Closed, |()| Sent::Accepted))
        .wait_timeout(SHORT)
        .unwrap_or(Sent::Refused)
}

/// Receives likewise.
fn receive_by_select(receiver: &Receiver<u64>, quiet: &Receiver<()>) -> Received {
    Select::new()
        .recv(receiver, |got| got.map_or(Received::Closed, Received::Value))
        .recv(quiet, |_| unreachable!("nothing comes"))
        .wait_timeout(SHORT)
        .unwrap_or(Received::Empty)
}

/// Sends by all ways there are, until all is sent or the channel is closed.
fn produce(mut recorder: Recorder, sender: Sender<u64>, number: u64) -> Recorder {
    let (_open, quiet) = bounded(1);
    for value in number * EACH..(number + 1) * EACH {
        loop {
            let sent = recorder.send(value, || match value % 4 {
                0 => sender.send(value).map_or(Sent::Closed, |()| Sent::Accepted),
                1 => match sender.try_send(value) {
                    Ok(()) => Sent::Accepted,
                    Err(TrySendError::Full(_)) => Sent::Refused,
                    Err(TrySendError::Disconnected(_)) => Sent::Closed,
                },
                2 => send_by_select(&sender, value, &quiet),
                _ => match sender.send_timeout(value, SHORT) {
                    Ok(()) => Sent::Accepted,
                    Err(SendTimeoutError::Timeout(_) | SendTimeoutError::Full(_)) => Sent::Refused,
                    Err(SendTimeoutError::Disconnected(_)) => Sent::Closed,
                },
            });
            match sent {
                Sent::Accepted => break,
                Sent::Refused => thread::yield_now(),
                Sent::Closed => return recorder,
            }
        }
    }
    recorder
}

/// Receives by all ways there are, until the channel is closed and empty; closes it itself after so many calls.
fn consume(mut recorder: Recorder, receiver: &Receiver<u64>, close_after: Option<u64>) -> Recorder {
    let (_open, quiet) = bounded(1);
    for call in 0.. {
        if Some(call) == close_after {
            recorder.close(|| receiver.close());
            recorder.take_out(|| receiver.drain());
        }
        let received = recorder.receive(|| match call % 4 {
            0 => receiver.recv().map_or(Received::Closed, Received::Value),
            1 => match receiver.try_recv() {
                Ok(value) => Received::Value(value),
                Err(TryRecvError::Empty) => Received::Empty,
                Err(TryRecvError::Disconnected) => Received::Closed,
            },
            2 => receive_by_select(receiver, &quiet),
            _ => match receiver.recv_timeout(SHORT) {
                Ok(value) => Received::Value(value),
                Err(RecvTimeoutError::Timeout) => Received::Empty,
                Err(RecvTimeoutError::Disconnected) => Received::Closed,
            },
        });
        if received == Received::Closed {
            break;
        }
    }
    recorder
}

/// Runs producers and consumers to the end and judges what they were told. The channel is closed by a consumer, or by
/// the last sender's drop.
fn run(capacity: Option<usize>, close_after: Option<u64>) {
    let (sender, receiver) = match capacity {
        Some(0) => rendezvous(),
        Some(capacity) => bounded(capacity),
        None => unbounded(),
    };
    let senders: Vec<_> = (0..PRODUCERS).map(|_| sender.clone()).collect();
    drop(sender);
    judge(&format!("capacity {capacity:?}"), senders, &receiver, close_after, Order::Fifo);
}

/// The same by weight, of which the heaviest message has all there is.
fn run_weighed(limit: usize, close_after: Option<u64>) {
    let (sender, receiver) = Builder::new().weight(limit, move |value: &u64| *value as usize % limit + 1).build();
    let senders: Vec<_> = (0..PRODUCERS).map(|_| sender.clone()).collect();
    drop(sender);
    judge(&format!("weight {limit}"), senders, &receiver, close_after, Order::Fifo);
    assert_eq!((receiver.weight(), receiver.stats().weight_high_water <= limit), (0, true));
}

/// The same with a lane for each producer.
fn run_laned(capacity: usize, close_after: Option<u64>) {
    let (sender, receiver) = Builder::new().capacity(capacity).lanes((1..).take(PRODUCERS as usize)).build();
    let senders: Vec<_> = (0..PRODUCERS as usize).map(|lane| sender.lane(lane)).collect();
    drop(sender);
    judge(&format!("lanes of {capacity}"), senders, &receiver, close_after, Order::PerSender);
}

fn judge(name: &str, senders: Vec<Sender<u64>>, receiver: &Receiver<u64>, close_after: Option<u64>, order: Order) {
    let clock = Clock::new();
    let recorders: Vec<_> = thread::scope(|scope| {
        let mut threads = Vec::new();
        for (number, sender) in (0..).zip(senders) {
            let recorder = clock.recorder();
            threads.push(scope.spawn(move || produce(recorder, sender, number)));
        }
        for number in 0..CONSUMERS {
            let (recorder, closer) = (clock.recorder(), close_after.filter(|_| number == 0));
            threads.push(scope.spawn(move || consume(recorder, receiver, closer)));
        }
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let history = History::merge(recorders).excusing_empties();
    let summary = history.check(order).unwrap_or_else(|violation| panic!("{name}: {violation}"));
    println!("{name}, closed after {close_after:?}: {summary:?}");
    assert_eq!((summary.received, summary.pending), (summary.accepted, 0));
    assert_eq!(summary.closed as u64, CONSUMERS);
    if close_after.is_none() {
        assert_eq!(summary.accepted as u64, PRODUCERS * EACH);
    }
}

#[test]
fn what_producers_and_consumers_were_told_is_what_a_fifo_queue_says() {
    for capacity in [Some(0), Some(1), Some(2), Some(7), Some(1_000), None] {
        run(capacity, None);
    }
}

#[test]
fn what_they_were_told_around_a_close_and_a_drain_is_what_a_fifo_queue_says() {
    for capacity in [Some(0), Some(1), Some(2), Some(7), Some(1_000), None] {
        for close_after in [0, 10, 1_000] {
            run(capacity, Some(close_after));
        }
    }
}

#[test]
fn what_they_were_told_by_weight_is_what_a_fifo_queue_says() {
    for limit in [1, 7, 1_000] {
        for close_after in [None, Some(10), Some(1_000)] {
            run_weighed(limit, close_after);
        }
    }
}

#[test]
fn what_they_were_told_with_lanes_is_what_a_queue_that_keeps_each_senders_order_says() {
    for capacity in [1, 7, 1_000] {
        for close_after in [None, Some(10), Some(1_000)] {
            run_laned(capacity, close_after);
        }
    }
}
