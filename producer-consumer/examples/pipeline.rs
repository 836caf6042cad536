//! Three stages, one behind the other, with bounded channels between them: the slowest sets the pace of all.
//!
//! The last stage takes nothing at first. So the middle one has to wait for it, and the first one for the middle one: each
//! holds one item, each channel as many as it has room for, and nothing more is made. That is back-pressure, and the reason
//! why the memory in between is bounded. At the end the first channel is closed and the rest is drained, and each item
//! that was made is accounted for.
//!
//! Run it with `cargo run -p producer-consumer --example pipeline`.

use producer_consumer::{Receiver, SendError, Sender, bounded};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Items in each of the two channels.
const ROOM: usize = 4;
/// What the stages hold between them: two channels, and an item in the hands of each of the two that wait.
const MOST: u64 = 2 * ROOM as u64 + 2;

fn main() {
    let (raw, to_cook) = bounded(ROOM);
    let (cooked, to_eat) = bounded(ROOM);
    let made = AtomicU64::new(0);
    thread::scope(|scope| {
        let first = scope.spawn(|| make(&raw, &made));
        let middle = scope.spawn(|| cook(&to_cook, cooked));

        let mut eaten = 0;
        for helping in [0, 1, 5] {
            to_eat.iter().take(helping).for_each(|dish| eaten = in_order(eaten, dish));
            // The first stage makes all that fits, and can make no more until somebody eats.
            while made.load(Ordering::Relaxed) < eaten + MOST
                || raw.stats().send_waits == 0
                || to_eat.stats().send_waits == 0
            {
                thread::yield_now();
            }
            println!(
                "{eaten:>2} eaten, {} made: {} wait for the cook, {} for the table, and two stages wait for room",
                made.load(Ordering::Relaxed),
                raw.len(),
                to_eat.len()
            );
        }

        println!("no more is made");
        raw.close();
        let given_back = first.join().expect("the first stage does not panic");
        println!("the first stage has item {given_back} back, which was not accepted");
        // The middle stage goes on to the end of its channel, and then ends the next one.
        to_eat.iter().for_each(|dish| eaten = in_order(eaten, dish));
        let cooked = middle.join().expect("the middle stage does not panic");
        let made = made.load(Ordering::Relaxed);
        println!("{made} made = {eaten} eaten + 1 given back; {cooked} went through the middle");
        assert_eq!((eaten, cooked), (made - 1, eaten));

        let (before, behind) = (raw.stats(), to_eat.stats());
        println!("never more than {} and {} at once in the channels", before.high_water, behind.high_water);
    });
}

/// Makes numbered items until nobody wants more, and returns the one that was not taken.
fn make(raw: &Sender<u64>, made: &AtomicU64) -> u64 {
    loop {
        // ORDERING: Relaxed: it is a count.
        let item = made.fetch_add(1, Ordering::Relaxed) + 1;
        if let Err(SendError(item)) = raw.send(item) {
            return item;
        }
    }
}

/// Squares what comes, and says how many there were; the drop of its sender ends the next channel.
fn cook(to_cook: &Receiver<u64>, cooked: Sender<u64>) -> u64 {
    let mut count = 0;
    for item in to_cook {
        cooked.send(item * item).expect("the table stays to the end");
        count += 1;
    }
    count
}

/// Looks at a dish that has to be the next one, and returns its number.
fn in_order(eaten: u64, dish: u64) -> u64 {
    assert_eq!(dish, (eaten + 1) * (eaten + 1), "dishes come in the order in which their items were made");
    eaten + 1
}
