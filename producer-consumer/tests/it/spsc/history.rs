//! Whole runs of the channel, judged: whatever both threads were told, a FIFO queue can have said it.

use common::history::{Clock, History, Order, Received, Recorder, Sent};
use producer_consumer::spsc::{Receiver, Sender, bounded};
use producer_consumer::{RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
use std::thread;
use std::time::Duration;

/// What the producer sends, unless the channel is closed before: with the receives a million operations over all runs.
const COUNT: u64 = if cfg!(miri) { 60 } else { 130_000 };
/// Short enough to run out now and then.
const SHORT: Duration = Duration::from_micros(20);

/// Sends by all ways there are, until all is sent or the channel is closed.
fn produce(mut recorder: Recorder, mut sender: Sender<u64>) -> Recorder {
    for value in 0..COUNT {
        loop {
            let sent = recorder.send(value, || match value % 3 {
                0 => sender.send(value).map_or(Sent::Closed, |()| Sent::Accepted),
                1 => match sender.try_send(value) {
                    Ok(()) => Sent::Accepted,
                    Err(TrySendError::Full(_)) => Sent::Refused,
                    Err(TrySendError::Disconnected(_)) => Sent::Closed,
                },
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
    recorder.close(|| drop(sender));
    recorder
}

/// Receives by all ways there are, until the channel is closed and empty; closes it itself after so many calls.
fn consume(mut recorder: Recorder, mut receiver: Receiver<u64>, close_after: Option<u64>) -> Recorder {
    for call in 0.. {
        if Some(call) == close_after {
            recorder.close(|| receiver.close());
            recorder.take_out(|| receiver.drain());
        }
        let received = recorder.receive(|| match call % 3 {
            0 => receiver.recv().map_or(Received::Closed, Received::Value),
            1 => match receiver.try_recv() {
                Ok(value) => Received::Value(value),
                Err(TryRecvError::Empty) => Received::Empty,
                Err(TryRecvError::Disconnected) => Received::Closed,
            },
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

/// Runs both to the end and judges what they were told.
fn run(capacity: usize, close_after: Option<u64>) {
    let (clock, (sender, receiver)) = (Clock::new(), bounded(capacity));
    let (producer, consumer) = (clock.recorder(), clock.recorder());
    let producer = thread::spawn(move || produce(producer, sender));
    let consumer = consume(consumer, receiver, close_after);
    let history = History::merge([producer.join().unwrap(), consumer]);
    let summary = history.check(Order::Fifo).unwrap_or_else(|violation| panic!("capacity {capacity}: {violation}"));
    println!("capacity {capacity}, closed after {close_after:?}: {summary:?}");
    assert_eq!((summary.received, summary.pending), (summary.accepted, 0));
    assert_eq!(summary.closed, 1);
    if close_after.is_none() {
        assert_eq!(summary.accepted as u64, COUNT);
    }
}

#[test]
fn what_both_threads_were_told_is_what_a_fifo_queue_says() {
    for capacity in [1, 2, 7, 1_000] {
        run(capacity, None);
    }
}

#[test]
fn what_they_were_told_around_a_close_and_a_drain_is_what_a_fifo_queue_says() {
    for capacity in [1, 2, 7, 1_000] {
        for close_after in [0, 10, 1_000] {
            run(capacity, Some(close_after));
        }
    }
}
