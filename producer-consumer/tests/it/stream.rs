//! The ends of channels as streams and sinks.

use crate::block_on;
use futures_core::Stream;
use futures_core::stream::FusedStream;
use futures_sink::Sink;
use producer_consumer::{bounded, broadcast, spsc, unbounded};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::thread;

const NUMBERS: u64 = if cfg!(miri) { 30 } else { 5_000 };

async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await
}

async fn feed<T, S: Sink<T> + Unpin>(sink: &mut S, item: T) -> Result<(), S::Error> {
    poll_fn(|cx| Pin::new(&mut *sink).poll_ready(cx)).await?;
    Pin::new(&mut *sink).start_send(item)?;
    poll_fn(|cx| Pin::new(&mut *sink).poll_flush(cx)).await
}

/// Polls once, for nobody.
fn poll<R>(poll: impl FnOnce(&mut Context<'_>) -> Poll<R>) -> Poll<R> {
    poll(&mut Context::from_waker(Waker::noop()))
}

async fn sum(mut stream: impl FusedStream<Item = u64> + Unpin) -> u64 {
    let mut sum = 0;
    while let Some(number) = next(&mut stream).await {
        sum += number;
    }
    assert!(stream.is_terminated() && next(&mut stream).await.is_none());
    sum
}

#[test]
fn sinks_and_streams_of_several_threads_lose_nothing() {
    for (sender, receiver) in [bounded(1), bounded(7), unbounded()] {
        let total: u64 = thread::scope(|scope| {
            for _ in 0..2 {
                let sender = sender.clone();
                scope.spawn(move || {
                    let mut sink = sender.sink();
                    (1..=NUMBERS).for_each(|number| block_on(feed(&mut sink, number)).unwrap());
                    block_on(poll_fn(|cx| Pin::new(&mut sink).poll_close(cx))).unwrap();
                });
            }
            drop(sender);
            let consumers = [(); 2].map(|()| scope.spawn(|| block_on(sum(receiver.stream()))));
            consumers.map(|consumer| consumer.join().unwrap()).iter().sum()
        });
        assert_eq!(total, NUMBERS * (NUMBERS + 1));
    }
}

#[test]
fn a_sink_and_a_stream_of_two_threads_keep_the_order() {
    let (mut sender, mut receiver) = spsc::bounded(3);
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut sink = sender.sink();
            (1..=NUMBERS).for_each(|number| block_on(feed(&mut sink, number)).unwrap());
        });
        let mut stream = receiver.stream();
        (1..=NUMBERS).for_each(|number| assert_eq!(block_on(next(&mut stream)), Some(number)));
        assert_eq!(block_on(sum(stream)), 0);
    });
}

/// A stream holds no message and a sink no value, at whichever poll they are dropped; nor a wake that another needs.
#[test]
fn what_is_dropped_between_polls_holds_nothing_back() {
    let (sender, receiver) = bounded(1);
    let mut other = pin!(receiver.recv_async());
    {
        let mut stream = receiver.stream();
        assert!(poll(|cx| Pin::new(&mut stream).poll_next(cx)).is_pending());
        assert!(poll(|cx| other.as_mut().poll(cx)).is_pending());
        sender.send(1).unwrap();
    }
    assert_eq!(poll(|cx| other.as_mut().poll(cx)), Poll::Ready(Ok(1)));
    let mut sink = sender.sink();
    assert!(poll(|cx| Sink::poll_ready(Pin::new(&mut sink), cx)).is_ready());
    assert!(sender.try_send(2).is_err(), "the sink keeps the place");
    let mut late = pin!(sender.send_async(3));
    assert!(poll(|cx| late.as_mut().poll(cx)).is_pending());
    drop(sink);
    assert_eq!(poll(|cx| late.as_mut().poll(cx)), Poll::Ready(Ok(())));
    {
        let mut sink = sender.sink();
        assert!(poll(|cx| Sink::poll_ready(Pin::new(&mut sink), cx)).is_pending());
    }
    assert_eq!(receiver.drain(), [3]);
    assert!(sender.try_reserve().is_ok());
}

