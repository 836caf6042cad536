//! Latency, by an open loop: requests begin when they were meant to, whether or not earlier ones have ended.
//!
//! A loop that waits for an answer before it asks again asks less while its peer stumbles, and does not see most of what
//! the stumble cost (Gil Tene's "coordinated omission"). So each request has an intended time, and its latency counts
//! from there even if the generator itself was late. The load is in percent of what the contender can do at most, which
//! is measured first, by a closed loop of [`OUTSTANDING`] requests.

mod board;

use self::board::Board;
use crate::Peers;
use crate::contender::Absent;
use crate::message::Message;
use crate::placement::Placement;
use crate::record::LatencyRecord;
use crate::scenario::{Load, Scenario};
use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use std::hint::spin_loop;
use std::thread;
use std::time::{Duration, Instant};

pub use self::board::Request;

/// Requests at once while the most that a contender can do is measured.
pub const OUTSTANDING: u64 = 64;
/// How long that takes.
const CLOSED_LOOP: Duration = Duration::from_millis(500);
/// A sleep that is meant to be shorter than this is a spin: the kernel wakes nobody on the dot.
const SHORTEST_SLEEP: Duration = Duration::from_micros(200);

/// Something that answers requests, each on whatever thread it likes.
pub trait Service {
    /// Begins to answer a request, and does not wait for the answer.
    ///
    /// # Errors
    ///
    /// When it cannot be answered; the run ends with it.
    fn start(&mut self, request: Request) -> Result<()>;
}

/// Puts each service of a scenario under each load once, and ours twice, in random order.
///
/// # Errors
///
/// When a service fails, or leaves a request without an answer; and when `say` fails.
pub fn launch(
    peers: &Peers,
    scenario: &Scenario,
    load: &Load,
    placement: Placement,
    launch: u32,
    say: &mut dyn FnMut(Message) -> Result<()>,
) -> Result<()> {
    placement.pin(0);
    let once = scenario.contenders.iter().map(|name| (name, false));
    let mut turns: Vec<_> = once.chain([(&scenario.contenders[0], true)]).collect();
    fastrand::shuffle(&mut turns);
    for (name, again) in turns {
        let mut service = match (peers.service)(scenario, name, placement) {
            Err(error) if error.is::<Absent>() => {
                say(Message::Absent(name.clone(), error.to_string()))?;
                continue;
            }
            service => service.with_context(|| name.clone())?,
        };
        placement.pin(0);
        let most = most(&mut *service).with_context(|| name.clone())?;
        for &percent in &load.percent {
            let rate = (most * percent as f64 / 100.0).max(1.0);
            let histogram = open_loop(&mut *service, rate, load.seconds).with_context(|| name.clone())?;
            say(Message::Latency(LatencyRecord {
                launch,
                contender: name.clone(),
                again,
                load: percent,
                rate: rate as u64,
                count: histogram.len(),
                latencies: LatencyRecord::QUANTILES.map(|quantile| histogram.value_at_quantile(quantile)),
            }))?;
        }
    }
    Ok(())
}

/// The most requests in a second.
fn most(service: &mut dyn Service) -> Result<f64> {
    let board = Board::new(Duration::ZERO, 1);
    let (mut started, start) = (0, Instant::now());
    while start.elapsed() < CLOSED_LOOP {
        if started - board.answered() < OUTSTANDING {
            service.start(Request { number: started, board: board.clone() })?;
            started += 1;
        } else {
            thread::yield_now();
        }
    }
    board.wait(started)?;
    Ok(started as f64 / start.elapsed().as_secs_f64())
}

fn open_loop(service: &mut dyn Service, rate: f64, seconds: f64) -> Result<Histogram<u64>> {
    let requests = (rate * seconds).ceil() as u64;
    let board = Board::new(Duration::from_secs_f64(1.0 / rate), requests as usize);
    for number in 0..requests {
        wait_until(board.start + board.intended(number));
        service.start(Request { number, board: board.clone() })?;
    }
    board.wait(requests)?;
    board.histogram()
}

fn wait_until(time: Instant) {
    loop {
        let left = time.saturating_duration_since(Instant::now());
        match left {
            Duration::ZERO => return,
            // SLEEP: to a point in time, and the rest of the way it spins.
            left if left > 2 * SHORTEST_SLEEP => thread::sleep(left - SHORTEST_SLEEP),
            _ => spin_loop(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenarios;

    /// Answers at once, but for one request that holds up all that come after it.
    struct Stumbling {
        at: u64,
        by: Duration,
    }

    impl Service for Stumbling {
        fn start(&mut self, request: Request) -> Result<()> {
            if request.number() == self.at {
                // SLEEP: the stumble itself.
                thread::sleep(self.by);
            }
            request.answered();
            Ok(())
        }
    }

    #[test]
    fn a_stumble_is_seen_by_all_who_came_meanwhile() {
        let mut service = Stumbling { at: 100, by: Duration::from_millis(100) };
        let histogram = open_loop(&mut service, 1_000.0, 0.4).unwrap();
        assert_eq!(histogram.len(), 400);
        // A closed loop would have seen it once in 400; a hundred came while it lasted.
        assert!(histogram.value_at_quantile(0.9) > 20_000_000, "{}", histogram.value_at_quantile(0.9));
    }

    #[test]
    fn the_most_that_can_be_done_is_found_out() {
        let most = most(&mut Stumbling { at: u64::MAX, by: Duration::ZERO }).unwrap();
        assert!(most > 10_000.0, "{most}");
    }

    fn service(_: &Scenario, _: &str, _: Placement) -> Result<Box<dyn Service>> {
        Ok(Box::new(Stumbling { at: u64::MAX, by: Duration::ZERO }))
    }

    #[test]
    fn ours_takes_two_turns_under_each_load() {
        let table = "[[scenario]]\nname = \"a\"\nasks = \"?\"\ncontenders = [\"ours\", \"std\"]\n\
                     latency = { percent = [10, 20], seconds = 0.01 }";
        let scenario = Scenarios::parse(table).unwrap().list.remove(0);
        let peers = Peers { service, ..Peers::new("") };
        let mut turns = Vec::new();
        launch(&peers, &scenario, scenario.latency.as_ref().unwrap(), Placement::Free, 0, &mut |said| {
            let Message::Latency(record) = said else { panic!("{said}") };
            turns.push((record.contender, record.again, record.load));
            Ok(())
        })
        .unwrap();
        turns.sort();
        let both = |name: &str, again| [10, 20].map(|load| (name.to_owned(), again, load));
        assert_eq!(turns, [both("ours", false), both("ours", true), both("std", false)].concat());
    }

    struct Careless;

    impl Service for Careless {
        fn start(&mut self, request: Request) -> Result<()> {
            let again = Request { number: request.number(), board: request.board.clone() };
            again.answered();
            request.answered();
            Ok(())
        }
    }

    #[test]
    fn an_answer_too_many_is_an_error() {
        let error = open_loop(&mut Careless, 1_000.0, 0.01).unwrap_err();
        assert_eq!(error.to_string(), "10 requests were answered 20 times");
    }
}
