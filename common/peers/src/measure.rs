//! Measuring: every contender once a round, in random order, ours twice.
//!
//! # Limits
//!
//! A sample takes about [`SAMPLE`]: reading the clock is nothing beside it, and it is short beside the milliseconds that
//! another process keeps a core, so that those spoil few samples and no median.

use crate::estimate::{self, Ratio};
use crate::{Question, allocation};
use anyhow::{Result, ensure};
use std::time::{Duration, Instant};

/// What a sample should take.
pub const SAMPLE: Duration = Duration::from_millis(1);

/// How one contender did.
#[derive(Debug)]
pub struct Answer {
    /// Whose it is.
    pub name: &'static str,
    /// Median of the time that one operation takes, in nanoseconds.
    pub nanoseconds: f64,
    /// What ours costs as a multiple of it. Of our own, what the second turn costs as a multiple of the first.
    pub ratio: Ratio,
    /// Allocations that one operation makes.
    pub allocations: f64,
}

/// What a question was answered with.
#[derive(Debug)]
pub struct Report {
    /// The question's name.
    pub name: &'static str,
    /// The largest ratio to the first peer that we allow ourselves.
    pub bound: Option<f64>,
    /// In the order of the contenders.
    pub answers: Vec<Answer>,
}

impl Report {
    /// Whether two turns of ours cost the same, so that a difference to another's turn means something.
    pub fn is_resolvable(&self) -> bool {
        self.answers.first().is_some_and(|ours| ours.ratio.holds(1.0))
    }
}

/// Lets the contenders of `question` take turns for so many rounds.
///
/// # Errors
///
/// When a contender's checksum is wrong: it did something else, and its time means nothing.
pub fn measure(question: &mut Question, rounds: usize) -> Result<Report> {
    let operations: Vec<u64> =
        (0..question.contenders.len()).map(|at| calibrate(question, at)).collect::<Result<_>>()?;
    // Turns are numbered like the contenders, and the last one is ours again.
    let again = question.contenders.len();
    let mut turns: Vec<usize> = (0..=again).collect();
    let mut samples = vec![Vec::with_capacity(rounds); turns.len()];
    for _ in 0..rounds {
        fastrand::shuffle(&mut turns);
        for &turn in &turns {
            let at = turn % again;
            let elapsed = sample(question, at, operations[at])?;
            samples[turn].push(elapsed.as_secs_f64() * 1e9 / operations[at] as f64);
        }
    }
    let mut answers = Vec::with_capacity(again);
    for (at, contender) in question.contenders.iter_mut().enumerate() {
        let before = allocation::count();
        contender.run(operations[at]);
        let allocations = allocation::count() - before;
        answers.push(Answer {
            name: contender.name(),
            nanoseconds: estimate::median(&mut samples[at].clone()),
            ratio: match at {
                0 => Ratio::estimate(&samples[again], &samples[0]),
                _ => Ratio::estimate(&samples[0], &samples[at]),
            },
            allocations: allocations as f64 / operations[at] as f64,
        });
    }
    Ok(Report { name: question.name, bound: question.bound, answers })
}

/// How many operations make a sample; finding out warms up, too.
fn calibrate(question: &mut Question, at: usize) -> Result<u64> {
    let mut operations = 16;
    loop {
        let elapsed = sample(question, at, operations)?;
        if elapsed >= SAMPLE {
            return Ok(operations);
        }
        operations *= if elapsed < SAMPLE / 8 { 4 } else { 2 };
    }
}

fn sample(question: &mut Question, at: usize, operations: u64) -> Result<Duration> {
    let contender = &mut question.contenders[at];
    let start = Instant::now();
    let checksum = contender.run(operations);
    let elapsed = start.elapsed();
    let expected = (question.checksum)(operations);
    ensure!(checksum == expected, "{}, {}: {checksum} instead of {expected}", question.name, contender.name());
    Ok(elapsed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;

    fn work(name: &'static str, steps: u64) -> (&'static str, impl FnMut(u64) -> u64) {
        (name, move |operations| {
            (0..operations * steps).for_each(|step| {
                black_box(step);
            });
            operations
        })
    }

    #[test]
    fn ten_times_the_work_takes_longer() {
        let mut question = Question::new("test").contender(work("ours", 10)).contender(work("theirs", 100));
        let report = measure(&mut question, 5).unwrap();
        assert!(report.answers[1].ratio.high < 1.0, "{report:?}");
    }

    #[test]
    fn a_wrong_checksum_is_an_error() {
        let mut question = Question::of_numbers("test").contender(work("ours", 1));
        assert!(measure(&mut question, 1).unwrap_err().to_string().starts_with("test, ours: 16 instead of 120"));
    }
}
