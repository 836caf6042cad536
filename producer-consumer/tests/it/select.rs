//! Select on real threads: what is chosen, what is left alone, and what a wait leaves behind.

mod crowd;

use crate::spsc::memory::allocations;
use crate::{Count, past};
use producer_consumer::select::{SelectTimeoutError, TrySelectError};
use producer_consumer::{Receiver, RecvError, Select, SendError, Sender, bounded, broadcast, spsc, unbounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

#[derive(Debug, PartialEq)]
enum Event {
    Number(Result<u32, RecvError>),
    Line(Result<&'static str, RecvError>),
    Sent(Result<(), u32>),
}

#[test]
fn the_operation_that_is_ready_is_done_whatever_kind_of_channel_it_is_on() {
    let (numbers, number) = bounded(1);
    let (mut lines, mut line) = spsc::bounded(1);
    let (out, results) = unbounded();
    let (mut one, mut other) = spsc::bounded(1);
    one.send(0).unwrap();
    let mut select = |value: &mut Option<u32>, second: &mut Option<u32>| {
        Select::new()
            .recv(&number, Event::Number)
            .recv(&mut line, Event::Line)
            .send(&out, value, |sent| Event::Sent(sent.map_err(|refused| refused.into_inner())))
            .send(&mut one, second, |sent| Event::Sent(sent.map_err(|refused| refused.into_inner())))
            .try_now()
    };
    let mut second = Some(5);
    assert_eq!(select(&mut None, &mut second), Err(TrySelectError));
    numbers.send(7).unwrap();
    assert_eq!(select(&mut None, &mut second), Ok(Event::Number(Ok(7))));
    lines.send("hello").unwrap();
    assert_eq!(select(&mut None, &mut second), Ok(Event::Line(Ok("hello"))));
    let mut value = Some(3);
    assert_eq!((select(&mut value, &mut second), value), (Ok(Event::Sent(Ok(()))), None));
    assert_eq!((results.try_recv(), second), (Ok(3), Some(5)));
    assert_eq!(other.recv(), Ok(0));
    assert_eq!((select(&mut None, &mut second), second), (Ok(Event::Sent(Ok(()))), None));
    assert_eq!(other.recv(), Ok(5));
    drop(lines);
    assert_eq!(select(&mut None, &mut None), Ok(Event::Line(Err(RecvError))));
    drop(results);
    let mut value = Some(4);
    let mut chosen = Vec::new();
    while value.is_some() {
        chosen.push(select(&mut value, &mut None).unwrap());
    }
    assert_eq!(chosen.pop(), Some(Event::Sent(Err(4))));
    assert!(chosen.iter().all(|event| *event == Event::Line(Err(RecvError))));
}

/// One select of each way to wait, over a quiet channel and a full one.
#[test]
fn a_wait_that_ends_without_an_operation_keeps_the_value_and_leaves_no_seat() {
    let (quiet, receiver) = bounded::<u32>(1);
    let (full, rest) = bounded(1);
    full.send(0).unwrap();
    let mut value = Some(1);
    for way in 0..4 {
        let select = Select::new().recv(&receiver, |_| unreachable!("nothing comes")).send(
            &full,
            &mut value,
            |_| unreachable!(),
        );
        match way {
            0 => assert_eq!(select.try_now(), Err::<(), _>(TrySelectError)),
            1 => assert_eq!(select.wait_deadline(past()), Err::<(), _>(SelectTimeoutError)),
            2 => assert_eq!(select.wait_timeout(Duration::from_micros(50)), Err::<(), _>(SelectTimeoutError)),
            _ => assert!(Arc::<Count>::default().poll::<_>(pin!(async { select.wait_async().await })).is_pending()),
        }
        assert_eq!(value, Some(1));
    }
    // Whoever waits now is the first who is told.
    let tasks = [(); 2].map(|()| Arc::<Count>::default());
    let (mut recv, mut send) = (pin!(receiver.recv_async()), pin!(full.send_async(2)));
    assert!(tasks[0].poll(recv.as_mut()).is_pending() && tasks[1].poll(send.as_mut()).is_pending());
    quiet.send(9).unwrap();
    assert_eq!(rest.recv(), Ok(0));
    assert_eq!(tasks.map(|task| task.wakes()), [1, 1]);
}

#[test]
fn a_biased_select_takes_the_first_and_a_fair_one_each_in_its_turn() {
    const EACH: u32 = 64;
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..3).map(|_| bounded(EACH as usize)).unzip();
    for biased in [true, false] {
        (0..EACH).for_each(|_| senders.iter().for_each(|sender| sender.send(()).unwrap()));
        let mut taken = [0; 3];
        for _ in 0..EACH {
            let select = Select::new().recv_any(&receivers, |at, _| at);
            taken[if biased { select.biased() } else { select }.wait()] += 1;
        }
        match biased {
            true => assert_eq!(taken, [EACH, 0, 0]),
            false => assert!(taken.iter().all(|taken| *taken > 0), "{taken:?}"),
        }
        receivers.iter().for_each(|receiver| drop(receiver.drain()));
    }
}

#[test]
fn any_number_of_receivers_can_be_waited_for_and_those_that_are_off_are_not() {
    for count in [1, 2, 8, 9, 40] {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..count).map(|_| bounded(1)).unzip();
        thread::scope(|scope| {
            for odd in (1..count).step_by(2) {
                // Those at even numbers are full, and off.
                senders[odd - 1].send(0).unwrap();
                scope.spawn({
                    let sender = &senders[odd];
                    move || sender.send(odd).unwrap()
                });
            }
            for _ in (1..count).step_by(2) {
                let sources = receivers.iter().enumerate().map(|(at, receiver)| (at % 2 == 1).then_some(receiver));
                let (at, got) = Select::new().recv_any(sources, |at, got| (at, got)).wait();
                assert_eq!(got, Ok(at));
            }
        });
    }
}

