//! The program of a `peers` package: it has the contenders, and does what the barometer or a person asks of them.

use crate::contender::Contender;
use crate::latency::{self, Service};
use crate::measure::{self, Launch};
use crate::message::Message;
use crate::placement::Placement;
use crate::scenario::{Scenario, Scenarios};
use crate::seat::Seat;
use anyhow::{Context, Result, bail};
use lexopt::prelude::{Long, Short, Value, ValueExt};
use std::fmt::Display;
use std::io::{BufRead, Write, stdin, stdout};
use std::process::ExitCode;

const HELP: &str = "\
The contenders of a crate. `cargo xtask bench` asks them in turns and makes tables of what they say; by hand they are
asked to look at one of them, with a profiler for example.

Usage: PROGRAM list
       PROGRAM run SCENARIO [--placement P] [--launch N] [--rounds N]
       PROGRAM once SCENARIO CONTENDER OPERATIONS [--placement P]
       PROGRAM serve SCENARIO CONTENDER [--placement P]
  list            names the scenarios and their contenders
  run             lets all contenders take turns, and prints a record for each sample, and who is not here
  once            lets one contender do so many operations, and prints the nanoseconds of one
  serve           reads numbers of operations, a line each, and answers with the nanoseconds of all of them
  --placement P   apart, together or free; the scenario's first if not given
  --launch N      the number that the records are given; 0 if not given
  --rounds N      turns that each contender takes; 30 if not given
  --help          print this
";

const ROUNDS: u32 = 30;

/// The contenders of a crate.
#[derive(Clone, Copy, Debug)]
pub struct Peers {
    /// The text of its `scenarios.toml`.
    pub scenarios: &'static str,
    /// Makes the contender of that name, or says that it is [`Absent`](crate::Absent).
    pub contender: fn(&Scenario, &str, Placement) -> Result<Box<dyn Contender>>,
    /// The same for scenarios that ask for latencies.
    pub service: fn(&Scenario, &str, Placement) -> Result<Box<dyn Service>>,
}

impl Peers {
    /// Nobody yet.
    pub fn new(scenarios: &'static str) -> Self {
        Self { scenarios, contender: nobody, service: nobody }
    }
}

fn nobody<C>(scenario: &Scenario, name: &str, _: Placement) -> Result<C> {
    bail!("scenario {} has no contender `{name}`", scenario.name)
}

#[derive(Default)]
struct Words {
    operands: Vec<String>,
    placement: Option<Placement>,
    launch: u32,
    rounds: Option<u32>,
}

/// What the `main` of a `peers` package does.
pub fn main(peers: Peers) -> ExitCode {
    match words().and_then(|words| words.map_or(Ok(()), |words| act(&peers, &words))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `None` if help was all that was asked for.
fn words() -> Result<Option<Words>> {
    let mut words = Words::default();
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("placement") => words.placement = Some(arguments.value()?.string()?.parse()?),
            Long("launch") => words.launch = arguments.value()?.parse()?,
            Long("rounds") => words.rounds = Some(arguments.value()?.parse()?),
            Long("help") | Short('h') => {
                print!("{HELP}");
                return Ok(None);
            }
            Value(word) => words.operands.push(word.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Some(words))
}

fn act(peers: &Peers, words: &Words) -> Result<()> {
    let scenarios = Scenarios::parse(peers.scenarios)?;
    let operands: Vec<&str> = words.operands.iter().map(String::as_str).collect();
    let find = |name: &str| {
        let scenario = scenarios.find(name)?;
        anyhow::Ok((scenario, words.placement.unwrap_or(scenario.placements[0])))
    };
    match operands[..] {
        ["list"] => {
            for Scenario { name, contenders, .. } in &scenarios.list {
                println!("{name}: {}", contenders.join(", "));
            }
            Ok(())
        }
        ["run", name] => {
            let (scenario, placement) = find(name)?;
            run(peers, scenario, placement, words)
        }
        ["once", name, contender, operations] => {
            let (scenario, placement) = find(name)?;
            let operations = operations.parse().context("OPERATIONS is a number")?;
            let elapsed = measure::once(peers, scenario, placement, contender, operations)?;
            println!("{:.1}", elapsed.as_secs_f64() * 1e9 / operations as f64);
            Ok(())
        }
        ["serve", name, contender] => {
            let (scenario, placement) = find(name)?;
            serve(peers, scenario, placement, contender)
        }
        _ => bail!("say list, run, once or serve; --help says how"),
    }
}

fn run(peers: &Peers, scenario: &Scenario, placement: Placement, words: &Words) -> Result<()> {
    let say = &mut |message: Message| say(message);
    match &scenario.latency {
        Some(load) => latency::launch(peers, scenario, load, placement, words.launch, say),
        None => {
            let launch = Launch { placement, number: words.launch, rounds: words.rounds.unwrap_or(ROUNDS) };
            measure::launch(peers, scenario, launch, say)
        }
    }
}

/// Prints a line, at once. Whoever reads the lines is the only reason to go on; without a reader all contenders are
/// dropped, and servers of theirs with them.
fn say(line: impl Display) -> Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).context("nobody listens")
}

fn serve(peers: &Peers, scenario: &Scenario, placement: Placement, name: &str) -> Result<()> {
    let mut seat = Seat::take(peers, scenario, placement, name)?;
    seat.calibrate(scenario)?;
    say(seat.operations)?;
    for line in stdin().lock().lines() {
        let operations = line?.trim().parse().context("a line is a number of operations")?;
        say(seat.sample(operations)?.elapsed.as_nanos())?;
    }
    Ok(())
}
