//! Selects of many threads over the same channels.

use producer_consumer::{Receiver, RecvError, Select, Sender, bounded, unbounded};
use std::thread;

/// Takes from any that is open and sends it on, never more than one at a time, until all are closed.
fn relay(sources: &[Receiver<u64>], to: &Sender<u64>) {
    let (mut open, mut next): (Vec<_>, _) = (sources.iter().collect(), None);
    while !open.is_empty() || next.is_some() {
        let sources = open.iter().copied().map(|source| next.is_none().then_some(source)).collect::<Vec<_>>();
        let select = Select::new()
            .recv_any(sources, |at, got| Some((at, got)))
            .send(to, &mut next, |sent| sent.map_or_else(|_| panic!("the consumers stay"), |()| None));
        match select.wait() {
            Some((_, Ok(message))) => next = Some(message),
            Some((at, Err(RecvError))) => drop(open.swap_remove(at)),
            None => {}
        }
    }
}

/// Takes from any that is open, until all are closed; the sum, and how many there were.
fn consume(sources: &[Receiver<u64>], relayed: &Receiver<u64>) -> (u64, u64) {
    let mut open: Vec<_> = sources.iter().chain([relayed]).collect();
    let (mut sum, mut count) = (0, 0);
    while !open.is_empty() {
        match Select::new().recv_any(open.iter().copied(), |at, got| (at, got)).wait() {
            (_, Ok(message)) => (sum, count) = (sum + message, count + 1),
            (at, Err(RecvError)) => drop(open.swap_remove(at)),
        }
    }
    (sum, count)
}

/// Four selects receive from four channels, and two of them feed a fifth that the others receive from, too.
#[test]
fn selects_of_many_threads_lose_and_double_nothing() {
    const EACH: u64 = if cfg!(miri) { 20 } else { 20_000 };
    let (senders, receivers): (Vec<_>, Vec<_>) = [bounded(1), bounded(2), bounded(64), unbounded()].into_iter().unzip();
    let (to, relayed) = bounded(2);
    let (receivers, relayed) = (&receivers, &relayed);
    let (sum, count) = thread::scope(|scope| {
        for (sender, number) in senders.into_iter().zip(0..) {
            scope.spawn(move || (number * EACH..(number + 1) * EACH).for_each(|at| sender.send(at).unwrap()));
        }
        for to in [to.clone(), to] {
            scope.spawn(move || relay(receivers, &to));
        }
        let consumers = [(); 2].map(|()| scope.spawn(|| consume(receivers, relayed)));
        consumers
            .map(|consumer| consumer.join().unwrap())
            .into_iter()
            .fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    });
    assert_eq!((count, sum), (4 * EACH, (0..4 * EACH).sum()));
}
