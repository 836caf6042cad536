//! Waiting for the first of several: channels of different kinds and types, a send beside a receive, a command that goes before
//! the work, a time that runs out, and an arm in crossbeam-channel's own `select!`.
//!
//! Run it with `cargo run -p producer-consumer --example select`.

use producer_consumer::{Receiver, RecvError, Select, Sender, TryRecvError, bounded, spsc, unbounded};
use std::thread;
use std::time::Duration;

fn main() {
    fan_in();
    relay();
    command_first();
    time_out();
    in_their_select();
}

/// Takes what three producers make, from channels of two types, until all are done.
fn fan_in() {
    let (first, numbers) = bounded(2);
    let (second, more) = bounded(2);
    let (mut third, mut lines) = spsc::bounded(2);
    let (count, letters) = thread::scope(|scope| {
        scope.spawn(move || (1..=50).try_for_each(|number| first.send(number)));
        scope.spawn(move || (51..=100).try_for_each(|number| second.send(number)));
        scope.spawn(move || ["to", "be", "or", "not"].into_iter().try_for_each(|line| third.send(line)));

        let mut open: Vec<&Receiver<u32>> = vec![&numbers, &more];
        let (mut lines_open, mut sum, mut letters) = (true, 0, 0);
        while lines_open || !open.is_empty() {
            enum Event {
                Number(usize, Result<u32, RecvError>),
                Line(Result<&'static str, RecvError>),
            }
            let event = Select::new()
                .recv_any(open.iter().copied(), Event::Number)
                .recv(lines_open.then_some(&mut lines), Event::Line) // Off when it is over.
                .wait();
            match event {
                Event::Number(_, Ok(number)) => sum += number,
                Event::Number(which, Err(_over)) => drop(open.swap_remove(which)),
                Event::Line(Ok(line)) => letters += line.len(),
                Event::Line(Err(_over)) => lines_open = false,
            }
        }
        (sum, letters)
    });
    println!("fan-in: the numbers sum up to {count}, the lines have {letters} letters");
}

/// Sends on what it has, and takes the next while it has nothing: the slot turns one arm on and the other off.
fn relay() {
    let (sender, input) = bounded(1);
    let (output, results) = bounded(1);
    let relayed: Vec<u32> = thread::scope(|scope| {
        scope.spawn(move || (1..=5).try_for_each(|number| sender.send(number)));
        scope.spawn(move || relay_squares(&input, &output));
        results.iter().collect()
    });
    println!("relay: {relayed:?}");
}

fn relay_squares(input: &Receiver<u32>, output: &Sender<u32>) {
    enum Event {
        Received(Result<u32, RecvError>),
        Sent,
    }
    let mut square = None;
    loop {
        let source = square.is_none().then_some(input);
        let event = Select::new().recv(source, Event::Received).send(output, &mut square, |_| Event::Sent).wait();
        match event {
            Event::Received(Ok(number)) => square = Some(number * number),
            Event::Received(Err(_over)) => break,
            Event::Sent => {}
        }
    }
}

/// With a bias the arm that is named first goes first, however much waits behind the other.
fn command_first() {
    let (work, jobs) = unbounded();
    let (control, commands) = bounded(1);
    (1..=3).for_each(|job| work.send(job).expect("the worker is here"));
    control.send("stop").expect("the worker is here");
    let next = Select::new()
        .recv(&commands, |command| command.map_or("nobody commands".to_owned(), str::to_owned))
        .recv(&jobs, |job| format!("do {job:?}"))
        .biased()
        .wait();
    println!("command first: {next}, with {} jobs left", jobs.len());
}

/// What was to be sent is still there when the time is over.
fn time_out() {
    let (full, _receiver) = bounded(1);
    full.send("first").expect("there is room");
    let mut second = Some("second");
    let late = Select::new().send(&full, &mut second, |sent| sent.is_ok()).wait_timeout(Duration::from_millis(5));
    println!("time-out: {}; {:?} was kept", late.expect_err("nobody makes room"), second.expect("it was not sent"));
}

/// A doorbell is an arm of crossbeam-channel's macro.
fn in_their_select() {
    let (sender, receiver) = bounded(4);
    let (ticks, tick) = crossbeam_channel::bounded(4);
    let (numbers, seen) = thread::scope(|scope| {
        scope.spawn(move || (1..=4).try_for_each(|number| sender.send(number)));
        scope.spawn(move || (1..=3).try_for_each(|number| ticks.send(number)));
        let (mut door, mut numbers, mut seen) = (receiver.doorbell(), 0, 0);
        let (mut is_open, never, no_tick) = (true, crossbeam_channel::never(), crossbeam_channel::never());
        while is_open || seen < 3 {
            crossbeam_channel::select! {
                recv(if is_open { door.rings() } else { &never }) -> _ => match door.try_recv() {
                    Ok(number) => numbers += number,
                    Err(TryRecvError::Empty) => {}
                    Err(TryRecvError::Disconnected) => is_open = false,
                },
                recv(if seen < 3 { &tick } else { &no_tick }) -> _ => seen += 1,
            }
        }
        (numbers, seen)
    });
    println!("in their select!: the numbers sum up to {numbers}, after {seen} ticks");
}