#[test]
#[should_panic(expected = "at least one operation that is on")]
fn a_wait_for_nothing_panics() {
    let (_sender, receiver) = bounded::<i32>(1);
    let off = |is_on: bool| is_on.then_some(&receiver);
    Select::new().recv(off(false), |_| ()).send(None::<&Sender<i32>>, &mut Some(1), |_| ()).wait();
}

#[test]
fn a_handler_that_panics_has_its_message_and_nothing_else() {
    let (sender, receiver) = bounded(2);
    let (_other, quiet) = bounded::<u32>(1);
    sender.send(1).unwrap();
    let wait = || Select::new().recv(&receiver, |got| panic!("got {got:?}")).recv(&quiet, |_| ()).wait();
    assert!(catch_unwind(AssertUnwindSafe(wait)).is_err());
    sender.send(2).unwrap();
    assert_eq!((receiver.try_recv(), quiet.is_empty()), (Ok(2), true));
}

/// Handlers use the channels that they were called for: with a lock held, or a seat kept, this would not end.
#[test]
fn a_handler_may_wait_on_the_channels_of_its_select() {
    let (sender, receiver) = bounded(1);
    let (_other, quiet) = bounded::<u32>(1);
    let again = |first: Result<u32, RecvError>| {
        let echo = thread::scope(|scope| {
            scope.spawn(|| sender.send(2).unwrap());
            Select::new().recv(&receiver, |got| got).recv(&quiet, |got| got).wait()
        });
        (first, echo)
    };
    sender.send(1).unwrap();
    assert_eq!(Select::new().recv(&receiver, again).wait(), (Ok(1), Ok(2)));
}

/// What a future has not returned it has not taken, at whichever poll it is dropped.
#[test]
fn a_select_that_is_dropped_at_any_poll_takes_nothing_and_hands_its_wakes_on() {
    for polls in 0..3 {
        let (sender, receiver) = bounded(4);
        let (full, room) = bounded(1);
        full.send(0).unwrap();
        let (others, mut value) = ([(); 2].map(|()| Arc::<Count>::default()), Some(1));
        let (mut recv, mut send) = (pin!(receiver.recv_async()), pin!(full.send_async(2)));
        let mut taken = None;
        {
            let mut select =
                pin!(Select::new().recv(&receiver, Some).send(&full, &mut value, |_| None).biased().wait_async());
            for poll in 0..polls {
                match Arc::<Count>::default().poll(select.as_mut()) {
                    Poll::Pending => assert_eq!(poll, 0),
                    Poll::Ready(got) => taken = Some(got),
                }
                if poll == 0 {
                    assert!(others[0].poll(recv.as_mut()).is_pending() && others[1].poll(send.as_mut()).is_pending());
                    sender.send(7).unwrap();
                    assert_eq!(room.recv(), Ok(0));
                    assert_eq!(others.each_ref().map(|task| task.wakes()), [0, 0]);
                }
            }
        }
        assert_eq!(taken, (polls == 2).then_some(Some(Ok(7))));
        assert_eq!(value, Some(1));
        if polls > 0 {
            // The room, which it has not used, is another's; the message is, if it was not taken.
            assert_eq!(others.map(|task| task.wakes()), [usize::from(polls == 1), 1]);
        }
    }
}

