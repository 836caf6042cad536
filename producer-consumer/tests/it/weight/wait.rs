//! Waiting for room by weight: in line, or aside of it.

use super::weighed;
use crate::{Count, block_on, soon};
use producer_consumer::{Builder, Receiver, Select, Sender, bounded};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::thread;

/// All ways to wait that a thread has.
type Way = fn(&Sender<usize>, usize) -> bool;

const WAYS: [Way; 7] = [
    |sender, weight| sender.send(weight).is_ok(),
    |sender, weight| sender.send_deadline(weight, soon()).is_ok(),
    |sender, weight| block_on(sender.send_async(weight)).is_ok(),
    |sender, weight| sender.send_many([weight]).is_ok(),
    |sender, weight| sender.send_many_deadline([weight], soon()).is_ok(),
    |sender, weight| block_on(sender.send_many_async([weight])).is_ok(),
    |sender, weight| {
        let (_open, quiet) = bounded::<()>(1);
        let select = Select::new().recv(&quiet, |_| false);
        select.send(sender, &mut Some(weight), |sent| sent.is_ok()).wait_deadline(soon()).unwrap()
    },
];

/// Has `way` send 5 beside 8 of 10, and `then` happen when it waits; whether it was sent.
fn beside_eight(way: Way, then: impl FnOnce(&Receiver<usize>)) -> bool {
    let (sender, receiver) = weighed(10);
    sender.send_many([4, 4]).unwrap();
    thread::scope(|scope| {
        let sent = scope.spawn(|| way(&sender, 5));
        thread::yield_now();
        then(&receiver);
        sent.join().unwrap()
    })
}

#[test]
fn who_waits_by_any_way_goes_on_when_there_is_room_for_its_weight() {
    for way in WAYS {
        assert!(beside_eight(way, |receiver| {
            assert_eq!([(); 3].map(|()| receiver.recv_deadline(soon())), [Ok(4), Ok(4), Ok(5)]);
        }));
    }
}

#[test]
fn who_waits_by_any_way_hears_of_the_end() {
    for way in WAYS {
        assert!(!beside_eight(way, |receiver| {
            receiver.close();
            assert_eq!((receiver.drain(), receiver.weight()), (vec![4, 4], 0));
        }));
    }
}

#[test]
fn senders_that_wait_are_served_in_their_order_whatever_they_weigh() {
    let (sender, receiver) = weighed(10);
    sender.send_many([4, 4, 2]).unwrap();
    let (count, mut heavy, mut light) =
        (Arc::<Count>::default(), pin!(sender.send_async(8)), pin!(sender.send_async(1)));
    assert!(count.poll(heavy.as_mut()).is_pending() && count.poll(light.as_mut()).is_pending());
    receiver.recv().unwrap();
    assert!(count.poll(heavy.as_mut()).is_pending() && count.poll(light.as_mut()).is_pending());
    assert!(sender.try_send(1).unwrap_err().is_full(), "the heavy one comes first");
    assert!(sender.try_send_many([1]).is_err());
    receiver.recv().unwrap();
    let wakes = count.wakes();
    assert!(wakes > 0 && count.poll(light.as_mut()).is_pending());
    assert_eq!(count.poll(heavy.as_mut()), Poll::Ready(Ok(())));
    assert!(count.wakes() > wakes, "who leaves the front tells the next");
    assert!(count.poll(light.as_mut()).is_pending());
    assert_eq!(receiver.recv(), Ok(2));
    assert_eq!((count.poll(light.as_mut()), receiver.drain()), (Poll::Ready(Ok(())), vec![8, 1]));
}

/// Light ones come and go all the time.
#[test]
fn a_heavy_sender_is_not_starved_by_light_ones() {
    const HEAVY: usize = 60;
    let (sender, receiver) = weighed(64);
    let (is_over, sender) = (AtomicBool::new(false), &sender);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                // ORDERING: Relaxed: it is seen at some time.
                while !is_over.load(Ordering::Relaxed) {
                    sender.send(1).unwrap();
                }
            });
        }
        let heavy = scope.spawn(|| (0..20).for_each(|_| sender.send_deadline(HEAVY, soon()).unwrap()));
        // A light one takes the place of each that is received, unless the heavy one's turn keeps it out.
        while !heavy.is_finished() {
            receiver.recv().unwrap();
        }
        // ORDERING: Relaxed, as above.
        is_over.store(true, Ordering::Relaxed);
        heavy.join().unwrap();
        // Room for those who have not seen it yet.
        receiver.drain();
    });
}

