//! The next task goes to the thread that answered the last one.
//!
//! That is late promotion: a thread that has answered still leads, and takes the next task itself. No thread is woken and
//! nothing is handed over; the others follow in case the leader ends.
//!
//! Run it: `cargo run -p leader-followers --example last_answerer`

use leader_followers::source::task;
use leader_followers::{Promotion, crew};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

fn main() -> anyhow::Result<()> {
    let (sender, source) = task::queue(1);
    let (answer, answers) = mpsc::channel();
    let handler = move |(task, text): (u32, &str)| {
        let reversed: String = text.chars().rev().collect();
        answer.send((task, reversed, thread::current().id())).expect("somebody waits for the answers");
    };
    let crew = crew::builder().threads(3).promotion(Promotion::Late).start(source, handler)?;

    let mut before = None;
    for (task, text) in (1..).zip(["one", "two", "three", "four", "five"]) {
        sender.send((task, text))?;
        let (task, answer, thread) = answers.recv()?;
        let who = match before.replace(thread) {
            None => "by the thread that leads",
            Some(last) if last == thread => "by the thread that answered before",
            Some(_) => "by another thread",
        };
        println!("task {task}: {text} -> {answer}, {who}");
    }

    let handed = crew.handovers().handed;
    let report = crew.drain(Instant::now() + Duration::from_secs(10));
    println!("leadership was handed to another thread {handed} times; {} tasks left", report.rest.len());
    Ok(())
}
