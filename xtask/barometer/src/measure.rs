//! Measuring: every contender once a round, in random order, ours twice.

use crate::Peers;
use crate::contender::Absent;
use crate::message::Message;
use crate::placement::Placement;
use crate::record::Record;
use crate::scenario::Scenario;
use crate::seat::{Sample, Seat};
use anyhow::Result;
use std::time::Duration;

/// One process of a run.
#[derive(Clone, Copy, Debug)]
pub struct Launch {
    /// Where its threads run.
    pub placement: Placement,
    /// Which one it is, from 0.
    pub number: u32,
    /// How many turns each contender takes.
    pub rounds: u32,
}

/// Lets the contenders of a scenario take turns, and says each record as soon as it is there.
///
/// # Errors
///
/// When a contender fails, or comes to something else than the scenario expects: its time means nothing then. And when
/// `say` fails.
pub fn launch(
    peers: &Peers,
    scenario: &Scenario,
    Launch { placement, number, rounds }: Launch,
    say: &mut dyn FnMut(Message) -> Result<()>,
) -> Result<()> {
    let mut seats = seat_all(peers, scenario, placement, say)?;
    for seat in &mut seats {
        seat.calibrate(scenario)?;
    }
    // Turns are numbered like the seats, and the last one is ours again.
    let again = seats.len();
    let mut turns: Vec<usize> = (0..=again).collect();
    for round in 0..rounds {
        fastrand::shuffle(&mut turns);
        for &turn in &turns {
            let seat = &mut seats[turn % again];
            placement.pin(0);
            let Sample { elapsed, usage, peak } = seat.sample(seat.operations)?;
            say(Message::Record(Record {
                placement,
                launch: number,
                round,
                contender: seat.name.clone(),
                again: turn == again,
                operations: seat.operations,
                nanoseconds: nanoseconds(elapsed),
                cpu: nanoseconds(usage.cpu),
                switches: usage.switches,
                peak,
            }))?;
        }
    }
    Ok(())
}

/// Runs one contender once; for a profiler to look at.
///
/// # Errors
///
/// As [`launch`], and when the contender is absent.
pub fn once(peers: &Peers, scenario: &Scenario, placement: Placement, name: &str, operations: u64) -> Result<Duration> {
    Ok(Seat::take(peers, scenario, placement, name)?.sample(operations)?.elapsed)
}

fn seat_all(
    peers: &Peers,
    scenario: &Scenario,
    placement: Placement,
    say: &mut dyn FnMut(Message) -> Result<()>,
) -> Result<Vec<Seat>> {
    let mut seats = Vec::new();
    for (at, name) in scenario.names().enumerate() {
        match Seat::take(peers, scenario, placement, name) {
            Ok(seat) => {
                if let Some(version) = seat.contender.version() {
                    say(Message::Version(name.to_owned(), version))?;
                }
                seats.push(seat);
            }
            // There is none in this placement.
            Err(error) if at >= scenario.contenders.len() && error.is::<Absent>() => {}
            Err(error) if at > 0 && error.is::<Absent>() => say(Message::Absent(name.to_owned(), error.to_string()))?,
            Err(error) => return Err(error),
        }
    }
    Ok(seats)
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::{Contender, Loop};
    use crate::scenario::Scenarios;
    use std::hint::black_box;

    fn work(steps: u64) -> Box<dyn Contender> {
        Box::new(Loop(move |operations| {
            (0..operations * steps).for_each(|step| {
                black_box(step);
            });
            operations
        }))
    }

    fn contender(_: &Scenario, name: &str, _: Placement) -> Result<Box<dyn Contender>> {
        match name {
            "ours" => Ok(work(10)),
            "slow" => Ok(work(100)),
            "wrong" => Ok(Box::new(Loop(|operations| operations + 1))),
            "gone" => Err(Absent("it is not installed".to_owned()).into()),
            _ => anyhow::bail!("no contender `{name}`"),
        }
    }

    fn run(peer: &str) -> Result<(Vec<Record>, Vec<String>)> {
        let text = format!(
            "[[scenario]]\nname = \"a\"\nasks = \"?\"\nsample-ms = 1\nfloor = \"boxed-call\"\n\
             contenders = [\"ours\", \"{peer}\"]"
        );
        let scenarios = Scenarios::parse(&text)?;
        let peers = Peers { contender, ..Peers::new("") };
        let (mut records, mut absent) = (Vec::new(), Vec::new());
        let fourth = Launch { placement: Placement::Free, number: 3, rounds: 5 };
        launch(&peers, &scenarios.list[0], fourth, &mut |said| {
            match said {
                Message::Record(record) => records.push(record),
                said => absent.push(said.to_string()),
            }
            Ok(())
        })?;
        Ok((records, absent))
    }

    #[test]
    fn ten_times_the_work_takes_longer() {
        let (records, _) = run("slow").unwrap();
        let of = |name: &'static str| records.iter().filter(move |record| record.contender == name);
        assert_eq!([of("ours").count(), of("slow").count(), of("boxed-call").count()], [10, 5, 5]);
        assert_eq!(of("ours").filter(|record| record.again).count(), 5);
        // The least, since other tests disturb most of so few and short samples.
        let least = |name| of(name).map(Record::each).fold(f64::MAX, f64::min);
        assert!(least("slow") > 2.0 * least("ours"), "{records:?}");
        assert!(records.iter().all(|record| record.launch == 3 && record.nanoseconds > 0), "{records:?}");
    }

    #[test]
    fn a_wrong_outcome_ends_the_run() {
        let error = run("wrong").unwrap_err().to_string();
        assert_eq!(error, "wrong: 16 operations came to 16 with checksum 17, not 16 with checksum 16");
    }

    #[test]
    fn who_is_not_here_is_left_out_aloud() {
        let (records, absent) = run("gone").unwrap();
        assert_eq!(absent, ["absent,gone,it is not installed"]);
        assert!(records.iter().all(|record| record.contender != "gone"));
        assert!(run("unknown").is_err());
    }
}