#[test]
fn a_heavy_future_that_is_dropped_leaves_its_turn_to_the_next() {
    let (sender, receiver) = weighed(10);
    sender.send_many([4, 4, 2]).unwrap();
    let (heavy_count, count) = (Arc::<Count>::default(), Arc::<Count>::default());
    for polls in 0..3 {
        let (mut light, mut heavy) = (pin!(sender.send_async(2)), Box::pin(sender.send_async(9)));
        assert!(heavy_count.poll(heavy.as_mut()).is_pending());
        assert!(count.poll(light.as_mut()).is_pending());
        assert_eq!(receiver.recv().map(|weight| weight > 1), Ok(true));
        for _ in 0..polls {
            assert!(heavy_count.poll(heavy.as_mut()).is_pending());
        }
        let before = count.wakes();
        drop(heavy);
        assert_eq!((count.wakes(), count.poll(light.as_mut())), (before + 1, Poll::Ready(Ok(()))));
        while sender.try_send(2).is_ok() {}
        while sender.try_send(1).is_ok() {}
    }
    assert_eq!(sender.weight(), 10);
}

#[test]
fn a_batch_keeps_its_turn_until_all_of_it_is_in() {
    let (sender, receiver) = weighed(4);
    let count = Arc::<Count>::default();
    let (mut batch, mut next) = (pin!(sender.send_many_async([4, 2, 3])), pin!(sender.send_async(1)));
    assert!(count.poll(batch.as_mut()).is_pending() && count.poll(next.as_mut()).is_pending());
    assert_eq!(receiver.recv(), Ok(4));
    assert!(count.poll(batch.as_mut()).is_pending() && count.poll(next.as_mut()).is_pending());
    assert_eq!((receiver.recv(), count.poll(batch.as_mut()).map(Result::ok)), (Ok(2), Poll::Ready(Some(3))));
    assert_eq!((count.poll(next.as_mut()), receiver.drain()), (Poll::Ready(Ok(())), vec![3, 1]));
}

/// Two selects: the heavy one came first, and the light one is told all the same.
#[test]
fn selects_that_wait_to_send_are_told_when_nobody_is_in_line() {
    let (sender, receiver) = weighed(10);
    sender.send_many([6, 4]).unwrap();
    let count = Arc::<Count>::default();
    let ((mut heavy_value, mut light_value), mut line) = ((Some(9), Some(3)), Box::pin(sender.send_async(7)));
    let mut heavy = pin!(Select::new().send(&sender, &mut heavy_value, |sent| sent.is_ok()).wait_async());
    let mut light = pin!(Select::new().send(&sender, &mut light_value, |sent| sent.is_ok()).wait_async());
    assert!(count.poll(heavy.as_mut()).is_pending() && count.poll(light.as_mut()).is_pending());
    assert!(count.poll(line.as_mut()).is_pending());
    assert_eq!(receiver.recv(), Ok(6));
    assert!(count.poll(light.as_mut()).is_pending(), "who is in line comes first");
    let before = count.wakes();
    drop(line);
    assert_eq!(count.wakes(), before + 2, "both are told that nobody is there any more");
    assert!(count.poll(heavy.as_mut()).is_pending());
    assert_eq!((count.poll(light.as_mut()), receiver.drain()), (Poll::Ready(true), vec![4, 3]));
    assert_eq!((count.poll(heavy.as_mut()), sender.weight()), (Poll::Ready(true), 9));
}

#[cfg(feature = "futures")]
#[test]
fn a_sink_by_weight_holds_one_item_until_it_fits() {
    use futures_sink::Sink;
    use producer_consumer::SendError;
    use producer_consumer::future::SendSink;
    use std::future::poll_fn;
    use std::pin::Pin;

    let (sender, receiver) = Builder::new().weight(10, |number: &usize| *number).build();
    let (mut sink, count) = (sender.sink(), Arc::<Count>::default());
    let mut sink = Pin::new(&mut sink);
    let poll_ready =
        |sink: &mut Pin<&mut SendSink<'_, usize>>| count.poll(pin!(poll_fn(|cx| sink.as_mut().poll_ready(cx))));
    assert_eq!(poll_ready(&mut sink), Poll::Ready(Ok(())));
    assert_eq!(sink.as_mut().start_send(7), Ok(()));
    assert_eq!(poll_ready(&mut sink), Poll::Ready(Ok(())));
    assert_eq!((sink.as_mut().start_send(8), sender.len()), (Ok(()), 1));
    assert!(poll_ready(&mut sink).is_pending());
    assert_eq!(receiver.recv(), Ok(7));
    assert_eq!((poll_ready(&mut sink), receiver.len()), (Poll::Ready(Ok(())), 1));
    assert_eq!(sink.as_mut().start_send(9), Ok(()));
    receiver.close();
    assert_eq!(poll_ready(&mut sink), Poll::Ready(Err(SendError(Some(9)))));
    assert_eq!(poll_ready(&mut sink), Poll::Ready(Err(SendError(None))));
    assert_eq!(receiver.drain(), [8]);
}
