//! The ends of channels as streams and sinks.

use crate::block_on;
use futures_core::Stream;
use futures_core::stream::FusedStream;
use futures_sink::Sink;
use producer_consumer::{bounded, spsc, unbounded};
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
