//! Recording on real threads: what is written down, and queues that are known to be bad.

use common::history::{Call, Clock, History, Operation, Order, Pattern, Received, Sent};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;

#[test]
fn stamps_are_distinct_and_a_join_orders_them() {
    let clock = Clock::new();
    let record = |value: u64| {
        let mut recorder = clock.recorder_for(1_000);
        for n in 0..1_000 {
            recorder.send(1_000 * value + n, || Sent::Accepted);
        }
        recorder
    };
    let first = thread::scope(|scope| scope.spawn(|| record(0)).join().unwrap());
    let second = thread::scope(|scope| scope.spawn(|| record(1)).join().unwrap());
    let history = History::merge([first, second]);
    let operations = history.operations();
    assert!(operations.windows(2).all(|pair| pair[0].is_before(&pair[1])));
    assert_eq!((operations[0].thread, operations[1_999].thread), (0, 1));
}

#[test]
fn a_call_that_unwinds_stays_without_an_answer() {
    let mut recorder = Clock::new().recorder();
    let unwound = catch_unwind(AssertUnwindSafe(|| recorder.send(1, || panic!("in the send"))));
    assert!(unwound.is_err());
    recorder.begin_receive();
    let history = History::merge([recorder]);
    assert_eq!(history.operations()[0].call, Call::Send { value: 1, outcome: None });
    assert_eq!(history.operations()[1].call, Call::Receive { outcome: None });
    assert!(history.operations().iter().all(|it| it.end == Operation::NEVER));
    assert_eq!(history.check(Order::Fifo).unwrap().pending, 2);
}

#[test]
fn values_taken_out_together_are_received_at_one_moment() {
    let mut recorder = Clock::new().recorder();
    for value in 0..3 {
        recorder.send(value, || Sent::Accepted);
    }
    recorder.begin_receive();
    recorder.end_receive(Received::Value(0));
    assert_eq!(recorder.take_out(|| vec![1, 2]), 2);
    assert_eq!(recorder.take_out(Vec::new), 0);
    recorder.close(|| ());
    recorder.receive(|| Received::Closed);
    let summary = History::merge([recorder]).check(Order::Fifo).unwrap();
    assert_eq!((summary.accepted, summary.received, summary.closed), (3, 3, 1));
}

#[test]
fn recorders_of_two_clocks_are_refused() {
    assert!(catch_unwind(|| History::merge([Clock::new().recorder(), Clock::new().recorder()])).is_err());
}

/// What each of two producers sends, and each of two consumers asks for.
const EACH: u64 = if cfg!(miri) { 50 } else { 5_000 };

/// Two producers and two consumers at a queue made of `push` and `pop`.
fn run(push: fn(&Mutex<VecDeque<u64>>, u64), pop: fn(&Mutex<VecDeque<u64>>) -> Option<u64>) -> History {
    let (clock, queue) = (Clock::new(), Mutex::new(VecDeque::new()));
    let (clock, queue) = (&clock, &queue);
    let recorders = thread::scope(|scope| {
        let producers = (0..2).map(|number| {
            scope.spawn(move || {
                let mut recorder = clock.recorder();
                for value in number * EACH..(number + 1) * EACH {
                    recorder.send(value, || {
                        push(queue, value);
                        Sent::Accepted
                    });
                }
                recorder
            })
        });
        let consumers = (0..2).map(|_| {
            scope.spawn(move || {
                let mut recorder = clock.recorder();
                for _ in 0..EACH {
                    recorder.receive(|| pop(queue).map_or(Received::Empty, Received::Value));
                }
                recorder
            })
        });
        let threads: Vec<_> = producers.chain(consumers).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    History::merge(recorders)
}

#[test]
fn a_queue_under_a_lock_is_fifo() {
    let history = run(|queue, value| queue.lock().unwrap().push_back(value), |queue| queue.lock().unwrap().pop_front());
    let summary = history.check(Order::Fifo).unwrap_or_else(|violation| panic!("{violation}"));
    let all = 2 * EACH as usize;
    assert_eq!((summary.accepted, summary.received + summary.empty), (all, all));
}

#[test]
fn control_a_stack_is_no_queue() {
    let (clock, stack) = (Clock::new(), Mutex::new(Vec::new()));
    let mut recorder = clock.recorder();
    for value in 0..100 {
        recorder.send(value, || {
            stack.lock().unwrap().push(value);
            Sent::Accepted
        });
    }
    recorder.receive(|| stack.lock().unwrap().pop().map_or(Received::Empty, Received::Value));
    let history = History::merge([recorder]);
    assert_eq!(history.check(Order::Fifo).unwrap_err().pattern(), Pattern::Inversion);
    assert!(history.check(Order::Any).is_ok());
}

#[test]
fn control_a_queue_that_calls_itself_empty_when_it_is_busy_is_found() {
    let (clock, queue) = (Clock::new(), Mutex::new(VecDeque::new()));
    let mut recorder = clock.recorder();
    recorder.send(1, || {
        queue.lock().unwrap().push_back(1);
        Sent::Accepted
    });
    let busy = queue.lock().unwrap();
    let pop = || queue.try_lock().ok().and_then(|mut queue| queue.pop_front());
    recorder.receive(|| pop().map_or(Received::Empty, Received::Value));
    drop(busy);
    recorder.receive(|| pop().map_or(Received::Empty, Received::Value));
    let violation = History::merge([recorder]).check(Order::Any).unwrap_err();
    assert_eq!(violation.pattern(), Pattern::FalseEmpty, "{violation}");
}
