//! A producer and a consumer at their own speeds, with a bounded buffer between them.
//!
//! The producer is faster at first, fills the buffer and has to wait for room; then it takes a break and the consumer has
//! to wait for tasks. Neither knows the other's speed, nothing is lost, and the memory in between never grows.
//!
//! Run it with `cargo run -p producer-consumer --example producer_consumer`.

use producer_consumer::{Receiver, Sender, bounded};
use std::thread;
use std::time::Duration;

const TASKS: u32 = 10;
const BUFFER: usize = 3;

fn main() {
    let (sender, receiver) = bounded(BUFFER);

    // Nobody consumes yet, so the buffer fills, and says so instead of growing.
    let mut next = 1;
    while sender.try_send(next).is_ok() {
        println!("produced task {next} ({} of {BUFFER} in the buffer)", sender.len());
        next += 1;
    }
    println!("the buffer is full: task {next} has to wait");

    let producer = thread::spawn(move || produce(&sender, next));
    let consumer = thread::spawn(move || consume(&receiver));

    let produced = producer.join().expect("the producer does not panic");
    let consumed = consumer.join().expect("the consumer does not panic");
    println!("produced {produced}, consumed {consumed}, in order");
}

/// Makes the rest of the tasks, fast but for one break, and says by its drop that there are no more.
fn produce(sender: &Sender<u32>, first: u32) -> u32 {
    for task in first..=TASKS {
        if task == 7 {
            // SLEEP: the speed of this producer is what the example shows.
            thread::sleep(Duration::from_millis(60));
        }
        sender.send(task).expect("the consumer stays until the producer is done");
    }
    TASKS
}

/// Takes tasks as they come, slowly, until there will be no more.
fn consume(receiver: &Receiver<u32>) -> u32 {
    let mut last = 0;
    for task in receiver {
        // SLEEP: and this is the consumer's.
        thread::sleep(Duration::from_millis(5));
        assert_eq!(task, last + 1, "tasks come in the order in which they were made");
        last = task;
        println!("consumed task {task}");
    }
    println!("no more tasks");
    last
}