#[test]
fn a_sink_that_is_ready_has_room_and_gives_back_what_comes_after_the_end() {
    let (sender, receiver) = bounded(1);
    let mut sink = sender.sink();
    assert!(poll(|cx| Sink::poll_ready(Pin::new(&mut sink), cx)).is_ready());
    receiver.close();
    let refused = Pin::new(&mut sink).start_send(1).unwrap_err();
    assert_eq!(refused.into_inner(), Some(1));
    let Poll::Ready(Err(refused)) = poll(|cx| Sink::poll_ready(Pin::new(&mut sink), cx)) else {
        panic!("it is closed");
    };
    assert_eq!(refused.into_inner(), None);

    let (mut sender, mut receiver) = spsc::bounded(1);
    let mut sink = sender.sink();
    block_on(feed(&mut sink, 1)).unwrap();
    assert!(poll(|cx| Sink::poll_ready(Pin::new(&mut sink), cx)).is_pending());
    assert_eq!(receiver.recv(), Ok(1));
    assert!(poll(|cx| Sink::poll_ready(Pin::new(&mut sink), cx)).is_ready());
    drop(receiver);
    assert_eq!(Pin::new(&mut sink).start_send(2).unwrap_err().into_inner(), Some(2));
    assert!(block_on(feed(&mut sink, 3)).unwrap_err().into_inner().is_none());
}

#[test]
fn a_sink_without_room_is_a_callers_error() {
    let (sender, _receiver) = producer_consumer::rendezvous::<i32>();
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(sender.sink()))).is_err());
}

/// On a runtime that wants what it runs to borrow nothing, and to be sent.
#[test]
#[cfg(not(miri))]
fn spawned_tasks_own_their_streams_and_sinks_and_lose_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (many, one) = (bounded(3), spsc::bounded(3));
    let (news, subscriber) = broadcast::bounded(3);
    let late = subscriber.clone();
    let sums = runtime.block_on(async {
        let (mut to_many, mut to_one) = (many.0.into_sink(), one.0.into_sink());
        tokio::spawn(async move {
            for number in 1..=NUMBERS {
                feed(&mut to_many, number).await.unwrap();
                feed(&mut to_one, number).await.unwrap();
                news.send_async(number).await.unwrap();
            }
        });
        let sums = [
            tokio::spawn(sum(many.1.into_stream())),
            tokio::spawn(sum(one.1.into_stream())),
            tokio::spawn(sum(subscriber.into_stream())),
            tokio::spawn(sum(late.into_stream())),
        ];
        let mut totals = Vec::new();
        for sum in sums {
            totals.push(sum.await.unwrap());
        }
        totals
    });
    assert_eq!(sums, [NUMBERS * (NUMBERS + 1) / 2; 4]);
}

#[test]
fn an_owned_stream_or_sink_gives_its_handle_back_and_holds_nothing() {
    let (sender, receiver) = bounded(2);
    let (mut sink, mut stream) = (sender.into_sink(), receiver.into_stream());
    assert!(poll(|cx| Pin::new(&mut stream).poll_next(cx)).is_pending());
    assert!(poll(|cx| Pin::new(&mut sink).poll_ready(cx)).is_ready());
    Pin::new(&mut sink).start_send(1).unwrap();
    assert!(poll(|cx| Pin::new(&mut sink).poll_ready(cx)).is_ready());
    let sender = sink.into_inner();
    assert_eq!(sender.try_send_many([2, 3]).unwrap_err().into_inner().sent(), 1, "the place was given back");
    let receiver = stream.into_inner();
    assert_eq!((receiver.drain(), receiver.receiver_count()), (vec![1, 2], 1));
    drop(receiver.into_stream());
    assert!(sender.is_closed(), "the stream took the receiver with it");

    let (sender, receiver) = spsc::bounded(2);
    let (mut sink, mut stream) = (sender.into_sink(), receiver.into_stream());
    assert!(poll(|cx| Pin::new(&mut stream).poll_next(cx)).is_pending());
    assert!(poll(|cx| Pin::new(&mut sink).poll_ready(cx)).is_ready());
    Pin::new(&mut sink).start_send(1).unwrap();
    drop(sink.into_inner());
    assert_eq!(stream.into_inner().drain(), [1]);

    let (sender, receiver) = broadcast::bounded(2);
    let mut stream = receiver.into_stream();
    assert!(poll(|cx| Pin::new(&mut stream).poll_next(cx)).is_pending());
    sender.send(1).unwrap();
    assert_eq!(poll(|cx| Pin::new(&mut stream).poll_next(cx)), Poll::Ready(Some(1)));
    sender.send(2).unwrap();
    assert_eq!(stream.into_inner().drain(), [2]);
}
