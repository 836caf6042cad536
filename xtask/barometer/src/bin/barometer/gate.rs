//! `bench --gate`: ours as it was beside ours as it is, in turns.
//!
//! Both are programs that live through the whole comparison; one sleeps while the other one is asked. Where one lies in
//! memory can make a difference that no round shows, so a difference counts only if two pairs of processes show it.

mod served;
mod tree;

use self::served::Served;
use self::tree::Tree;
use crate::interrupt;
use crate::machine;
use crate::number::ratio;
use crate::progress::Progress;
use crate::workspace::{program, root, target};
use anyhow::{Context, Result, ensure};
use barometer::estimate::{Ratio, Samples, median};
use barometer::{Placement, Scenario};
use std::path::Path;
use std::process::{Command, ExitCode};

/// Of processes.
const PAIRS: usize = 2;
/// Of each pair.
const ROUNDS: usize = 40;
/// The least ratio of the times that is a failure, if all of the interval is above it.
const LIMIT: f64 = 1.05;
/// And the least difference, in nanoseconds of one operation: where the linker puts a loop can cost a cycle or two a round.
const LEAST: f64 = 1.0;

pub(crate) fn gate(revision: &str, selected: &[(&str, &Scenario)]) -> Result<ExitCode> {
    let commit = commit(revision)?;
    let (latencies, selected): (Vec<_>, Vec<_>) = selected.iter().partition(|(_, scenario)| scenario.latency.is_some());
    ensure!(!selected.is_empty(), "latencies are not compared, and nothing else was selected");
    let old = Tree::build(&commit, selected.iter().map(|(crate_name, _)| *crate_name))?;
    let places = selected.iter().flat_map(|&(crate_name, scenario)| {
        scenario.placements.iter().map(move |&placement| (crate_name, scenario, placement))
    });
    let places: Vec<_> = places.collect();
    let mut progress = Progress::new(places.len() as u64);
    let mut verdicts = vec![Verdict::LeftOut; latencies.len()];
    for (crate_name, scenario) in latencies {
        progress.tell(&format!("left out: {crate_name}, {}: latencies are not compared", scenario.name));
    }
    for (crate_name, scenario, placement) in places {
        let place = format!("{crate_name}, {}, {placement}", scenario.name);
        progress.begin(place.clone());
        let compared = compare(&old.program(crate_name), &program(&target(), crate_name), scenario, placement);
        ensure!(!interrupt::is_asked(), "interrupted; nothing is said of {place} and what comes after it");
        let (verdict, why) = judge(compared);
        progress.tell(&format!("{}: {place}: {why}", verdict.word()));
        verdicts.push(verdict);
        progress.step(1);
    }
    drop(progress);
    let count = |verdict| verdicts.iter().filter(|it| **it == verdict).count();
    let (whole, now) = (verdicts.len(), machine::commit(&root()));
    let [slower, broken, left_out] = [Verdict::Slower, Verdict::Broken, Verdict::LeftOut].map(count);
    println!("of {whole}, {slower} are slower now ({now}) than then ({commit}), {broken} broken, {left_out} left out");
    ensure!(left_out < whole, "nothing was compared");
    Ok(ExitCode::from(u8::from(slower + broken > 0)))
}

#[derive(Clone, Copy, PartialEq)]
enum Verdict {
    Passed,
    Slower,
    Broken,
    LeftOut,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Passed => "ok",
            Self::Slower => "SLOWER",
            Self::Broken => "BROKEN",
            Self::LeftOut => "left out",
        }
    }
}

/// The verdict, and why it is that one.
fn judge(compared: Result<Compared>) -> (Verdict, String) {
    match compared {
        Ok(Compared::Pairs(pairs)) => {
            let verdict = if pairs.iter().all(Pair::is_slower) { Verdict::Slower } else { Verdict::Passed };
            let ratios: Vec<String> = pairs.into_iter().map(|pair| ratio(pair.ratio)).collect();
            (verdict, format!("now/then {}", ratios.join(" and ")))
        }
        Ok(Compared::NotThen(error)) => (Verdict::LeftOut, format!("then: {error:#}")),
        Err(error) => (Verdict::Broken, format!("now: {error:#}")),
    }
}

/// The short name of a commit.
fn commit(revision: &str) -> Result<String> {
    let mut command = Command::new("git");
    command.current_dir(root()).args(["rev-parse", "--short=12", "--verify", "--quiet"]);
    let output =
        command.arg(format!("{revision}^{{commit}}")).output().context("cannot start git; is it installed?")?;
    ensure!(output.status.success(), "git knows no commit {revision}");
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// How ours as it is stands to ours as it was.
enum Compared {
    Pairs(Vec<Pair>),
    /// It could not be asked then.
    NotThen(anyhow::Error),
}

/// What two processes said.
struct Pair {
    /// What it takes now as a multiple of what it took then.
    ratio: Ratio,
    /// By how many nanoseconds an operation takes longer now.
    longer: f64,
}

impl Pair {
    fn of(then: &Samples, now: &Samples, operations: u64) -> Self {
        let [before, after] = [then, now].map(|samples| median(&mut samples.concat()));
        Self { ratio: Ratio::estimate(now, then), longer: (after - before) / operations as f64 }
    }

    fn is_slower(&self) -> bool {
        self.ratio.low > LIMIT && self.longer > LEAST
    }
}

/// Fails if it cannot be asked now.
fn compare(old: &Path, new: &Path, scenario: &Scenario, placement: Placement) -> Result<Compared> {
    let mut pairs = Vec::new();
    for _ in 0..PAIRS {
        let mut now = Served::start(new, scenario, placement)?;
        let mut then = match Served::start(old, scenario, placement) {
            Err(error) => return Ok(Compared::NotThen(error)),
            Ok(then) => then,
        };
        let [mut old, mut new]: [Samples; 2] = [vec![Vec::new()], vec![Vec::new()]];
        for round in 0..ROUNDS {
            // Who goes first takes turns, too.
            let sample_of_now = if round % 2 == 0 { Some(now.sample(now.operations)?) } else { None };
            match then.sample(now.operations) {
                Ok(sample) => old[0].push(sample),
                Err(error) => return Ok(Compared::NotThen(error)),
            }
            new[0].push(sample_of_now.map_or_else(|| now.sample(now.operations), Ok)?);
        }
        pairs.push(Pair::of(&old, &new, now.operations));
    }
    Ok(Compared::Pairs(pairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(then: f64, now: f64, operations: u64) -> Pair {
        let samples =
            |each: f64| vec![(0..40).map(|at| each * operations as f64 * (1.0 + f64::from(at % 5) / 1e3)).collect()];
        Pair::of(&samples(then), &samples(now), operations)
    }

    #[test]
    fn who_is_slower_is_so_by_five_per_cent_and_by_a_nanosecond() {
        assert!(pair(20.0, 22.0, 1_000).is_slower());
        assert!(!pair(20.0, 20.8, 1_000).is_slower());
        assert!(!pair(0.27, 0.55, 1_000_000).is_slower());
        assert!(!pair(22.0, 20.0, 1_000).is_slower());
    }
}
