//! Tasks of tokio and blocking threads on the same channels, and a `tokio::select!` that loses nothing.
//!
//! A channel does not know who waits at its ends: `recv` blocks a thread, `recv_async` is a future for any runtime. A future
//! that is dropped has taken no message and leaves no wake behind, so it can stand in any branch of any `select!` and be
//! dropped each time round the loop.
//!
//! Run it with `cargo run -p producer-consumer --example tasks`.

use producer_consumer::{Receiver, Sender, bounded};
use std::thread;

const NUMBERS: u64 = 1_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("there is memory for a runtime");
    let sum = runtime.block_on(between_threads());
    println!("between threads: the squares of 1 to {NUMBERS} sum up to {sum}");
    let (first, second) = runtime.block_on(both());
    println!("select: {first} and {second} messages, each once and in order, and a future dropped for each");
    println!("place by place: {}", runtime.block_on(until_told()));
}

/// A thread that blocks on one end, two tasks in the middle, and a thread that blocks on the other end.
async fn between_threads() -> u64 {
    let (numbers, to_square) = bounded(4);
    let (squares, to_sum) = bounded(4);
    let source = thread::spawn(move || (1..=NUMBERS).try_for_each(|number| numbers.send(number)));
    let sink = thread::spawn(move || to_sum.iter().sum::<u64>());
    let tasks = [(to_square.clone(), squares.clone()), (to_square, squares)].map(|ends| tokio::spawn(square(ends)));
    for task in tasks {
        task.await.expect("a task does not panic");
    }
    source.join().expect("the source does not panic").expect("tasks take all there is");
    sink.join().expect("the sink does not panic")
}

async fn square((from, to): (Receiver<u64>, Sender<u64>)) {
    while let Ok(number) = from.recv_async().await {
        to.send_async(number * number).await.expect("the sink stays to the end");
    }
}

/// Whichever comes first: each time round, the future of the other branch is dropped.
async fn both() -> (u64, u64) {
    let (one, first) = bounded(1);
    let (other, second) = bounded(1);
    let senders = [one, other].map(|sender| thread::spawn(move || (0..NUMBERS).try_for_each(|at| sender.send(at))));
    let (mut of_first, mut of_second) = (0, 0);
    while of_first < NUMBERS || of_second < NUMBERS {
        tokio::select! {
            Ok(number) = first.recv_async() => {
                assert_eq!(number, of_first, "no message is lost, and none comes twice");
                of_first += 1;
            }
            Ok(number) = second.recv_async() => {
                assert_eq!(number, of_second, "as above");
                of_second += 1;
            }
            else => break,
        }
    }
    for sender in senders {
        sender.join().expect("a sender does not panic").expect("everything is received");
    }
    (of_first, of_second)
}

/// Makes a value only when it has room: a place is what the branch waits for, so dropping it drops no value.
async fn until_told() -> &'static str {
    let (output, results) = bounded(3);
    let (stop, stopped) = bounded::<()>(1);
    let consumer = thread::spawn(move || {
        let taken = results.iter().take(100).count() as u64;
        stop.send(()).expect("the producer waits for it");
        taken + results.iter().count() as u64
    });
    let mut made = 0;
    loop {
        tokio::select! {
            _ = stopped.recv_async() => break,
            Ok(place) = output.reserve_async() => {
                made += 1;
                place.send(made).expect("the consumer takes all there is");
            }
        }
    }
    drop(output);
    let received = consumer.join().expect("the consumer does not panic");
    if received == made { "all that was made was received" } else { "a branch that was dropped has lost something" }
}