#[test]
fn a_select_can_be_moved_to_another_thread_and_so_can_its_future() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let (sender, receiver): (Sender<u32>, Receiver<u32>) = bounded(1);
    let (mut end, mut other) = spsc::bounded::<u32>(1);
    let (mut first, mut second) = (Some(1), Some(2));
    let select = Select::new()
        .recv_any([&receiver], |_, _| ())
        .recv(&mut other, |_| ())
        .send(&sender, &mut first, |_| ())
        .send(&mut end, &mut second, |_| ());
    drop(is_send(is_send(select).wait_async()));
}

/// Values that were not sent are dropped once, by whoever has them.
#[test]
fn a_value_is_dropped_once_wherever_it_ends() {
    let value = Arc::new(());
    let (full, rest) = bounded(1);
    let mut slot = Some(value.clone());
    assert!(Select::new().send(&full, &mut slot, |sent| sent.is_ok()).wait());
    slot = Some(value.clone());
    assert!(Select::new().send(&full, &mut slot, |_| ()).wait_deadline(past()).is_err());
    assert_eq!(Arc::strong_count(&value), 3);
    drop(rest);
    assert_eq!(Arc::strong_count(&value), 2);
    let refused = Select::new().send(&full, &mut slot, |sent| sent.unwrap_err().into_inner()).wait();
    assert_eq!((Arc::strong_count(&value), slot), (2, None));
    drop(refused);
    assert_eq!(Arc::strong_count(&value), 1);
}

/// Up to eight operations, whether they are done at once, waited for in vain, or polled.
#[test]
fn a_select_of_eight_allocates_nothing_and_one_of_more_little() {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..9).map(|_| bounded(1)).unzip();
    let allocated_by = |count: usize| {
        let select = || Select::new().recv_any(&receivers[..count], |_, got| got.unwrap());
        let task = Arc::<Count>::default();
        let before = allocations();
        senders[count - 1].send(1).unwrap();
        assert_eq!(select().wait(), 1);
        assert!(select().wait_deadline(past()).is_err());
        assert!(task.poll(pin!(select().wait_async())).is_pending());
        allocations() - before
    };
    // What a thread makes once is made now.
    allocated_by(9);
    assert_eq!(allocated_by(8), 0);
    assert_eq!(allocated_by(9), 3 + 2, "a list for each select, and seats for each that waits");
}

#[test]
fn subscribers_and_senders_of_a_broadcast_are_ends_like_others() {
    let (sender, mut receiver) = broadcast::bounded(1);
    let (task, mut value) = (Arc::<Count>::default(), Some(2));
    let mut other = receiver.clone();
    let mut recv = Box::pin(Select::new().recv(&mut receiver, |got| got).wait_async());
    assert!(task.poll(recv.as_mut()).is_pending());
    assert_eq!(sender.send(1), Ok(2));
    assert_eq!((task.wakes(), task.poll(recv.as_mut())), (1, Poll::Ready(Ok(1))));
    let mut send = Box::pin(Select::new().send(&sender, &mut value, |sent| sent).wait_async());
    assert!(task.poll(send.as_mut()).is_pending(), "the other has not read");
    assert_eq!(Select::new().recv(&mut other, |got| got).wait(), Ok(1));
    assert_eq!((task.wakes(), task.poll(send.as_mut())), (2, Poll::Ready(Ok(()))));
    drop((recv, send));
    assert_eq!((value, receiver.drain(), other.drain()), (None, vec![2], vec![2]));
    sender.close();
    assert_eq!(Select::new().recv(&mut receiver, |got| got).wait(), Err(RecvError));
    assert_eq!(Select::new().send(&sender, &mut Some(3), |sent| sent).wait(), Err(SendError(3)));
}
